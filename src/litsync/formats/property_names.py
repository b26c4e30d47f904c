"""What the properties of notes are called: litsync's own names, unless the configuration gives the reader's.

Decides which names may be given. A field that is `off` stands in no note: it is unknown there, not empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from litsync.core.fields import carried
from litsync.core.model import VAULT, Kind

OFF = "off"

_FIELDS = {
    row.name: row
    for kind in (Kind.METHOD, Kind.PAPER)
    for row in carried(kind, VAULT)
    if row.name != "name" and row.derived_by != VAULT
}
FIELDS = ("citekey", "method", *_FIELDS)
"""Everything that stands in a note as a property, by litsync's name."""

_NEEDED = frozenset({"citekey", "method", "methods"})
_OBSIDIANS_OWN = frozenset({"aliases", "tags", "cssclasses"})
_SIGNS = frozenset("\"'#:[]{},&*!|>%@`\\\n\r\t")


@dataclass(frozen=True)
class PropertyNames:
    """The name of each field's property. `chosen` holds those that differ from the field's; None: the field is off."""

    chosen: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, name: str) -> str | None:
        """What the field's property is called; None when notes do not have it."""
        return self.chosen.get(name, name)

    def is_off(self, name: str) -> bool:
        """Whether notes do not have the field."""
        return self.of(name) is None

    @cached_property
    def _fields(self) -> Mapping[str, str | None]:
        """By case-folded property name: the field it holds, or None for a name of litsync's that is not used here."""
        found: dict[str, str | None] = dict.fromkeys(self.chosen)
        return found | {name.casefold(): key for key, name in self.chosen.items() if name is not None}

    def by_field(self, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """The properties under litsync's names; what is the reader's own under such a name is left out."""
        if not self.chosen:
            return properties
        renamed = {self._fields.get(name.casefold(), name): value for name, value in properties.items()}
        return {name: value for name, value in renamed.items() if name is not None}

    def to_json(self) -> Mapping[str, str | None]:
        """The choice, to see later whether it has changed."""
        return dict(sorted(self.chosen.items()))


def fault_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with names that a configuration gives, by field; `off` is a choice as good as a name."""
    used = {name: name for name in FIELDS if name not in chosen}
    faults: dict[str, str] = {}
    for name, given in chosen.items():
        if given == OFF:
            if name in _NEEDED:
                faults[name] = "cannot be off: notes are recognised and classified by it"
            continue
        holder = used.setdefault(given.casefold(), name)
        if holder != name:
            faults[name] = f"is the property of `{holder}` already"
        elif (name in _OBSIDIANS_OWN or given.casefold() in _OBSIDIANS_OWN) and given != name:
            faults[name] = "has a meaning of its own in Obsidian: it can only be off or keep its name"
        elif _SIGNS & set(given):
            faults[name] = "cannot be a property's name: use letters, digits, spaces, `-` and `_`"
    return faults


def property_names(chosen: Mapping[str, str]) -> PropertyNames:
    """The names as a configuration gives them, by field."""
    given = {name: None if name_given == OFF else name_given for name, name_given in chosen.items()}
    return PropertyNames(MappingProxyType({name: text for name, text in given.items() if text != name}))
