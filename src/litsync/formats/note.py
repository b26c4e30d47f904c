"""A note's properties: which record they stand for, what they say, and how a value is written into them.

Decides where the properties end and the reader's text begins, by Obsidian's rules, and keeps every byte that it is not
asked to change. Knows no paths: what a link leads to, and how a link to a record is written, is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from litsync.core.fields import Field, carried
from litsync.core.model import VAULT, Kind, Name, Record, RecordId, Value
from litsync.core.values import FieldKind, Form, Invalid, read_leniently, read_text, tidy, unique
from litsync.formats import yaml_text
from litsync.formats.names import neutral_value, plain
from litsync.formats.note_authors import SPOKEN, as_read, is_several, read_author, with_links, written_author
from litsync.formats.note_names import short_title
from litsync.formats.note_parts import BOM, NoteError, Parts, decoded, parts_of
from litsync.formats.property_names import PropertyNames
from litsync.formats.splice import CannotSplice, Edit, edit
from litsync.formats.yaml_dump import dump_pairs
from litsync.formats.yaml_text import Node, YamlError

Property = str | tuple[str, ...] | None
Texts = str | Iterable[str] | None
Resolve = Callable[[Kind, str], str | None]
"""What a link of a note leads to: the key of the record of that kind, or None."""
LinkOf = Callable[[Kind, str], str]
"""The target to write between the brackets of a link to a record."""

_LINKED = {"methods": Kind.METHOD, "parent": Kind.METHOD, "sources": Kind.PAPER}
_NUMBERS = frozenset({"year", "number"})
_IDENTITY = {"citekey": (Kind.PAPER, Form.CITEKEY), "method": (Kind.METHOD, Form.ID)}
_ORDER = (
    "citekey", "method", "title", "aliases", "authors", "year", "date", "venue", "type", "methods", "parent", "sources",
    "sections", "tags", "status", "number", "doi", "arxiv", "url", "code",
    "zotero", "pdf",
)  # fmt: skip
_PLAIN = PropertyNames()
_WIKILINK = re.compile(r"\s*\[\[([^\[\]|]+?)(?:\\?\|[^\[\]]*)?\]\]\s*")
_MARKDOWN_LINK = re.compile(r"\s*\[[^\[\]]*\]\((?:<([^<>]+)>|((?:[^()<>]|\([^()<>]*\))+))\)\s*")


class _Unreadable:
    """A value that no property of litsync can have: a mapping, or a list of lists."""


UNREADABLE = _Unreadable()


@dataclass(frozen=True, slots=True)
class Note:
    """A note's properties as texts, under litsync's names: `2103.10` and `no` stay what they are."""

    properties: Mapping[str, Any]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def read_note(data: bytes, names: PropertyNames = _PLAIN) -> Note:
    """Read the properties. Raises NoteError for text that is not UTF-8 and properties that Obsidian would refuse."""
    import frontmatter

    parts = parts_of(decoded(data))
    if parts is None:
        return Note({})
    # The package strips what it is given, so it is given no more than the properties between their fences.
    metadata, _ = frontmatter.parse(f"---\n{parts.head}---", handler=_handler())
    return Note(names.by_field(metadata))


@lru_cache(maxsize=1)
def _handler() -> Any:
    """python-frontmatter's handler for Obsidian's rules and YAML 1.2. It never writes a note."""
    from frontmatter.default_handlers import BaseHandler

    class ObsidianHandler(BaseHandler):
        """Reads properties as Obsidian does."""

        FM_BOUNDARY = re.compile(r"^---$", re.MULTILINE)

        def split(self, text: str) -> tuple[str, str]:
            parts = parts_of(text)
            assert parts is not None
            return parts.head, parts.after

        def load(self, fm: str) -> dict[str, Any]:
            return _properties(fm)

    return ObsidianHandler()


def _properties(head: str) -> dict[str, Any]:
    try:
        root = yaml_text.parse(head)
    except YamlError as error:
        raise NoteError(error.message, error.line + 1, error.column) from None
    if root is None or yaml_text.is_null(root):
        return {}
    if not isinstance(root, yaml_text.Mapping):
        raise NoteError("holds something else than properties between its fences", 2, 1)
    if root.repeated:
        mark: Any = root.repeated[0].start_mark
        raise NoteError(f"has the property `{root.repeated[0].value}` twice", mark.line + 2, mark.column + 1)
    return {name: _property(node) for name, node in root.entries.items()}


def _property(node: Node) -> Any:
    if isinstance(node, yaml_text.Scalar):
        return None if yaml_text.is_null(node) else node.value
    if isinstance(node, yaml_text.Mapping):
        return UNREADABLE
    if (link := _bare_link(node)) is not None:
        return link
    members = [_bare_link(item) or _property(item) for item in node.items]
    known = [member for member in members if member is not None]
    return tuple(known) if all(isinstance(member, str) for member in known) else UNREADABLE


def _bare_link(node: Node) -> str | None:
    """`[[NeRF]]` without quotes is YAML for a list in a list; people mean the link."""
    if isinstance(node, yaml_text.Sequence) and node.flow and len(node.items) == 1:
        inner = node.items[0]
        if isinstance(inner, yaml_text.Sequence) and inner.flow and len(inner.items) == 1:
            only = inner.items[0]
            return f"[[{only.value}]]" if isinstance(only, yaml_text.Scalar) else None
    return None


def _get(properties: Mapping[str, Any], name: str) -> Any:
    """A property in any case, as Obsidian finds it."""
    if name in properties:
        return properties[name]
    return properties.get(_spelling(properties, name))


def identity(properties: Mapping[str, Any]) -> RecordId | None:
    """The record a note stands for; None for a note that is only the reader's."""
    for name, (kind, form) in _IDENTITY.items():
        value = _get(properties, name)
        if isinstance(value, str) and value.strip():
            try:
                key = read_text(form, value)
            except Invalid:
                return None
            return RecordId(kind, key) if key else None
    return None


