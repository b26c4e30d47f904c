"""What a link in a property means, and which link means a record.

Decides by the notes that are there, as Obsidian resolves links, and only then by the catalog's names: a link to a note
that does not exist yet, or to an alias, is still understood. Knows nothing of how a link is spelled inside a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cached_property

from litsync.core.fields import TABLE, carried
from litsync.core.merge import members
from litsync.core.model import VAULT, Change, Fields, Kind, Record, RecordId
from litsync.core.values import FieldKind, Invalid
from litsync.formats.names import file_stem, name_key
from litsync.formats.note import Note, aliases_for, decode, edit_note, encode, new_note, read_note, tag_in_obsidian
from litsync.formats.property_names import PropertyNames
from litsync.replicas.base import Vocabulary
from litsync.replicas.vault_index import Index
from litsync.replicas.vault_links import stem_of

_Members = tuple[tuple[str, ...], tuple[str, ...]]
"""Members of a list property, as a note spells them: those to go, and those to come."""


class Meaning:
    """Links and the records behind them, for one cycle."""

    def __init__(self, index: Index, vocabulary: Vocabulary) -> None:
        """Nothing is worked out before it is asked for."""
        self._index, self.vocabulary = index, vocabulary
        self._planned: dict[RecordId, str] = {}
        self._planned_at: dict[str, RecordId] = {}

    @property
    def names(self) -> PropertyNames:
        """What the properties are called."""
        return self._index.names

    def plan(self, record: RecordId, path: str) -> None:
        """The record's note will be at `path`: links to it may be written from now on."""
        self._planned[record] = path
        self._planned_at[path] = record

    def resolver(self, source: str) -> Callable[[Kind, str], str | None]:
        """What finds the key of the record of a kind that a link in the note `source` means; None when it means none."""

        def resolve(kind: Kind, target: str) -> str | None:
            path = self._index.links.find(target, source)
            found = (self._index.record_at(path) or self._planned_at.get(path)) if path else None
            if found is not None and found.kind is kind:
                return found.key
            name = target.partition("#")[0].strip()
            return self._method(name) if kind is Kind.METHOD else self._paper(name)

        return resolve

    def _method(self, name: str) -> str | None:
        """A method by a name the catalog has for it, or one its note had before; another name is a new method's."""
        former = self._index.formerly(name)
        return self._methods.get(name_key(name)) or (former.key if former else None)

    def _paper(self, name: str) -> str:
        """A paper by its citekey. A link to anything else means no paper: a person has to say which."""
        key = self._papers.get(name_key(name))
        if key is None:
            raise Invalid("leads to no paper that is known")
        return key

    def decode(self, record: RecordId, note: Note, path: str) -> Record:
        """What the note at `path` says about the record. Of a method, the catalog's name for it if the note bears it."""
        name = self._name(record, stem_of(path)) if record.kind is Kind.METHOD else ""
        found = decode(record, note.properties, self.resolver(path), name=name, tags=self._tags)
        off = self.off(record.kind)
        return replace(found, unreadable=found.unreadable | off) if off else found

    def off(self, kind: Kind) -> frozenset[str]:
        """The fields that notes do not have here: what they say of them is unknown."""
        if not self._index.names.chosen:
            return frozenset()
        return frozenset(row.name for row in carried(kind, VAULT) if self._index.names.is_off(row.name))

    def compose(self, record: RecordId, fields: Fields, body: str) -> bytes:
        """The whole text of the record's new note."""
        pairs = [(name, encode(name, value, self.link)) for name, value in fields.items() if name != "name"]
        identity = "citekey" if record.kind is Kind.PAPER else "method"
        pairs = [pair for pair in pairs if pair[0] != identity] + [(identity, record.key)]
        if record.kind is Kind.PAPER and isinstance(title := fields.get("title"), str):
            # The name of a method stays the method's, though a paper that introduces it is called so too.
            pairs.append(("aliases", [name for name in aliases_for(title) if name_key(name) not in self._methods]))
        return new_note(pairs, body, self._index.names)

    def edit(self, record: RecordId, data: bytes, changes: Sequence[Change], path: str) -> bytes:
        """The note's text with the changes made, and nothing else. Of a set only the difference is changed."""
        rows, names = TABLE[record.kind], self._index.names
        sets = [change for change in changes if rows[change.field].kind is FieldKind.SET]
        whole = {change.field: encode(change.field, change.new, self.link) for change in changes if change not in sets}
        whole.pop("name", None)  # a note is renamed by its reader
        if not sets:
            return edit_note(data, whole, names=names)
        note = read_note(data, names)
        parts = {change.field: self._difference(record, note, change, path) for change in sets}
        text = edit_note(data, whole, members=parts, names=names)
        found = read_note(text, names)
        unsplit: dict[str, tuple[str, ...]] = {}
        for name, (gone, come) in parts.items():
            wanted = tuple(member for member in _texts(note, name) if member not in gone)
            wanted += tuple(member for member in come if member not in wanted)
            if _texts(found, name) != wanted:  # a list written in a way whose members cannot be told apart
                unsplit[name] = wanted
        return edit_note(text, unsplit, names=names) if unsplit else text

    def _difference(self, record: RecordId, note: Note, change: Change, path: str) -> _Members:
        """The members to go, as the note spells them, and those to come that it does not have yet."""
        row, resolve = TABLE[record.kind][change.field], self.resolver(path)
        old, new = members(row, change.old), members(row, change.new)
        gone: list[str] = []
        here: set[Hashable] = set()
        for text in _texts(note, row.name):
            said = decode(record, {row.name: text}, resolve, tags=self._tags)
            keys = members(row, said.fields.get(row.name)).keys()
            here |= keys
            if keys & (old.keys() - new.keys()):
                gone.append(text)
        come = tuple(text for key, text in new.items() if key not in old and key not in here)
        return tuple(gone), tuple(encode(row.name, come, self.link) or ())

    def link(self, kind: Kind, key: str) -> str:
        """What a link to the record's note says."""
        return self.target(RecordId(kind, key))

    def _name(self, record: RecordId, stem: str) -> str:
        words = self.vocabulary.methods.get(record.key)
        wished = file_stem(words.name) if words else ""
        bears = words and re.fullmatch(re.escape(wished) + r"( \(\d+\))?", stem)
        return words.name if words and bears else stem

    def target(self, record: RecordId) -> str:
        """What a link to the record's note says between its brackets."""
        path = next(iter(self._index.paths(record)), None) or self._planned.get(record)
        return self._index.links.text(path) if path else self.stem(record)

    def stem(self, record: RecordId) -> str:
        """The name that the record's note has when nothing stands in the way."""
        words = self.vocabulary.methods.get(record.key) if record.kind is Kind.METHOD else None
        return file_stem(words.name if words else record.key)

    @cached_property
    def _tags(self) -> dict[str, str]:
        """The tags that Obsidian cannot hold, by the spelling they have there; what is a tag by itself stays one."""
        tags = self.vocabulary.tags
        return {spelled: tag for tag in sorted(tags) if (spelled := tag_in_obsidian(tag)) not in tags}

    @cached_property
    def _methods(self) -> dict[str, str]:
        words = {name_key(word): key for word, key in self.vocabulary.method_ids().items()}
        return {name_key(file_stem(w.name)): key for key, w in self.vocabulary.methods.items()} | words

    @cached_property
    def _papers(self) -> dict[str, str]:
        keys = self.vocabulary.papers
        return {name_key(file_stem(key)): key for key in keys} | {name_key(key): key for key in keys}


def _texts(note: Note, name: str) -> tuple[str, ...]:
    """The members of a list property as the note spells them; one text alone is a list of one."""
    found = next((value for key, value in note.properties.items() if key.casefold() == name), None)
    return (found,) if isinstance(found, str) else found if isinstance(found, tuple) else ()
