"""Lists of tags: of the library, of a collection, of an item, and what they may be asked for."""

from __future__ import annotations

import pytest

from .conftest import fresh_key


@pytest.fixture
def marks(zotero):
    """Two items with tags, one in the trash, and a child with a tag of its own; the tags have a common beginning."""
    begin = f"litsync-{fresh_key()}"
    one = zotero.create(title="One", tags=[{"tag": f"{begin} a"}, {"tag": f"{begin} B"}])
    zotero.create(itemType="note", note="n", parentItem=one["key"], tags=[{"tag": f"{begin} child"}])
    zotero.create(title="Gone", tags=[{"tag": f"{begin} a"}], deleted=1)
    return begin, one["key"]


def names(response, begin):
    """The tags of a response that this test made, without their common beginning."""
    assert response.status_code == 200, response.text
    return [row["tag"].removeprefix(begin).strip() for row in response.json() if row["tag"].startswith(begin)]


def test_tags_of_an_item(zotero, marks):
    """In alphabetical order, whatever their case; of its children none."""
    begin, key = marks
    assert names(zotero.get(f"items/{key}/tags"), begin) == ["a", "B"]


def test_tags_of_an_unknown_item(zotero):
    """404."""
    assert zotero.get(f"items/{fresh_key()}/tags").status_code == 404


def test_tags_of_a_collection(zotero, marks):
    """Of the items in it, of all of them or of the top ones."""
    begin, _ = marks
    path = f"collections/{zotero.collection}"
    assert set(names(zotero.get(f"{path}/items/top/tags", limit=100), begin)) == {"a", "B"}
    assert set(names(zotero.get(f"{path}/items/tags", limit=100), begin)) >= {"a", "B"}


def test_tags_can_be_searched(zotero, marks):
    """`q` stands anywhere in the tag; with qmode=startsWith at its beginning."""
    begin, _ = marks
    assert set(names(zotero.get("tags", q=f"{begin.upper()} ", limit=100), begin)) == {"a", "B", "child"}
    assert names(zotero.get("tags", q=begin[3:], qmode="startsWith", limit=100), begin) == []
    assert "a" in names(zotero.get("tags", q=begin, qmode="startsWith", limit=100), begin)


def test_one_tag_by_its_name(zotero, marks):
    """A row for each of its types; a tag that nobody has is 404."""
    begin, _ = marks
    assert names(zotero.get(f"tags/{begin} child"), begin) == ["child"]
    assert zotero.get(f"tags/{begin} nobody").status_code == 404
