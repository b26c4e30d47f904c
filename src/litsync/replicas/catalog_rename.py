"""The files of a catalog with the id of one paper or method changed: proven first, then replaced.

Decides that no file is touched unless all of them together say what they said, under the new id. How the bytes change is for
`formats.catalog_rename`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from litsync.core.model import Kind, Record, RecordId
from litsync.core.renamed_ids import with_new_id
from litsync.errors import CatalogError
from litsync.formats.catalog_edit import CannotEdit, Papers
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_rename import rename_in_catalog, rename_method_in_catalog
from litsync.formats.catalog_yaml import read_catalog
from litsync.replicas.base import Memory
from litsync.replicas.catalog_memory import SeenFile
from litsync.replicas.catalog_replacing import Replacement, replace_all
from litsync.replicas.trouble import in_words


@dataclass(frozen=True, slots=True)
class RenamedCatalog:
    """The files that change, each with its text before and after; `write` puts them in place.

    `methods` are the records that name the renamed one.
    """

    files: Mapping[str, tuple[Path, SeenFile, bytes]]
    methods: tuple[str, ...]

    def write(self, hidden: str, memory: Memory) -> None:
        """Replace the files, all or none. Raises CatalogError when one was saved meanwhile or cannot be written."""
        rows = [Replacement(path, seen.raw, seen.holding(data).raw) for path, seen, data in self.files.values()]
        try:
            folders = replace_all(rows, memory, hidden)
        except OSError as error:
            raise CatalogError(
                f"the catalog: {in_words(error)}", "mend that, and run the same command again"
            ) from error
        if folders is None:
            raise CatalogError("the catalog was saved by someone at the same moment", "run the same command again")
        for folder in folders:
            folder.release()
            folder.clear()


def renamed_catalog(
    files: Sequence[tuple[str, Path]], statuses: Sequence[str], old: RecordId, new: RecordId
) -> RenamedCatalog:
    """What the catalog's files become when the paper or method `old` is called `new`.

    Raises CatalogError when that cannot be written without touching anything else.
    """
    seen = {name: SeenFile.read(path, name) for name, path in files}
    before = read_catalog([CatalogFile(name, one.data) for name, one in seen.items()], statuses)
    change = rename_in_catalog if old.kind is Kind.PAPER else rename_method_in_catalog
    try:
        texts = {
            name: change(one.data, Papers(before.citekeys[name], name in before.divisible), old.key, new.key)
            for name, one in seen.items()
        }
    except CannotEdit as error:
        where = f"`id: {new.key}`" if old.kind is Kind.PAPER else f"`{new.key}:`"
        raise CatalogError(
            f"{old.key} cannot be renamed in the catalog: {error}", f"write {where} there yourself"
        ) from error
    after = read_catalog([CatalogFile(name, data) for name, data in texts.items()], statuses)
    wanted = {new if key == old else key: _record(one, old, new) for key, one in before.records.items()}
    if after.problems or after.records != wanted:
        raise CatalogError(
            f"{old.key} cannot be renamed to {new.key}: the catalog would not read as intended", "", after.problems
        )
    methods = tuple(key.key for key, one in before.records.items() if _record(one, old, new) != one and key != old)
    paths = dict(files)
    changed = {name: (paths[name], seen[name], data) for name, data in texts.items() if data != seen[name].data}
    return RenamedCatalog(changed, methods)


def _record(record: Record, old: RecordId, new: RecordId) -> Record:
    """The record as it reads when `old` is called `new`."""
    fields = {name: with_new_id(record.id, name, value, old, new) for name, value in record.fields.items()}
    if fields == record.fields and record.id != old:
        return record
    return replace(record, id=new if record.id == old else record.id, fields=fields)
