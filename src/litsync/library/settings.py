"""Settings of the library: values that clients keep in it, each under one of the names Zotero knows.

Decides which names and kinds of values there are and when a write is stale; what a value means is the clients' business. It must not know HTTP.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from litsync.library.preconditions import check_setting
from litsync.library.refusal import Refused
from litsync.library.store import Transaction
from litsync.library.writing import log_deleted

NAMES: Mapping[str, tuple[type, ...]] = {
    "attachmentRenameTemplate": (str,),
    "autoRenameFiles": (str,),
    "autoRenameFilesFileTypes": (list,),
    "feeds": (dict,),
    "readerCustomThemes": (list,),
    "tagColors": (list,),
}
PLACES: Mapping[re.Pattern[str], tuple[type, ...]] = {
    re.compile(r"lastPageIndex_(u|g[0-9]+)_[A-Z0-9]{8}"): (int, float, str),
    re.compile(r"lastRead_(g[0-9]+)_[A-Z0-9]{8}"): (int,),
}
SPOKEN = {str: "a string", list: "an array", dict: "an object", int: "an integer", float: "a decimal"}
MOST = 270
LONGEST = 30_000


def load_settings(db: sqlite3.Connection, since: int | None = None) -> dict[str, dict[str, Any]]:
    """Every setting with value and version; with `since` those that changed after it."""
    rows = db.execute("SELECT name, value, version FROM settings WHERE version > ? ORDER BY name", (since or 0,))
    return {name: {"value": json.loads(value), "version": version} for name, value, version in rows}


def write_settings(transaction: Transaction, sent: object, header: int | None, *, single: bool) -> None:
    """All settings sent by name have their new values; the library's version moved by one if that changed anything.

    `single`: the request is about one setting, `header` is its version as the client knows it, and one of the two must be told.
    Raises `Refused`, with nothing written.
    """
    if not isinstance(sent, dict):
        raise Refused(400, "Uploaded data must be a JSON object")
    if len(sent) > MOST:
        raise Refused(413, f"Cannot add more than {MOST} settings at a time")
    known = load_settings(transaction.db)
    changed = {
        name: text for name, entry in sent.items() if (text := _changed(name, entry, known.get(name), header, single))
    }
    if changed:
        version = transaction.bump()
        rows = [(name, version, text) for name, text in changed.items()]
        transaction.db.executemany("INSERT OR REPLACE INTO settings (name, version, value) VALUES (?, ?, ?)", rows)
        transaction.db.executemany(
            "DELETE FROM deleted WHERE kind = 'settings' AND key = ?", [(name,) for name in changed]
        )


def _changed(name: str, entry: object, current: Mapping[str, Any] | None, header: int | None, single: bool) -> str:  # noqa: FBT001 -- as told to `write_settings`
    """The new value as it is kept; empty if it is the present one."""
    kinds = _kinds(name)
    if not isinstance(entry, dict):
        raise Refused(400, f"Invalid property '{name}'; expected JSON setting object")
    if entry.get("value") is None:
        raise Refused(400, "'value' property not provided")
    if unknown := next((key for key in entry if key not in ("value", "version")), None):
        raise Refused(400, f"Invalid property '{unknown}'")
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, kinds):
        raise Refused(400, f"'value' must be {' or '.join(SPOKEN[kind] for kind in kinds)}")
    if value in ("", []):
        raise Refused(400, "'value' cannot be empty")
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > LONGEST:
        raise Refused(400, f"'value' cannot be longer than {LONGEST} characters")
    check_setting(entry, header if single else None, current["version"] if current else None, required=single)
    return "" if current and current["value"] == value else text


def _kinds(name: str) -> tuple[type, ...]:
    """What the value of a setting may be."""
    found = NAMES.get(name) or next((kinds for form, kinds in PLACES.items() if form.fullmatch(name)), None)
    if found is None:
        raise Refused(400, f"Invalid setting '{name}'")
    return found


def delete_settings(transaction: Transaction, names: Iterable[str]) -> None:
    """The settings are gone, and the log names them; the library's version moved by one."""
    db, version = transaction.db, transaction.bump()
    wanted = (json.dumps(list(names)),)
    gone = db.execute("SELECT name FROM settings WHERE name IN (SELECT value FROM json_each(?))", wanted).fetchall()
    log_deleted(db, "settings", (name for (name,) in gone), version)
    db.execute("DELETE FROM settings WHERE name IN (SELECT value FROM json_each(?))", wanted)
