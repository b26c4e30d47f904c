"""Reads: selection, order, pages, formats and conditional requests."""

from __future__ import annotations

import re

import pytest

from .conftest import fresh_key


@pytest.fixture
def thirty(zotero):
    """Thirty items, titled 00 to 29, the keys in that order."""
    entries = [{"itemType": "book", "title": f"{n:02}", "collections": [zotero.collection]} for n in range(30)]
    return list(zotero.post(*entries)["success"].values())


def titles(response):
    """The titles of a page of items."""
    return [item["data"]["title"] for item in response.json()]


@pytest.mark.differs_on_desktop("links are to the next page only, and without a limit there are none")
def test_pages_are_linked_and_cover_everything(zotero, thirty):
    """25 at a time; `next` leads to the rest and keeps the other parameters."""
    path = f"collections/{zotero.collection}/items"
    first = zotero.get(path, sort="title", since=0)
    assert (len(first.json()), first.headers["Total-Results"]) == (25, "30")
    links = {name: link["url"] for name, link in first.links.items()}
    assert {"next", "last", "alternate"} <= set(links)
    assert "prev" not in links
    assert "since=0" in links["next"]
    rest = zotero.http.get(links["next"])
    assert titles(first) + titles(rest) == [f"{n:02}" for n in range(30)]
    assert {"first", "prev"} <= set(rest.links)
    assert "next" not in rest.links


@pytest.mark.differs_on_desktop("pages are as large as is asked for")
def test_the_page_size_is_capped_at_100(zotero):
    """A larger limit gives 100; asking for 90 keys gives them all."""
    entries = [{"itemType": "book", "collections": [zotero.collection]}] * 50
    keys = [key for _ in range(3) for key in zotero.post(*entries)["success"].values()]
    path = f"collections/{zotero.collection}/items"
    assert len(zotero.get(path, limit=500).json()) == 100
    assert len(zotero.get("items", itemKey=",".join(keys[:90])).json()) == 90
    assert len(zotero.get(path, format="versions").json()) == 150
    assert len(zotero.get(path, format="keys").text.split()) == 150


def test_sorting(zotero, thirty):
    """`sort` and `direction` order all pages as one."""
    path = f"collections/{zotero.collection}/items"
    assert titles(zotero.get(path, sort="title", direction="desc", limit=2, start=1)) == ["28", "27"]
    assert zotero.get(path, sort="nonsense").status_code == 400


def test_since_is_strictly_greater(zotero):
    """An item's own version does not select it; one less does."""
    made = zotero.create()
    versions = lambda since: zotero.get("items", since=since, format="versions").json()  # noqa: E731 # named for what it answers
    assert versions(made["version"]) == {}
    assert versions(made["version"] - 1) == {made["key"]: made["version"]}
    assert zotero.get("items", since="soon").status_code == 400


def test_key_lists_pass_over_what_is_no_key(zotero):
    """Malformed keys and a comma at the end do no harm."""
    made = zotero.create()
    assert [item["key"] for item in zotero.get("items", itemKey=f"{made['key']},x,").json()] == [made["key"]]


@pytest.mark.differs_on_desktop("trashed items are never found by `itemKey`")
def test_trashed_items_are_hidden_unless_asked_for(zotero):
    """Lists leave them out; includeTrashed=1, /items/trash and the item itself show them, with `deleted` 1."""
    made = zotero.create()
    since = zotero.version()
    zotero.call("PATCH", f"items/{made['key']}", json={"deleted": True}, version=made["version"])
    assert zotero.get("items", since=since, format="versions").json() == {}
    assert list(zotero.get("items", since=since, format="versions", includeTrashed=1).json()) == [made["key"]]
    assert zotero.get(f"collections/{zotero.collection}/items").json() == []
    assert made["key"] in zotero.get("items/trash", format="keys").text.split()
    assert '"deleted":1' in zotero.get(f"items/{made['key']}").text.replace(" ", "")


def test_children_and_top_level_items(zotero):
    """A collection's items include notes of its items, its top items do not; children list them; trashed ones do not count."""
    parent = zotero.create(title="P")
    note = zotero.create(itemType="note", note="<p>n</p>", parentItem=parent["key"])
    path = f"collections/{zotero.collection}/items"
    assert set(zotero.get(path, format="keys").text.split()) == {parent["key"], note["key"]}
    assert zotero.get(f"{path}/top", format="keys").text.split() == [parent["key"]]
    child = zotero.get(f"items/{parent['key']}/children").json()
    assert [thing["key"] for thing in child] == [note["key"]]
    assert child[0]["data"]["parentItem"] == parent["key"]
    assert "collections" not in child[0]["data"]
    assert zotero.get(f"items/{parent['key']}").json()["meta"]["numChildren"] == 1
    zotero.create(itemType="note", note="x", parentItem=parent["key"], deleted=1)
    assert zotero.get(f"items/{parent['key']}").json()["meta"]["numChildren"] == 1
    assert note["key"] not in zotero.get("items/top", since=parent["version"] - 1, format="keys").text.split()


