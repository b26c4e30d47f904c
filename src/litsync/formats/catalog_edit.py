"""Changes brought home into the text of a catalog file: only the bytes of the changed values change.

Decides how a value is spelled in the catalog (a method by the name its author uses, an author as written) and which
stretch of the file an edit concerns: one paper's chunk where the file can be cut, else the whole. Must not know who wants
the change. Every edit is proven by `splice`, or refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from litsync.core.fields import TABLE
from litsync.core.model import Change, Kind, Link, Name, RecordId, Value
from litsync.core.values import FieldKind, tidy
from litsync.formats import yaml_text
from litsync.formats.catalog_chunks import Cut, cut_papers
from litsync.formats.catalog_entries import ORDER, name_in_parts, name_of, spelled_name
from litsync.formats.catalog_style import is_number
from litsync.formats.splice import CannotSplice, Edit, Pairs, edit
from litsync.formats.yaml_text import Mapping, Node, Scalar, YamlError
from litsync.formats.yaml_text import Sequence as YamlSequence

Meaning = Callable[[str, str], str]
"""What a text in a set field of the catalog means: `("methods", "NeRF")` is the id `nerf`."""


class CannotEdit(ValueError):
    """The change cannot be made without touching anything else; the text says why."""


@dataclass(frozen=True, slots=True)
class Papers:
    """The papers of one file: their citekeys in order, and whether each stands alone in a chunk of its own."""

    citekeys: Sequence[str]
    divisible: bool


def edit_record(data: bytes, papers: Papers, record: RecordId, changes: Sequence[Change], meaning: Meaning) -> bytes:
    """The file with the changes of one record made, and every other byte as it was. Raises CannotEdit.

    `data` comes without a byte order mark.
    """
    with refusals():
        cut = cut_papers(data) if record.kind is Kind.PAPER and papers.divisible else None
        if cut is not None:
            number = papers.citekeys.index(record.key)
            return cut.with_chunks({number: edit_chunk(cut, number, cut.chunk(number), changes, meaning)}).data
        return _edited(data.decode(), _place(record, papers), changes, meaning).encode()


def respell(data: bytes, papers: Papers, citekey: str, field: str, words: tuple[str, str]) -> bytes:
    """The file with the first of the words replaced by the second in one set field of a paper. Raises CannotEdit."""
    old, new = words
    with refusals():
        number = papers.citekeys.index(citekey)
        cut = cut_papers(data) if papers.divisible else None
        text = (data if cut is None else cut.chunk(number)).decode()
        path: _Path = (0,) if cut else ("papers", number)
        texts = _texts(_at(yaml_text.parse(text), path).entries.get(field))
        members = tuple(new if tidy(one).casefold() == old.casefold() else one for one in texts)
        start = cut.starts[number] if cut else 0
        return _with(data, (start, start + len(text.encode())), edit(text, Edit(field, members, path=path)))


@contextmanager
def refusals() -> Iterator[None]:
    """Raise CannotEdit, with the line, for whatever keeps a text from being edited."""
    try:
        yield
    except CannotSplice as error:
        raise CannotEdit(f"{error.reason} (line {error.line})") from error
    except (YamlError, UnicodeDecodeError) as error:
        raise CannotEdit(str(error)) from error


def edit_chunk(cut: Cut, number: int, chunk: bytes, changes: Sequence[Change], meaning: Meaning) -> bytes:
    """What the chunk of one paper of the cut becomes; `chunk` is what earlier edits made of it. Raises CannotEdit."""
    with refusals():
        try:
            edited = _edited(chunk.decode(), _Place(Kind.PAPER, (0,)), changes, meaning).encode()
        except CannotSplice as error:
            line = cut.data.count(b"\n", 0, cut.starts[number]) + error.line
            raise CannotEdit(f"{error.reason} (line {line})") from error
    if not cut.may_become(number, edited):
        raise CannotEdit("the papers around it would not stay as they are")
    return edited


def _with(data: bytes, stretch: tuple[int, int], text: str) -> bytes:
    """The bytes with a stretch replaced, copied once: a catalog may be large."""
    start, end = stretch
    view = memoryview(data)
    return b"".join((view[:start], text.encode(), view[end:]))


_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands: the path to its mapping, and its key there if it is one value of a mapping."""

    kind: Kind
    path: _Path
    key: str = ""


def _place(record: RecordId, papers: Papers) -> _Place:
    match record.kind:
        case Kind.PAPER:
            return _Place(record.kind, ("papers", papers.citekeys.index(record.key)))
        case Kind.METHOD:
            return _Place(record.kind, ("methods", record.key))
        case Kind.SECTION:
            return _Place(record.kind, ("sections",), record.key)
        case Kind.LIST:
            return _Place(record.kind, ())


def _edited(text: str, place: _Place, changes: Sequence[Change], meaning: Meaning) -> str:
    node = _at(yaml_text.parse(text), place.path)
    for wanted in _edits(node, place, changes, meaning):
        text = edit(text, wanted)
    return text


