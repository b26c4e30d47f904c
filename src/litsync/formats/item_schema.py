"""Zotero's item types: the fields each has, their base fields, and the roles of its creators.

The facts are Zotero's published schema, kept as data in `item_schema.json` with its version. Knows nothing of papers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Type:
    """One item type: base field by field in order, and creator types with the main one first."""

    bases: Mapping[str, str]
    by_base: Mapping[str, str]
    creators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemSchema:
    """The regular item types of Zotero. Every method raises KeyError for a type that does not exist."""

    version: int
    types: Mapping[str, _Type]

    @property
    def item_types(self) -> tuple[str, ...]:
        """All regular item types, in alphabetical order."""
        return tuple(self.types)

    def fields(self, item_type: str) -> tuple[str, ...]:
        """The fields of the type, in Zotero's order."""
        return tuple(self.types[item_type].bases)

    def base_field(self, item_type: str, field: str) -> str:
        """The general field that `field` is this type's form of (`proceedingsTitle`: `publicationTitle`), or itself."""
        return self.types[item_type].bases[field]

    def field_for(self, item_type: str, base: str) -> str | None:
        """The field of the type that is, or stands for, the general field `base`; None when the type has none."""
        return self.types[item_type].by_base.get(base)

    def creator_types(self, item_type: str) -> tuple[str, ...]:
        """The roles a creator may have, the main one first."""
        return self.types[item_type].creators

    def primary_creator(self, item_type: str) -> str:
        """The main role: author, director, programmer, ..."""
        return self.types[item_type].creators[0]


@lru_cache(maxsize=1)
def item_schema() -> ItemSchema:
    """The schema, read once."""
    data = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return ItemSchema(data["version"], {name: _read(row) for name, row in sorted(data["types"].items())})


def _read(row: Mapping[str, str]) -> _Type:
    pairs = [text.partition(":") for text in row["fields"].split()]
    bases = {field: base or field for field, _, base in pairs}
    return _Type(bases, {base: field for field, base in bases.items()}, tuple(row["creators"].split()))
