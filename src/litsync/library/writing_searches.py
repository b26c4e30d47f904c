"""Writing saved searches: what one entry makes of one search, and deletions.

Decides as `writing` does for items. The conditions are checked for their form and kept; nothing here runs a search. It must not know HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from litsync.library import validation
from litsync.library.preconditions import Terms, check_version, key_of, new_key
from litsync.library.records import Search, load_search, save_search
from litsync.library.refusal import Refused
from litsync.library.store import Transaction
from litsync.library.validation import JSON
from litsync.library.writing import Written, log_deleted

PROPERTIES = frozenset({"key", "version", "name", "conditions", "deleted"})
CONDITION = ("condition", "operator", "value")


def write_search(transaction: Transaction, sent: object, terms: Terms) -> Written[Search]:
    """The search is as the entry says, and has a new version if that changed anything; the library's version moved in any case.

    Raises `Refused`, with nothing written.
    """
    entry = validation.editable(sent)
    key = key_of(entry, terms, "search")
    current = load_search(transaction.db, key) if key else None
    check_version(entry, key, current.version if current else None, terms, "search")
    search = _described(entry, current or Search(key or new_key(), 0, ""), whole=current is None or not terms.partial)
    version = transaction.bump()
    if search == current:
        return Written(search, changed=False)
    search = replace(search, version=version)
    save_search(transaction.db, search)
    return Written(search, changed=True)


def _described(entry: JSON, search: Search, *, whole: bool) -> Search:
    """The search with what the entry names changed; a new one, and a PUT, must name all of it."""
    for name in entry:
        if name not in PROPERTIES:
            raise Refused(400, f"Invalid property '{name}'")
    if whole:
        validation.require(entry, ("name", "conditions"))
        search = replace(search, trashed=False)
    if "name" in entry:
        search = replace(search, name=validation.given_name(entry, "Search"))
    if "conditions" in entry:
        search = replace(search, conditions=_conditions(entry))
    if "deleted" in entry:
        search = replace(search, trashed=validation.trashed_of(entry))
    return search


def _conditions(entry: JSON) -> tuple[Mapping[str, str], ...]:
    """The conditions in their order."""
    conditions = validation.listed(entry, "conditions")
    if not conditions:
        raise Refused(400, "'conditions' cannot be empty")
    for condition in conditions:
        if not isinstance(condition, dict):
            raise Refused(400, "'conditions' must be an array of objects")
        for name in CONDITION:
            if not isinstance(condition.get(name), str):
                raise Refused(400, f"'{name}' property not provided for search condition")
        if unknown := next((name for name in condition if name not in CONDITION), None):
            raise Refused(400, f"Invalid property '{unknown}' for search condition")
        if not (condition["condition"] and condition["operator"]):
            raise Refused(400, "Search condition and operator cannot be empty")
    return tuple({name: condition[name] for name in CONDITION} for condition in conditions)


def delete_searches(transaction: Transaction, keys: Iterable[str]) -> None:
    """The searches are gone, and the log names them; the library's version moved by one."""
    db, version = transaction.db, transaction.bump()
    wanted = (json.dumps(list(keys)),)
    gone = db.execute("SELECT key FROM searches WHERE key IN (SELECT value FROM json_each(?))", wanted).fetchall()
    log_deleted(db, "searches", (key for (key,) in gone), version)
    db.execute("DELETE FROM searches WHERE key IN (SELECT value FROM json_each(?))", wanted)