def _at(node: Node | None, path: _Path) -> Mapping:
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str):
            node = node.entries.get(step)
        elif isinstance(node, YamlSequence) and isinstance(step, int):
            node = node.items[step]
    if not isinstance(node, Mapping):
        raise CannotEdit("it is not written as a mapping")
    return node


def _edits(node: Mapping, place: _Place, changes: Sequence[Change], meaning: Meaning) -> Iterator[Edit]:
    """The edits that make the changes. A new key comes where it usually stands, its list as the lists beside it."""
    present = set(node.keys)
    for change in changes:
        for wanted in _edits_of(node, place, change, meaning):
            if wanted.path == place.path and not place.key:
                flow = change.field != "links" and _in_brackets(node)
                yield replace(wanted, after=_before(wanted.key, place.kind, present), flow=flow)
                (present.discard if change.new is None else present.add)(wanted.key)
            else:
                yield wanted


def _before(key: str, kind: Kind, present: Collection[str]) -> str:
    """The key there that usually comes right before this one; empty when there is none."""
    usual = ("id", *ORDER.get(kind, ()))
    known = [one for one in usual[: usual.index(key)] if one in present] if key in usual else []
    return known[-1] if known else ""


def _in_brackets(node: Mapping) -> bool:
    """Whether the first list there stands in brackets; where there is none, a new one does."""
    lists = (one.flow for one in node.entries.values() if isinstance(one, YamlSequence) and one.items)
    return next(lists, True)


def _edits_of(node: Mapping, place: _Place, change: Change, meaning: Meaning) -> Iterator[Edit]:
    kind, path, key = place.kind, place.path, place.key
    match TABLE[kind][change.field].kind:
        case FieldKind.SET:
            yield _edit_set(node, path, change, meaning)
        case FieldKind.NAMES:
            yield Edit(change.field, _names(node, change), path=path)
        case FieldKind.LINKS:
            yield from _edit_links(node, path, change)
        case FieldKind.SCALAR:
            yield _edit_scalar(node, path, key or change.field, change)


def _edit_scalar(node: Mapping, path: _Path, key: str, change: Change) -> Edit:
    """A number or year is written bare, as people write it; a title of digits is a text."""
    value = change.new if isinstance(change.new, str) else None
    old = node.entries.get(key)
    quoted = isinstance(old, Scalar) and bool(old.style)
    bare = value is not None and is_number(key, value) and not quoted
    return Edit(key, value, path=path, number=bare)


def _edit_set(node: Mapping, path: _Path, change: Change, meaning: Meaning) -> Edit:
    if change.new is None:
        return Edit(change.field, None, path=path)
    old, new = _ids(change.old), _ids(change.new)
    texts = _texts(node.entries.get(change.field))
    gone = tuple(text for text in texts if meaning(change.field, text) in old - new)
    here = {meaning(change.field, text) for text in texts}
    come = tuple(str(member) for member in change.new if member not in old and member not in here)
    return Edit(change.field, members=(gone, come), path=path)


def _edit_links(node: Mapping, path: _Path, change: Change) -> Iterator[Edit]:
    """A link whose title or address changed is the same link, and so is what else its author wrote beside it."""
    new = [member for member in change.new or () if isinstance(member, Link)]
    items = node.entries.get("links")
    old = [_link(item) for item in items.items] if isinstance(items, YamlSequence) else []
    if len(old) == len(new) and all(a.title == b.title or a.url == b.url for a, b in zip(old, new, strict=True)):
        for number, (was, link) in enumerate(zip(old, new, strict=True)):
            inner = (*path, "links", number)
            yield from (Edit(key, text, path=inner) for key, text in _pairs(link).items() if text != _pairs(was)[key])
        return
    members = tuple(old.index(link) if link in old else _pairs(link) for link in new)
    yield Edit("links", members or None, path=path)


def _link(item: Node) -> Link:
    """What an item of `links` says."""
    entries = item.entries if isinstance(item, Mapping) else {}
    title, url = (entries.get(key) for key in ("title", "url"))
    return Link(*(tidy(one.value) if isinstance(one, Scalar) else "" for one in (title, url)))


def _pairs(link: Link) -> dict[str, str]:
    return {"title": link.title, "url": link.url}


def _ids(value: Value) -> set[str]:
    return {str(member) for member in value} if isinstance(value, tuple) else set()


def _texts(node: Node | None) -> tuple[str, ...]:
    if isinstance(node, YamlSequence):
        return tuple(item.value for item in node.items if isinstance(item, Scalar))
    return (node.value,) if isinstance(node, Scalar) and not yaml_text.is_null(node) else ()


def _names(node: Mapping, change: Change) -> tuple[str | int | Pairs, ...] | None:
    """The authors: one who stays as written, a new one in the order of reading, or in parts where the others are."""
    authors = node.entries.get("authors")
    items = authors.items if isinstance(authors, YamlSequence) else []
    written = {name_of(item): number for number, item in reversed(list(enumerate(items)))}
    parts = bool(items) and all(isinstance(item, Mapping) for item in items)
    names = [member for member in change.new or () if isinstance(member, Name)]
    new = (name_in_parts(name) if parts else spelled_name(name) for name in names)
    return tuple(written.get(tidy(name.display), one) for name, one in zip(names, new, strict=True)) or None
