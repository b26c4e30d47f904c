"""The classification as one value: which papers a catalog has, which methods classify them, in which sections they stand.

Decides what the matrix, the canvas and the graph show of a paper, and what a paper is called where there is little room;
must not know how any of them is drawn. Every paper, method and section of the catalog is in it, in catalog order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from litsync.core.model import Kind, Name, Record, RecordId
from litsync.formats.colours import NEUTRAL, method_colours

_ROOM = 36
"""Characters of a title that are shown where there is little room."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as far as the classification shows it. `source_of` are the methods that it is to be read about."""

    key: str
    title: str
    authors: tuple[str, ...] = ()
    year: str = ""
    number: str = ""
    address: str = ""
    code: str = ""
    status: str = ""
    sections: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    source_of: tuple[str, ...] = ()

    @property
    def byline(self) -> str:
        """`Guo et al. 2021`: who and when, as far as is known."""
        match self.authors:
            case ():
                who = ""
            case (one,):
                who = one
            case (one, other):
                who = f"{one} & {other}"
            case (one, *_):
                who = f"{one} et al."
        return f"{who} {self.year}".strip()

    @property
    def short_title(self) -> str:
        """What the paper is called in few words: the name before the colon, or as many first words as there is room for."""
        name, colon, _ = self.title.partition(":")
        return name if colon and len(name) <= _ROOM else shortened(self.title, _ROOM)


@dataclass(frozen=True, slots=True)
class Method:
    """A method. `parent` is the key of the broader one, empty if there is none; `colour` is `#rrggbb`."""

    key: str
    name: str
    parent: str = ""
    colour: str = NEUTRAL

    @property
    def short_name(self) -> str:
        """The name, as far as there is room for it in a picture."""
        return shortened(self.name, _ROOM)


@dataclass(frozen=True, slots=True)
class Section:
    """A named part of the reading list."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Classification:
    """All of it, in catalog order."""

    title: str
    sections: tuple[Section, ...] = ()
    methods: tuple[Method, ...] = ()
    papers: tuple[Paper, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where the records of a catalog are found: `notes` are paths in the vault, `items` addresses that open in Zotero.

    `vault` is the name by which Obsidian knows the vault. What is not there has no entry.
    """

    vault: str = ""
    notes: Mapping[RecordId, str] = field(default_factory=dict)
    items: Mapping[RecordId, str] = field(default_factory=dict)


def classification(records: Iterable[Record]) -> Classification:
    """The classification that a catalog's records hold."""
    records = list(records)
    source_of: dict[str, list[str]] = {}
    for record in records:
        if record.id.kind is Kind.METHOD:
            for citekey in _texts(record, "sources"):
                source_of.setdefault(citekey, []).append(record.id.key)
    of_kind = {kind: [record for record in records if record.id.kind is kind] for kind in Kind}
    chosen = {one.id.key: _text(one, "color") or None for one in of_kind[Kind.METHOD]}
    colours = method_colours(chosen)
    return Classification(
        title=next((_text(one, "title") for one in of_kind[Kind.LIST]), "") or "Reading list",
        sections=tuple(Section(one.id.key, _text(one, "name")) for one in of_kind[Kind.SECTION]),
        methods=tuple(_method(one, colours) for one in of_kind[Kind.METHOD]),
        papers=tuple(_paper(one, source_of.get(one.id.key, ())) for one in of_kind[Kind.PAPER]),
    )


def _method(record: Record, colours: Mapping[str, str]) -> Method:
    return Method(record.id.key, _text(record, "name"), _text(record, "parent"), colours[record.id.key])


def _paper(record: Record, source_of: Sequence[str]) -> Paper:
    return Paper(
        key=record.id.key,
        title=_text(record, "title"),
        authors=_families(record),
        year=_text(record, "year"),
        number=_text(record, "number"),
        address=_address(record),
        code=_text(record, "code"),
        status=_text(record, "status"),
        sections=_texts(record, "sections"),
        methods=_texts(record, "methods"),
        source_of=tuple(source_of),
    )


def _address(record: Record) -> str:
    """Where the paper is read: its own address, else what its DOI or arXiv id leads to."""
    if url := _text(record, "url"):
        return url
    if doi := _text(record, "doi"):
        return f"https://doi.org/{doi}"
    arxiv = _text(record, "arxiv")
    return f"https://arxiv.org/abs/{arxiv}" if arxiv else ""


def _families(record: Record) -> tuple[str, ...]:
    authors = record.fields.get("authors")
    return tuple(one.family for one in authors if isinstance(one, Name)) if isinstance(authors, tuple) else ()


def _text(record: Record, name: str) -> str:
    value = record.fields.get(name)
    return value if isinstance(value, str) else ""


def _texts(record: Record, name: str) -> tuple[str, ...]:
    value = record.fields.get(name)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, tuple) else ()


def shortened(text: str, most: int) -> str:
    """The text, cut after a whole word where one ends, with an ellipsis, if it has more than `most` characters."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    words = head.rpartition(" ")[0]
    return f"{(words if len(words) > most // 2 else head).rstrip(' ,;:–-')}…"
