"""The shipped vault fits what litsync writes."""

from __future__ import annotations

import json
import re

import yaml
from vault_bench import TEMPLATE

from litsync.core.fields import carried
from litsync.core.model import VAULT, Kind
from litsync.core.values import FieldKind, Form


def test_every_property_has_a_type_and_identifiers_are_text() -> None:
    """Obsidian is told the type of every property litsync writes, so that it never takes an identifier for a number."""
    types = json.loads((TEMPLATE / ".obsidian/types.json").read_text())["types"]
    fields = [field for kind in (Kind.PAPER, Kind.METHOD) for field in carried(kind, VAULT) if field.name != "name"]
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
    """The base parses, has every view that notes embed, and shows only properties that notes have."""
    base = yaml.safe_load((TEMPLATE / "Papers.base").read_text())
    views = {view["name"]: view for view in base["views"]}
    embedded = re.compile(r"!\[\[Papers\.base#([^\]]+)\]\]")
    texts = [path.read_text() for path in TEMPLATE.rglob("*.md*")] + [
        path.read_text() for path in (TEMPLATE / ".litsync").rglob("*.j2")
    ]
    assert {name for text in texts for name in embedded.findall(text)} <= set(views)
    known = {row.name for row in carried(Kind.PAPER, VAULT)} | {"file.name"}
    assert {prop for view in views.values() for prop in view["order"]} <= known
    assert next(iter(views)) == "All papers"


def test_the_vault_ships_no_community_plugin() -> None:
    """Opening the vault asks nobody to trust foreign code, and all settings are sound JSON."""
    settings = list((TEMPLATE / ".obsidian").glob("*.json"))
    assert {path.name for path in settings} >= {"app.json", "appearance.json", "core-plugins.json", "graph.json"}
    assert all(json.loads(path.read_text()) for path in settings)
    assert not (TEMPLATE / ".obsidian/plugins").exists()