def asked_for(properties: Mapping[str, Any]) -> Kind | None:
    """What a note is made for whose identity is left empty, as a template leaves it; None when it is no such note."""
    for name, (kind, _) in _IDENTITY.items():
        spelling = _spelling(properties, name)
        if spelling in properties:
            return kind if properties[spelling] in (None, "", ()) else None
    return None


def link_target(text: str) -> str | None:
    """Where a property leads that is one whole link, `[[NeRF|the method]]` or `[NeRF](NeRF.md)`; else None."""
    if match := _WIKILINK.fullmatch(text):
        return _note_name(match[1])
    if match := _MARKDOWN_LINK.fullmatch(text):
        target = unquote(match[1] or match[2])
        return None if "://" in target else _note_name(target)
    return None


def _note_name(target: str) -> str:
    name, mark, heading = target.strip().partition("#")
    return f"{name.removesuffix('.md')}{mark}{heading}"


def wikilink(target: str) -> str:
    """A link to a note."""
    return f"[[{target}]]"


def decode(
    record: RecordId,
    properties: Mapping[str, Any],
    resolve: Resolve,
    *,
    name: str = "",
    tags: Mapping[str, str] | None = None,
) -> Record:
    """What the properties say about the record.

    `name` is the method's name as the note's file says it; `tags` maps the spelling of a tag that Obsidian cannot hold to
    the tag itself. A link to a method that is not known stands for what it says; a value that breaks the rules of its
    field makes the field unreadable.
    """
    fields: dict[str, Value] = {}
    unreadable = set()
    for row in carried(record.kind, VAULT):
        if row.derived_by == VAULT:
            continue
        try:
            value = name if row.name == "name" else _value(row, _get(properties, row.name), resolve, tags or {})
        except Invalid:
            unreadable.add(row.name)
        else:
            if value:
                fields[row.name] = value
    return Record(record, fields, frozenset(unreadable))


def _value(row: Field, found: Any, resolve: Resolve, tags: Mapping[str, str]) -> Value:
    if found is None or found in ("", ()):
        return None
    if found is UNREADABLE:
        raise Invalid("is neither a text nor a list of texts")
    said = [found] if isinstance(found, str) else found
    texts = [plain(as_read(text) if row.name in SPOKEN else text) for text in said]
    if VAULT in row.kept_in:
        return tidy(" ".join(texts)) or None
    if row.kind is FieldKind.SCALAR and len(texts) > 1:
        raise Invalid("has several values")
    if row.kind is FieldKind.NAMES:
        if isinstance(found, str) and is_several(found):
            raise Invalid("names several: each is a member of the list by itself")
        return tuple(read_author(text) for text in texts if text.strip()) or None
    if row.name in _LINKED:
        values: list[str | None] = [_linked(_LINKED[row.name], text, resolve) for text in texts if text.strip()]
    elif row.name == "tags":
        values = [_tag(text.strip().removeprefix("#"), tags) for text in texts]
    else:
        values = [read_leniently(row.form, text) for text in texts]
    known = unique(value for value in values if value)
    return known[0] if known and row.kind is FieldKind.SCALAR else known


def _linked(kind: Kind, text: str, resolve: Resolve) -> str:
    """The key of the record that is linked, or else what the link says: a method that the catalog does not have yet."""
    target = link_target(text)
    if target is None and "[[" in text:
        raise Invalid("is more than one link: each link is a member of the list by itself")
    found = resolve(kind, target or text.strip())
    several = [part.strip() for part in re.split("[,;]", text)] if found is None and target is None else []
    if len(several) > 1 and any(resolve(kind, part) for part in several):
        raise Invalid("names several: each is a member of the list by itself")
    return found or target or text.strip()


