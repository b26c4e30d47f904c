"""Catalog files taken apart: the shell (title, sections, methods) and the papers, as YAML nodes that know where they stand.

Decides whether the papers of a file can be read one by one (each chunk alone is a list of one item) or the file must be read in one go; both ways
give the same nodes and places. Knows nothing of fields.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any

from litsync.core.model import Place, Problem
from litsync.formats.catalog_bytes import inspect
from litsync.formats.catalog_chunks import Cut, Known, cut_papers
from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence, YamlError, is_null, parse

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ID_LINE = re.compile(r"^[ -]*id:[ \t]+[\"']?([^\s\"']+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """One file of the catalog: its path as the user knows it and its bytes without a byte order mark.

    `known` are its papers, if most of them need not be read again. `cut` is the file's cut, if it was made already.
    """

    path: str
    data: bytes
    known: Known | None = None
    cut: Cut | None = None


class Lines:
    """Where the lines of a text end, found once and only when a problem needs to be shown."""

    def __init__(self, text: str | bytes) -> None:
        """Nothing is searched yet."""
        self._text = text

    def before(self, index: int) -> int:
        """How many lines end before the index."""
        return bisect_left(self._ends, index)

    @cached_property
    def _ends(self) -> list[int]:
        found = re.finditer("\n", self._text) if isinstance(self._text, str) else re.finditer(b"\n", self._text)
        return [end.start() for end in found]


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a file that is read by itself: `text` begins at byte `start`. `lines` are those of the file.

    In the shell, the bytes `left_out` (the papers) belong between the characters before and behind `gap`.
    """

    path: str
    lines: Lines
    start: int
    text: str
    text_lines: Lines
    gap: int = -1
    left_out: tuple[int, int] = (0, 0)

    def place(self, index: int) -> Place:
        """Where the character at `index` of the text stands in the file."""
        line = self.lines.before(self.start) + self.text_lines.before(index) + 1
        begin, end = map(self.lines.before, self.left_out)
        skipped = end - begin if 0 <= self.gap <= index else 0
        return Place(self.path, line + skipped, index - self.text.rfind("\n", 0, index))

    def line(self, index: int) -> str:
        """The line around the character, as a message shows it."""
        start = self.text.rfind("\n", 0, index) + 1
        return self.text[start:].split("\n", 1)[0].strip()[:120]

    def index_of(self, line: int, column: int) -> int:
        """The index of a line and column of the text, both counted from 1 as libyaml counts: it breaks lines at more characters than editors do."""
        breaks = islice(_LINE_BREAK.finditer(self.text), line - 1)
        start = max((found.end() for found in breaks), default=0)
        return min(start + column - 1, len(self.text))

    def source(self, node: Node) -> str:
        """The characters of the node, as they stand in the file."""
        end: Any = node.end_mark
        return self.text[start_of(node) : end.index]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of the list of papers, and its number in the file."""

    passage: Passage
    node: Node
    number: int


@dataclass(frozen=True, slots=True)
class Parts:
    """One file taken apart. `shell` is None when it cannot be read; `cut` is None when the file was read in one go.

    `known` are the papers, if not all were read again. `unread` are the ids of papers that cannot be read, as far as they
    can be made out: they exist, whatever else is wrong with them.
    """

    path: str
    passage: Passage
    shell: Mapping | None = None
    entries: tuple[Entry, ...] = ()
    cut: Cut | None = None
    problems: tuple[Problem, ...] = ()
    known: Known | None = None
    unread: tuple[str, ...] = ()

    def known_place(self, number: int) -> Place:
        """The line where a paper begins that was not read again."""
        assert self.cut is not None
        return Place(self.path, self.passage.lines.before(self.cut.starts[number]) + 1)


def take_apart(file: CatalogFile) -> Parts:
    """The parts of the file with everything that is wrong with it as YAML; of a broken file, the parts that can be read."""
    cut = file.cut or cut_papers(file.data)
    if cut is None or (file.known is not None and len(file.known.citekeys) != len(cut.starts)):
        file = replace(file, known=None)
    if problems := _inspect(file, cut):
        return Parts(file.path, _passage(file, Lines(b""), 0, ""), problems=problems)
    if cut is None:
        return _in_one_go(file)
    pieces = _Pieces(file, cut)
    if pieces.sound:
        return pieces.parts()
    whole = _in_one_go(file)
    if whole.shell is not None or not pieces.problems:
        return whole
    return pieces.parts()


def _inspect(file: CatalogFile, cut: Cut | None) -> tuple[Problem, ...]:
    """What keeps the file from being read; of papers that are known, nothing can."""
    if cut is not None and file.known is not None:
        fresh = map(cut.chunk, sorted(file.known.fresh))
        if not inspect(file.path, b"".join((cut.shell, *fresh))):
            return ()
    return inspect(file.path, file.data)


class _Pieces:
    """The shell and the chunks of one file, each read alone."""

    def __init__(self, file: CatalogFile, cut: Cut) -> None:
        self._file, self._cut = file, cut
        self._problems: list[Problem] = []
        self._unread: list[str] = []
        self.sound = True
        self._lines = Lines(file.data)
        self._passage = self._shell_passage()
        self._shell = self._read_shell()
        fresh = range(len(cut.starts)) if file.known is None else sorted(file.known.fresh)
        self._entries = [self._entry(number) for number in fresh]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    def parts(self) -> Parts:
        entries = tuple(entry for entry in self._entries if entry is not None)
        path, known, unread = self._file.path, self._file.known, tuple(self._unread)
        return Parts(path, self._passage, self._shell, entries, self._cut, self.problems, known, unread)

    def _shell_passage(self) -> Passage:
        cut = self._cut
        passage = _passage(self._file, self._lines, 0, cut.shell.decode())
        return replace(passage, gap=len(cut.prologue.decode()), left_out=(cut.starts[0], cut.end))

    def _read_shell(self) -> Mapping | None:
        root = self._read(self._passage)
        if not isinstance(root, Mapping):
            self.sound = False
            return None
        key, value = root.keys.get("papers"), root.entries.get("papers")
        at_key = key is not None and len(self._passage.text[: start_of(key)].encode()) == self._cut.key
        if not at_key or not isinstance(value, Scalar) or value.value or value.style:
            self.sound = False
        return root

    def _entry(self, number: int) -> Entry | None:
        passage = _passage(self._file, self._lines, self._cut.starts[number], self._cut.chunk(number).decode())
        root = self._read(passage)
        if type(root) is Sequence and not root.flow and len(root.items) == 1:
            return Entry(passage, root.items[0], number)
        self.sound = False
        if found := _ID_LINE.search(passage.text):
            self._unread.append(found[1])
        return None

    def _read(self, passage: Passage) -> Node | None:
        try:
            return parse(passage.text)
        except YamlError as error:
            self.sound = False
            if not _may_be_elsewhere(error, self._file.data):
                self._problems.append(_syntax_problem(passage, error))
            return None


def _passage(file: CatalogFile, lines: Lines, start: int, text: str) -> Passage:
    return Passage(file.path, lines, start, text, Lines(text))


def _may_be_elsewhere(error: YamlError, data: bytes) -> bool:
    """Whether the chunk merely uses an anchor of another chunk."""
    alias = re.match(r"\*(\S+) refers to an anchor", error.message)
    return alias is not None and f"&{alias[1]}".encode() in data


def _in_one_go(file: CatalogFile) -> Parts:
    passage = _passage(file, Lines(file.data), 0, file.data.decode())
    try:
        root = parse(passage.text)
    except YamlError as error:
        return Parts(file.path, passage, problems=(_syntax_problem(passage, error),))
    if root is None or is_null(root):
        empty = Problem(Place(file.path), "the file holds nothing but comments", suggestion="add a list `papers:`")
        return Parts(file.path, passage, problems=(empty,))
    if not isinstance(root, Mapping):
        return Parts(file.path, passage, problems=(_not_a_mapping(passage, root),))
    papers = root.entries.get("papers")
    if papers is None or is_null(papers):
        return Parts(file.path, passage, root)
    if not isinstance(papers, Sequence):
        wrong = Problem(
            passage.place(start_of(papers)),
            "`papers` is not a list",
            suggestion="start each paper with `- id: ...`",
        )
        return Parts(file.path, passage, root, problems=(wrong,))
    return Parts(
        file.path, passage, root, tuple(Entry(passage, node, number) for number, node in enumerate(papers.items))
    )


def _not_a_mapping(passage: Passage, root: Node) -> Problem:
    place = passage.place(start_of(root))
    found = "a list" if isinstance(root, Sequence) else "one text"
    return Problem(
        place,
        f"the file is {found}, not a mapping",
        suggestion="put `title:` and `papers:` at the top, the papers below `papers:`",
    )


def _syntax_problem(passage: Passage, error: YamlError) -> Problem:
    index = passage.index_of(error.line, error.column)
    fits = error.message.startswith(("is ", "holds ", "*", "a key ", "aliases ", "<<"))
    message = error.message if fits else f"is not YAML: {error.message}"
    return Problem(passage.place(index), message, passage.line(index), error.suggestion)


def start_of(node: Node) -> int:
    """The index of the node's first character in its passage."""
    mark: Any = node.start_mark  # typed as optional, but libyaml's parser marks every event
    index: int = mark.index
    return index
