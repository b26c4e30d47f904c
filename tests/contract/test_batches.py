"""Batch POST: each object is carried out or refused on its own, and versions, keys and tokens make retries safe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from .conftest import fresh_key


def article(zotero, **properties):
    """An entry for a new item in this test's collection."""
    return {"itemType": "journalArticle", "title": "T", "collections": [zotero.collection]} | properties


def test_each_object_has_its_own_version_and_neighbours_of_a_refused_one_are_kept(zotero):
    """Versions rise by one per object carried out, a refused one takes none, and the header is the last."""
    before = zotero.version()
    response = zotero.call("POST", "items", json=[article(zotero), {"itemType": "nonsense"}, 7, article(zotero)])
    report = response.json()
    zotero.items.update(report["success"].values())
    assert [report["successful"][i]["version"] for i in ("0", "3")] == [before + 1, before + 2]
    assert int(response.headers["Last-Modified-Version"]) == before + 2 == zotero.version()
    assert {i: fault["code"] for i, fault in report["failed"].items()} == {"1": 400, "2": 400}
    assert report["success"] == {i: report["successful"][i]["key"] for i in ("0", "3")}
    assert "key" not in report["failed"]["1"]


def test_the_report_holds_the_whole_object_as_a_later_read_gives_it(zotero):
    """`successful` is the envelope that GET answers."""
    made = zotero.create(title="Whole", tags=[{"tag": "a"}], creators=[{"creatorType": "author", "name": "Collective"}])
    assert zotero.get(f"items/{made['key']}").json() == made


@pytest.mark.differs_on_desktop("an unknown property goes into Extra")
def test_messages_are_escaped_plain_text(zotero):
    """A refusal names the property, with HTML escaped."""
    report = zotero.post({"itemType": "book", "<b>": "x"})
    assert report["failed"]["0"]["message"] == "Invalid property &#039;&lt;b&gt;&#039;"


@pytest.mark.differs_on_desktop("an empty batch is 400")
def test_an_empty_batch_changes_nothing(zotero):
    """`[]` is answered with an empty report and the same version."""
    before = zotero.version()
    assert zotero.post() == {"successful": {}, "success": {}, "unchanged": {}, "failed": {}}
    assert zotero.version() == before


@pytest.mark.parametrize("kind", ["items", "collections"])
def test_more_than_fifty_are_refused_as_a_whole(zotero, kind):
    """51 objects are one 413, and nothing is written."""
    before = zotero.version()
    response = zotero.call("POST", kind, json=[{"itemType": "book", "name": "x"}] * 51)
    assert (response.status_code, response.text) == (413, f"Cannot add more than 50 {kind} at a time")
    assert zotero.version() == before


@pytest.mark.parametrize("body", [b"", b"{", b'{"itemType": "book"}', b'"text"'])
@pytest.mark.differs_on_desktop("refusals are plain text")
def test_a_body_that_is_no_array_is_refused(zotero, body):
    """Empty, broken or other JSON is 400 in plain text."""
    response = zotero.http.post(f"{zotero.prefix}/items", content=body)
    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.differs_on_desktop("a write without effect moves no version")
def test_an_unchanged_object_moves_only_the_librarys_version(zotero):
    """Sending what is there lands in `unchanged`, keeps the object's version, and still bumps the library."""
    creators = [{"creatorType": "author", "firstName": "A", "lastName": "B"}]
    made = zotero.create(title="Same", creators=creators)
    entry = {
        "key": made["key"],
        "version": made["version"],
        "title": " Same ",
        "creators": creators,
        "collections": [zotero.collection],
    }
    before = zotero.version()
    assert zotero.post(entry)["unchanged"] == {"0": made["key"]}
    assert zotero.version() == before + 1
    assert zotero.data(made["key"])["version"] == made["version"]


@pytest.mark.differs_on_desktop("equal tags are no change")
def test_tags_that_are_sent_always_count_as_a_change(zotero):
    """A non-empty tag list gives a new version although the tags are the same; an empty one for none does not."""
    made = zotero.create(tags=[{"tag": "a"}])
    again = zotero.post({"key": made["key"], "version": made["version"], "tags": [{"tag": "a"}]})
    assert again["successful"]["0"]["version"] > made["version"]
    bare = zotero.create()
    assert zotero.post({"key": bare["key"], "version": bare["version"], "tags": []})["unchanged"] == {"0": bare["key"]}


@pytest.mark.differs_on_desktop("versions must be equal, and new keys are the desktop's alone")
def test_preconditions_of_keyed_objects(zotero):
    """Stale 412, existing with 0 412, none 428, missing with a version 404, a bad key or a version without a key 400; one from the future passes."""
    made = zotero.create(title="One")
    key, version = made["key"], made["version"]
    newer = zotero.post({"key": key, "version": version, "title": "Two"})["successful"]["0"]["version"]
    report = zotero.post(
        {"key": key, "version": version, "title": "x"},
        {"key": key, "version": 0, "title": "x"},
        {"key": key, "title": "x"},
        article(zotero, key=fresh_key(), version=5),
        article(zotero, key="O1O1O1O1", version=0),
        {"key": key, "version": newer + 100_000, "title": "Three"},
        article(zotero, version=5),
    )
    codes = {"0": 412, "1": 412, "2": 428, "3": 404, "4": 400, "6": 400}
    assert {i: fault["code"] for i, fault in report["failed"].items()} == codes
    assert f"expected {version}, found {newer}" in report["failed"]["0"]["message"]
    assert report["successful"]["5"]["data"]["title"] == "Three"


