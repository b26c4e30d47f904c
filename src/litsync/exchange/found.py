"""What a source outside the catalog says of works: the value that every reader gives and an import takes.

Decides nothing. A reader fills in what its source states and nothing else: unknown is not absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from litsync.core.model import Fields, Place, Problem


@dataclass(frozen=True, slots=True)
class Found:
    """One work. `fields` are those of a paper, `citekey` the one it brings along (may be empty), `place` where it stands.

    `left` names what the source says of it that a catalog has no field for.
    """

    fields: Fields
    place: Place
    citekey: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one source says: its works in order, and its faults, each with its place.

    `sections` are names by id in order, `methods` the fields of each by id: what the works' own `sections` and `methods`
    refer to. Empty where the source knows none.
    """

    works: tuple[Found, ...]
    faults: tuple[Problem, ...] = ()
    title: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Fields] = field(default_factory=dict)
