"""PUT, PATCH and DELETE of one object: the object's version is the precondition."""

from __future__ import annotations

import pytest

from .conftest import fresh_key


def version_of(response):
    """What `Last-Modified-Version` says."""
    return int(response.headers["Last-Modified-Version"])


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_write_with_the_newest_version_is_carried_out(zotero, method):
    """204, no body, and the object's new version in the header."""
    made = zotero.create(title="Old")
    response = zotero.call(
        method, f"items/{made['key']}", json=made["data"] | {"title": "New"}, version=made["version"]
    )
    assert (response.status_code, response.content) == (204, b"")
    data = zotero.data(made["key"])
    assert (data["title"], data["version"]) == ("New", version_of(response))
    assert version_of(response) > made["version"]


def test_the_version_property_alone_suffices(zotero):
    """A PATCH may carry its precondition in the body."""
    made = zotero.create()
    response = zotero.call(
        "PATCH", f"items/{made['key']}", json={"key": made["key"], "version": made["version"], "title": "New"}
    )
    assert response.status_code == 204


@pytest.mark.differs_on_desktop("a write without effect moves no version")
def test_a_write_without_effect_tells_the_old_version(zotero):
    """204 with the object's old version; the library moves by one."""
    made = zotero.create(title="Same")
    before = zotero.version()
    response = zotero.call("PATCH", f"items/{made['key']}", json={"title": "Same"}, version=made["version"])
    assert (response.status_code, version_of(response)) == (204, made["version"])
    assert zotero.version() == before + 1


@pytest.mark.parametrize("in_header", [True, False])
@pytest.mark.differs_on_desktop("the refusal carries no version")
def test_a_stale_write_is_refused_with_the_newest_version(zotero, in_header):
    """412, a text that names both versions, and the object's version in the header."""
    made = zotero.create()
    key, old = made["key"], made["version"]
    new = version_of(zotero.call("PATCH", f"items/{key}", json={"title": "New"}, version=old))
    entry = {"title": "x"} if in_header else {"title": "x", "key": key, "version": old}
    response = zotero.call("PATCH", f"items/{key}", json=entry, version=old if in_header else None)
    assert (response.status_code, version_of(response)) == (412, new)
    assert f"expected {old}, found {new}" in response.text


@pytest.mark.differs_on_desktop("the body's version wins")
def test_what_else_the_preconditions_say(zotero):
    """None 428, header and property different 400, another key in the body 409, a version above the library's 204."""
    made = zotero.create()
    path, version = f"items/{made['key']}", made["version"]
    assert zotero.call("PATCH", path, json={"title": "x"}).status_code == 428
    assert (
        zotero.call(
            "PATCH", path, json={"title": "x", "key": made["key"], "version": version + 1}, version=version
        ).status_code
        == 400
    )
    assert zotero.call("PATCH", path, json={"title": "x", "key": fresh_key()}, version=version).status_code == 409
    assert zotero.call("PATCH", path, json={"title": "x"}, version=version + 100_000).status_code == 204


@pytest.mark.parametrize(
    ("method", "version", "status"),
    [("PATCH", None, 404), ("PATCH", 5, 412), ("PATCH", 0, 204), ("PUT", None, 204), ("PUT", 0, 204), ("PUT", 5, 412)],
)
@pytest.mark.differs_on_desktop("keys are the desktop's alone: a bare 500")
def test_writing_a_missing_item(zotero, method, version, status):
    """PUT makes it, PATCH only with version 0; a version above 0 is refused."""
    key = fresh_key()
    zotero.items.add(key)
    entry = {"itemType": "book", "title": "B", "collections": [zotero.collection]}
    assert zotero.call(method, f"items/{key}", json=entry, version=version).status_code == status
    assert zotero.get(f"items/{key}").status_code == (200 if status == 204 else 404)


@pytest.mark.differs_on_desktop("missing lists are kept")
def test_a_put_must_name_the_lists(zotero):
    """PUT on an existing item needs itemType, tags, relations and, at the top level, collections."""
    made = zotero.create(title="T")
    whole = {"itemType": "journalArticle", "tags": [], "relations": {}, "collections": []}
    for missing in whole:
        entry = {name: value for name, value in whole.items() if name != missing}
        response = zotero.call("PUT", f"items/{made['key']}", json=entry, version=made["version"])
        assert (response.status_code, missing in response.text) == (400, True)


def test_a_put_takes_an_item_out_of_the_trash(zotero):
    """PUT without `deleted` restores; PATCH without it does not."""
    made = zotero.create(deleted=1)
    path = f"items/{made['key']}"
    patched = version_of(zotero.call("PATCH", path, json={"title": "x"}, version=made["version"]))
    assert zotero.data(made["key"])["deleted"] == 1
    data = {name: value for name, value in zotero.data(made["key"]).items() if name != "deleted"}
    assert zotero.call("PUT", path, json=data, version=patched).status_code == 204
    assert "deleted" not in zotero.data(made["key"])


