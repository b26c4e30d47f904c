"""Reading lists as real lists are laid out: each fixture in data/lists has a golden file that a person has looked at."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from litsync.core.model import Name
from litsync.exchange.lists.works import read_reading_list

LISTS = Path(__file__).parents[1] / "data" / "lists"
SEED = LISTS / "face-video-generation.md"


def shown(value):
    """A field as one short text."""
    if isinstance(value, str):
        return value
    return ", ".join(one.display if isinstance(one, Name) else str(getattr(one, "url", one)) for one in value)


def told(reading):
    """A reading as text: title, sections, methods, each work with its line and fields, and what was passed over."""
    lines = [f"title: {reading.title}", *(f"section {key}: {name}" for key, name in reading.sections.items())]
    lines += [
        f"method {key}: {shown(fields['name'])} {shown(fields.get('aliases', ''))}".rstrip()
        for key, fields in reading.methods.items()
    ]
    for work in reading.works:
        also = "".join(f", {place.line}" for place in work.also)
        lines += ["", f"{work.place.line}{also}: {work.fields['title']}"]
        lines += [f"  {name}: {shown(value)}" for name, value in work.fields.items() if name != "title"]
        lines += [f"  source of: {shown(work.source_of)}"] if work.source_of else []
        lines += [f"  ({work.doubt})"] if work.doubt else []
    lines += ["", *(f"left {one.place.line}: {one.text} ({one.message})" for one in reading.passed)]
    return "\n".join(lines).rstrip() + "\n"


def read(text, name="list.md"):
    """A reading of a text."""
    return read_reading_list(text.encode(), name)


def titles(text):
    """The titles of the works in a text."""
    return [work.fields["title"] for work in read(text).works]


@pytest.mark.parametrize("path", sorted(LISTS.glob("*.md")), ids=lambda path: path.stem)
def test_a_list_says_what_its_golden_file_says(path, golden):
    """Every work with its line, links, authors, venue, date, section and methods; and what is no work, with the reason."""
    golden(told(read_reading_list(path.read_bytes(), path.name)), f"lists/{path.stem}.txt")


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_the_shipped_list_comes_out_exactly(ending):
    """17 papers, 11 code links, 16 sources of 6 models, 24 edges of the classification; 1, 5 and 10 in no class."""
    reading = read_reading_list(SEED.read_bytes().replace(b"\n", ending), "list.md")
    papers = [work for work in reading.works if "number" in work.fields]
    sources = [work for work in reading.works if work.source_of]
    edges = {work.fields["number"]: len(work.fields.get("methods", ())) for work in papers}

    assert [work.fields["number"] for work in papers] == [str(number) for number in range(1, 18)]
    assert sum("code" in work.fields for work in papers) == 11
    assert len(sources) == 16
    assert {reading.methods[key]["name"] for work in sources for key in work.source_of} == {
        "VAE", "Diffusion Model", "Glow", "NeRF", "GAN", "3DMM",
    }  # fmt: skip
    assert sum(edges.values()) == 24
    assert [number for number, count in edges.items() if not count] == ["1", "5", "10"]
    assert len(reading.works) == 33


def test_one_work_under_six_headings_is_one_work_in_six_sections():
    """The same paper, linked in six ways, with a fact more in the last."""
    ways = [
        "abs/2001.00001",
        "pdf/2001.00001v2",
        "pdf/2001.00001.pdf",
        "abs/2001.00001v3",
        "html/2001.00001",
        "abs/2001.00001",
    ]
    text = "# L\n" + "".join(
        f"## H{n}\n- [Warped Maps of the Marsh](https://arxiv.org/{way})\n" for n, way in enumerate(ways)
    )
    reading = read(text + "  - [code](https://github.com/a/b)\n")

    (work,) = reading.works
    assert len(work.fields["sections"]) == 6
    assert work.fields["code"] == "https://github.com/a/b"
    assert [work.place.line, *(place.line for place in work.also)] == [3, 5, 7, 9, 11, 13]


def test_one_title_linked_to_three_papers_is_three_works():
    """Different arXiv ids are different works, whatever they are called."""
    reading = read(
        "## P\n" + "".join(f"- [A Survey of All Surveys](https://arxiv.org/abs/2001.0000{n})\n" for n in range(3))
    )

    assert [work.fields["arxiv"] for work in reading.works] == ["2001.00000", "2001.00001", "2001.00002"]


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("- [河流分割的研究](https://arxiv.org/abs/2001.00001)".encode("gb18030"), "河流分割的研究"),
        ("- [Größe](https://arxiv.org/abs/2001.00001)\n".encode("cp1252") + "- [Übergröße](https://arxiv.org/abs/2001.00002)".encode(), "Größe"),
        ("- [Größe](https://arxiv.org/abs/2001.00001)".encode("utf-16"), "Größe"),
        (b"\xef\xbb\xbf- [Marsh](https://arxiv.org/abs/2001.00001)", "Marsh"),
    ],
)  # fmt: skip
def test_encodings_are_told_apart_line_by_line(data, title):
    """Chinese files, old Windows files, and lines of both in one file."""
    assert read_reading_list(data, "list.md").works[0].fields["title"] == title


@pytest.mark.parametrize(
    "unit",
    [
        "- [A Title of Some Length, Number {n}](https://arxiv.org/abs/{y}.{n:05d}), A. Author et al., CVPR 2020 [[code](https://github.com/a/b{n})]\n",
        "|2020|[Paper {n} in a Table of Many](https://arxiv.org/abs/{y}.{n:05d})|CVPR|\n",
        "<b>*`[![{n}](<\n",
        "> > - 1. [x][{n}] <details><td>\n",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_and_no_faster(unit):
    """Eight times as much takes about eight times as long, whatever is in it."""

    def spent(count):
        text = "|Year|Title|Venue|\n|-|-|-|\n" if unit.startswith("|2") else "# List\n"
        text += "".join(unit.format(n=n % 90000, y=2001 + n // 90000) for n in range(count))
        start = time.process_time()
        read(text)
        return time.process_time() - start

    spent(50)
    assert spent(4000) < 8 * spent(500) * 4 + 1


def test_what_is_no_text_is_refused():
    """A picture is not a list."""
    with pytest.raises(Exception, match="not a text file"):
        read_reading_list(b"\x89PNG" + bytes(4000), "picture.md")
