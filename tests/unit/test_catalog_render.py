"""A catalog written from records reads back as these records."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import Kind, Link, Name, Record, RecordId
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_render import render_catalog
from litsync.formats.catalog_yaml import read_catalog

SHIPPED = Path(__file__).parents[2] / "catalog" / "face-video-generation.yaml"
LIST = RecordId(Kind.LIST, "list")


def read(data):
    """The records of a catalog without a problem."""
    catalog = read_catalog([CatalogFile("c.yaml", data)])
    assert not catalog.problems
    return catalog.records


def test_the_shipped_catalog_is_written_as_people_write_it():
    """The same records, and apart from comments nearly the same lines."""
    data = SHIPPED.read_bytes()

    rendered = render_catalog(read(data).values())

    assert read(rendered) == read(data)
    lines = {line.split("#")[0].rstrip() for line in data.decode().splitlines()}
    strange = [line for line in rendered.decode().splitlines() if line not in lines]
    assert not strange
    assert max(map(len, rendered.decode().splitlines())) <= max(map(len, data.decode().splitlines()))


def test_an_empty_catalog_is_one_that_can_be_filled():
    """No title, nothing: still a catalog."""
    assert render_catalog([]) == b"papers: []\n"
    assert read(render_catalog([Record(LIST, {"title": "My: list"})]))[LIST].fields == {"title": "My: list"}


texts = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
    lambda text: " ".join(text.split()) == text
)


@given(texts, texts, st.lists(texts, min_size=1, max_size=9, unique_by=str.casefold), texts)
def test_any_records_come_back(title, name, words, given_name):
    """Hostile texts, long lists, names in one piece and in two."""
    from litsync.core.values import read_name, tidy

    words = [tidy(word) for word in words]
    found = (read_name(tidy(word)) for word in [*words, given_name])
    authors = (*dict.fromkeys(name for name in found if name.family), Name("Acme, Inc."))
    made = {
        LIST: {"title": tidy(title)},
        RecordId(Kind.SECTION, "s"): {"name": tidy(name)},
        RecordId(Kind.METHOD, "m"): {"method": "m", "name": "method", "sources": ("k",)},
        RecordId(Kind.PAPER, "k"): {
            "citekey": "k",
            "title": tidy(title),
            "authors": (*authors, Name("Last", "First")),
            "date": "2020",
            "year": "2020",
            "sections": ("s",),
            "methods": ("m",),
            "links": (Link(tidy(name), "https://x.y/?a=[b],c"),),
            "abstract": tidy(title),
        },
    }

    records = read(render_catalog(Record(key, fields) for key, fields in made.items()))

    assert {key: dict(record.fields) for key, record in records.items()} == made
