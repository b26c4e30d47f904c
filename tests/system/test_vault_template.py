"""The shipped vault fits what litsync writes."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from vault_bench import TEMPLATE

from litsync.core.fields import carried
from litsync.core.model import VAULT, Kind
from litsync.core.values import FieldKind, Form
from litsync.formats.note import identity, read_note


def test_every_property_has_a_type_and_identifiers_are_text() -> None:
    """Obsidian is told the type of every property litsync writes, so that it never takes an identifier for a number."""
    types = json.loads((TEMPLATE / ".obsidian/types.json").read_text())["types"]
    held = (field for kind in (Kind.PAPER, Kind.METHOD) for field in carried(kind, VAULT))
    fields = [field for field in held if field.name != "name" and field.derived_by != VAULT]
    for row in fields:
        match row.kind, row.form:
            case FieldKind.SET | FieldKind.NAMES, _:
                assert types[row.name] in ("multitext", "tags", "aliases"), row.name
            case _, Form.NUMBER:
                assert types[row.name] == "number", row.name
            case _:
                assert types[row.name] == "text", row.name
    assert types["citekey"] == types["method"] == "text"


def test_the_shipped_views_exist_and_use_known_properties() -> None:
    """Every view that a note embeds is there, and the bases show only what notes have or formulas make."""
    bases = {path.name: yaml.safe_load(path.read_text()) for path in TEMPLATE.glob("*.base")}
    views = {f"{name}#{view['name']}" for name, base in bases.items() for view in base["views"]}
    texts = [path.read_text() for pattern in ("*.md", "*.j2") for path in TEMPLATE.rglob(pattern)]
    embedded = {view for text in texts for view in re.findall(r"!\[\[([^\]|]+\.base#[^\]|]+)", text)}
    assert embedded <= views
    fields = {f"note.{row.name}" for kind in (Kind.PAPER, Kind.METHOD) for row in carried(kind, VAULT)}
    for base in bases.values():
        known = fields | {"file.name"} | {f"formula.{name}" for name in base.get("formulas", {})}
        assert {shown for view in base["views"] for shown in view["order"]} <= known
        assert {one["property"] for view in base["views"] for one in view["sort"]} <= known
        assert set(base["properties"]) <= known
    assert bases["Papers.base"]["views"][0]["name"] == "All papers"


@pytest.mark.parametrize(("name", "kind"), [("Paper", Kind.PAPER), ("Method", Kind.METHOD)])
def test_the_templates_have_the_properties_of_notes(name: str, kind: Kind) -> None:
    """A template has an empty identity and only properties that notes of its kind have, and is not a note itself."""
    note = read_note((TEMPLATE / f"Templates/{name}.md").read_bytes())
    own = {row.name for row in carried(kind, VAULT)} | {"citekey" if kind is Kind.PAPER else "method"}
    assert set(note.properties) <= own
    assert identity(note.properties) is None
    app = json.loads((TEMPLATE / ".obsidian/app.json").read_text())
    assert "Templates/" in app["userIgnoreFilters"]
    assert json.loads((TEMPLATE / ".obsidian/templates.json").read_text()) == {"folder": "Templates"}


def test_the_vault_ships_no_community_plugin() -> None:
    """Opening the vault asks nobody to trust foreign code, and all settings are sound JSON."""
    settings = list((TEMPLATE / ".obsidian").glob("*.json"))
    assert {path.name for path in settings} >= {"app.json", "appearance.json", "core-plugins.json", "graph.json"}
    assert all(json.loads(path.read_text()) for path in settings)
    assert not (TEMPLATE / ".obsidian/plugins").exists()
