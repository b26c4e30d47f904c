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


@pytest.mark.differs_on_desktop("has no settings, and its searches have keys of their own")
def test_searches_settings_and_groups(zotero, pyzotero):
    """What pyzotero asks for beside items and collections."""
    report = pyzotero.saved_search("By pyzotero", [{"condition": "title", "operator": "contains", "value": "x"}])
    (key,) = report["success"].values()
    assert key in {row["key"] for row in pyzotero.everything(pyzotero.searches())}
    assert pyzotero.delete_saved_search([key]) == 204
    assert key not in {row["key"] for row in pyzotero.everything(pyzotero.searches())}
    assert isinstance(pyzotero.settings(), dict)
    assert isinstance(pyzotero.groups(), list)
    assert pyzotero.key_info()["access"]


def test_tags_of_a_part(zotero, pyzotero):
    """Names of the tags of an item and of a collection."""
    made = zotero.create(tags=[{"tag": "b"}, {"tag": "a"}])
    assert pyzotero.item_tags(made["key"]) == ["a", "b"]


@pytest.mark.differs_on_desktop("has no tags of a collection")
def test_tags_of_a_collection(zotero, pyzotero):
    """Names, as one list."""
    zotero.create(tags=[{"tag": "b"}, {"tag": "a"}])
    assert pyzotero.collection_tags(zotero.collection) == ["a", "b"]


def test_counts_and_subsets(zotero, pyzotero):
    """How many there are, a choice of items by key, the trash, and the way through a list page by page."""
    keys = list(
        zotero.post(*[{"itemType": "book", "title": str(n), "collections": [zotero.collection]} for n in range(5)])[
            "success"
        ].values()
    )
    assert pyzotero.num_collectionitems(zotero.collection) == 5
    assert pyzotero.count_items() >= 5
    assert sorted(item["key"] for item in pyzotero.get_subset(keys[:3])) == sorted(keys[:3])
    item = pyzotero.item(keys[0])
    zotero.call("PATCH", f"items/{keys[0]}", json={"deleted": 1}, version=item["version"])
    assert keys[0] in {row["key"] for row in pyzotero.everything(pyzotero.trash())}
    pages = list(pyzotero.makeiter(pyzotero.collection_items_top(zotero.collection, limit=2)))
    assert [len(page) for page in pages] == [2, 2]


def test_types_and_fields(pyzotero):
    """What pyzotero knows of the schema; items with unknown fields are refused before they are sent."""
    assert "preprint" in {row["itemType"] for row in pyzotero.item_types()}
    assert "archiveID" in {row["field"] for row in pyzotero.item_type_fields("preprint")}
    assert "author" in {row["creatorType"] for row in pyzotero.item_creator_types("preprint")}
    assert "title" in {row["field"] for row in pyzotero.item_fields()}
    assert {row["field"] for row in pyzotero.creator_fields()} >= {"firstName", "lastName"}
    with pytest.raises(errors.InvalidItemFieldsError):
        pyzotero.check_items([{"itemType": "book", "nonsense": "x"}])


def test_tags_and_collections_of_an_item(zotero, pyzotero):
    """Added one by one, each with the item's version as the precondition."""
    made = pyzotero.item(zotero.create(tags=[{"tag": "a"}])["key"])
    other = zotero.make_collection()
    assert pyzotero.add_tags(made, "b", "c") is True
    made = pyzotero.item(made["key"])
    assert {tag["tag"] for tag in made["data"]["tags"]} == {"a", "b", "c"}
    assert pyzotero.addto_collection(other, made) is True
    assert set(pyzotero.item(made["key"])["data"]["collections"]) == {zotero.collection, other}
