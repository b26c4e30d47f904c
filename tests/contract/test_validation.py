"""What may be said about an item: refusals, silent clean-ups, and what moves `dateModified`."""

from __future__ import annotations

import pytest

from .conftest import fresh_key

AUTHOR = {"creatorType": "author", "firstName": "A", "lastName": "B"}


INTO_EXTRA = pytest.mark.differs_on_desktop("what the type has no field for goes into Extra")
DROPPED = pytest.mark.differs_on_desktop("a date that is none is dropped in silence")
AUTHOR_THERE = pytest.mark.differs_on_desktop("a role that the type does not have becomes author")
UNLIMITED = pytest.mark.differs_on_desktop("the server's limits of length are not checked")


@pytest.mark.parametrize(
    ("properties", "status", "words"),
    [
        ({"itemType": None}, 400, "itemType"),
        ({"itemType": "nonsense"}, 400, "not a valid itemType"),
        pytest.param({"nonsense": "x"}, 400, "Invalid property", marks=INTO_EXTRA),
        pytest.param({"numPages": "5"}, 400, "not a valid field for type", marks=INTO_EXTRA),
        ({"note": "x"}, 400, "valid only for note and attachment"),
        ({"linkMode": "linked_url"}, 400, ""),
        pytest.param({"accessDate": "yesterday"}, 400, "accessDate", marks=DROPPED),
        ({"dateAdded": "2020-01-01"}, 400, "dateAdded"),
        ({"title": ["x"]}, 400, "title"),
        pytest.param({"creators": [{"firstName": "A", "lastName": "B"}]}, 400, "creatorType", marks=AUTHOR_THERE),
        pytest.param(
            {"creators": [AUTHOR | {"creatorType": "nonsense"}]}, 400, "not a valid creator type", marks=AUTHOR_THERE
        ),
        pytest.param(
            {"creators": [AUTHOR | {"creatorType": ["author"]}]}, 400, "not a valid creator type", marks=AUTHOR_THERE
        ),
        pytest.param(
            {"creators": [AUTHOR | {"creatorType": "director"}]},
            400,
            "not a valid creator type for item type",
            marks=AUTHOR_THERE,
        ),
        ({"creators": [AUTHOR | {"name": "C"}]}, 400, "mutually exclusive"),
        ({"creators": [{"creatorType": "author", "lastName": "B"}]}, 400, "firstName"),
        ({"creators": [{"creatorType": "author", "firstName": "A"}]}, 400, "lastName"),
        ({"creators": [AUTHOR | {"orcid": "x"}]}, 400, "Invalid creator property"),
        ({"creators": [AUTHOR, {"creatorType": "author", "name": " "}]}, 400, "creator"),
        pytest.param({"creators": [AUTHOR | {"lastName": "x" * 300}]}, 413, "too long", marks=UNLIMITED),
        ({"tags": "x"}, 400, "array"),
        ({"tags": ["x"]}, 400, "object"),
        ({"tags": [{}]}, 400, "empty"),
        ({"tags": [{"tag": "x", "colour": 1}]}, 400, "Invalid tag property"),
        pytest.param({"tags": [{"tag": "x" * 256}]}, 413, "too long", marks=UNLIMITED),
        pytest.param({"abstractNote": "x" * 70_000}, 413, "too long", marks=UNLIMITED),
        ({"collections": ["no-key"]}, 400, "not a valid collection key"),
        ({"relations": {"dc:creator": "x"}}, 400, "Unsupported predicate"),
        ({"relations": {"dc:relation": "https://example.org"}}, 400, "Zotero item URIs"),
        ({"deleted": "yes"}, 500, ""),
    ],
)
def test_refused_entries(zotero, properties, status, words):
    """Each is refused on its own, with a text that says why."""
    code, message = zotero.refusal(**properties)
    assert code == status
    assert zotero.local or words in message


