"""Whether a note is as litsync would make it now: then nobody has written in it.

Decides that by making it again, in memory, and comparing. Where properties stand, and how they are spelled, does not matter: Obsidian
writes them anew. What a replica works out (the address of an item) is not looked at.
"""

from __future__ import annotations

from litsync.core.fields import TABLE
from litsync.core.model import Fields, RecordId
from litsync.formats.note import read_note
from litsync.formats.note_parts import NoteError, split_note
from litsync.formats.property_names import PropertyNames
from litsync.replicas.vault_bodies import Bodies, BodyError
from litsync.replicas.vault_meaning import Meaning


def is_as_made(meaning: Meaning, bodies: Bodies, record: RecordId, note: tuple[str, bytes], known: Fields) -> bool:
    """Whether the note, a path and its bytes, has no word of a reader in it. `known` is what the catalog says of the record.

    False also when that cannot be told.
    """
    path, data = note
    try:
        said = meaning.decode(record, read_note(data, meaning.names), path)
        fields = {name: value for name, value in said.fields.items() if name != "name"}
        made = meaning.compose(record, fields, bodies.render(record, {**known, **said.fields}))
        return _parts(record, data, meaning.names) == _parts(record, made, meaning.names)
    except (NoteError, BodyError):
        return False


def _parts(record: RecordId, data: bytes, names: PropertyNames) -> tuple[dict[str, object], list[str], str]:
    """The properties, the comments among them, and the text."""
    head, body = split_note(data)
    told = {name for name, row in TABLE[record.kind].items() if row.told}
    properties = {name: value for name, value in read_note(data, names).properties.items() if name not in told}
    return properties, [line for line in head.splitlines() if line.lstrip().startswith("#")], body
