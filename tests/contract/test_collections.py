"""Collections: their tree, their items, and what deleting one does."""

from __future__ import annotations

import pytest

from .conftest import fresh_key


@pytest.mark.differs_on_desktop("keys are the desktop's alone: a child cannot name a parent of its own batch")
def test_a_tree_in_one_batch(zotero):
    """A parent with a key of the client's and its child arrive together; counts and parents are shown."""
    key = fresh_key()
    report = zotero.post(
        {"key": key, "version": 0, "name": " Parent ", "parentCollection": zotero.collection},
        {"name": "Child", "parentCollection": key},
        kind="collections",
    )
    parent = zotero.get(f"collections/{key}").json()
    assert (parent["data"]["name"], parent["data"]["parentCollection"]) == ("Parent", zotero.collection)
    assert parent["meta"] == {"numCollections": 1, "numItems": 0}
    below = zotero.get(f"collections/{key}/collections").json()
    assert [thing["key"] for thing in below] == [report["success"]["1"]]
    top = zotero.get("collections/top", format="keys").text.split()
    assert zotero.collection in top
    assert key not in top


@pytest.mark.differs_on_desktop("all refusals of one object are 400")
def test_refused_collections(zotero):
    """No name, an empty one, unknown properties 400; a long name 413; an unknown parent 409."""
    report = zotero.post(
        {},
        {"name": " "},
        {"name": "x", "colour": "red"},
        {"name": "x" * 300},
        {"name": "x", "parentCollection": fresh_key()},
        {"name": "x", "parentCollection": "no-key"},
        kind="collections",
    )
    assert [report["failed"][str(i)]["code"] for i in range(6)] == [400, 400, 400, 413, 409, 400]


@pytest.mark.differs_on_desktop("a write without effect moves no version")
def test_an_unchanged_collection_moves_only_the_librarys_version(zotero):
    """Re-sending what is there is `unchanged`."""
    shown = zotero.get(f"collections/{zotero.collection}").json()
    before = zotero.version()
    assert zotero.post(shown, shown, kind="collections")["unchanged"] == {"0": shown["key"], "1": shown["key"]}
    assert zotero.version() == before + 2
    assert zotero.get(f"collections/{shown['key']}").json()["version"] == shown["version"]


def test_a_put_without_a_parent_moves_to_the_top(zotero):
    """PUT replaces, PATCH keeps."""
    key = zotero.make_collection(parentCollection=zotero.collection)
    path = f"collections/{key}"
    version = zotero.get(path).json()["version"]
    patched = zotero.call("PATCH", path, json={"name": "New"}, version=version)
    assert zotero.get(path).json()["data"]["parentCollection"] == zotero.collection
    assert (
        zotero.call(
            "PUT", path, json={"name": "New"}, version=int(patched.headers["Last-Modified-Version"])
        ).status_code
        == 204
    )
    assert zotero.get(path).json()["data"]["parentCollection"] is False


def test_membership_moves_the_item_and_not_the_collection(zotero):
    """Adding an item changes the collection's count, not its version."""
    before = zotero.get(f"collections/{zotero.collection}").json()
    made = zotero.create()
    after = zotero.get(f"collections/{zotero.collection}").json()
    assert (after["version"], after["meta"]["numItems"]) == (before["version"], before["meta"]["numItems"] + 1)
    emptied = zotero.post({"key": made["key"], "version": made["version"], "collections": []})["successful"]["0"]
    assert (emptied["version"] > made["version"], emptied["data"]["collections"]) == (True, [])


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_deleting_a_collection(zotero):
    """428 without a version; its items stay, out of it and with their versions; what is below it vanishes without a trace in the log."""
    key = zotero.make_collection()
    below = zotero.make_collection(parentCollection=key)
    made = zotero.create(collections=[key, zotero.collection])
    since = zotero.version()
    assert zotero.call("DELETE", f"collections/{key}").status_code == 428
    assert zotero.call("DELETE", f"collections/{key}", version=since).status_code == 204
    data = zotero.data(made["key"])
    assert (data["collections"], data["version"]) == ([zotero.collection], made["version"])
    assert zotero.get(f"collections/{below}").status_code == 404
    assert zotero.get("deleted", since=since).json()["collections"] == [key]


@pytest.mark.differs_on_desktop("it needs one: 428")
def test_deleting_many_collections_needs_no_version(zotero):
    """204 without a precondition, 412 with an old one."""
    keys = [zotero.make_collection() for _ in range(2)]
    params = {"collectionKey": ",".join(keys)}
    assert zotero.call("DELETE", "collections", params=params, version=zotero.version() - 1).status_code == 412
    assert zotero.call("DELETE", "collections", params=params).status_code == 204
    assert [zotero.get(f"collections/{key}").status_code for key in keys] == [404, 404]


@pytest.mark.differs_on_desktop("the request is not broken off; what comes instead has not been observed")
def test_a_collection_cannot_be_its_own_parent(zotero):
    """The request fails with 500, and nothing changes."""
    version = zotero.get(f"collections/{zotero.collection}").json()["version"]
    entry = {"key": zotero.collection, "version": version, "parentCollection": zotero.collection}
    assert zotero.call("POST", "collections", json=[entry]).status_code == 500
    assert zotero.get(f"collections/{zotero.collection}").json()["version"] == version


def test_a_circle_is_opened(zotero):
    """Moving a collection below its own child lifts the child to the top first."""
    child = zotero.make_collection(parentCollection=zotero.collection)
    version = zotero.get(f"collections/{zotero.collection}").json()["version"]
    zotero.post({"key": zotero.collection, "version": version, "parentCollection": child}, kind="collections")
    assert zotero.get(f"collections/{child}").json()["data"]["parentCollection"] is False
    assert zotero.get(f"collections/{zotero.collection}").json()["data"]["parentCollection"] == child