@pytest.mark.differs_on_desktop("unknown collections and parents are 400")
def test_references_must_exist(zotero):
    """An unknown collection, or parent, is 409 and named in `data`."""
    key = fresh_key()
    report = zotero.post(
        {"itemType": "book", "collections": [key]},
        {"itemType": "note", "note": "n", "parentItem": key},
        {"itemType": "book", "parentItem": key},
    )
    assert {i: fault["code"] for i, fault in report["failed"].items()} == {"0": 409, "1": 409, "2": 400}
    assert key in report["failed"]["0"]["data"].values()
    assert key in report["failed"]["1"]["data"].values()


@pytest.mark.differs_on_desktop("keys are the desktop's alone: a child cannot name a parent of its own batch")
def test_a_child_must_come_after_its_parent(zotero):
    """In one batch a note before its item is refused; after it it is fine."""
    key = fresh_key()
    parent = {"itemType": "book", "key": key, "version": 0, "collections": [zotero.collection]}
    child = {"itemType": "note", "note": "n", "parentItem": key}
    report = zotero.post(child, parent, child)
    assert list(report["failed"]) == ["0"]
    assert set(report["success"]) == {"1", "2"}


@pytest.mark.differs_on_desktop("tags of any length are taken")
def test_a_too_long_tag_is_told_whole(zotero):
    """`data.tag` of the refusal holds the tag."""
    tag = "x" * 300
    report = zotero.post({"itemType": "book", "tags": [{"tag": tag}]})
    assert report["failed"]["0"]["data"]["tag"] == tag


@pytest.mark.differs_on_desktop("empty fields are left out")
def test_text_is_cleaned_in_silence(zotero):
    """Outer white space, control characters and carriage returns go; an empty foreign field is passed over; null is empty."""
    data = zotero.create(title=" a\x00b\x07 ", abstractNote="one\r\ntwo\t3\n", numPages="", DOI=None, volume=7)["data"]
    assert (data["title"], data["abstractNote"], data["DOI"], data["volume"]) == ("ab", "one\ntwo\t3", "", "7")
    assert "numPages" not in data


@pytest.mark.differs_on_desktop("text is made NFC")
def test_text_is_kept_as_written_otherwise(zotero):
    """Field text keeps its Unicode form, quotes, markup and emoji."""
    title = 'Cafe\u0301 <i>"x"</i> & 😀 \u202e'
    assert zotero.create(title=title)["data"]["title"] == title.strip()


@pytest.mark.differs_on_desktop("an empty tag fails")
def test_tags_are_cleaned_in_silence(zotero):
    """Trimmed, empty and repeated ones dropped, composed; case, and the two types of one name, stay apart; order stays."""
    sent = [" b ", "", "A", "a", "b", "e\u0301", "0"]
    data = zotero.create(tags=[{"tag": tag} for tag in sent] + [{"tag": "b", "type": 1}])["data"]
    assert data["tags"] == [{"tag": tag} for tag in ("b", "A", "a", "\u00e9", "0")] + [{"tag": "b", "type": 1}]


@pytest.mark.differs_on_desktop("an empty creator fails")
def test_the_templates_nameless_creator_is_left_out(zotero):
    """A new item's only creator may be nameless."""
    assert (
        zotero.create(creators=[{"creatorType": "author", "firstName": "", "lastName": ""}])["data"]["creators"] == []
    )


def test_every_type_may_have_authors(zotero):
    """`author` is accepted where the type does not list it."""
    assert zotero.create(itemType="film", creators=[AUTHOR])["data"]["creators"] == [AUTHOR]


def test_dates_are_written_as_iso(zotero):
    """Moments are accepted in both forms; a day stays a day."""
    data = zotero.create(accessDate="2020-02-03 04:05:06", dateAdded="2001-02-03T04:05:06Z")["data"]
    assert (data["accessDate"], data["dateAdded"]) == ("2020-02-03T04:05:06Z", "2001-02-03T04:05:06Z")
    assert zotero.create(accessDate="2020-02-03")["data"]["accessDate"] == "2020-02-03"


