"""The classification as a canvas: valid by the specification of JSON Canvas 1.0, complete, and the reader's once made."""

from __future__ import annotations

import json
import re
from itertools import combinations

import pytest
from classifications import HOSTILE, SHIPPED, read

from litsync.core.model import Kind, RecordId
from litsync.exchange.canvas import CanvasBy, NotACanvas, canvas, canvas_text, up_to_date
from litsync.exchange.classification import Classification, Method, Paper, Places

NO_CANVAS = (
    "{",
    "[]",
    "null",
    '{"nodes": 1}',
    '{"nodes": [{"id": 1}]}',
    '{"edges": [{"id": "a"}]}',
    '{"nodes": [{"id": "a", "type": "text", "x": "1", "y": 0, "width": 1, "height": 1}]}',
)
SIDES, ENDS = {"top", "right", "bottom", "left"}, {"none", "arrow"}


def faults(text):
    """Everything in which a canvas breaks the rules of JSON Canvas 1.0 (https://jsoncanvas.org/spec/1.0/)."""
    shown = json.loads(text)
    nodes, edges = shown.get("nodes", []), shown.get("edges", [])
    names = [one["id"] for one in (*nodes, *edges)]
    found = [f"{name} twice" for name in names if names.count(name) > 1]
    for node in nodes:
        found += [f"{node['id']}: {fault}" for fault in node_faults(node)]
    for edge in edges:
        found += [f"{edge['id']}: {fault}" for fault in edge_faults(edge, {node["id"] for node in nodes})]
    return found


def colour_faults(value):
    """A colour is a preset from 1 to 6, or hexadecimal."""
    if not re.fullmatch(r"[1-6]|#[0-9a-fA-F]{6}", value):
        yield f"colour {value}"


def node_faults(node):
    """Generic attributes, and those of the four types."""
    if not isinstance(node["id"], str):
        yield "id"
    for name in ("x", "y", "width", "height"):
        if type(node.get(name)) is not int:
            yield name
    yield from colour_faults(node.get("color", "1"))
    types = {
        "text": {"text": str},
        "file": {"file": str},
        "link": {"url": str},
        "group": {},
    }
    if node.get("type") not in types:
        yield f"type {node.get('type')}"
        return
    for name, kind in types[node["type"]].items():
        if not isinstance(node.get(name), kind):
            yield f"no {name}"
    if not node.get("subpath", "#").startswith("#"):
        yield "subpath"
    if not isinstance(node.get("label", ""), str) or node.get("backgroundStyle", "cover") not in {
        "cover",
        "ratio",
        "repeat",
    }:
        yield "group"


def edge_faults(edge, nodes):
    """Ends that exist, sides and shapes that there are."""
    for name in ("fromNode", "toNode"):
        if edge.get(name) not in nodes:
            yield f"{name} {edge.get(name)}"
    for name, allowed in (("fromSide", SIDES), ("toSide", SIDES), ("fromEnd", ENDS), ("toEnd", ENDS)):
        if name in edge and edge[name] not in allowed:
            yield name
    yield from colour_faults(edge.get("color", "1"))
    if not isinstance(edge.get("label", ""), str):
        yield "label"


def places_of(found):
    """A vault that has a note of everything."""
    notes = {RecordId(Kind.PAPER, paper.key): f"Papers/{paper.key}.md" for paper in found.papers}
    notes |= {RecordId(Kind.METHOD, method.key): f"Methods/{method.key}.md" for method in found.methods}
    return Places("vault", notes)


def drawn(found, by=CanvasBy.METHOD, places=None):
    """A new canvas as text."""
    return canvas_text(canvas(found, places or places_of(found), by))


def rows(text, kind="nodes"):
    """The nodes or edges of a canvas by their ids."""
    return {one["id"]: one for one in json.loads(text)[kind]}


def changed(text, name, /, **values):
    """The canvas after a person changed something of a card."""
    shown = json.loads(text)
    next(node for node in shown["nodes"] if node["id"] == name).update(values)
    return json.dumps(shown)


@pytest.mark.parametrize("by", list(CanvasBy))
@pytest.mark.parametrize("path", [SHIPPED, HOSTILE], ids=["shipped", "hostile"])
@pytest.mark.parametrize("notes", [True, False], ids=["notes", "no notes"])
def test_a_canvas_is_valid(path, by, notes):
    """It keeps the rules of the specification, with notes of everything and with none."""
    found = read(path)
    text = drawn(found, by, places_of(found) if notes else Places())

    assert faults(text) == []
    assert faults(changed(text, next(iter(rows(text))), x=1.5)) != []  # the rules are checked indeed


