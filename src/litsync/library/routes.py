"""Which path of a read means what.

Decides the addresses below a library's prefix; what they answer is in `reading`. It must not know keys or access.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from litsync.library import reading
from litsync.library.query import EVERYTHING, TOP, TRASH, Condition
from litsync.library.reading import Read
from litsync.library.refusal import Refused
from litsync.library.request import Response, as_json
from litsync.library.validation import is_key

LISTINGS = ("items", "collections", "searches", "tags", "settings")  # what a client may ask for only if it changed
Answer = Callable[..., Response]


def _items(scope: Condition) -> Answer:
    return partial(reading.items, scope=scope)


def _tags(scope: Condition) -> Answer:
    return partial(reading.tags, scope=scope)


def _nothing_indexed(read: Read) -> Response:
    """There are no files here whose text could be known."""
    return as_json({}, read.version)


ROUTES: tuple[tuple[str, Answer], ...] = (
    ("items", _items(EVERYTHING)),
    ("items/top", _items(TOP)),
    ("items/trash", _items(TRASH)),
    ("items/tags", _tags(EVERYTHING)),
    ("items/top/tags", _tags(TOP)),
    ("items/trash/tags", _tags(TRASH)),
    ("items/*", reading.item),
    ("items/*/children", reading.child_items),
    ("items/*/tags", reading.item_tags),
    ("collections", partial(reading.collections, scope=EVERYTHING)),
    ("collections/top", partial(reading.collections, scope=TOP)),
    ("collections/*", reading.collection),
    ("collections/*/collections", reading.subcollections),
    ("collections/*/items", partial(reading.member_items, top=False)),
    ("collections/*/items/top", partial(reading.member_items, top=True)),
    ("collections/*/tags", partial(reading.member_tags, top=True)),
    ("collections/*/items/tags", partial(reading.member_tags, top=False)),
    ("collections/*/items/top/tags", partial(reading.member_tags, top=True)),
    ("searches", reading.searches),
    ("searches/*", reading.search),
    ("tags", _tags(EVERYTHING)),
    ("tags/*", reading.named_tag),
    ("settings", reading.settings),
    ("settings/*", reading.setting),
    ("deleted", reading.deleted),
    ("fulltext", _nothing_indexed),
    ("publications/items", _items(("0", ()))),  # nothing is published from here
    ("publications/items/top", _items(("0", ()))),
)
"""The first one that fits answers; a star stands for one key or name."""


def is_listing(path: tuple[str, ...]) -> bool:
    """Whether the path lists objects, so that an unchanged library can be answered with 304."""
    return path[:1] != () and path[0] in LISTINGS and not (len(path) == 2 and is_key(path[1]))


def answer(read: Read, path: tuple[str, ...]) -> Response:
    """Answer a read of the library; `path` is what comes after its prefix."""
    if path == () and read.home.is_group:
        return reading.group(read)
    for pattern, answering in ROUTES:
        names = pattern.split("/")
        if len(names) == len(path) and all(name in ("*", part) for name, part in zip(names, path, strict=True)):
            return answering(read, *(part for name, part in zip(names, path, strict=True) if name == "*"))
    raise Refused(404, "Not found")