def test_filters_by_tag(zotero):
    """AND by repeating, OR by a double bar, NOT by a hyphen; case does not matter."""
    tags = {"A": ["x"], "B": ["x", "y"], "C": ["Y"], "D": ["-z"]}
    zotero.post(
        *[
            {"itemType": "book", "title": t, "collections": [zotero.collection], "tags": [{"tag": n} for n in ns]}
            for t, ns in tags.items()
        ]
    )

    def found(*wanted):
        return "".join(titles(zotero.get(f"collections/{zotero.collection}/items", tag=list(wanted), sort="title")))

    assert [found("x"), found("x", "y"), found("x || y"), found("-x"), found("X"), found("\\-z")] == [
        "AB",
        "B",
        "ABC",
        "CD",
        "AB",
        "D",
    ]


def test_filters_by_item_type(zotero):
    """One type, several, or all but one."""
    zotero.post(
        *[{"itemType": t, "title": t, "collections": [zotero.collection]} for t in ("book", "preprint", "report")]
    )

    def found(wanted):
        return titles(zotero.get(f"collections/{zotero.collection}/items", itemType=wanted, sort="title"))

    assert found("book") == ["book"]
    assert found("book || report") == ["book", "report"]
    assert found("-book") == ["preprint", "report"]


@pytest.mark.differs_on_desktop("empty fields are left out")
def test_items_answer_every_field_of_their_type(zotero):
    """Empty fields are empty text; collections and relations are there; tags show their type only if automatic."""
    made = zotero.create(itemType="preprint", title="T", tags=[{"tag": "m", "type": 0}, {"tag": "a", "type": 1}])
    data = made["data"]
    assert (data["archiveID"], data["citationKey"], data["creators"], data["relations"]) == ("", "", [], {})
    assert data["tags"] == [{"tag": "m"}, {"tag": "a", "type": 1}]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", data["dateAdded"])
    assert set(made) == {"key", "version", "library", "links", "meta", "data"}
    assert made["version"] == data["version"]


@pytest.mark.differs_on_desktop("a tag stands on an item once, whatever its type")
def test_the_tag_list_counts_items(zotero):
    """One row per tag and type."""
    tag = f"litsync-{fresh_key()}"
    zotero.create(tags=[{"tag": tag}])
    zotero.create(tags=[{"tag": tag}, {"tag": tag, "type": 1}])
    rows = [
        row
        for start in range(0, 1000, 100)
        for row in zotero.get("tags", limit=100, start=start).json()
        if row["tag"] == tag
    ]
    assert sorted((row["meta"]["type"], row["meta"]["numItems"]) for row in rows) == [(0, 2), (1, 1)]


@pytest.mark.parametrize("path", ["items", "items/top", "collections", "tags"])
def test_an_unchanged_library_answers_304(zotero, path):
    """If-Modified-Since-Version at the current version: no body, no Zotero headers; one less: everything."""
    zotero.create()
    now = zotero.version()
    same = zotero.call("GET", path, headers={"If-Modified-Since-Version": str(now)})
    assert (same.status_code, same.content, "Last-Modified-Version" in same.headers) == (304, b"", False)
    assert zotero.call("GET", path, headers={"If-Modified-Since-Version": str(now - 1)}).status_code == 200


