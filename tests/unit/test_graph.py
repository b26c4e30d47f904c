"""The picture of a classification: complete, the same every time, legible, and harmless whatever the titles say."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from classifications import HOSTILE, SHIPPED, read

from litsync.core.model import Kind, RecordId
from litsync.exchange.classification import Classification, Method, Paper, Places, Section
from litsync.exchange.graph_html import graph_html
from litsync.exchange.graph_layout import LABELLED, lay_out, text_width
from litsync.exchange.graph_links import method_links, paper_links
from litsync.exchange.graph_svg import graph_svg
from litsync.exchange.seal import is_untouched, sealed

PAGE = files("litsync.exchange") / "page"
PLACES = Places(
    "My vault & <b>",
    {
        RecordId(Kind.PAPER, "one2022"): 'Papers/One "two" & three.md',
        RecordId(Kind.METHOD, "nerf"): "Methods/NeRF.md",
    },
    {RecordId(Kind.PAPER, "one2022"): "zotero://select/library/items/ABCD2345"},
)


@pytest.fixture(scope="module")
def shipped():
    """The shipped list with its layout."""
    found = read(SHIPPED)
    return found, lay_out(found)


@pytest.fixture(scope="module")
def hostile():
    """The golden catalog, whose texts try everything."""
    return read(HOSTILE)


class Page(HTMLParser):
    """The elements of a page as a browser reads them, each with its attributes and the text directly inside it."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Take in an element."""
        self.elements.append([tag, dict(attrs), ""])
        self._open.append(self.elements[-1])

    def handle_data(self, data):
        """Take in a text."""
        if self._open:
            self._open[-1][2] += data

    def handle_endtag(self, tag):
        """Leave an element, and what was left open in it."""
        while self._open and self._open.pop()[0] != tag:
            pass

    def all(self, tag):
        """Attributes and text of every such element."""
        return [(attrs, text) for name, attrs, text in self.elements if name == tag]


def drawn(found, places=PLACES):
    """The page of a classification."""
    return graph_html(found, lay_out(found), places)


def data_of(page):
    """What the page's script is given."""
    return next(json.loads(text) for attrs, text in page.all("script") if attrs.get("id") == "data")


def boxes(found, layout):
    """The box of every label and every disc, as they are drawn at natural size."""
    for method in found.methods:
        spot = layout.methods[method.key]
        half = text_width(method.short_name, 14) / 2
        yield method.name, (spot.x - half, spot.y + spot.radius + 3, spot.x + half, spot.y + spot.radius + 20)
        yield (
            f"{method.key} disc",
            (
                spot.x - spot.radius,
                spot.y - spot.radius,
                spot.x + spot.radius,
                spot.y + spot.radius,
            ),
        )
    for paper in found.papers:
        spot = layout.papers[paper.key]
        wide = 10 + max(text_width(paper.short_title, 12.5), text_width(paper.byline, 11))
        left, right = (spot.x - 5, spot.x + wide) if spot.side > 0 else (spot.x - wide, spot.x + 5)
        yield paper.key, (left, spot.y - 13, right, spot.y + 15)


