"""The library through pyzotero, whose habits litsync's Zotero replica has to live with."""

from __future__ import annotations

import pytest
from pyzotero import errors


@pytest.mark.differs_on_desktop("there are no templates")
def test_an_item_through_all_its_life(zotero, pyzotero):
    """Template, create, read, update, trash list, delete."""
    template = pyzotero.item_template("preprint") | {"title": "T", "collections": [zotero.collection]}
    report = pyzotero.create_items([template])
    key = report["successful"]["0"]["key"]
    zotero.items.add(key)
    item = pyzotero.item(key)
    item["data"]["title"] = "New"
    assert pyzotero.update_item(item) is True
    item = pyzotero.item(key)
    assert item["data"]["title"] == "New"
    assert pyzotero.children(key) == []
    assert pyzotero.delete_item(item) is True
    with pytest.raises(errors.ResourceNotFoundError):
        pyzotero.item(key)


def test_create_items_also_updates_and_reports_each_object(zotero, pyzotero):
    """Keyed objects are updates; the raw report comes back with its refusals."""
    made = zotero.create(title="Old", tags=[{"tag": "kept"}])
    stale = {"key": made["key"], "version": made["version"] - 1, "title": "x"}
    report = pyzotero.create_items([{"key": made["key"], "version": made["version"], "title": "New"}, stale])
    assert report["successful"]["0"]["data"]["title"] == "New"
    assert report["successful"]["0"]["data"]["tags"] == [{"tag": "kept"}]
    assert report["failed"]["1"]["code"] == 412


def test_update_items_hides_that_everything_was_refused(zotero, pyzotero):
    """It returns True: the reason why litsync does not use it."""
    made = zotero.create(title="Old")
    zotero.call("PATCH", f"items/{made['key']}", json={"title": "Theirs"}, version=made["version"])
    made["data"]["title"] = "Mine"
    assert pyzotero.update_items([made]) is True
    assert zotero.data(made["key"])["title"] == "Theirs"


def test_stale_single_writes_raise(zotero, pyzotero):
    """update_item and delete_item with an old version are PreConditionFailedError."""
    made = zotero.create(title="Old")
    zotero.call("PATCH", f"items/{made['key']}", json={"title": "Theirs"}, version=made["version"])
    with pytest.raises(errors.PreConditionFailedError):
        pyzotero.update_item(made)
    with pytest.raises(errors.PreConditionFailedError):
        pyzotero.delete_item(made)


def test_everything_follows_the_pages(zotero, pyzotero):
    """All items of a collection come, in pages of any size."""
    entries = [{"itemType": "book", "collections": [zotero.collection]}] * 30
    keys = set(zotero.post(*entries)["success"].values())
    found = pyzotero.everything(pyzotero.collection_items(zotero.collection, limit=7))
    assert {item["key"] for item in found} == keys
    assert len(found) == 30


@pytest.mark.differs_on_desktop("there is no log of deletions")
def test_versions_tags_and_log(zotero, pyzotero):
    """The calls a sync client lives on."""
    made = zotero.create(tags=[{"tag": "a"}])
    assert pyzotero.item_versions(since=made["version"] - 1) == {made["key"]: made["version"]}
    assert pyzotero.last_modified_version() == zotero.version()
    assert "a" in pyzotero.tags(limit=100)
    assert set(pyzotero.deleted(since=0)) == {"collections", "items", "searches", "tags", "settings"}
    assert zotero.collection in pyzotero.collection_versions()


def test_collections(zotero, pyzotero):
    """Created with an empty parent, read, updated, and left by their items."""
    report = pyzotero.create_collections([{"name": "By pyzotero"}])
    key = report["successful"]["0"]["key"]
    zotero.collections.append(key)
    collection = pyzotero.collection(key)
    assert collection["data"]["parentCollection"] is False
    collection["data"]["parentCollection"] = zotero.collection
    assert pyzotero.update_collection(collection) is True
    assert [c["key"] for c in pyzotero.collections_sub(zotero.collection)] == [key]
    made = pyzotero.item(zotero.create(collections=[key])["key"])
    assert pyzotero.deletefrom_collection(key, made) is True
    assert pyzotero.collection_items(key) == []
