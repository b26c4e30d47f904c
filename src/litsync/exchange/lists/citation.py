"""A line of running text cut into what it says of a work: title, authors, venue, date, and the rest.

Decides by the form of each piece: a name, a venue, or neither. Must not know about links and styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from litsync.core.model import Name
from litsync.exchange.lists.labels import strip_symbols
from litsync.exchange.lists.people import has_et_al, is_name, read_authors
from litsync.exchange.lists.venues import Appearance, find_date, read_appearance


@dataclass(frozen=True, slots=True)
class Citation:
    """What a text says of one work. `rest` is what is none of the other: a remark, an organisation."""

    title: str = ""
    authors: tuple[Name, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    rest: str = ""

    @property
    def says_where(self) -> bool:
        """Whether a venue or a date is stated."""
        return bool(self.appearances)


class _Is(Enum):
    NAME = auto()
    VENUE = auto()
    OTHER = auto()


@dataclass(slots=True)
class _Atom:
    """A piece of text, the separator before it, and what it is; `aside` if it stood in brackets."""

    text: str
    before: str
    is_: _Is = _Is.OTHER
    aside: bool = False
    appearance: Appearance | None = None


_SEPARATOR = re.compile(
    r"(?P<group>[(\[（【][^()\[\]（）【】]*[)\]）】])"
    r"|(?P<mark>\s*[|·•‖│]+\s*|\s+[-–—]+\s+|;\s+|\n|,\s+(?=\S)|，|。|(?<![A-Z])(?<!\bal)(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\bSt)\.(?=\s+\S)"
    r"|(?<=\bal)\.,?\s)"
)
_HARD = frozenset("|·•‖│\n。")


def read_citation(text: str, *, has_title: bool) -> Citation:
    """Read a text beside a title (`has_title`), or one that holds the title itself."""
    atoms = _classified(_atoms(text))
    if not has_title:
        _settle_names(atoms)
        title, atoms = _title(atoms)
    else:
        title = ""
    authors = _authors(atoms, has_title=has_title)
    appearances = tuple(atom.appearance for atom in atoms if atom.appearance)
    rest = " ".join(
        atom.text for atom in atoms if atom.is_ is _Is.OTHER and strip_symbols(atom.text).strip(" .,;:|()[]-")
    )
    return Citation(title, authors, appearances, rest)


def _atoms(text: str) -> list[_Atom]:
    found: list[_Atom] = []
    start, before = 0, ""
    for match in _SEPARATOR.finditer(text):
        if match["group"] and not _stands_apart(match["group"], text[match.end() :]):
            continue
        if piece := text[start : match.start()].strip():
            found.append(_Atom(piece, before))
            before = " "
        if match["group"]:
            found.append(_Atom(match["group"], before if piece else before or " ", aside=True))
            before = " "
        else:
            before = match["mark"]
        start = match.end()
    if piece := text[start:].strip():
        found.append(_Atom(piece, before))
    return found


def _stands_apart(group: str, after: str) -> bool:
    """Whether brackets are no part of the text around them: they end it, or hold a venue, a year or an organisation."""
    inside = group[1:-1].strip()
    return (
        not after.strip(" .,;")
        or inside.startswith("@")
        or read_appearance(inside) is not None
        or aside_with_year(inside) is not None
    )


def _classified(atoms: list[_Atom]) -> list[_Atom]:
    for atom in atoms:
        bare = atom.text.strip('()[]（）【】 .,;:*_"“”')
        atom.appearance = read_appearance(bare) or (aside_with_year(bare) if atom.aside else None)
        if atom.appearance:
            atom.is_ = _Is.VENUE
        elif not atom.aside and _names_in(bare):
            atom.is_ = _Is.NAME
    _join_venues(atoms)
    return atoms


def aside_with_year(bare: str) -> Appearance | None:
    """`(Machine Learning 2016)`: a few words and a year in brackets are where it appeared."""
    date = find_date(bare) if len(bare.split()) <= 6 and bare[:1].isupper() and "@" not in bare else ""
    if not date or not re.search(r"(?:19|20)\d\d|['’]\d\d", bare):
        return None
    venue = re.sub(r"[,\s]*['’]?(?:(?:19|20)\d\d|(?<=['’])\d\d)[,\s]*", " ", bare).strip(" ,'’")
    return Appearance(venue, date)


def _names_in(text: str) -> bool:
    if has_et_al(text):
        return bool(read_authors(text))
    parts = re.split(r"\s+(?:and|&|和)\s+|^and\s+", text)
    return all((is_name(part) and len(part.split()) > 1) or _is_chinese_name(part) for part in parts if part) and any(
        parts
    )


def _is_chinese_name(text: str) -> bool:
    return re.fullmatch(r"[\u4e00-\u9fff]{2,3}", text) is not None and is_name(text)


def _join_venues(atoms: list[_Atom]) -> None:
    """`arXiv, 2022`: a year behind a venue belongs to it; one-word names between names are names."""
    for before, atom, after in zip(atoms, atoms[1:], [*atoms[2:], None], strict=False):
        alone = atom.is_ is _Is.OTHER and before.is_ is _Is.NAME and is_name(atom.text)
        if alone and (after is None or after.is_ is not _Is.OTHER):
            atom.is_ = _Is.NAME


def _settle_names(atoms: list[_Atom]) -> None:
    """What looks like names in the middle of a title is part of it: authors are followed by a venue or the end."""
    for start, end in _runs(atoms, _Is.NAME):
        leads = start == 0 and end - start > 1
        ends = all(atom.is_ is _Is.VENUE or atom.aside for atom in atoms[end : end + 1])
        several = end - start > 1 or has_et_al(atoms[end - 1].text) or re.search(r"\sand\s|&", atoms[start].text)
        follows = (
            end < len(atoms)
            or atoms[start].before.strip() in {".", "", "|"}
            or any(mark in atoms[start].before for mark in _HARD)
        )
        if not (leads or (ends and several) or (ends and follows and start > 0 and end < len(atoms))):
            for atom in atoms[start:end]:
                atom.is_ = _Is.OTHER


def _runs(atoms: list[_Atom], kind: _Is) -> list[tuple[int, int]]:
    """Where atoms of one kind stand next to each other: start and end of each stretch."""
    found: list[tuple[int, int]] = []
    for place, atom in enumerate(atoms):
        if atom.is_ is not kind:
            continue
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _title(atoms: list[_Atom]) -> tuple[str, list[_Atom]]:
    """The title, and the atoms that are not part of it: the first stretch of text that is nothing else."""
    stretches: list[tuple[int, int]] = []
    for start, end in _runs(atoms, _Is.OTHER):
        first = start
        for place in range(start + 1, end):
            before = atoms[place].before
            ends = before.strip() == "." or any(mark in before for mark in _HARD)
            if ends or atoms[place].aside:
                stretches.append((first, place))
                first = place
        stretches.append((first, end))
    stretches = [(start, end) for start, end in stretches if not atoms[start].aside]
    if not stretches:
        return "", atoms
    best = next((one for one in stretches if _length(atoms, one) >= 12), stretches[0])
    start, end = best
    text = "".join((atom.before if place else "") + atom.text for place, atom in enumerate(atoms[start:end]))
    return text, atoms[:start] + atoms[end:]


def _length(atoms: list[_Atom], stretch: tuple[int, int]) -> int:
    return sum(len(atom.text) + sum(char > "\u2e80" for char in atom.text) for atom in atoms[stretch[0] : stretch[1]])


def _authors(atoms: list[_Atom], *, has_title: bool) -> tuple[Name, ...]:
    for start, end in _runs(atoms, _Is.NAME):
        names = read_authors(", ".join(atom.text for atom in atoms[start:end]))
        alone = end - start == 1 and len(names) == 1 and not has_et_al(atoms[start].text)
        if names and not (alone and has_title and end < len(atoms) and atoms[end].is_ is _Is.OTHER):
            return names
    return ()


def first_of(appearances: Iterable[Appearance]) -> Appearance:
    """One appearance out of several: the first venue that is no archive, and the date most exact for its year."""
    found = list(appearances)
    venues = [one.venue for one in found if one.venue]
    published = [venue for venue in venues if "arxiv" not in venue.casefold()]
    venue = (published or venues or [""])[0]
    dates = [one.date for one in found if one.venue == venue and one.date] + [one.date for one in found if one.date]
    year = dates[0][:4] if dates else ""
    return Appearance(venue, max((date for date in dates if date[:4] == year), key=len, default=""))
