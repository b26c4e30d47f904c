"""Changes brought home into the catalog's files.

Decides which changes go in together, that a catalog which its own `check` would refuse is never written, and that a file
somebody saved meanwhile is left alone. How a value is spelled is for `formats.catalog_edit`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from litsync.core.fields import TABLE
from litsync.core.model import CATALOG, Action, Fields, Kind, Operation, Outcome, Problem, RecordId, Verdict
from litsync.formats.catalog_edit import CannotEdit
from litsync.formats.catalog_own_lines import own_lines
from litsync.formats.catalog_passage import Passage
from litsync.formats.catalog_shell import PARTS
from litsync.formats.catalog_spelling import spelling_of
from litsync.formats.catalog_yaml import Catalog, read_catalog
from litsync.replicas.base import Memory
from litsync.replicas.catalog_draft import Draft, turn
from litsync.replicas.catalog_memory import SeenFile
from litsync.replicas.catalog_replacing import Replacement, replace_all
from litsync.replicas.files import Folder
from litsync.replicas.trouble import in_words

_SAVED = "the catalog was saved by someone at the same moment"
_KEEPS = {
    Action.CREATE: "the catalog cannot take it in",
    Action.UPDATE: "the catalog keeps its value",
    Action.DELETE: "the catalog keeps it",
}


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
        self._lost: dict[RecordId, str] = {}
        self.passages: Mapping[RecordId, Passage] = {}
        """The entries of papers that are to be brought back as they stood, if they can be."""
        self._paths = dict(zip((file.name for file in files), paths, strict=True))
        self._files = {file.name: file for file in files}
        self._catalog, self._memory = catalog, memory
        self._statuses, self._hidden = rules.statuses, rules.hidden
        self._spelling = spelling_of(catalog.records)
        self.folders: list[Folder] = []
        self.written: tuple[tuple[SeenFile, ...], Catalog] | None = None

    def carry_out(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Make all changes that can be made, replace the files, and tell of each operation how it ended."""
        draft = Draft(self._files, self._catalog, self._spelling)
        made: list[Operation] = []
        # What stood between others comes back when they are there: the last that went is the first.
        late = {record: -number for number, record in enumerate(self.passages)}
        for operation in sorted(operations, key=lambda one: (turn(one), late.get(one.record, 1))):
            found = self.passages.get(operation.record) if operation.action is Action.CREATE else None
            try:
                if found is None or not draft.bring_back(operation.record, found):
                    draft.make(operation)
                    self._note_loss(operation.record, found)
            except CannotEdit as error:
                yield Outcome(operation, Verdict.FAILED, reason=f"{_KEEPS[operation.action]}: {error}")
            else:
                made.append(operation)
        if made:
            yield from self._put(draft, made)

    def _note_loss(self, record: RecordId, found: Passage | None) -> None:
        """What was a person's in an entry that could not come back as it stood is told."""
        lines = own_lines(b"papers:\n" + found.text, record.key) if found else []
        if lines:
            self._lost[record] = f"its entry is a new one; what was yours in the old one: {' / '.join(lines)}"

    # ── proof, and replacing the files ───────────────────────────────────────────────────────────────────────

    def _put(self, draft: Draft, made: Sequence[Operation]) -> Iterator[Outcome]:
        after = read_catalog(draft.files(), self._statuses)
        if after.problems:
            yield from self._without_the_refused(made, after.problems)
            return
        wrong = [one for one in made if not _says(after, one)]
        if wrong:
            yield from (Outcome(one, Verdict.FAILED, reason="the catalog would not read as intended") for one in wrong)
            yield from self.carry_out([one for one in made if one not in wrong])
            return
        try:
            put = self._replace(draft)
        except OSError as error:
            yield from (Outcome(one, Verdict.FAILED, reason=in_words(error)) for one in made)
            return
        if not put:
            yield from (Outcome(one, Verdict.STALE, reason=_SAVED) for one in made)
            return
        # Not read again: what somebody saves from here on is news to the next look.
        held = tuple(file.holding(draft.texts.get(name, file.data)) for name, file in self._files.items())
        self.written = (held, after)
        yield from (
            Outcome(one, Verdict.WRITTEN, _proof(self._catalog, after, one), self._lost.get(one.record, ""))
            for one in made
        )

    def _without_the_refused(self, made: Sequence[Operation], problems: Sequence[Problem]) -> Iterator[Outcome]:
        """Leave out the changes that break the catalog's rules; if it cannot be told which, all of them."""
        refused = [one for one in made if any(self._to_blame(one, p) for p in problems)] or list(made)
        for one in refused:
            words = next((p for p in problems if self._to_blame(one, p)), problems[0])
            where = "" if words.record in (None, one.record) else f", in the {words.record.kind} {words.record.key}"
            reason = f"the catalog may not say so: {words.text} {words.message}{where}"
            yield Outcome(one, Verdict.FAILED, reason=reason)
        yield from self.carry_out([one for one in made if one not in refused])

    def _to_blame(self, operation: Operation, problem: Problem) -> bool:
        """Whether the problem stands in the operation's record, or is a mention of one that it removed."""
        record = operation.record
        meant = self._spelling.meaning(PARTS.get(record.kind, ""), problem.text)
        return record == problem.record or (operation.action is Action.DELETE and meant == record.key)

    def _replace(self, draft: Draft) -> bool:
        """Replace the files that change, all or none; False if somebody saved one meanwhile.

        Raises OSError when a file cannot be written.
        """
        wanted = {name: data for name, data in draft.texts.items() if data != self._files[name].data}
        rows: list[Replacement] = []
        for name, data in wanted.items():
            seen = self._files[name]
            after = seen.holding(data)
            self._memory.keep(RecordId(Kind.LIST, "list"), name, seen.replaced_by(after))
            rows.append(Replacement(self._paths[name], seen.raw, after.raw))
        for record, found in draft.taken.items():
            self._memory.keep(record, found.place, found.text)
        folders = replace_all(rows, self._memory, self._hidden)
        self.folders += folders or ()
        return folders is not None


def _says(catalog: Catalog, operation: Operation) -> bool:
    rows, found = TABLE[operation.record.kind], catalog.records.get(operation.record)
    if operation.action is Action.DELETE:
        return found is None
    return found is not None and all(
        rows[change.field].same(found.fields.get(change.field), change.new)
        for change in operation.changes
        if change.field in rows  # a key of the reader's own is proven where it is written, and read by nobody
    )


def _proof(before: Catalog, after: Catalog, operation: Operation) -> Fields:
    """What the catalog says now of the fields that changed, and of those that it works out from them."""
    if operation.action is Action.DELETE:
        return {}
    record = operation.record
    said = before.records[record].fields if record in before.records else {}
    fields = after.records[record].fields
    worked_out = {row.name for row in TABLE[record.kind].values() if row.derived_by == CATALOG}
    moved = {name for name in worked_out if fields.get(name) != said.get(name)}
    return {name: fields.get(name) for name in (*(change.field for change in operation.changes), *sorted(moved))}
