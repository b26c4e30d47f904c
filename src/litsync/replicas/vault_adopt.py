"""Notes that were there before litsync and are about one of its papers or methods: found by what they say, adopted on request.

Decides which note may stand for which record: by its name (`@key` or `key`; a method by its name or an alias), or by the
one Zotero item that it links to. Adopting a note writes one property into it, its identity; everything else comes with
the next cycle, as for two replicas that meet. What two notes could be is nobody's until a person says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from litsync.core.model import Kind, RecordId
from litsync.formats.names import file_stem
from litsync.formats.note import edit_note, read_note
from litsync.formats.note_parts import NoteError
from litsync.replicas.base import Vocabulary
from litsync.replicas.files import Changed, Folder
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_files import BASES, HOME
from litsync.replicas.vault_index import Index

_ITEM = re.compile(rb"zotero://select/(?:library|groups/\d+)/items/([A-Z0-9]{8})\b")
_BY_CITEKEY = re.compile(rb"zotero://select/items/@([A-Za-z0-9_][A-Za-z0-9_:.+/-]*)")
_SHIPPED = frozenset({HOME, *BASES})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record without a note, and the notes that may be its; `why` says by what they were found."""

    record: RecordId
    paths: tuple[str, ...]
    why: str


def own_notes(index: Index, stem: str) -> list[str]:
    """The notes of this name that are somebody's own, and no part of what a new vault begins with."""
    return [path for path in index.links.named(stem) if index.is_strange(path) and path not in _SHIPPED]


class Candidates:
    """Which of the notes that are somebody's own may stand for a record."""

    def __init__(self, index: Index, words: Vocabulary) -> None:
        """`words` are the catalog's names."""
        self._index, self._words = index, words

    def named(self, record: RecordId) -> Candidate | None:
        """The notes that have the record's name, if it has no note yet."""
        if self._index.paths(record):
            return None
        paths = tuple(dict.fromkeys(path for stem in self._stems(record) for path in own_notes(self._index, stem)))
        return Candidate(record, paths, "by its name") if paths else None

    def _stems(self, record: RecordId) -> Iterator[str]:
        if record.kind is Kind.PAPER:
            yield from (f"@{file_stem(record.key)}", file_stem(record.key))
        elif record.kind is Kind.METHOD and (words := self._words.methods.get(record.key)):
            yield from (file_stem(name) for name in (words.name, *words.also))

    def all(self, folder: Folder, items: Mapping[str, RecordId]) -> list[Candidate]:
        """Every record of the catalog that some note may stand for. `items` are the keys of Zotero items, as far as known."""
        records = [RecordId(Kind.METHOD, key) for key in self._words.methods]
        records += [RecordId(Kind.PAPER, key) for key in self._words.papers]
        named = {record: one for record in records if (one := self.named(record)) is not None}
        taken = {path for one in named.values() for path in one.paths}
        linked: dict[RecordId, list[str]] = {}
        for path in self._index.strange():
            if path not in taken and (record := self._linked(folder, path, items)) is not None:
                linked.setdefault(record, []).append(path)
        others = {
            record: Candidate(record, tuple(paths), "by its link to Zotero")
            for record, paths in linked.items()
            if record not in named and not self._index.paths(record)
        }
        return [*named.values(), *others.values()]

    def _linked(self, folder: Folder, path: str, items: Mapping[str, RecordId]) -> RecordId | None:
        """The one paper whose Zotero item the note links to; None when there is none, or several."""
        try:
            data = folder.read(path)
        except OSError:
            return None
        keys = {record for key in _ITEM.findall(data) if (record := items.get(key.decode()))}
        names = {RecordId(Kind.PAPER, key.decode().rstrip(".:+/-")) for key in _BY_CITEKEY.findall(data)}
        found = keys | {record for record in names if record.key in self._words.papers}
        return found.pop() if len(found) == 1 else None


def adopt(folder: Folder, index: Index, record: RecordId, path: str) -> str | tuple[bytes, bytes]:
    """The note at `path` stands for the record from now on; returns its old and new text, or why it could not be done."""
    name = "citekey" if record.kind is Kind.PAPER else "method"
    try:
        old = folder.read(path)
        new = edit_note(old, {name: record.key}, names=index.names)
        if read_note(new, index.names).properties.get(name) != record.key:
            return "its properties would not read back as meant"
        if isinstance(folder.replace(path, new, old), Changed):
            return "it was saved by someone at the same moment"
    except NoteError as error:
        return f"it {error.message}"
    except OSError as error:
        return in_words(error)
    folder.release()
    return old, new


def item_keys(handles: Mapping[RecordId, Mapping[str, object]]) -> dict[str, RecordId]:
    """The keys of Zotero items, by what is remembered of papers there."""
    papers: Iterable[tuple[RecordId, object]] = ((r, h.get("key")) for r, h in handles.items() if r.kind is Kind.PAPER)
    return {key: record for record, key in papers if isinstance(key, str)}