def _tag(text: str, tags: Mapping[str, str]) -> str | None:
    """The tag that is meant. Obsidian has no tag with a comma: that would be several in one text."""
    spelled = tidy(text)
    if spelled not in tags and "," in spelled:
        raise Invalid("names several: each is a member of the list by itself")
    return tags.get(spelled) or read_text(Form.TAG, spelled)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def tag_in_obsidian(tag: str) -> str:
    """The tag as Obsidian can hold it: no spaces or commas, and not of digits only."""
    spelled = re.sub(r"[\s,#]+", "-", tag.strip()).strip("/")
    return f"{spelled}-" if spelled.replace("/", "").isdigit() else spelled


def encode(name: str, value: Value, link_of: LinkOf) -> str | list[str] | None:
    """The texts of the property for a field's value: links in brackets, names as they are read aloud."""
    if value is None:
        return None
    if isinstance(value, str):
        return _member(name, value, link_of)
    return [_member(name, member, link_of) for member in value]


def _member(name: str, member: Any, link_of: LinkOf) -> str:
    if name in _LINKED:
        return wikilink(link_of(_LINKED[name], str(member)))
    if isinstance(member, Name):
        return written_author(member)
    text = neutral_value(str(member))
    return tag_in_obsidian(text) if name == "tags" else text


def aliases_for(title: str) -> tuple[str, ...]:
    """The names under which a new note can be found: its title, and what stands before a colon if that is short.

    They are texts for a property already: nothing in them acts.
    """
    return tuple(neutral_value(name) for name in dict.fromkeys((short_title(title), title)))


def new_note(pairs: Iterable[tuple[str, Texts]], body: str, names: PropertyNames = _PLAIN) -> bytes:
    """The whole text of a new note. The properties come in litsync's order, as Obsidian itself would write them."""
    known = [(name, value if isinstance(value, str) else tuple(value)) for name, value in pairs if value]
    known.sort(key=lambda pair: _ORDER.index(pair[0]) if pair[0] in _ORDER else len(_ORDER))
    called = [(title, value) for name, value in known if (title := names.of(name)) is not None]
    bare = frozenset(filter(None, map(names.of, _NUMBERS)))
    return _encoded(f"---\n{dump_pairs(called, bare=bare)}---\n{body}")


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise NoteError("would hold half a character, which no file can") from None


def edit_note(
    data: bytes,
    changes: Mapping[str, Texts],
    *,
    members: Mapping[str, tuple[Texts, Texts]] | None = None,
    names: PropertyNames = _PLAIN,
) -> bytes:
    """The note with these properties changed and every other byte as it was; those that are off are left out.

    `members` names, for list properties, the members to go and those to come. A note without properties gets them.
    Raises NoteError when a change cannot be made without touching anything else.
    """
    text = decoded(data)
    parts = parts_of(text)
    if parts is None:
        start = len(BOM) if text.startswith(BOM) else 0
        newline = "\r\n" if "\r\n" in text else "\n"
        parts = Parts(f"{text[:start]}---{newline}", "", f"---{newline}{text[start:]}")
    head, newline = parts.head, "\r\n" if "\r\n" in parts.before else "\n"
    try:
        for wanted in _edits(head, changes, members or {}, names):
            head = edit(head, wanted, newline)
    except CannotSplice as error:
        raise NoteError(error.reason, error.line + 1) from None
    except YamlError as error:
        raise NoteError(error.message, error.line + 1, error.column) from None
    return _encoded(f"{parts.before}{head}{parts.after}") if head != parts.head else data


def _edits(
    head: str, changes: Mapping[str, Texts], members: Mapping[str, tuple[Texts, Texts]], names: PropertyNames
) -> Iterable[Edit]:
    root = yaml_text.parse(head)
    spelled: Iterable[str] = root.entries if isinstance(root, yaml_text.Mapping) else ()
    for name, value in changes.items():
        texts = value if value is None or isinstance(value, str) else tuple(value)
        if (title := names.of(name)) is not None:
            title = _spelling(spelled, title)
            if name == "authors" and isinstance(root, yaml_text.Mapping) and title in root.entries:
                texts = with_links(texts, _property(root.entries[title]))
            yield Edit(title, texts or None, number=_is_number(name, texts))
    for name, (gone, come) in members.items():
        if (gone or come) and (title := names.of(name)) is not None:
            yield Edit(_spelling(spelled, title), members=(_tuple(gone), _tuple(come)))


def _is_number(name: str, texts: Texts) -> bool:
    return name in _NUMBERS and isinstance(texts, str) and texts.isdecimal()


def _spelling(names: Iterable[str], name: str) -> str:
    """How a property is spelled among `names`: as it is asked for, else in another case, else it is new."""
    found = [one for one in names if one.casefold() == name.casefold()]
    return name if name in found or not found else found[0]


def _tuple(texts: Texts) -> tuple[str, ...]:
    return () if texts is None else (texts,) if isinstance(texts, str) else tuple(texts)
