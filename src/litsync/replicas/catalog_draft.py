"""The files of a catalog as they shall be: operations made in memory, before anything is proven or written.

Decides which file an operation concerns: that of the record, for a new paper that of its section's papers. How a text is
changed is for `formats.catalog_edit`, `catalog_add`, `catalog_remove` and `catalog_shell`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from litsync.core.model import CATALOG, Action, Change, Fields, Kind, Operation, Record, RecordId
from litsync.core.values import tidy
from litsync.formats import yaml_text
from litsync.formats.catalog_add import NewPaper, add_paper, last_of_section
from litsync.formats.catalog_chunks import Cut, Known, cut_papers
from litsync.formats.catalog_edit import CannotEdit, Papers, edit_chunk, edit_record, refusals, respell
from litsync.formats.catalog_mentions import mentions, texts_of
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_passage import Passage, passage, put_back
from litsync.formats.catalog_remove import remove_definition, remove_paper
from litsync.formats.catalog_shell import PARTS, Shell, add_definition
from litsync.formats.catalog_spelling import Spelling, spelling_of
from litsync.formats.catalog_yaml import Catalog
from litsync.replicas.catalog_memory import SeenFile

_ORDER = {
    (Action.CREATE, Kind.SECTION): 0,
    (Action.CREATE, Kind.METHOD): 1,
    (Action.CREATE, Kind.PAPER): 3,
    (Action.DELETE, Kind.PAPER): 4,
    (Action.DELETE, Kind.METHOD): 5,
    (Action.DELETE, Kind.SECTION): 6,
}


def turn(operation: Operation) -> int:
    """When it is an operation's turn: what papers refer to comes first and goes last."""
    return _ORDER.get((operation.action, operation.record.kind), 2)


def is_as_made(files: Mapping[str, SeenFile], catalog: Catalog, record: RecordId, fields: Fields) -> bool:
    """Whether the record's entry is as litsync would write it: taken out and added again, the files have the same lines.

    An entry with a comment, with a key of the reader's own, or laid out by hand is not.
    """
    draft = Draft(files, catalog, spelling_of(catalog.records))
    said = tuple(Change(name, None, value) for name, value in fields.items())
    before = _lines(draft.texts.values())
    try:
        draft.make(Operation(CATALOG, Action.DELETE, record, ()))
        draft.make(Operation(CATALOG, Action.CREATE, record, said))
    except CannotEdit:
        return False
    return _lines(draft.texts.values()) == before


def _lines(texts: Iterable[bytes]) -> Counter[bytes]:
    return Counter(line for text in texts for line in text.splitlines() if line.strip())


