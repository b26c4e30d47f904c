"""The JSON Schema for editors says what the field table says, and accepts what litsync reads."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from litsync.core.fields import carried
from litsync.core.model import CATALOG, Kind
from litsync.core.values import Form, Invalid, read_text
from litsync.formats.catalog_schema import catalog_schema
from litsync.formats.item_schema import item_schema


def _papers() -> dict[str, Any]:
    properties: dict[str, Any] = catalog_schema()["properties"]["papers"]["items"]["properties"]
    return properties


def test_it_is_json_that_editors_know() -> None:
    """The schema is plain JSON of the draft that YAML language servers read."""
    schema = catalog_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize(
    "field", [field for field in carried(Kind.PAPER, CATALOG) if not field.derived], ids=lambda field: field.name
)
def test_every_catalog_field_of_a_paper_is_explained(field: Any) -> None:
    """An editor shows each field's meaning; what litsync works out itself is not offered."""
    assert _papers()[field.name]["description"] == field.meaning
    assert {"year", "citekey"}.isdisjoint(_papers())


def test_ids_and_titles_are_required() -> None:
    """A paper without id or title is marked while it is typed."""
    assert catalog_schema()["properties"]["papers"]["items"]["required"] == ["id", "title"]


def test_choices_are_offered() -> None:
    """Item types are Zotero's, without those no paper can be; reading states are the configured ones."""
    types = _papers()["type"]["enum"]
    assert {"conferencePaper", "preprint", "videoRecording"} <= set(types) <= {*item_schema().item_types, None}
    assert "annotation" not in types
    states = catalog_schema(("new", "done"))["properties"]["papers"]["items"]["properties"]["status"]["enum"]
    assert states == ["new", "done", None]


@pytest.mark.parametrize(
    ("key", "form", "texts"),
    [
        ("id", Form.CITEKEY, ["guo2021adnerf", "a:b/c", "-x", "a b", "é"]),
        ("date", Form.DATE, ["2021", "2021-10", "2021-10-05", "2021-13", "21", "2021-1", "October"]),
        ("doi", Form.DOI, ["10.1109/x.1", "https://doi.org/10.1109/x", "10.1/x y"]),
        (
            "arxiv",
            Form.ARXIV,
            ["2103.11078", "2103.11078v2", "hep-th/9901001", "math.GT/0309136", "arXiv:2103.11078", "2103"],
        ),
        ("url", Form.URL, ["https://x.org/a", "http://x.org", "x.org", "ftp://x.org"]),
        ("number", Form.NUMBER, ["6", "0123", "six", "-1"]),
    ],
)
def test_patterns_agree_with_reading(key: str, form: Form, texts: list[str]) -> None:
    """What the pattern of a form accepts is read, and what it rejects is refused."""
    pattern = _papers()[key]["pattern"]
    for text in texts:
        try:
            accepted = read_text(form, text) is not None
        except Invalid:
            accepted = False
        assert bool(re.search(pattern, text)) is accepted, text
