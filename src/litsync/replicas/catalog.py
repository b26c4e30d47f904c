"""The catalog as a replica: what changed in its files, and what they say now.

Decides which papers must be read again, by the hash of each paper's bytes, and that a catalog with problems, or one that git is working on, is
unknown as a whole. Reading YAML is for `formats.catalog_yaml`, imported only when a file has changed: a look at an unchanged catalog costs one hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litsync.core.model import CATALOG, STATUSES, Fields, Kind, Operation, Outcome, Problem, Record, RecordId, Snapshot
from litsync.errors import CatalogError
from litsync.replicas.base import Beside, Memory, Scope, Vocabulary
from litsync.replicas.catalog_git import git_folder, marks, unsettled
from litsync.replicas.catalog_memory import Fresh, Remembered, SeenFile, fingerprint
from litsync.replicas.catalog_vocabulary import text_of, vocabulary_of

if TYPE_CHECKING:
    from litsync.formats.catalog_chunks import Known
    from litsync.formats.catalog_passage import Passage
    from litsync.formats.catalog_yaml import Catalog
    from litsync.replicas.files import Folder

TOKEN_FORMAT = 4
TEMPORARY = ".litsync-tmp"
"""The folder beside a catalog file in which its next text is made ready; it is there only while litsync writes."""


_LIST = RecordId(Kind.LIST, "list")


class CatalogReplica:
    """The catalog files, read side.

    Memory's token holds, per file, its hash and that of its shell (everything but the papers); its parts hold the hashes
    and the citekeys of the papers.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        root: Path,
        memory: Memory,
        statuses: Sequence[str] = STATUSES,
        title: str | None = None,
    ) -> None:
        """Stand for the files at `paths`; messages show them relative to `root`. Nothing is read yet.

        `title`, if given, is what the list is called elsewhere, instead of the title in the catalog.
        """
        self._title = title
        self._paths = tuple(paths)
        self._names = tuple(_shown(path, root) for path in paths)
        self._memory = memory
        self._statuses = tuple(statuses)
        self._seen: tuple[SeenFile, ...] | None = None
        self._observed: tuple[tuple[SeenFile, ...], Catalog] | None = None
        self._kept: list[Folder] = []
        self._settled: tuple[Sequence[SeenFile], Catalog] | None = None
        self._taken: Sequence[SeenFile] | None = None
        self._git_marks: dict[str, list[str]] = {}
        self._vocabulary: Vocabulary | None = None
        self.passages: Mapping[RecordId, Passage] = {}
        """Entries as they stood: of papers that are made in this cycle, where they can come back so."""

    @property
    def name(self) -> str:
        """`catalog`."""
        return CATALOG

    @property
    def place(self) -> str:
        """The files, relative to the project."""
        return ", ".join(self._names)

    def look(self) -> Scope:
        """The records whose bytes differ from those remembered; None when that cannot be told from the papers alone.

        Raises CatalogError when a file cannot be read, when git is at work, or when something that changed breaks the catalog's rules.
        """
        self._seen = self._taken = None
        self._git_marks = marks(self._paths)
        self._clear_after_a_crash()
        files = self._seen = self._current()
        if self._are_as_remembered(files):
            return frozenset()
        remembered = self._remembered()
        if remembered is None:
            return None
        for file in files:
            file.refuse_if_cut_short(remembered[file.name])
        fresh = self._compare(files, remembered)
        if fresh is None:
            return None
        catalog = self._read(files, {name: one.known for name, one in fresh.items()})
        changed = _changed(catalog, fresh)
        if changed is not None and not changed:
            self._take_in(files, catalog)
        return changed

    def check_writable(self) -> None:
        """What cannot be written is known when it is tried."""

    def expect(self, records: Mapping[RecordId, Record]) -> None:
        """Nothing to hear: the ids are the catalog's own."""

    def observe(self, scope: Scope, vocabulary: Vocabulary) -> Snapshot:  # noqa: ARG002  # the words come from here
        """What the catalog says of the records in `scope`; reads the bytes that the last look saw, and only the papers that it must.

        Raises CatalogError with all problems when there are any: a catalog that `check` refuses is never synced.
        """
        files, self._seen = self._current(), None
        fresh = None if scope is None else self._compare(files, self._remembered())
        wanted = [record.key for record in scope or () if record.kind is Kind.PAPER]
        catalog = self._read(files, {name: one.known.but(wanted) for name, one in (fresh or {}).items()})
        self._observed = (files, catalog)
        changed = None if fresh is None else _changed(catalog, fresh)
        if scope is None or (changed is not None and changed <= scope):
            self._take_in(files, catalog)
        found = {key: record for key, record in catalog.records.items() if scope is None or key in scope}
        if _LIST in found:
            found[_LIST] = Record(_LIST, {**found[_LIST].fields, "title": self._called(found[_LIST])})
        return Snapshot(CATALOG, found)

    def vocabulary(self) -> Vocabulary:
        """The names in the catalog's shell, with the tags and titles of the papers that were read: after a look at a few papers, of these only."""
        if self._vocabulary is None:
            files = self._current()
            fresh = self._compare(files, self._remembered())
            self._read(files, {name: one.known for name, one in (fresh or {}).items()})
        assert self._vocabulary is not None
        return self._vocabulary

    def renamed(self, old: RecordId, new: RecordId) -> None:
        """Nothing is remembered of sections here."""

    def untouched(self, record: RecordId) -> bool:
        """Whether its entry is as litsync writes it, and git does not have it: what was committed or staged is a person's."""
        if self._observed is None or record not in self._observed[1].records:
            return True
        from litsync.replicas.catalog_history import is_in_git

        said = self._observed[1].records[record].fields
        return self.is_as_made(record, said) and not is_in_git(self._paths, record.key)

    def is_as_made(self, record: RecordId, said: Fields) -> bool:
        """Whether its entry is as litsync writes one that says this, and nothing is added to it; True where there is none."""
        if self._observed is None or record not in self._observed[1].records:
            return True
        from litsync.replicas.catalog_draft import is_as_made

        files, catalog = self._observed
        return is_as_made({file.name: file for file in files}, catalog, record, said)

    def adopt(self, where: str, record: RecordId | None) -> None:
        """Nothing to adopt: what the catalog has is what counts."""

    def apply(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Bring changes home, each touching only the bytes of its values; every file is replaced once, or not at all.

        A change that cannot be made so, or that would break the catalog's own rules, fails with the reason.
        """
        from litsync.replicas.catalog_writer import CatalogWriter, Rules

        assert self._observed is not None
        files, catalog = self._observed
        writer = CatalogWriter(self._paths, files, catalog, Rules(self._statuses, TEMPORARY), self._memory)
        writer.passages = self.passages
        try:
            yield from writer.carry_out(operations)
        finally:
            self._kept = writer.folders
        if writer.written is not None:
            self._take_in(*writer.written)

    def beside(self) -> Sequence[Beside]:
        """Nothing."""
        return ()

    def committed(self) -> None:
        """Let go of the files that were replaced."""
        for folder in self._kept:
            folder.release()
            folder.clear()
        self._kept = []

    def close(self) -> None:
        """Remember what this cycle saw, if it took all changes in."""
        if self._settled is not None:
            self._remember(*self._settled)
            self._settled = None
        self._seen = self._vocabulary = None

    def unchanged(self) -> bool:
        """Whether the files are, byte for byte, those that memory stands for. Raises CatalogError when one cannot be read."""
        return self._are_as_remembered(self._current())

    def history(self, known: Any) -> str | None:
        """Why a change of the files since the position `known` is git's doing and no edit; None when it is one."""
        from litsync.replicas.catalog_history import is_history

        return None if self.unchanged() else is_history(self._paths, known)

    def position(self, known: Any) -> Any:
        """Where git stands with what memory stands for, to be remembered; `known` was remembered last."""
        if not any(map(git_folder, self._paths)):
            return None
        try:
            files = self._taken or self._current()
            if self._taken is None and (not self.unchanged() or self._is_known(known, files)):
                return known
        except CatalogError:  # git or an editor is at work
            return known
        from litsync.replicas.catalog_history import TakenIn, positions

        texts = {path: file.raw for path, file in zip(self._paths, files, strict=True)}
        hashes = {path: file.hash for path, file in zip(self._paths, files, strict=True)}
        return positions(TakenIn(texts, hashes, self._git_marks), known)

    def _is_known(self, known: Any, files: Sequence[SeenFile]) -> bool:
        """Whether neither git nor the files have moved since `known`."""
        rows = (known or {}).values()
        hashes = sorted(hashed for row in rows for hashed in row["hashes"])
        return hashes == sorted(file.hash for file in files) and self._git_marks == {
            folder: row["marks"] for folder, row in (known or {}).items()
        }

    def _clear_after_a_crash(self) -> None:
        """Drop what an interrupted write left behind, unless it is a text that somebody saved at that moment."""
        for hidden in {path.resolve().parent / TEMPORARY for path in self._paths}:
            if hidden.is_dir():
                from litsync.replicas.files import Folder

                folder = Folder(hidden.parent, hidden, hashed=fingerprint)
                for leftover in folder.leftovers():
                    if leftover.later:
                        raise CatalogError(
                            f"{leftover.path}: a catalog saved while litsync was interrupted lies there",
                            "take over what you need of it into the catalog, then delete it",
                        )
                    leftover.path.unlink()
                folder.clear()

    def _refuse_unsettled(self) -> None:
        for path, name in zip(self._paths, self._names, strict=True):
            try:
                found = unsettled(path)
            except OSError as error:
                from litsync.replicas.trouble import in_words

                where = f"{error.filename}: {in_words(error)}"
                raise CatalogError(f"{name} is left alone: git's folder cannot be looked into", where) from error
            if found:
                words, sign = found
                raise CatalogError(
                    f"{name} is left alone: {words} in its repository",
                    f"finish or abort it; if none is going on, delete {sign}",
                )

    def _current(self) -> tuple[SeenFile, ...]:
        """The files as the last look saw them, or as they are now."""
        if self._seen is not None:
            return self._seen
        self._refuse_unsettled()
        return tuple(SeenFile.read(path, name) for path, name in zip(self._paths, self._names, strict=True))

    def _are_as_remembered(self, files: Sequence[SeenFile]) -> bool:
        """Whether the files are, byte for byte, those that memory stands for."""
        rows = self._rows()
        return rows is not None and all(file.hash == rows[file.name]["hash"] for file in files)

    def _remembered(self) -> dict[str, Remembered] | None:
        """What is remembered of each file; None when that is of another catalog, of other rules, or missing."""
        rows = self._rows()
        if rows is None:
            return None
        parts = self._memory.parts()
        found = {name: Remembered.load(name, row, parts) for name, row in rows.items()}
        whole = {name: one for name, one in found.items() if one is not None}
        return whole if len(whole) == len(found) else None

    def _rows(self) -> dict[str, Any] | None:
        token = self._memory.token
        if (
            not isinstance(token, dict)
            or token.get("format") != TOKEN_FORMAT
            or token.get("statuses") != list(self._statuses)
        ):
            return None
        files = token["files"]
        return files if list(files) == list(self._names) else None

    def _compare(
        self, files: Sequence[SeenFile], remembered: Mapping[str, Remembered] | None
    ) -> dict[str, Fresh] | None:
        """How each file differs; None when something else than papers differs somewhere, or nothing is remembered."""
        if remembered is None:
            return None
        fresh = {file.name: file.compare(remembered[file.name]) for file in files}
        known = {name: one for name, one in fresh.items() if one is not None}
        return known if len(known) == len(fresh) else None

    def _read(self, files: Sequence[SeenFile], known: Mapping[str, Known]) -> Catalog:
        catalog = _catalog(files, known, self._statuses)
        if catalog.problems:
            raise _refusal(catalog.problems)
        words = vocabulary_of(catalog.records)
        self._vocabulary = replace(words, title=self._called(catalog.records[_LIST]))
        return catalog

    def _take_in(self, files: Sequence[SeenFile], catalog: Catalog) -> None:
        self._taken, self._settled = files, (files, catalog)

    def _called(self, said: Record) -> str:
        """What the list is called elsewhere: as configured, else its title, else its file's name."""
        return self._title or text_of(said, "title") or Path(self._names[0]).stem

    def _remember(self, files: Sequence[SeenFile], catalog: Catalog) -> None:
        described = {
            file.name: file.describe(catalog.citekeys[file.name] if file.name in catalog.divisible else None)
            for file in files
        }
        rows = {name: one.row() for name, one in described.items()}
        self._memory.token = {"format": TOKEN_FORMAT, "statuses": list(self._statuses), "files": rows}
        known = self._memory.parts()
        parts = {part: data for name, one in described.items() for part, data in one.parts(name).items()}
        self._memory.changed_parts |= {name: part for name, part in parts.items() if known.get(name) != part}
        self._memory.changed_parts |= dict.fromkeys(known.keys() - parts.keys())


def check_catalog(paths: Sequence[Path], root: Path, statuses: Sequence[str] = STATUSES) -> Catalog:
    """The whole catalog, with everything that is wrong with it in file order; nothing is raised for that.

    Raises CatalogError when a file cannot be read.
    """
    return _catalog([SeenFile.read(path, _shown(path, root)) for path in paths], {}, tuple(statuses))


def _catalog(files: Sequence[SeenFile], known: Mapping[str, Known], statuses: tuple[str, ...]) -> Catalog:
    from litsync.formats.catalog_parts import CatalogFile
    from litsync.formats.catalog_yaml import read_catalog

    return read_catalog([CatalogFile(file.name, file.data, known.get(file.name), file.cut) for file in files], statuses)


def _shown(path: Path, root: Path) -> str:
    """The path as the user knows it: relative to the project, with `/`."""
    try:
        return path.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:
        return path.as_posix()


def _refusal(problems: Sequence[Problem]) -> CatalogError:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return CatalogError(
        f"the catalog has {count}; nothing was done",
        "`litsync check` lists them, with what to write instead",
        problems,
    )


def _changed(catalog: Catalog, fresh: Mapping[str, Fresh]) -> Scope:
    """The papers that changed, came or went; None when a change made papers depend on each other."""
    if not catalog.divisible >= fresh.keys():
        return None
    gone = {citekey for one in fresh.values() for citekey in one.gone}
    came = {catalog.citekeys[name][number] for name, one in fresh.items() for number in one.known.fresh}
    return frozenset(RecordId(Kind.PAPER, citekey) for citekey in gone | came)