@pytest.mark.parametrize("by", list(CanvasBy))
def test_it_is_the_golden_one(by, golden):
    """A hostile catalog lies there exactly as a person has found it good."""
    found = read(HOSTILE)
    places = Places("vault", dict(list(places_of(found).notes.items())[1:]))

    golden(drawn(found, by, places), f"{by}.canvas")


@pytest.mark.parametrize("by", list(CanvasBy))
def test_every_card_lies_in_its_group_and_no_other_touches_it(by):
    """Groups do not overlap, cards do not either, and the group behind a card is the one it belongs to."""
    nodes = list(rows(drawn(read(SHIPPED), by)).values())

    def inside(one, other):
        return (
            other["x"] <= one["x"]
            and other["y"] <= one["y"]
            and one["x"] + one["width"] <= other["x"] + other["width"]
            and one["y"] + one["height"] <= other["y"] + other["height"]
        )

    def apart(one, other):
        return (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )

    groups = [node for node in nodes if node["type"] == "group"]
    cards = [node for node in nodes if node["type"] != "group"]
    assert all(apart(one, other) for one, other in combinations(groups, 2))
    assert all(apart(one, other) for one, other in combinations(cards, 2))
    for card in cards:
        assert [group["id"] for group in groups if inside(card, group)] == [card["id"].split("/")[0]]


def test_each_method_has_its_papers():
    """A group holds the method's note, what uses it and what is to be read about it; the unclassified have a group, too."""
    found = read(SHIPPED)
    nodes = rows(drawn(found))
    files = {name: node["file"] for name, node in nodes.items() if node["type"] == "file"}

    assert sum(name.startswith("litsync:3dmm/") for name in nodes) == 1 + 9 + 1
    assert files["litsync:nerf/"] == "Methods/nerf.md"
    assert files["litsync:nerf/guo2021adnerf"] == "Papers/guo2021adnerf.md"
    assert nodes["litsync:-"]["label"] == "No method yet"
    assert len([name for name in nodes if name.startswith("litsync:-/")]) == 3
    assert len(rows(drawn(found), "edges")) == 16
    assert {node["color"] for name, node in nodes.items() if name in ("litsync:nerf", "litsync:nerf/")} == {
        next(method.colour for method in found.methods if method.key == "nerf")
    }


def test_each_year_has_its_papers():
    """Years follow each other, each paper lies in its own, and has the colour of its method if it has just one."""
    found = read(SHIPPED)
    nodes = rows(drawn(found, CanvasBy.YEAR))
    groups = [node for node in nodes.values() if node["type"] == "group"]
    labels = [group["label"] for group in groups]

    assert labels[:-1] == sorted(labels[:-1])
    assert labels[-1] == "No date"
    assert [group["x"] for group in groups] == sorted(group["x"] for group in groups)
    assert len(nodes) - len(groups) == 33
    assert "color" in nodes["litsync:year:2021/guo2021adnerf"]
    assert "color" not in nodes["litsync:year:2022/yao2022dfanerf"]


