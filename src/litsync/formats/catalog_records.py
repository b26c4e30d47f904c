"""The records of a catalog, made from its parts: the shell gives list, sections and methods, each entry a paper.

Decides which keys a record has and what is required of it. Values are read by `catalog_fields`; what records must be to each other is for
`catalog_check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from litsync.core.fields import Field, carried
from litsync.core.model import CATALOG, Kind, Problem, Record, RecordId, Value
from litsync.core.values import FieldKind, Form, Invalid, read_text, unique
from litsync.formats.catalog_check import Claim, Definition, Spellings
from litsync.formats.catalog_fields import Desk, quoted
from litsync.formats.catalog_parts import Entry, Parts
from litsync.formats.yaml_text import Mapping, Node, Scalar, is_null

SHELL_KEYS = ("title", "introduction", "sections", "methods", "papers")
PAPER_KEYS: dict[str, Field] = {field.name: field for field in carried(Kind.PAPER, CATALOG) if not field.derived}
METHOD_KEYS: dict[str, Field] = {field.name: field for field in carried(Kind.METHOD, CATALOG)}

_KNOWN_PAPER_KEYS = ("id", *PAPER_KEYS)
_KNOWN_PAPER_KEY_SET = frozenset(_KNOWN_PAPER_KEYS)
_KNOWN_METHOD_KEYS = tuple(METHOD_KEYS)


@dataclass(frozen=True, slots=True)
class Rules:
    """What papers are read by: the item types, the reading states, and the methods and sections defined (None when they cannot be known)."""

    item_types: frozenset[str]
    statuses: tuple[str, ...]
    methods: Spellings | None = None
    sections: Spellings | None = None


# ── the shell ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Shell:
    """What one file says besides its papers. `title_node` is where the list's title stands."""

    desk: Desk
    title: str | None = None
    title_node: Node | None = None
    introduction: str | None = None
    sections: tuple[Definition, ...] = ()
    methods: tuple[Definition, ...] = ()


def read_shell(parts: Parts, problems: list[Problem]) -> Shell:
    """The title, sections and methods of one file; whatever is wrong with them is added to `problems`."""
    desk = Desk(parts.passage, problems)
    shell = Shell(desk)
    if parts.shell is None:
        return shell
    desk.keys(parts.shell, SHELL_KEYS, "a catalog")
    entries = parts.shell.entries
    if "title" in entries:
        shell.title_node = entries["title"]
        shell.title = desk.text(Form.TEXT, shell.title_node)
    if "introduction" in entries:
        shell.introduction = desk.text(Form.TEXT, entries["introduction"])
    shell.sections = tuple(_definitions(desk, entries.get("sections"), Kind.SECTION))
    shell.methods = tuple(_definitions(desk, entries.get("methods"), Kind.METHOD))
    return shell


def _definitions(desk: Desk, node: Node | None, kind: Kind) -> Iterator[Definition]:
    if node is None or is_null(node):
        return
    example = "nerf: {name: NeRF}" if kind is Kind.METHOD else "surveys: Surveys"
    if not isinstance(node, Mapping):
        desk.complain(node, f"is no mapping from ids to {kind}s", desk.passage.source(node), example)
        return
    for again in node.repeated:
        desk.complain(again, f"is defined twice among the {kind}s", again.value, "keep one of them")
    for name, value in node.entries.items():
        key_node = node.keys.get(name, value)
        own = Desk(desk.passage, desk.problems, RecordId(kind, name))
        try:
            key = read_text(Form.ID, name) or ""
        except Invalid as error:
            own.complain(key_node, str(error), name, error.suggestion)
            key = name
        definition = Definition(key, key_node, own)
        (_read_method if kind is Kind.METHOD else _read_section)(definition, value)
        yield definition


def _read_section(section: Definition, node: Node) -> None:
    before = len(section.desk.problems)
    name = section.desk.text(Form.TEXT, node)
    if name:
        section.fields["name"] = name
        section.words.append((node, name))
    elif len(section.desk.problems) == before:
        section.desk.complain(section.node, "is a section without a name", section.key, f"{section.key}: its name")


def _read_method(method: Definition, node: Node) -> None:
    desk = method.desk
    if not isinstance(node, Mapping):
        name = node.value if isinstance(node, Scalar) and not is_null(node) else "..."
        desk.complain(
            method.node,
            "is a method without a mapping that names it",
            method.key,
            f"{method.key}: {{name: {quoted(name)}}}",
        )
        return
    desk.keys(node, _KNOWN_METHOD_KEYS, "a method")
    before = len(desk.problems)
    for key, field in METHOD_KEYS.items():
        if (value := node.entries.get(key)) is not None:
            _read_method_field(method, field, value)
    if "name" not in method.fields and len(desk.problems) == before:
        desk.complain(method.node, "is a method without a `name`", method.key, f"{method.key}: {{name: ...}}")


