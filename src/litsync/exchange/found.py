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

    `own` is what a catalog has no field for and a new paper keeps as keys of the reader's own, `left` names what it does not;
    `also` are further places that name it; `source_of` are the ids of methods that it is to be read about; `doubt` says what
    about it is uncertain. `paper` is the citekey of the paper that it is, where the source knows that for certain.
    """

    fields: Fields
    place: Place
    citekey: str = ""
    left: tuple[str, ...] = ()
    also: tuple[Place, ...] = ()
    source_of: tuple[str, ...] = ()
    doubt: str = ""
    paper: str = ""
    own: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one source says: its works in order, and its faults, each with its place.

    `sections` are names by id in order, `methods` the fields of each by id: what the works' own `sections` and `methods`
    refer to. Empty where the source knows none. `passed` is what looks like a work and was not taken, with the reason.
    `distinct`: the source has been read so that no two works are one; they are not compared with each other again.
    """

    works: tuple[Found, ...]
    faults: tuple[Problem, ...] = ()
    title: str = ""
    sections: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, Fields] = field(default_factory=dict)
    passed: tuple[Problem, ...] = ()
    distinct: bool = False