class TestLayout:
    """Where things stand."""

    def test_no_label_of_the_shipped_list_touches_another(self, shipped):
        """Every paper and method can be read at once, inside the picture."""
        found, layout = shipped
        all_boxes = list(boxes(found, layout))
        collisions = [
            (one, other)
            for (one, a), (other, b) in combinations(all_boxes, 2)
            if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
        ]

        assert layout.labelled
        assert len(all_boxes) == 33 + 2 * 9
        assert collisions == []
        assert all(
            left >= 0 and top >= 0 and right <= layout.width and bottom <= layout.height
            for _, (left, top, right, bottom) in all_boxes
        )

    def test_a_paper_with_several_methods_is_between_them(self, shipped):
        """It is nearer to each of its methods than the farthest two of all methods are to each other, and amid them."""
        found, layout = shipped
        several = [paper for paper in found.papers if len(paper.methods) > 1]

        assert len(several) == 6
        for paper in several:
            spot = layout.papers[paper.key]
            around = [layout.methods[key] for key in paper.methods]
            assert min(m.x for m in around) - 60 < spot.x < max(m.x for m in around) + 60, paper.key
            assert min(m.y for m in around) - 60 < spot.y < max(m.y for m in around) + 60, paper.key

    def test_papers_of_one_method_are_nearest_to_it(self, shipped):
        """No other method is nearer to such a paper."""
        found, layout = shipped
        single = [paper for paper in found.papers if len(paper.methods) == 1]

        assert len(single) == 8
        for paper in single:
            spot = layout.papers[paper.key]
            nearest = min(
                layout.methods,
                key=lambda key: (layout.methods[key].x - spot.x) ** 2 + (layout.methods[key].y - spot.y) ** 2,
            )
            assert nearest == paper.methods[0], paper.key

    @pytest.mark.parametrize("methods", [0, 1, 12, 300])
    def test_thousands_of_papers(self, methods):
        """Every paper has a place of its own, whatever their methods; too many for labels, they are drawn as dots."""
        keys = [f"m{number}" for number in range(methods)]

        def of(number):
            steps = range(1, 1 + number % 3) if keys else ()
            return tuple(dict.fromkeys(keys[(number * step) % methods] for step in steps))

        papers = tuple(Paper(f"p{number}", f"Title {number}", methods=of(number)) for number in range(1500))
        found = Classification("Big", methods=tuple(Method(key, key) for key in keys), papers=papers)
        layout = lay_out(found)

        assert not layout.labelled
        assert len({(spot.x, spot.y) for spot in layout.papers.values()}) == 1500
        assert len(layout.methods) == methods
        assert sum(bundle.papers for bundle in layout.bundles) == sum(len(paper.methods) for paper in papers)

    def test_parents_hang_together_with_their_children(self, hostile):
        """A method of a method is laid out beside it, and nothing is without a place."""
        layout = lay_out(hostile)
        parent, child = layout.methods["nerf"], layout.methods["fast-nerf"]

        assert abs(parent.x - child.x) + abs(parent.y - child.y) < 400
        assert set(layout.papers) == {paper.key for paper in hostile.papers}
        assert layout.heading is not None

    def test_nothing_at_all(self):
        """An empty catalog has an empty picture."""
        empty = Classification("Nothing")

        assert lay_out(empty).papers == {}
        assert ET.fromstring(graph_svg(empty, lay_out(empty), Places())) is not None
        assert data_of(Page(drawn(empty)))["papers"] == []

    def test_the_limit_of_labels(self):
        """Up to the limit all labels have room; one paper more, and none has."""
        papers = tuple(Paper(f"p{number}", f"Title {number}") for number in range(LABELLED + 1))

        assert lay_out(Classification("", papers=papers[:-1])).labelled
        assert not lay_out(Classification("", papers=papers)).labelled


class TestSvg:
    """The still picture."""

    def test_it_is_the_golden_one(self, hostile, golden):
        """A hostile catalog is drawn exactly as a person has looked at it and found it good."""
        golden(graph_svg(hostile, lay_out(hostile), PLACES), "graph.svg")

    def test_the_picture_in_the_documentation_is_current(self, shipped):
        """docs/graph.svg is what `litsync graph` draws of the shipped list, and the README shows it."""
        root = SHIPPED.parents[1]

        shown = (root / "docs/graph.svg").read_text(encoding="utf-8")
        advice = "make it again: litsync graph --config config.example.yaml -o docs/graph.svg"
        assert shown == graph_svg(*shipped, Places()), advice
        assert "docs/graph.svg" in (root / "README.md").read_text(encoding="utf-8")

    def test_it_shows_everything(self, shipped):
        """One dot for each paper with its whole title, one disc for each method, one line for each classification."""
        found, layout = shipped
        picture = ET.fromstring(graph_svg(found, layout, Places()))
        name = "{http://www.w3.org/2000/svg}"
        titles = [element.text for element in picture.iter(f"{name}title")]
        lines = [
            path for path in picture.iter(f"{name}path") if "line" in path.get("class").split() and path.get("stroke")
        ]

        assert len(list(picture.iter(f"{name}circle"))) == 9
        assert all(any(paper.title in title for title in titles) for paper in found.papers)
        assert len(lines) == 24 + 16

    def test_texts_stay_texts(self, hostile):
        """No title becomes an element, and what XML cannot hold is left out."""
        odd = Classification("a\x00b\ud800", papers=(Paper("k", "<script>x</script>\x07"),))
        picture = ET.fromstring(graph_svg(odd, lay_out(odd), Places()))
        tags = {element.tag.split("}")[1] for element in picture.iter()}

        assert tags <= {"svg", "title", "desc", "style", "rect", "text", "g", "a", "path", "circle"}
        assert "ab" in [element.text for element in picture.iter("{http://www.w3.org/2000/svg}title")]
        assert ET.fromstring(graph_svg(hostile, lay_out(hostile), PLACES)) is not None


