"""What the records of a catalog must be to each other.

Decides which methods and sections there are and by which spellings they are found, that citekeys are unique, that parents and sources exist and
that no method is broader than itself. Must not know how a value is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from litsync.core.model import Kind, Place, Problem, Record, RecordId, Value
from litsync.core.values import tidy
from litsync.formats.catalog_fields import Desk
from litsync.formats.catalog_parts import Entry, Parts, start_of
from litsync.formats.yaml_text import Node


def folded(text: str) -> str:
    """The text without what people do not notice: case, composition, runs of blanks."""
    return tidy(text).casefold()


@dataclass(slots=True)
class Spellings:
    """Every spelling by which the methods (or sections) of a catalog can be meant."""

    what: str
    ids: dict[str, str] = field(default_factory=dict)
    _near: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, key: str) -> str:
        """Let the text mean `key`. Returns the other id it already means, or an empty text."""
        owner = self.ids.setdefault(folded(text), key)
        return "" if owner == key else owner

    def find(self, text: str) -> str:
        """The id meant, empty when there is none."""
        return self.ids.get(text) or self.ids.get(folded(text), "")

    def nearest(self, text: str) -> str:
        """The id that was probably meant, empty when nothing is close."""
        if text not in self._near:
            close = get_close_matches(folded(text), self.ids, n=1)
            self._near[text] = self.ids[close[0]] if close else ""
        return self._near[text]


@dataclass(slots=True)
class Definition:
    """A section or method as the catalog defines it, with the nodes that the checks point at.

    `links` are its parent (at most one) and its sources, each with the node it stands in.
    """

    key: str
    node: Node
    desk: Desk
    fields: dict[str, Value] = field(default_factory=dict)
    words: list[tuple[Node, str]] = field(default_factory=list)
    parent: tuple[Node, str] | None = None
    sources: list[tuple[Node, str]] = field(default_factory=list)


def spellings_of(what: str, definitions: Sequence[Definition]) -> Spellings:
    """All spellings of the definitions; a spelling that means two of them is a problem, and so is an id defined twice."""
    spellings = Spellings(what)
    defined: dict[str, Definition] = {}
    for one in definitions:
        if one.key in defined:
            one.desk.complain(one.node, f"is the id of another {what} too", one.key, "give every one its own id")
        defined.setdefault(one.key, one)
    for key in defined:
        spellings.add(key, key)
    for one in defined.values():
        for node, text in one.words:
            if other := spellings.add(text, one.key):
                one.desk.complain(node, f"already means the {what} `{other}`", text, "a spelling can mean only one")
    return spellings


def resolve_parents(methods: Sequence[Definition], spellings: Spellings) -> None:
    """Give every method the id of its parent. An unknown parent and a circle of parents are problems."""
    for one in methods:
        if one.parent is None:
            continue
        node, text = one.parent
        if key := spellings.find(text):
            one.fields["parent"] = key
        else:
            one.desk.complain(node, "is not a method of this catalog", text, spellings.nearest(text))
    _refuse_circles({one.key: one for one in methods})


def _refuse_circles(methods: Mapping[str, Definition]) -> None:
    settled: set[str] = set()
    for start in methods:
        path: list[str] = []
        key = start
        while key in methods and key not in settled and key not in path:
            path.append(key)
            parent = methods[key].fields.get("parent")
            key = parent if isinstance(parent, str) else ""
        if key in path:
            last = methods[path[-1]]
            circle = " → ".join([*path[path.index(key) :], key])
            assert last.parent is not None
            last.desk.complain(
                last.parent[0], f"makes a method its own ancestor: {circle}", key, "remove one of these parents"
            )
        settled.update(path)


def check_sources(methods: Iterable[Definition], citekeys: Sequence[str]) -> None:
    """Every source of a method is a paper of the catalog."""
    named = [(one.desk, node, text) for one in methods for node, text in one.sources]
    known = frozenset(citekeys) if named else frozenset()
    missing = [(desk, node, text) for desk, node, text in named if text not in known]
    by_folded = {key.casefold(): key for key in citekeys} if missing else {}
    for desk, node, text in missing:
        meant = by_folded.get(text.casefold()) or _similar(text, citekeys)
        desk.complain(node, "is not the id of a paper of this catalog", text, meant)


def _similar(text: str, citekeys: Iterable[str]) -> str:
    """The citekey that was probably meant: of those that begin alike, because comparing with all takes too long."""
    return next(iter(get_close_matches(text, [key for key in citekeys if key[:3] == text[:3]], n=1)), "")


@dataclass(frozen=True, slots=True)
class Claim:
    """A citekey and the node in which a paper claims it."""

    citekey: str
    entry: Entry
    node: Node

    @property
    def place(self) -> Place:
        """Where the claim is made; worked out when it is shown, because lines must be counted for it."""
        return self.entry.passage.place(start_of(self.node))


def check_citekeys(claims: Sequence[Claim], parts: Sequence[Parts]) -> Iterator[Problem]:
    """No two papers share an id, not even in another case: notes are files, and some systems fold their names."""
    # Without a claim nothing new can stand twice, and the known papers need not be gone through.
    known = [(part, part.known, part.known.numbers()) for part in parts if claims and part.known is not None]
    first: dict[str, Claim] = {}
    for claim in claims:
        key = claim.citekey.casefold()
        earlier = first.setdefault(key, claim)
        if earlier is not claim:
            yield _taken(claim, earlier.citekey, earlier.place)
        for part, papers, numbers in known:
            number = numbers.get(key)
            if number is not None and number not in papers.fresh:
                yield _taken(claim, papers.citekeys[number], part.known_place(number))


def _taken(claim: Claim, other: str, place: Place) -> Problem:
    message = f"is the id of another paper too, at {place}"
    if other != claim.citekey:
        message = f"differs only in case from the id `{other}` at {place}"
    record = RecordId(Kind.PAPER, claim.citekey)
    return Problem(claim.place, message, claim.citekey, "give every paper its own id", record)


def unclassified(records: Iterable[Record]) -> tuple[str, ...]:
    """The papers that the methods leave out, in catalog order: no method, and not a source of one either."""
    records = tuple(records)
    sources = {key for record in records if record.id.kind is Kind.METHOD for key in record.fields.get("sources") or ()}
    papers = (record for record in records if record.id.kind is Kind.PAPER)
    return tuple(paper.id.key for paper in papers if not paper.fields.get("methods") and paper.id.key not in sources)