def test_the_date_of_adding_cannot_change(zotero):
    """A different dateAdded is 400, the same one is fine."""
    made = zotero.create()
    report = zotero.post(
        {"key": made["key"], "version": made["version"], "dateAdded": "2001-02-03T04:05:06Z"},
        {"key": made["key"], "version": made["version"], "dateAdded": made["data"]["dateAdded"]},
    )
    assert (report["failed"]["0"]["code"], report["unchanged"]) == (400, {"1": made["key"]})


OLD = "2001-02-03T04:05:06Z"


@pytest.mark.parametrize(
    ("change", "moves"), [({"collections": []}, False), ({"deleted": 1}, False), ({"title": "New"}, True)]
)
def test_what_moves_the_date_of_modification(zotero, change, moves):
    """Fields do; memberships and the trash do not; all move the version."""
    made = zotero.create(dateModified=OLD)
    after = zotero.post({"key": made["key"], "version": made["version"]} | change)["successful"]["0"]
    assert after["version"] > made["version"]
    assert (after["data"]["dateModified"] != OLD) is moves


def test_an_explicit_date_of_modification_is_kept(zotero):
    """A client may set it with an edit."""
    made = zotero.create()
    data = zotero.post({"key": made["key"], "version": made["version"], "title": "x", "dateModified": OLD})[
        "successful"
    ]["0"]["data"]
    assert data["dateModified"] == OLD


def test_changing_the_type_keeps_what_both_types_have(zotero):
    """Shared fields, and fields of the same base, stay; others are dropped."""
    made = zotero.create(itemType="journalArticle", title="T", publicationTitle="J", issue="3", creators=[AUTHOR])
    data = zotero.post({"key": made["key"], "version": made["version"], "itemType": "thesis"})["successful"]["0"][
        "data"
    ]
    assert (data["itemType"], data["title"], data["creators"]) == ("thesis", "T", [AUTHOR])
    assert "issue" not in data


@pytest.mark.differs_on_desktop("empty fields are left out")
def test_linked_urls(zotero):
    """A linked URL hangs below its item; its mode cannot change."""
    parent = zotero.create()
    made = zotero.create(
        itemType="attachment", linkMode="linked_url", url="https://example.org", title="code", parentItem=parent["key"]
    )
    assert (made["data"]["url"], made["data"]["linkMode"], made["data"]["contentType"]) == (
        "https://example.org",
        "linked_url",
        "",
    )
    report = zotero.post({"key": made["key"], "version": made["version"], "linkMode": "imported_url"})
    assert report["failed"]["0"]["code"] == 400
    assert zotero.refusal(itemType="attachment", title="x")[0] == 400
    assert zotero.refusal(itemType="attachment", linkMode="nonsense")[0] == 400


def test_a_child_is_in_no_collection(zotero):
    """A child with collections is 400; lifted to the top it may be in one."""
    parent = zotero.create()
    note = {"itemType": "note", "note": "n", "parentItem": parent["key"]}
    assert zotero.refusal(**note)[0] == 400
    made = zotero.create(**note)
    data = zotero.post(
        {"key": made["key"], "version": made["version"], "parentItem": False, "collections": [zotero.collection]}
    )
    assert data["successful"]["0"]["data"]["collections"] == [zotero.collection]
    assert "parentItem" not in data["successful"]["0"]["data"]


def test_related_items_know_each_other(zotero):
    """`dc:relation` shows at both ends; a single object stands alone."""
    one = zotero.create()
    uri = f"http://zotero.org/{zotero.prefix}/items/{one['key']}"
    other = zotero.create(relations={"dc:relation": [uri]})
    assert other["data"]["relations"] == {"dc:relation": uri}
    assert zotero.data(one["key"])["relations"] == {"dc:relation": uri.replace(one["key"], other["key"])}