class TestPage:
    """The page to look around in."""

    def test_it_is_the_golden_one(self, hostile, golden):
        """All of the page but its programs and style is as a person has found it good."""
        text = drawn(hostile)
        for part in ("page.css", "d3.min.js", "page.js"):
            text = text.replace((PAGE / part).read_text(encoding="utf-8"), f"[{part}]")
        lines = [
            line
            for line in text.splitlines(keepends=True)
            if "Security-Policy" not in line and "<!-- litsync" not in line
        ]

        golden("".join(lines), "graph.html")

    @pytest.mark.parametrize("path", [SHIPPED, HOSTILE], ids=["shipped", "hostile"])
    def test_the_page_has_every_paper_method_section_and_line(self, path):
        """What the script is given is the whole classification; the list beside it has every title."""
        found = read(path)
        page = Page(drawn(found))
        data = data_of(page)
        methods, sections = [m["key"] for m in data["methods"]], [s["key"] for s in data["sections"]]

        assert methods == [method.key for method in found.methods]
        assert [m["name"] for m in data["methods"]] == [method.name for method in found.methods]
        assert [methods[m["parent"]] if m["parent"] >= 0 else "" for m in data["methods"]] == [
            m.parent for m in found.methods
        ]
        assert [s["name"] for s in data["sections"]] == [section.name for section in found.sections]
        assert [p["key"] for p in data["papers"]] == [paper.key for paper in found.papers]
        for row, paper in zip(data["papers"], found.papers, strict=True):
            assert [methods[n] for n in row["methods"]] == list(paper.methods)
            assert [methods[n] for n in row["reading"]] == list(paper.source_of)
            assert [sections[n] for n in row["sections"]] == list(paper.sections)
        titles = [text for attrs, text in page.all("button") if attrs == {"type": "button"}]
        assert titles == [paper.title for paper in found.papers]

    def test_only_its_own_programs_run(self, hostile):
        """The policy names exactly the scripts and the style of the page; nothing is loaded, no attribute holds a script."""
        page = Page(drawn(hostile))
        policy = next(attrs["content"] for attrs, _ in page.all("meta") if "http-equiv" in attrs)
        hashes = {
            kind: [
                f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
                for attrs, text in page.all(kind)
                if "type" not in attrs
            ]
            for kind in ("script", "style")
        }

        assert policy == (
            f"default-src 'none'; style-src {' '.join(hashes['style'])}; script-src {' '.join(hashes['script'])}; "
            "base-uri 'none'; form-action 'none'"
        )
        assert len(hashes["script"]) == 2
        assert len(page.all("script")) == 3
        assert not [a for _, attrs, _ in page.elements for a in attrs if a.startswith("on") or a in ("src", "style")]
        assert not page.all("link") + page.all("img") + page.all("iframe") + page.all("b")[1:]

    def test_links_lead_to_note_item_and_paper(self, hostile):
        """The addresses are whole, by names that hold on other machines, and only the web's are taken from the catalog."""
        page = Page(drawn(hostile))
        addresses = [attrs["href"] for attrs, _ in page.all("a")]

        assert (
            "obsidian://open?vault=My%20vault%20%26%20%3Cb%3E&file=Papers%2FOne%20%22two%22%20%26%20three" in addresses
        )
        assert "zotero://select/library/items/ABCD2345" in addresses
        assert "https://arxiv.org/abs/2201.00001" in addresses
        assert 'https://example.org/a|b?q=<1>&r="2"' in addresses
        assert data_of(page)["methods"][0]["note"].endswith("file=Methods%2FNeRF")
        assert (
            paper_links(Paper("k", "t", address="javascript:alert(1)", code="data:text/html,x"), Places()).paper == ""
        )
        assert method_links("gan", PLACES).note == ""

    def test_methods_stand_under_their_parents(self):
        """The filter lists a method's kinds under it, whatever their order in the catalog."""
        found = Classification(
            "List",
            (Section("s", "S"),),
            (Method("c", "C", "b"), Method("a", "A"), Method("b", "B", "a"), Method("d", "D")),
        )
        page = Page(drawn(found))

        assert [attrs["title"] for attrs, _ in page.all("span") if "title" in attrs] == ["A", "B", "C", "D", "S"]


def test_the_library_is_the_one_that_was_published():
    """d3 comes as its makers published it, with its licence, in the package's data."""
    library = (PAGE / "d3.min.js").read_bytes()

    assert library.startswith(b"// https://d3js.org v7.9.2 Copyright")
    assert sha256(library).hexdigest() == "912111098ea99503a6f4967361d2bbdc9dbf58cf9c678c8e27e5b02d1a07f0c1"
    assert "Permission to use, copy, modify" in (PAGE / "d3.LICENSE").read_text(encoding="utf-8")


def test_a_seal_breaks_with_the_text():
    """A file is known as litsync's own only while nobody has changed a byte of it."""
    text = sealed("<p>text</p>\n")

    assert is_untouched(text.encode())
    assert not is_untouched(text.replace("text", "test").encode())
    assert not is_untouched(text.encode() + b"\n")
    assert not is_untouched(b"<p>text</p>\n")
    assert not is_untouched(b"\xff")