def test_head_answers_the_headers_of_get(zotero):
    """HEAD has no body and the same version and total."""
    zotero.create()
    head, get = (zotero.call(method, "items", params={"limit": 1}) for method in ("HEAD", "GET"))
    assert head.content == b""
    for name in ("Total-Results", "Last-Modified-Version", "Zotero-API-Version", "Zotero-Schema-Version"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_the_log_needs_since_and_has_five_lists(zotero):
    """/deleted without `since` is 400."""
    assert zotero.get("deleted").status_code == 400
    empty = {"collections": [], "items": [], "searches": [], "tags": [], "settings": []}
    assert zotero.get("deleted", since=zotero.version()).json() == empty


@pytest.mark.differs_on_desktop("the items of an unknown collection are the whole library")
def test_missing_objects_are_404_in_plain_text(zotero):
    """The text says what is missing."""
    item, collection = zotero.get(f"items/{fresh_key()}"), zotero.get(f"collections/{fresh_key()}")
    assert [(r.status_code, r.text) for r in (item, collection)] == [
        (404, "Item does not exist"),
        (404, "Collection not found"),
    ]
    assert "Last-Modified-Version" not in item.headers
    assert zotero.get(f"collections/{fresh_key()}/items").status_code == 404


@pytest.mark.differs_on_desktop("there is no `keys`")
def test_keys_and_access(zotero):
    """/keys/current tells what the key may do; no key and a wrong key are 403."""
    about = zotero.http.get("keys/current").json()
    assert about["key"] == zotero.key
    assert about["access"]["user"]["library"] is True
    path = f"{zotero.root}/{zotero.prefix}/items"
    with type(zotero.http)() as stranger:
        none, wrong = stranger.get(path), stranger.get(path, headers={"Zotero-API-Key": "wrong"})
        bearer = stranger.get(path, headers={"Authorization": f"Bearer {zotero.key}"})
    assert [(r.status_code, r.text) for r in (none, wrong)] == [(403, "Forbidden"), (403, "Invalid key")]
    assert "Zotero-API-Version" not in wrong.headers
    assert bearer.status_code == 200


@pytest.mark.differs_on_desktop("there are no templates")
def test_facts_about_item_types(zotero):
    """Types, fields and roles come without a library; the template can be posted as it is."""
    facts = {
        name: zotero.http.get(name, params={"itemType": "preprint"}).json()
        for name in ("itemTypes", "itemTypeFields", "itemTypeCreatorTypes")
    }
    assert {"book", "note", "attachment", "preprint"} <= {row["itemType"] for row in facts["itemTypes"]}
    assert {"archiveID", "citationKey", "repository"} <= {row["field"] for row in facts["itemTypeFields"]}
    assert facts["itemTypeCreatorTypes"][0]["creatorType"] == "author"
    assert {row["field"] for row in zotero.http.get("creatorFields").json()} == {"firstName", "lastName", "name"}
    template = zotero.http.get("items/new", params={"itemType": "book"}).json()
    assert template["creators"] == [{"creatorType": "author", "firstName": "", "lastName": ""}]
    assert zotero.create(**template | {"collections": [zotero.collection]})["data"]["creators"] == []
    assert zotero.http.get("itemTypeFields", params={"itemType": "nonsense"}).status_code == 400


def test_search_by_words(zotero):
    """`q` stands in title, creator or year, whatever its case; what stands elsewhere is found with qmode=everything."""
    mark = fresh_key()
    author = {"creatorType": "author", "firstName": "Ada", "lastName": f"L{mark}"}
    made = zotero.create(title="Notes", creators=[author], date="1843", publicationTitle=f"Memoirs {mark}x")
    path = f"collections/{zotero.collection}/items"
    zotero.create(title="Other")

    def found(**asked):
        return [item["key"] for item in zotero.get(path, **asked).json()]

    assert found(q=f"l{mark.lower()}") == [made["key"]]
    assert found(q=f"memoirs {mark}x") == []
    assert found(q=f"memoirs {mark}x", qmode="everything") == [made["key"]]
    assert found(q="100%_\\") == []


@pytest.mark.parametrize("field", ["publicationTitle", "date", "creator", "dateAdded", "dateModified", "itemType"])
def test_every_order_lists_everything_once(zotero, field):
    """Whatever it is sorted by, all items are on the pages, each once, and `desc` is `asc` turned round."""
    entries = [
        {
            "itemType": item_type,
            "title": "T",
            "date": date,
            "collections": [zotero.collection],
            "creators": [{"creatorType": "author", "name": name}],
        }
        for item_type, date, name in (("journalArticle", "2020", "b"), ("report", "", "a"), ("book", "2019", ""))
        if name
    ] + [{"itemType": "journalArticle", "publicationTitle": "J", "collections": [zotero.collection]}]
    keys = set(zotero.post(*entries)["success"].values())
    path = f"collections/{zotero.collection}/items"
    pages = [
        [
            item["key"]
            for start in range(3)
            for item in zotero.get(path, sort=field, direction=way, limit=1, start=start).json()
        ]
        for way in ("asc", "desc")
    ]
    assert [sorted(page) for page in pages] == [sorted(keys)] * 2


@pytest.mark.parametrize("path", ["searches", "settings"])
@pytest.mark.differs_on_desktop("answers 200 to these two")
def test_other_listings_answer_304_too(zotero, path):
    """Searches and settings of an unchanged library."""
    same = zotero.call("GET", path, headers={"If-Modified-Since-Version": str(zotero.version())})
    assert same.status_code == 304


@pytest.mark.differs_on_desktop("knows no keys, and only groups that it has")
def test_libraries_that_are_not_there(zotero):
    """A user that is none is 400, another user's library 403, an unknown group 404."""
    get = zotero.http.get
    assert get("users/nobody/items").status_code == 400
    assert get("users/999999999/items").status_code in (403, 404)
    assert get("groups/999999999/items").status_code in (403, 404)


@pytest.mark.differs_on_desktop("needs no key for reading")
def test_two_different_keys_are_refused(zotero):
    """A key in the header and another one in the address are a mistake of the client's."""
    assert zotero.http.get(f"{zotero.prefix}/items", params={"key": "another"}).status_code == 400


def test_groups_of_the_user(zotero):
    """A list, which may be empty."""
    user = zotero.prefix if zotero.prefix.startswith("users/") else "users/1"
    response = zotero.http.get(f"{user}/groups")
    assert response.status_code == 200
    assert isinstance(response.json(), list)