@pytest.mark.differs_on_desktop("keys are the desktop's alone")
def test_a_key_of_the_clients_with_version_zero_is_created_once(zotero):
    """The retry of a create whose answer was lost gets 412, and there is one item."""
    entry = article(zotero, key=fresh_key(), version=0)
    assert zotero.post(entry)["success"] == {"0": entry["key"]}
    assert zotero.post(entry)["failed"]["0"]["code"] == 412
    assert zotero.get(f"collections/{zotero.collection}/items", format="keys").text.split() == [entry["key"]]


def test_only_named_properties_change(zotero):
    """An update leaves what it does not name; a list is taken as a whole."""
    made = zotero.create(title="T", DOI="10.1/x", tags=[{"tag": "a"}, {"tag": "b"}])
    data = zotero.post({"key": made["key"], "version": made["version"], "tags": [{"tag": "b"}]})["successful"]["0"][
        "data"
    ]
    assert (data["title"], data["DOI"], data["tags"]) == ("T", "10.1/x", [{"tag": "b"}])


def test_a_stale_library_version_refuses_the_batch(zotero):
    """If-Unmodified-Since-Version below the library's is one 412; the current one lets keyed objects go without their own."""
    made = zotero.create()
    now = zotero.version()
    response = zotero.call("POST", "items", json=[article(zotero)], version=now - 1)
    assert response.status_code == 412
    assert response.headers["Last-Modified-Version"] == str(now)
    assert zotero.post({"key": made["key"], "title": "New"}, version=now)["success"] == {"0": made["key"]}
    assert zotero.post({"key": made["key"], "title": "Newer"}, version=now + 100_000)["success"] == {"0": made["key"]}


def test_of_many_equal_batches_with_one_library_version_one_is_carried_out(zotero):
    """Four concurrent posts with the same precondition: one 200, three 412, one item. A desktop may let more of them through."""
    now = zotero.version()
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(zotero.call, "POST", "items", json=[article(zotero)], version=now) for _ in range(4)]
    statuses = sorted(job.result().status_code for job in jobs)
    assert statuses == [200, 412, 412, 412] or (zotero.local and set(statuses) <= {200, 412})
    items = zotero.get(f"collections/{zotero.collection}/items").json()
    assert len(items) == statuses.count(200) >= 1


def test_concurrent_batches_lose_nothing(zotero):
    """Parallel batches all arrive, and no two objects share a version."""
    with ThreadPoolExecutor(4) as pool:
        reports = list(
            pool.map(lambda n: zotero.post(*[article(zotero, title=f"{n}.{i}") for i in range(10)]), range(4))
        )
    versions = [thing["version"] for report in reports for thing in report["successful"].values()]
    assert len(set(versions)) == 40
    assert len(zotero.get(f"collections/{zotero.collection}/items", format="keys").text.split()) == 40


@pytest.mark.differs_on_desktop("the refusal carries Zotero's headers")
def test_a_write_token_works_once(zotero):
    """The second use of a token is refused without Zotero's headers, and does not write."""
    token = {"Zotero-Write-Token": fresh_key() * 2}
    zotero.post(article(zotero), headers=token)
    again = zotero.call("POST", "items", json=[article(zotero)], headers=token)
    assert (again.status_code, again.text) == (412, "Write token already used")
    assert "Zotero-API-Version" not in again.headers
    assert len(zotero.get(f"collections/{zotero.collection}/items").json()) == 1


@pytest.mark.differs_on_desktop("a token is kept whatever became of the batch")
def test_a_write_token_is_not_kept_when_the_last_object_was_refused(zotero):
    """A retry after such a batch repeats its successes: tokens are not a reliable idempotence."""
    token = {"Zotero-Write-Token": fresh_key()}
    batch = [article(zotero), {"itemType": "nonsense"}]
    assert [len(zotero.post(*batch, headers=token)["success"]) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("token", ["abcd", "x" * 33])
def test_a_write_token_of_the_wrong_length_is_refused(zotero, token):
    """Tokens have 5 to 32 characters."""
    assert zotero.call("POST", "items", json=[], headers={"Zotero-Write-Token": token}).status_code == 400


@pytest.mark.differs_on_desktop("the refusal is bare, and has not been observed")
def test_an_object_as_a_field_ends_the_batch_where_it_stands(zotero):
    """The request fails with 500; what came before is written, what comes after is not."""
    batch = [article(zotero, title="before"), article(zotero, title={"a": 1}), article(zotero, title="after")]
    assert zotero.call("POST", "items", json=batch).status_code == 500
    assert [item["data"]["title"] for item in zotero.get(f"collections/{zotero.collection}/items").json()] == ["before"]


@pytest.mark.differs_on_desktop("Expect is passed over")
def test_expect_is_refused(zotero):
    """A request with an Expect header is 417."""
    assert zotero.call("POST", "items", json=[], headers={"Expect": "100-continue"}).status_code == 417


def test_a_posted_envelope_is_read_by_its_data(zotero):
    """Sending back the envelope that was read changes nothing."""
    made = zotero.create(title="T", date="2020")
    assert zotero.post(zotero.get(f"items/{made['key']}").json())["unchanged"] == {"0": made["key"]}