class TestUpdate:
    """A canvas that a person has worked on."""

    @pytest.fixture
    def found(self):
        """The shipped list."""
        return read(SHIPPED)

    def updated(self, text, found, by=None):
        """The canvas brought up to date, still valid."""
        new = up_to_date(text, found, places_of(found), by)
        assert faults(new) == []
        return new

    @pytest.mark.parametrize("by", list(CanvasBy))
    def test_nothing_new_changes_no_byte(self, found, by):
        """Also when another program has written the same canvas in its own way."""
        respelled = json.dumps(json.loads(drawn(found, by)), indent=3)

        assert self.updated(respelled, found) == respelled

    def test_what_a_person_did_stays(self, found):
        """Places, sizes, colours, names of groups, own cards, own lines and unknown properties, while a paper is added."""
        text = changed(drawn(found), "litsync:nerf/guo2021adnerf", x=-900, y=-900, width=500, color="4", odd={"a": 1})
        text = changed(text, "litsync:gan", label="GAN, my favourite")
        shown = json.loads(text)
        shown["nodes"].append(
            {"id": "mine", "type": "text", "text": "a thought", "x": 9, "y": 9, "width": 9, "height": 9}
        )
        shown["edges"].append(
            {"id": "line", "fromNode": "mine", "toNode": "litsync:nerf/guo2021adnerf", "label": "see"}
        )
        shown["edges"][0]["label"] = "first of all"
        shown["extra"] = True
        more = Classification(
            found.title,
            found.sections,
            found.methods,
            (*found.papers, Paper("new2025", "New", year="2025", methods=("gan",))),
        )
        after = json.loads(self.updated(json.dumps(shown), more))
        nodes = {node["id"]: node for node in after["nodes"]}

        for node in shown["nodes"]:
            if node["id"] != "litsync:gan":
                assert nodes[node["id"]] == node
        assert nodes["litsync:gan"]["label"] == "GAN, my favourite"
        assert [edge for edge in after["edges"] if edge in shown["edges"]] == shown["edges"]
        assert after["extra"] is True
        assert set(nodes) - {node["id"] for node in shown["nodes"]} == {"litsync:gan/new2025"}

    def test_a_new_card_lies_free_in_its_group(self, found):
        """It touches no other card, and the group has grown to hold it, wherever it was moved."""
        text = changed(drawn(found), "litsync:dense-flow-warp", x=20_000, y=-3_000)
        papers = tuple(Paper(f"new{number}", "New", methods=("dense-flow-warp",)) for number in range(5))
        more = Classification(found.title, found.sections, found.methods, (*found.papers, *papers))
        nodes = rows(self.updated(text, more))
        group, cards = (
            nodes["litsync:dense-flow-warp"],
            [nodes[f"litsync:dense-flow-warp/{paper.key}"] for paper in papers],
        )

        assert (group["x"], group["y"]) == (20_000, -3_000)
        assert len({(card["x"], card["y"]) for card in cards}) == 5
        for card in cards:
            assert group["x"] < card["x"]
            assert card["x"] + card["width"] < group["x"] + group["width"]
            assert group["y"] < card["y"]
            assert card["y"] + card["height"] < group["y"] + group["height"]

    def test_a_new_group_lies_beside_everything(self, found):
        """With its cards, where nothing was before."""
        more = Classification(
            found.title,
            found.sections,
            (*found.methods, Method("new", "New")),
            (*found.papers, Paper("new2025", "New", methods=("new",))),
        )
        before = rows(drawn(found))
        nodes = rows(self.updated(drawn(found), more))
        right = max(node["x"] + node["width"] for node in before.values())

        assert {name: nodes[name] for name in before} == before
        assert set(nodes) - set(before) == {"litsync:new", "litsync:new/", "litsync:new/new2025"}
        assert all(nodes[name]["x"] > right for name in set(nodes) - set(before))

    def test_what_the_catalog_no_longer_has_goes(self, found):
        """With its lines; nothing else does."""
        less = Classification(found.title, found.sections, found.methods, found.papers[1:])
        gone = set(rows(drawn(found))) - set(rows(self.updated(drawn(found), less)))

        assert gone == {"litsync:vae/kingma2014autoencoding"}

    def test_a_card_follows_its_note(self, found):
        """A note that was moved is shown from its new place; a text becomes the note once there is one."""
        bare = drawn(found, places=Places())
        places = Places("vault", {RecordId(Kind.PAPER, "guo2021adnerf"): "Elsewhere/AD.md"})
        name = "litsync:nerf/guo2021adnerf"

        assert rows(bare)[name]["type"] == "text"
        for text in (bare, drawn(found)):
            card = rows(up_to_date(text, found, places, None))[name]
            assert (card["type"], card["file"]) == ("file", "Elsewhere/AD.md")
            assert "text" not in card

    def test_what_was_written_on_a_card_stays(self, found):
        """A text of litsync's that a person went on writing is theirs."""
        text = changed(drawn(found, places=Places()), "litsync:nerf/guo2021adnerf", text="read this first!")

        assert rows(self.updated(text, found))["litsync:nerf/guo2021adnerf"]["text"] == "read this first!"

    @pytest.mark.parametrize("text", NO_CANVAS)
    def test_what_is_no_canvas_is_refused(self, found, text):
        """Nothing is made of it."""
        with pytest.raises(NotACanvas):
            up_to_date(text, found, places_of(found), None)

    def test_another_grouping_is_refused(self, found):
        """By another group every card would be another one, and all arrangement would be lost."""
        with pytest.raises(NotACanvas, match="grouped by method"):
            up_to_date(drawn(found), found, places_of(found), CanvasBy.YEAR)
        with pytest.raises(NotACanvas, match="grouped by year"):
            up_to_date(drawn(found, CanvasBy.YEAR), found, places_of(found), CanvasBy.METHOD)

    def test_an_empty_canvas_is_filled(self, found):
        """Obsidian makes one as `{}` or as nothing at all."""
        for text in ("", "{}", '{"nodes":[],"edges":[]}'):
            assert set(rows(self.updated(text, found, CanvasBy.YEAR))) == set(rows(drawn(found, CanvasBy.YEAR)))