@pytest.mark.differs_on_desktop("a missing item is 404, and there is no log of deletions")
def test_deleting_one_item(zotero):
    """428 without a version, 412 with an old one, else gone, and in the log."""
    made = zotero.create()
    path = f"items/{made['key']}"
    since = zotero.version()
    assert zotero.call("DELETE", path).status_code == 428
    assert zotero.call("DELETE", path, version=made["version"] - 1).status_code == 412
    assert zotero.call("DELETE", path, version=made["version"]).status_code == 204
    missing = zotero.get(path)
    assert (missing.status_code, missing.text) == (404, "Item does not exist")
    assert zotero.get("deleted", since=since).json()["items"] == [made["key"]]


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_a_deleted_key_that_is_made_again_leaves_the_log(zotero):
    """The log names only what is gone now."""
    made = zotero.create()
    since = zotero.version()
    zotero.call("DELETE", f"items/{made['key']}", version=made["version"])
    zotero.create(key=made["key"], version=0)
    assert zotero.get("deleted", since=since).json()["items"] == []


@pytest.mark.differs_on_desktop("it needs one: 428")
def test_deleting_many_needs_no_version_and_passes_over_unknown_keys(zotero):
    """60 keys, some of them unknown or malformed: 204, all gone, and the version moves even for nothing."""
    keys = [item["key"] for _ in range(2) for item in zotero.post(*[{"itemType": "book"}] * 30)["successful"].values()]
    listed = ",".join([*keys, fresh_key(), "no-key"])
    assert zotero.call("DELETE", "items", params={"itemKey": listed}).status_code == 204
    assert zotero.get("items", itemKey=",".join(keys), format="keys").text.split() == []
    before = zotero.version()
    assert zotero.call("DELETE", "items", params={"itemKey": fresh_key()}).status_code == 204
    assert zotero.version() > before


def test_deleting_many_with_an_old_library_version_is_refused(zotero):
    """A stale precondition is 412 and deletes nothing."""
    made = zotero.create()
    response = zotero.call("DELETE", "items", params={"itemKey": made["key"]}, version=zotero.version() - 1)
    assert response.status_code == 412
    assert zotero.get(f"items/{made['key']}").status_code == 200


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_deleting_a_parent_logs_its_children(zotero):
    """Notes and attachments go with their item, and the log names them."""
    parent = zotero.create()
    note = zotero.create(itemType="note", note="n", parentItem=parent["key"])
    since = zotero.version()
    zotero.call("DELETE", f"items/{parent['key']}", version=parent["version"])
    assert sorted(zotero.get("deleted", since=since).json()["items"]) == sorted([parent["key"], note["key"]])


@pytest.mark.differs_on_desktop("tags cannot be deleted")
def test_deleting_a_tag_reaches_every_item_and_the_log(zotero):
    """Items that had the tag have a new version; without a version 428, with an old one 412."""
    tag = f"litsync-{fresh_key()}"
    one, other = zotero.create(tags=[{"tag": tag}, {"tag": "kept"}]), zotero.create(tags=[{"tag": "kept"}])
    since = zotero.version()
    assert zotero.call("DELETE", "tags", params={"tag": tag}).status_code == 428
    assert zotero.call("DELETE", "tags", params={"tag": tag}, version=since - 1).status_code == 412
    assert zotero.call("DELETE", "tags", params={"tag": f"{tag} || other"}, version=since).status_code == 204
    assert zotero.data(one["key"])["tags"] == [{"tag": "kept"}]
    changed = zotero.get("items", since=since, format="versions").json()
    assert one["key"] in changed
    assert other["key"] not in changed
    assert zotero.get("deleted", since=since).json()["tags"] == [tag]


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_a_tag_removed_from_its_last_item_is_not_logged(zotero):
    """Taking tags off items is an edit of the items."""
    tag = f"litsync-{fresh_key()}"
    made = zotero.create(tags=[{"tag": tag}])
    since = zotero.version()
    zotero.call("PATCH", f"items/{made['key']}", json={"tags": []}, version=made["version"])
    assert zotero.get("deleted", since=since).json()["tags"] == []
    assert tag not in zotero.get(f"items/{made['key']}").text


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_a_deleted_tag_that_is_used_again_leaves_the_log(zotero):
    """The log names only tags that are gone now."""
    tag = f"litsync-{fresh_key()}"
    zotero.create(tags=[{"tag": tag}])
    since = zotero.version()
    zotero.call("DELETE", "tags", params={"tag": tag}, version=since)
    assert zotero.get("deleted", since=since).json()["tags"] == [tag]
    zotero.create(tags=[{"tag": tag}])
    assert zotero.get("deleted", since=since).json()["tags"] == []
