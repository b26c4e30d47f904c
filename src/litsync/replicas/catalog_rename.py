"""The files of a catalog with one paper's id changed: proven first, then replaced.

Decides that no file is touched unless all of them together say what they said, under the new id. How the bytes change is for
`formats.catalog_rename`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from litsync.core.model import Fields, Kind, Record, RecordId
from litsync.errors import CatalogError
from litsync.formats.catalog_edit import CannotEdit, Papers
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_rename import rename_in_catalog
from litsync.formats.catalog_yaml import read_catalog
from litsync.replicas.catalog_memory import SeenFile
from litsync.replicas.files import Displaced, Folder, in_words


@dataclass(frozen=True, slots=True)
class RenamedCatalog:
    """The files that change, each with its text before and after; `write` puts them in place."""

    files: Mapping[str, tuple[Path, SeenFile, bytes]]
    methods: tuple[str, ...]

    def write(self, hidden: str) -> None:
        """Replace the files. Raises CatalogError when one was saved meanwhile or cannot be written; run again then."""
        for name, (path, seen, data) in self.files.items():
            real = path.resolve()
            folder = Folder(real.parent, real.parent / hidden)
            try:
                whole = seen.holding(data).raw
                if not isinstance(folder.replace(real.name, whole, seen.raw), Displaced):
                    raise CatalogError(f"{name} was saved by someone at the same moment", "run the same command again")
            except OSError as error:
                raise CatalogError(f"{name}: {in_words(error)}", "mend that, and run the same command again") from error
            finally:
                folder.release()
                folder.clear()


def renamed_catalog(files: Sequence[tuple[str, Path]], statuses: Sequence[str], old: str, new: str) -> RenamedCatalog:
    """What the catalog's files become. Raises CatalogError when that cannot be written without touching anything else."""
    seen = {name: SeenFile.read(path, name) for name, path in files}
    before = read_catalog([CatalogFile(name, one.data) for name, one in seen.items()], statuses)
    try:
        texts = {
            name: rename_in_catalog(one.data, Papers(before.citekeys[name], name in before.divisible), old, new)
            for name, one in seen.items()
        }
    except CannotEdit as error:
        raise CatalogError(
            f"{old} cannot be renamed in the catalog: {error}", f"write `id: {new}` there yourself"
        ) from error
    after = read_catalog([CatalogFile(name, data) for name, data in texts.items()], statuses)
    wanted = {_id(key, old, new): _record(one, old, new) for key, one in before.records.items()}
    if after.problems or after.records != wanted:
        raise CatalogError(
            f"{old} cannot be renamed to {new}: the catalog would not read as intended", "", after.problems
        )
    methods = tuple(key.key for key, one in before.records.items() if old in _sources(one.fields))
    paths = dict(files)
    changed = {name: (paths[name], seen[name], data) for name, data in texts.items() if data != seen[name].data}
    return RenamedCatalog(changed, methods)


def _id(record: RecordId, old: str, new: str) -> RecordId:
    return RecordId(record.kind, new) if record == RecordId(Kind.PAPER, old) else record


def _record(record: Record, old: str, new: str) -> Record:
    """The record as it reads under the new id."""
    fields = dict(record.fields)
    if record.id == RecordId(Kind.PAPER, old):
        fields["citekey"] = new
    if old in _sources(fields):
        fields["sources"] = tuple(new if one == old else one for one in _sources(fields))
    return replace(record, id=_id(record.id, old, new), fields=fields)


def _sources(fields: Fields) -> tuple[str, ...]:
    value = fields.get("sources")
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()
