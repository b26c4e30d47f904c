"""The classification as a table: complete, and harmless whatever the titles say."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import pytest
from classifications import HOSTILE, SHIPPED, read

from litsync.exchange.classification import Classification, Paper, shortened
from litsync.exchange.matrix import MatrixFormat, matrix


class Cells(HTMLParser):
    """The rows of the only table of a page, as a browser reads them, and every element of the page."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.elements = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Take in an element."""
        self.elements.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        """Take in what stands in a cell."""
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


@pytest.mark.parametrize("form", list(MatrixFormat))
def test_the_table_is_the_golden_one(form, golden):
    """A hostile catalog is written exactly as a person has looked at it and found it good."""
    golden(matrix(read(HOSTILE), form), f"matrix.{form}")


def test_the_shipped_list_says_what_the_reading_list_says():
    """The numbers of the papers of each method are those of the list's own table."""
    rows = list(csv.DictReader(io.StringIO(matrix(read(SHIPPED), MatrixFormat.CSV))))
    face_video = rows[16:]

    def numbers(method):
        return [int(row["number"]) for row in face_video if row[method] == "x"]

    assert len(rows) == 33
    assert numbers("Pre-trained strategy") == [11, 13, 16]
    assert numbers("Transformer") == [7, 13, 14]
    assert numbers("NeRF") == [6, 7, 17]
    assert numbers("Dense flow warp") == [8, 9, 11, 12, 13, 16]
    assert numbers("3DMM") == [2, 3, 4, 7, 8, 9, 11, 15, 16]
    assert next(row["citekey"] for row in rows if row["GAN"] == "source") == "goodfellow2014generative"


def test_every_format_has_every_paper_and_every_method():
    """Papers without a method and methods without a paper are there as well."""
    found = read(HOSTILE)
    table = list(csv.reader(io.StringIO(matrix(found, MatrixFormat.CSV))))
    page = Cells(matrix(found, MatrixFormat.HTML))
    lines = [line for line in matrix(found, MatrixFormat.MARKDOWN).splitlines() if line.startswith("|")]

    assert table[0][6:] == [method.name for method in found.methods]
    assert [row[0] for row in table[1:]] == [paper.key for paper in found.papers]
    assert page.rows[0][3:] == [method.name for method in found.methods]
    assert [row[1] for row in page.rows[1:]] == [paper.title for paper in found.papers]
    assert len(lines) == 2 + len(found.papers)
    assert {line.replace("\\|", "").count("|") for line in lines} == {4 + len(found.methods)}


def test_nothing_in_the_page_runs():
    """Titles are text, addresses stay inside their attribute, and there is no script."""
    page = Cells(matrix(read(HOSTILE), MatrixFormat.HTML))

    assert {tag for tag, _ in page.elements} <= set(
        "html head meta title style body h1 table thead tbody tr th td a span p".split()
    )
    assert [attrs["href"] for tag, attrs in page.elements if tag == "a"] == [
        'https://example.org/a|b?q=<1>&r="2"',
        "https://doi.org/10.1000/ABC",
        "https://arxiv.org/abs/2201.00001",
    ]


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_cell_is_a_formula(title):
    """A spreadsheet shows such a title instead of computing it."""
    table = matrix(Classification("List", papers=(Paper("key", title),)), MatrixFormat.CSV)

    assert list(csv.reader(io.StringIO(table)))[1][2] == f"'{title}"


def test_a_paper_is_called_what_its_readers_call_it():
    """By the name before the colon, else by first words; by one, two, or the first of more authors, and the year."""
    short = Paper("a", "AD-NeRF: Audio Driven Neural Radiance Fields", ("Guo", "Chen", "Liang"), "2021")
    long = Paper("b", "Imitating Arbitrary Talking Style for Realistic Audio-Driven Talking Face Synthesis")

    assert (short.short_title, short.byline) == ("AD-NeRF", "Guo et al. 2021")
    assert (long.short_title, long.byline) == ("Imitating Arbitrary Talking Style…", "")
    assert Paper("c", "T", ("Kingma", "Welling"), "2014").byline == "Kingma & Welling 2014"
    assert shortened("半" * 40, 10) == "半" * 9 + "…"
