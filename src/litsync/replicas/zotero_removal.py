"""What a removal does to an item: only one that is wholly litsync's goes to the trash, every other one is let go.

Decides what of an item is a person's. Nothing is ever erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from litsync.core.model import Change
from litsync.core.values import tidy
from litsync.formats.zotero_item import Naming
from litsync.formats.zotero_links import Data, Owned


def removal(
    live: Data, children: Iterable[Data], changes: Sequence[Change], naming: Naming, owned: Owned
) -> tuple[Data, bool]:
    """The properties to send so that the item is no paper of the collection any more, and whether it may be trashed.

    Of a person's are: notes, files and links that litsync did not attach, tags that are neither methods nor the
    catalog's, relations, and membership of other collections.
    """
    elsewhere = [key for key in live.get("collections", ()) if key not in naming.managed]
    old = {one.field: [str(member) for member in one.old or ()] for one in changes if one.field in ("tags", "methods")}
    methods = (*owned.methods.values(), *map(naming.tag, old.get("methods", ())))
    tags = {tidy(tag) for tag in (*old.get("tags", ()), *methods)}
    kept = [tag for tag in live.get("tags", ()) if tag.get("type") or tidy(tag["tag"]) not in tags]
    foreign = [child for child in children if child["key"] not in owned.attachments.values()]
    manual = [tag for tag in kept if not tag.get("type")]
    theirs = bool(elsewhere or foreign or manual or live.get("relations"))
    return {"collections": elsewhere, "tags": kept}, not theirs


_NOBODYS = frozenset({"key", "version", "itemType", "dateAdded", "dateModified", "tags", "collections", "relations"})
"""Properties that Zotero keeps itself, and those that `removal` looks at."""


def is_as_made(live: Data, made: Data) -> bool:
    """Whether every property of the item says what a new one would say of the same paper."""
    return all(made.get(name) == value for name, value in live.items() if value and name not in _NOBODYS)
