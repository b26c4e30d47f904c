"""How ids are spelled in a catalog: a method or section may stand by its id, its name or an alias.

Decides what a spelling means and by which one a new paper names a method: the one that its neighbours use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from litsync.core.model import Kind, Record, RecordId
from litsync.core.values import tidy

_FIELDS = {Kind.METHOD: "methods", Kind.SECTION: "sections"}


@dataclass(frozen=True, slots=True)
class Spelling:
    """What the texts of set fields mean: `meanings` by field and case-folded text, `names` by field and id."""

    meanings: Mapping[tuple[str, str], str] = field(default_factory=dict)
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def meaning(self, field: str, text: str) -> str:
        """The id that a text means in this field; in other fields, the text."""
        return self.meanings.get((field, tidy(text).casefold()), tidy(text))

    def spelled(self, field: str, key: str, neighbours: Iterable[str]) -> str:
        """The id or the name, whichever the neighbours use; the id where they do not say."""
        name = self.names.get((field, key))
        if name is None:
            return key
        said = [(text, self.meaning(field, text)) for text in neighbours]
        votes = sum(1 if text == meant else -1 for text, meant in said)
        return name if votes < 0 else key

    def words(self, field: str, key: str) -> frozenset[str]:
        """Every spelling of an id, case-folded."""
        return frozenset(text for (name, text), meant in self.meanings.items() if (name, meant) == (field, key))

    def plus(self, other: Spelling) -> Spelling:
        """Also these spellings, where they mean nothing yet."""
        return Spelling({**other.meanings, **self.meanings}, {**other.names, **self.names})

    def headings(self) -> frozenset[str]:
        """The names of the sections, case-folded: a comment that says just that is a heading."""
        return frozenset(name.casefold() for (field, _), name in self.names.items() if field == "sections")


def spelling_of(records: Mapping[RecordId, Record]) -> Spelling:
    """The spellings that a catalog's records define. An id wins over a name, a name over an alias."""
    aliases: dict[tuple[str, str], str] = {}
    own: dict[tuple[str, str], str] = {}
    ids: dict[tuple[str, str], str] = {}
    names: dict[tuple[str, str], str] = {}
    for record, said in records.items():
        field = _FIELDS.get(record.kind)
        if field is None:
            continue
        name, also = said.fields.get("name"), said.fields.get("aliases")
        aliases |= {(field, str(word).casefold()): record.key for word in (also if isinstance(also, tuple) else ())}
        if isinstance(name, str):
            own[field, name.casefold()] = record.key
            names[field, record.key] = name
        ids[field, record.key.casefold()] = record.key
    return Spelling(aliases | own | ids, names)
