"""The values of catalog records, read from YAML nodes by the field table.

Decides which shape a field's value may have and says what is wrong with one that has another. Knows one record at a time: whether a method, a parent
or a source exists at all is for `catalog_check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from litsync.core.model import Link, Name, Problem, RecordId, Value
from litsync.core.values import FieldKind, Form, Invalid, read_name, read_text, tidy, unique
from litsync.formats.catalog_parts import Passage, start_of
from litsync.formats.yaml_text import Mapping, Node, Scalar, Sequence, is_null

_PLAIN_IN_FLOW = re.compile(r"[\w][\w .+/()'-]*")
_MISNAMED = {"citekey": "id", "year": "date"}
_NO_MISTAKE = frozenset({"published", "zotero_key"})
_NAME_KEYS = ("family", "given", "name")
_LINK_KEYS = ("title", "url")
_OWN_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class Desk:
    """Reads the values of one record and collects what is wrong with them.

    `bad` names the fields whose value breaks a rule. `record` is set as soon as the record's identity is known.
    """

    passage: Passage
    problems: list[Problem]
    record: RecordId | None = None
    bad: set[str] = field(default_factory=set)

    def complain(self, node: Node, message: str, text: str = "", suggestion: str = "") -> None:
        """Add a problem at the node."""
        self.problems.append(
            Problem(self.passage.place(start_of(node)), message, shorten(text), suggestion, self.record)
        )

    def value(self, kind: FieldKind, form: Form, node: Node) -> Value:
        """The node as a value of this kind; None when there is none or it is wrong."""
        match kind:
            case FieldKind.SCALAR:
                return self.text(form, node)
            case FieldKind.SET:
                return unique(text for _, text in self.texts(form, node))
            case FieldKind.NAMES:
                return tuple(name for item in self.items(node) if (name := self._name(item)) is not None) or None
            case FieldKind.LINKS:
                return tuple(link for item in self.items(node) if (link := self._link(item)) is not None) or None

    def text(self, form: Form, node: Node) -> str | None:
        """The node as one text of this form."""
        if type(node) is not Scalar:
            self._wrong_shape(node)
            return None
        if is_null(node):
            return None
        if node.tag and not node.tag.startswith(_OWN_TAG) and node.tag != "!":
            self.complain(node, "is read as a YAML tag", node.tag, quoted(f"{node.tag} {node.value}"))
            return None
        try:
            return read_text(form, node.value)
        except Invalid as error:
            self.complain(node, str(error), node.value, error.suggestion)
            return None

    def texts(self, form: Form, node: Node) -> list[tuple[Node, str]]:
        """The node as a list of texts of this form, each with the node it stands in."""
        return [(item, text) for item in self.items(node) if (text := self.text(form, item)) is not None]

    def items(self, node: Node) -> list[Node]:
        """The items of the node, which must be a list; nothing is an empty list."""
        if type(node) is Sequence:
            return node.items
        if type(node) is Mapping:
            advice = "write it as a list: `[...]`, or one `- ` per line"
            self.complain(node, "is a mapping where a list belongs", self.passage.source(node), advice)
        elif type(node) is Scalar and not is_null(node):
            self.complain(node, "is one text where a list belongs", node.value, f"[{quoted(node.value)}]")
        return []

    def keys(self, node: Mapping, known: Iterable[str], owner: str) -> None:
        """Complain about keys that stand twice and about keys that nearly are known ones; unknown keys are the user's own."""
        for key in node.repeated:
            self.complain(key, f"stands twice in {owner}", key.value, "keep one of them")
        known = tuple(known)
        for name, key in node.keys.items():
            if name not in known and (meant := nearly(name, known)):
                self.complain(key, f"is not a key of {owner}", name, meant)

    def _name(self, node: Node) -> Name | None:
        if type(node) is not Mapping:
            text = self.text(Form.TEXT, node)
            return _read_name(text) if text else None
        self.keys(node, _NAME_KEYS, "an author")
        family, given, whole = (self._entry(node, key, Form.TEXT) for key in _NAME_KEYS)
        if whole or family:
            return Name(whole or family or "", "" if whole else given or "")
        source = self.passage.source(node)
        self.complain(node, "is an author with neither `family` nor `name`", source, "{family: ..., given: ...}")
        return None

    def _link(self, node: Node) -> Link | None:
        if type(node) is Scalar and not is_null(node):
            self.complain(
                node,
                "is a bare text: a link has a title and an address",
                node.value,
                f"{{title: ..., url: {quoted(node.value)}}}",
            )
            return None
        if type(node) is not Mapping:
            if type(node) is Sequence:
                self._wrong_shape(node, "is a list where a link belongs")
            return None
        self.keys(node, _LINK_KEYS, "a link")
        before = len(self.problems)
        title, url = self._entry(node, "title", Form.TEXT), self._entry(node, "url", Form.URL)
        if title and url:
            return Link(title, url)
        if len(self.problems) == before:
            missing = "url" if title else "title"
            source = self.passage.source(node)
            self.complain(node, f"is a link without `{missing}`", source, "{title: ..., url: https://...}")
        return None

    def _entry(self, node: Mapping, key: str, form: Form) -> str | None:
        value = node.entries.get(key)
        return None if value is None else self.text(form, value)

    def _wrong_shape(self, node: Node, message: str = "is a list where one text belongs") -> None:
        if type(node) is Mapping:
            advice = "put a text with `: ` or in braces into quotes"
            self.complain(node, "is a mapping where one text belongs", self.passage.source(node), advice)
            return
        items = node.items if type(node) is Sequence else []
        only = items[0].value if len(items) == 1 and type(items[0]) is Scalar else ""
        suggestion = "write one text; a text that starts with [ needs quotes around it"
        if only:
            suggestion = f'{quoted(only)}, or "[{only}]" if the brackets belong to it'
        self.complain(node, message, self.passage.source(node), suggestion)


@lru_cache(maxsize=50_000)
def _read_name(text: str) -> Name:
    """Authors write more than one paper."""
    return read_name(text)


@lru_cache(maxsize=1000)
def nearly(name: str, known: tuple[str, ...]) -> str:
    """The known key that a key is probably meant to be; empty when it is one of the user's own."""
    if name in _MISNAMED and _MISNAMED[name] in known:
        return _MISNAMED[name]
    folded = name.casefold().strip().replace(" ", "-")
    if folded in known:
        return folded
    if not folded or folded[-1].isdigit() or folded in _NO_MISTAKE:
        return ""
    near = get_close_matches(folded, known, n=1, cutoff=0.8)
    return near[0] if near and near[0][0] == folded[0] else ""


def quoted(text: str) -> str:
    """The text as it can stand in a list or after a key: bare when that is safe, else in double quotes."""
    text = tidy(text)
    if _PLAIN_IN_FLOW.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def shorten(text: str) -> str:
    """As much of a text as a message needs."""
    text = tidy(text)
    return text if len(text) <= 120 else text[:119] + "…"
