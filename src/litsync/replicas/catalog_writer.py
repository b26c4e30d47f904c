"""Changes brought home into the catalog's files.

Decides which changes go in together, that a catalog which its own `check` would refuse is never written, and that a file
somebody saved meanwhile is left alone. How a value is spelled is for `formats.catalog_edit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from litsync.core.fields import TABLE
from litsync.core.model import Kind, Operation, Outcome, Problem, RecordId, Verdict
from litsync.core.values import tidy
from litsync.formats.catalog_edit import CannotEdit, Papers, edit_record
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import Catalog, read_catalog
from litsync.replicas.base import Memory
from litsync.replicas.catalog_memory import SeenFile
from litsync.replicas.files import Displaced, Folder, in_words

_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Rules:
    """The reading states that `status` may have, and the name of the folder in which files are made ready."""

    statuses: tuple[str, ...]
    hidden: str


class CatalogWriter:
    """The files of a catalog as one look saw them. After `carry_out`, `written` holds them as they are now."""

    def __init__(
        self,
        paths: Sequence[Path],
        files: Sequence[SeenFile],
        catalog: Catalog,
        rules: Rules,
        memory: Memory,
    ) -> None:
        """Nothing is written yet."""
        self._paths = dict(zip((file.name for file in files), paths, strict=True))
        self._files = {file.name: file for file in files}
        self._catalog, self._memory = catalog, memory
        self._statuses, self._hidden = rules.statuses, rules.hidden
        self._names = _spellings(catalog)
        self.folders: list[Folder] = []
        self.written: tuple[tuple[SeenFile, ...], Catalog] | None = None

    def carry_out(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Make all changes that can be made, replace the files, and tell of each operation how it ended."""
        texts = {name: file.data for name, file in self._files.items()}
        made: list[Operation] = []
        for operation in operations:
            try:
                texts |= self._edited(texts, operation)
            except CannotEdit as error:
                yield Outcome(operation, Verdict.FAILED, reason=f"the catalog keeps its value: {error}")
            else:
                made.append(operation)
        if made:
            yield from self._put(texts, made)

    def _edited(self, texts: Mapping[str, bytes], operation: Operation) -> dict[str, bytes]:
        for name, data in texts.items():
            papers = Papers(self._catalog.citekeys[name], name in self._catalog.divisible)
            if operation.record.kind is Kind.PAPER and operation.record.key not in papers.citekeys:
                continue
            if operation.record.kind is not Kind.PAPER and not _may_define(data, operation.record):
                continue
            return {name: edit_record(data, papers, operation.record, operation.changes, self._meaning)}
        raise CannotEdit("its place in the catalog was not found")

    def _meaning(self, field: str, text: str) -> str:
        return self._names.get((field, text.casefold()), tidy(text))

    # ── proof, and replacing the files ───────────────────────────────────────────────────────────────────────

    def _put(self, texts: Mapping[str, bytes], made: Sequence[Operation]) -> Iterator[Outcome]:
        after = read_catalog([self._file(name, data, made) for name, data in texts.items()], self._statuses)
        if after.problems:
            yield from self._without_the_refused(made, after.problems)
            return
        wrong = [one for one in made if not _says(after, one)]
        if wrong:
            yield from (Outcome(one, Verdict.FAILED, reason="the catalog would not read as intended") for one in wrong)
            yield from self.carry_out([one for one in made if one not in wrong])
            return
        reason = self._replace(texts)
        if reason:
            yield from (Outcome(one, Verdict.STALE, reason=reason) for one in made)
            return
        seen = tuple(SeenFile(self._paths[name], name) for name in self._files)
        self.written = (seen, after)
        for one in made:
            fields = after.records[one.record].fields
            yield Outcome(one, Verdict.WRITTEN, {change.field: fields.get(change.field) for change in one.changes})

    def _file(self, name: str, data: bytes, made: Sequence[Operation]) -> CatalogFile:
        """The file to be proven. Where only papers changed, each in its own chunk, the others need no second reading."""
        if name not in self._catalog.divisible or any(one.record.kind is not Kind.PAPER for one in made):
            return CatalogFile(name, data)
        changed = {one.record.key for one in made}
        known = {n: key for n, key in enumerate(self._catalog.citekeys[name]) if key not in changed}
        return CatalogFile(name, data, known)

    def _without_the_refused(self, made: Sequence[Operation], problems: Sequence[Problem]) -> Iterator[Outcome]:
        """Leave out the changes that break the catalog's rules; if it cannot be told which, all of them."""
        blamed = {problem.record for problem in problems if problem.record is not None}
        refused = [one for one in made if one.record in blamed] or list(made)
        for one in refused:
            words = next((p for p in problems if p.record == one.record), problems[0])
            yield Outcome(one, Verdict.FAILED, reason=f"the catalog may not say so: {words.text} {words.message}")
        yield from self.carry_out([one for one in made if one not in refused])

    def _replace(self, texts: Mapping[str, bytes]) -> str:
        """Replace the files that change; empty if that went well, else why not."""
        for name, data in texts.items():
            seen = self._files[name].data
            if data == seen:
                continue
            path = self._paths[name].resolve()
            folder = Folder(path.parent, path.parent / self._hidden)
            try:
                now = path.read_bytes()
                mark = _MARK if now.startswith(_MARK) else b""
                self._memory.keep(RecordId(Kind.LIST, "list"), name, now)
                put = folder.replace(path.name, mark + data, mark + seen)
            except OSError as error:
                return in_words(error)
            if not isinstance(put, Displaced):
                return "the catalog was saved by someone at the same moment"
            self.folders.append(folder)
        return ""


def _says(catalog: Catalog, operation: Operation) -> bool:
    rows, fields = TABLE[operation.record.kind], catalog.records[operation.record].fields
    return all(rows[change.field].same(fields.get(change.field), change.new) for change in operation.changes)


def _may_define(data: bytes, record: RecordId) -> bool:
    """Whether the file may be the one that names the list, a section or a method."""
    from litsync.formats import yaml_text

    root = yaml_text.parse(data.decode())
    if not isinstance(root, yaml_text.Mapping):
        return False
    if record.kind is Kind.LIST:
        return "title" in root.entries
    part = root.entries.get("sections" if record.kind is Kind.SECTION else "methods")
    return isinstance(part, yaml_text.Mapping) and record.key in part.entries


def _spellings(catalog: Catalog) -> dict[tuple[str, str], str]:
    """What each spelling in a set field means: methods and sections may stand by id, name or alias."""
    found: dict[tuple[str, str], str] = {}
    for record, said in catalog.records.items():
        field = {Kind.METHOD: "methods", Kind.SECTION: "sections"}.get(record.kind)
        if field is None:
            continue
        aliases = said.fields.get("aliases")
        words = [said.fields.get("name"), *(aliases if isinstance(aliases, tuple) else ()), record.key]
        found |= {(field, word.casefold()): record.key for word in words if isinstance(word, str)}
    return found