class Draft:
    """The texts of the files and the papers in them. `make` changes them; an operation that cannot be made changes nothing."""

    def __init__(self, files: Mapping[str, SeenFile], catalog: Catalog, spelling: Spelling) -> None:
        """Start from the files as they were seen."""
        self._texts = {name: file.data for name, file in files.items()}
        self._edited: dict[str, tuple[Cut, dict[int, bytes]]] = {}
        self._papers = {name: Papers(catalog.citekeys[name], name in catalog.divisible) for name in files}
        self._spelling = spelling
        self._touched: dict[str, set[str] | None] = {name: set() for name in files}
        self.taken: dict[RecordId, Passage] = {}

    @property
    def texts(self) -> dict[str, bytes]:
        """What the files shall say. Papers that were edited are put in together: a large file is copied once, not once for each."""
        for name, (cut, chunks) in self._edited.items():
            self._texts[name] = cut.with_chunks(chunks).data
        self._edited.clear()
        return self._texts

    def make(self, operation: Operation) -> None:
        """Carry out one operation on the texts. Raises CannotEdit."""
        match operation.action:
            case Action.CREATE if operation.record.kind is Kind.PAPER:
                self._add_paper(operation)
            case Action.CREATE:
                self._define(operation)
            case Action.UPDATE:
                self._edit(operation.record, operation.changes)
            case Action.DELETE if operation.record.kind is Kind.PAPER:
                self._remove_paper(operation.record.key)
            case Action.DELETE:
                self._undefine(operation.record)

    def bring_back(self, record: RecordId, found: Passage) -> bool:
        """Put a paper's entry back as it stood; whether that can be done."""
        if found.name not in self.texts or any(record.key in papers.citekeys for papers in self._papers.values()):
            return False
        back = put_back(self.texts[found.name], self._papers[found.name], found, record.key)
        if back is None:
            return False
        self.texts[found.name], self._papers[found.name] = back
        self._touch(found.name, record.key)
        return True

    def files(self) -> list[CatalogFile]:
        """The files to be proven. Papers that stand alone and were not touched need no second reading."""
        return [self._file(name) for name in self.texts]

    def _file(self, name: str) -> CatalogFile:
        papers, touched = self._papers[name], self._touched[name]
        if not papers.divisible or touched is None or None in self._touched.values():
            return CatalogFile(name, self.texts[name])
        return CatalogFile(name, self.texts[name], Known(tuple(papers.citekeys)).but(touched))

    # ── papers ───────────────────────────────────────────────────────────────────────────────────────────────

    def _add_paper(self, operation: Operation) -> None:
        key, fields = operation.record.key, {change.field: change.new for change in operation.changes}
        if any(key in papers.citekeys for papers in self._papers.values()):
            raise CannotEdit(f"`{key}` is the id of another paper")
        name = self._home(fields.get("sections"))
        texts = add_paper(self.texts[name], self._papers[name], NewPaper(key, fields), self._spelling)
        self.texts[name], self._papers[name] = texts
        self._touch(name, key)

    def _home(self, sections: object) -> str:
        """The file that holds papers of the first section; else the last that holds any; else the first."""
        section = str(sections[0]) if isinstance(sections, tuple) and sections else ""
        for name, data in self.texts.items() if section and len(self.texts) > 1 else ():
            if last_of_section(data, self._papers[name], section, self._spelling) is not None:
                return name
        names = list(self.texts)
        return next((name for name in reversed(names) if self._papers[name].citekeys), names[0])

    def _remove_paper(self, citekey: str) -> None:
        """A method that names the paper among its sources names it no more: it could not be read otherwise."""
        name = self._file_of(citekey)
        removed = remove_paper(self.texts[name], self._papers[name], citekey, self._spelling.headings())
        if found := passage(name, self.texts[name], removed[0], self._papers[name], citekey):
            self.taken[RecordId(Kind.PAPER, citekey)] = found
        texts = dict(self.texts) | {name: removed[0]}
        papers = self._papers | {name: removed[1]}
        for other, record in self._methods_with_source(citekey):
            gone = Change("sources", (citekey,), ())
            texts[other] = edit_record(texts[other], papers[other], record, [gone], self._spelling.meaning)
            self._touched[other] = None
        self._texts, self._papers = texts, papers

    def _methods_with_source(self, citekey: str) -> Iterator[tuple[str, RecordId]]:
        for name, key, method in self._methods(citekey):
            if citekey in texts_of(method, "sources"):
                yield name, RecordId(Kind.METHOD, key)

    # ── everything else ──────────────────────────────────────────────────────────────────────────────────────

    def _edit(self, record: RecordId, changes: tuple[Change, ...]) -> None:
        name = self._file_of(record.key) if record.kind is Kind.PAPER else self._definer(record)
        if record.kind is Kind.PAPER and self._papers[name].divisible:
            self._edit_paper(name, record.key, changes)
            return
        self.texts[name] = edit_record(self.texts[name], self._papers[name], record, changes, self._spelling.meaning)
        self._touch(name, record.key if record.kind is Kind.PAPER else None)
        for change in changes if record.kind in PARTS else ():
            if change.field == "name" and (old := self._spelling.names.get((PARTS[record.kind], record.key))):
                self._renamed(record, old, str(change.new))

    def _edit_paper(self, name: str, citekey: str, changes: tuple[Change, ...]) -> None:
        cut, chunks = self._edited.get(name) or (cut_papers(self._texts[name]), {})
        assert cut is not None  # its papers were read one by one
        number = self._papers[name].citekeys.index(citekey)
        chunk = chunks.get(number) or cut.chunk(number)
        chunks[number] = edit_chunk(cut, number, chunk, changes, self._spelling.meaning)
        self._edited[name] = cut, chunks
        self._touch(name, citekey)

    def _renamed(self, record: RecordId, old: str, new: str) -> None:
        """What spells the method by its old name still means it: as an alias. A section has none and is respelled."""
        self._spelling = spelling_of({record: Record(record, {"name": new})}).plus(self._spelling)
        folded = tidy(old).casefold()
        if folded in (record.key.casefold(), tidy(new).casefold()):
            return
        if record.kind is Kind.SECTION:
            self._respell(folded, new)
        elif self._is_used(folded) and not self._is_alias(record, folded):
            name, alias = self._definer(record), (Change("aliases", None, (old,)),)
            self.texts[name] = edit_record(self.texts[name], self._papers[name], record, alias, self._spelling.meaning)

    def _respell(self, old: str, new: str) -> None:
        for name, papers in self._papers.items():
            for number, _ in list(mentions(self.texts[name], papers, "sections", {old})):
                key = papers.citekeys[number]
                self.texts[name] = respell(self.texts[name], papers, key, "sections", (old, new))
                self._touch(name, key)

    def _is_alias(self, record: RecordId, word: str) -> bool:
        own = (method for _, key, method in self._methods(record.key) if key == record.key)
        return any(tidy(text).casefold() == word for method in own for text in texts_of(method, "aliases"))

    def _is_used(self, word: str) -> bool:
        """Whether a paper or a narrower method spells a method by this word."""
        for name, papers in self._papers.items():
            if any(True for _ in mentions(self.texts[name], papers, "methods", {word})):
                return True
        parents = [method.entries.get("parent") for _, _, method in self._methods("parent")]
        return any(isinstance(one, yaml_text.Scalar) and tidy(one.value).casefold() == word for one in parents)

    def _define(self, operation: Operation) -> None:
        record, fields = operation.record, {change.field: change.new for change in operation.changes}
        part = PARTS[record.kind]
        shells = {name: root.entries.get(part) for name, root in self._shells(part.encode())}
        filled = [name for name, node in shells.items() if isinstance(node, yaml_text.Mapping) and node.entries]
        name = next(iter([*filled, *(name for name, node in shells.items() if node is not None), *self.texts]))
        self.texts[name] = add_definition(self.texts[name], self._papers[name], record, fields, self._spelling)
        self._spelling = self._spelling.plus(spelling_of({record: Record(record, fields)}))
        self._touch(name, None)

    def _undefine(self, record: RecordId) -> None:
        name = self._definer(record)
        self.texts[name] = remove_definition(self.texts[name], self._papers[name], record)
        self._touch(name, None)

    def _touch(self, name: str, citekey: str | None) -> None:
        """Remember what must be read again: a paper, or without one, everything."""
        touched = self._touched[name]
        self._touched[name] = None if citekey is None or touched is None else touched | {citekey}

    def _file_of(self, citekey: str) -> str:
        for name, papers in self._papers.items():
            if citekey in papers.citekeys:
                return name
        raise CannotEdit("its place in the catalog was not found")

    def _definer(self, record: RecordId) -> str:
        """The file that names the list, a section or a method."""
        for name, root in self._shells():
            part = root.entries.get(PARTS.get(record.kind, "title"))
            if part is not None and (
                record.kind is Kind.LIST or (isinstance(part, yaml_text.Mapping) and record.key in part.entries)
            ):
                return name
        raise CannotEdit("its place in the catalog was not found")

    def _methods(self, word: str) -> Iterator[tuple[str, str, yaml_text.Mapping]]:
        """The methods in the files in which the word stands: file, id and what is said of it."""
        for name, root in self._shells(word.encode()):
            methods = root.entries.get("methods")
            for key, method in methods.entries.items() if isinstance(methods, yaml_text.Mapping) else ():
                if isinstance(method, yaml_text.Mapping):
                    yield name, key, method

    def _shells(self, word: bytes = b"") -> Iterator[tuple[str, yaml_text.Mapping]]:
        """The files in which the word stands, without their papers."""
        for name, data in self.texts.items():
            if word in data:
                with refusals():
                    root = Shell(data, self._papers[name]).root
                if isinstance(root, yaml_text.Mapping):
                    yield name, root