def _read_method_field(method: Definition, field: Field, node: Node) -> None:
    desk = method.desk
    if field.kind is FieldKind.SET:
        found = desk.texts(field.form, node)
        if members := unique(text for _, text in found):
            method.fields[field.name] = members
        (method.sources if field.name == "sources" else method.words).extend(found)
    elif text := desk.text(Form.TEXT if field.name == "parent" else field.form, node):
        if field.name == "parent":
            method.parent = (node, text)
            return
        method.fields[field.name] = text
        method.words.insert(0, (node, text))


# ── papers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read_paper(entry: Entry, rules: Rules, problems: list[Problem]) -> tuple[Record | None, Claim | None]:
    """The record of one entry and its claim to a citekey; both None when it has none. What is wrong with it is added to `problems`."""
    node = entry.node
    desk = Desk(entry.passage, problems)
    if not isinstance(node, Mapping):
        message = "an item of `papers` is empty" if is_null(node) else "is not a paper"
        desk.complain(node, message, desk.passage.source(node), "start each paper with `- id: ...`")
        return None, None
    id_node = node.entries.get("id")
    before = len(problems)
    citekey = desk.text(Form.CITEKEY, id_node) if id_node is not None else None
    if citekey:
        desk.record = RecordId(Kind.PAPER, citekey)
    elif len(problems) == before:
        desk.complain(
            node,
            "a paper has no `id`",
            suggestion="add one, such as the first author, the year and a word of the title: `id: guo2021adnerf`",
        )
    fields = _paper_fields(desk, node, rules)
    if desk.record is None or citekey is None or id_node is None:
        return None, None
    return Record(desk.record, {"citekey": citekey, **fields}, frozenset(desk.bad)), Claim(citekey, entry, id_node)


def _paper_fields(desk: Desk, node: Mapping, rules: Rules) -> dict[str, Value]:
    if node.repeated or not node.keys.keys() <= _KNOWN_PAPER_KEY_SET:
        desk.keys(node, _KNOWN_PAPER_KEYS, "a paper")
    fields: dict[str, Value] = {}
    for name, value_node in node.entries.items():
        field = PAPER_KEYS.get(name)
        if field is None:
            continue
        before = len(desk.problems)
        value = _paper_value(desk, field, value_node, rules)
        if value is not None:
            fields[name] = value
        if len(desk.problems) != before:
            desk.bad.add(name)
    date = fields.get("date")
    if isinstance(date, str):
        fields["year"] = date[:4]
    if "title" not in fields and "title" not in desk.bad:
        desk.complain(node, "a paper has no `title`", suggestion="add its title as printed: `title: ...`")
    return fields


def _paper_value(desk: Desk, field: Field, node: Node, rules: Rules) -> Value:
    match field.name:
        case "methods":
            return _ids(desk, node, rules.methods)
        case "sections":
            return _ids(desk, node, rules.sections)
        case "type":
            return _one_of(desk, node, rules.item_types, "an item type of Zotero")
        case "status":
            return _one_of(desk, node, rules.statuses, f"one of the reading states {', '.join(rules.statuses)}")
        case _:
            return desk.value(field.kind, field.form, node)


def _ids(desk: Desk, node: Node, spellings: Spellings | None) -> Value:
    """The ids that the texts mean: each may be an id, a name or an alias."""
    found: list[str] = []
    for item, text in desk.texts(Form.TEXT, node):
        if spellings is None:
            continue
        if key := spellings.find(text):
            found.append(key)
        else:
            desk.complain(
                item,
                f"is not a {spellings.what} of this catalog",
                text,
                spellings.nearest(text) or f"define it under `{spellings.what}s:`",
            )
    return unique(found)


def _one_of(desk: Desk, node: Node, allowed: frozenset[str] | tuple[str, ...], what: str) -> Value:
    text = desk.text(Form.TEXT, node)
    if text is None or text in allowed:
        return text
    by_folded = {word.casefold(): word for word in sorted(allowed)}
    near = get_close_matches(text.casefold(), by_folded, n=1)
    desk.complain(node, f"is not {what}", text, by_folded[near[0]] if near else "")
    return None
