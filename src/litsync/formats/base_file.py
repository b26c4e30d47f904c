"""Bases (`.base` files) as data: read, given other names of properties, given columns for methods, and written again.

Decides what a column of the classification looks like, and which columns are litsync's. What a reader changed in the file
(order, widths, filters, views of their own) stays. A scalar that is no text is carried through as it is spelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from litsync.formats import yaml_text
from litsync.formats.property_names import FIELDS, PropertyNames
from litsync.formats.yaml_dump import dump_text, is_typed
from litsync.formats.yaml_text import Node, YamlError

MATRIX_VIEW = "Classification"
MOST_COLUMNS = 60
"""More columns than that nobody reads, and Obsidian shows slowly: the methods behind them have their notes."""

_MARK = "●"
_COUNT = "papers"
_WIDTH = 110
_OURS = re.compile(r'if\(list\(.+\)\.contains\(link\("(?:[^"\\]|\\.)*"\)\), "●", ""\)')
_NOTE_PROPERTY = re.compile(
    r'\bnote\.([a-z]+)\b|(?<=file\.hasProperty\(")([a-z]+)(?="\))|(?<=\.properties\.)([a-z]+)\b'
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Bare(str):
    """A scalar that is a number, a truth value or nothing; it is written as it stands."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A method as a column of the classification: its id, its name, and what a link to its note says."""

    key: str
    name: str
    link: str


# ── reading and writing ──────────────────────────────────────────────────────────────────────────────────────────


def load_base(text: str) -> dict[str, Any]:
    """The base as mappings, lists and texts. Raises YamlError when it is none."""
    root = yaml_text.parse(text)
    data = {} if root is None or yaml_text.is_null(root) else _data(root)
    if not isinstance(data, dict):
        raise YamlError("is no base: it holds no mapping", 1, 1)
    return data


def _data(node: Node) -> Any:
    if isinstance(node, yaml_text.Mapping):
        return {name: _data(value) for name, value in node.entries.items()}
    if isinstance(node, yaml_text.Sequence):
        return [_data(item) for item in node.items]
    return Bare(node.value) if not node.style and is_typed(node.value) else node.value


def dump_base(data: Mapping[str, Any]) -> str:
    """The text of the base, laid out as Obsidian lays it out."""
    return "".join(f"{line}\n" for line in _mapping(data, ""))


def _mapping(data: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in data.items():
        yield from _entry(f"{indent}{dump_text(name)}:", value, indent + "  ")


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield start
        yield from _mapping(value, indent) if isinstance(value, dict) else _list(value, indent)
    else:
        yield f"{start} {_scalar(value)}".rstrip()


def _list(items: Iterable[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict | list) and item:
            inner = indent + "  "
            first, *rest = _mapping(item, inner) if isinstance(item, dict) else _list(item, inner)
            yield f"{indent}- {first[len(inner) :]}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, Bare):
        return str(value)
    return dump_text(value) if isinstance(value, str) else "{}" if isinstance(value, dict) else "[]"


# ── names of properties ──────────────────────────────────────────────────────────────────────────────────────────


def with_names(data: Any, names: PropertyNames) -> Any:
    """The base with the reader's names of properties; what shows one that is off goes."""
    if isinstance(data, dict):
        renamed = {_renamed(name, names): with_names(value, names) for name, value in data.items()}
        return {
            name: value for name, value in renamed.items() if not (_is_off(name, names) or _shows_off(value, names))
        }
    if isinstance(data, list):
        kept = [
            item for item in data if not (_shows_off(item, names) or (isinstance(item, str) and _is_off(item, names)))
        ]
        return [with_names(item, names) for item in kept]
    return _renamed(data, names) if isinstance(data, str) and not isinstance(data, Bare) else data


def _shows_off(item: Any, names: PropertyNames) -> bool:
    """Whether a sorting or grouping is by a property that is off."""
    return isinstance(item, dict) and isinstance(item.get("property"), str) and _is_off(item["property"], names)


def _is_off(text: str, names: PropertyNames) -> bool:
    found = _NOTE_PROPERTY.fullmatch(text)
    return found is not None and found[1] in FIELDS and names.is_off(found[1])


def _renamed(text: str, names: PropertyNames) -> str:
    def spell(match: re.Match[str]) -> str:
        field = match[1] or match[2] or match[3]
        name = names.of(field) if field in FIELDS else field
        if name is None or name == field or match[2]:
            return name if match[2] and name else match[0]
        within = name if _IDENTIFIER.fullmatch(name) else None
        if match[3]:
            return within or f'["{name}"]'
        return f"note.{within}" if within or match[0] == text else f'note["{name}"]'

    if (whole := _NOTE_PROPERTY.fullmatch(text)) and whole[1]:
        return f"note.{(names.of(whole[1]) if whole[1] in FIELDS else whole[1]) or whole[1]}"
    return _NOTE_PROPERTY.sub(spell, text).replace('.["', '["')


# ── the classification ───────────────────────────────────────────────────────────────────────────────────────────


def with_columns(data: dict[str, Any], columns: Iterable[Column], methods: str = "methods") -> dict[str, Any]:
    """The base with one column for each method, in its view "Classification"; `methods` is the property that links to them.

    Columns of methods that are gone go, links follow the notes, new methods come behind the others. A column that the
    reader hid stays hidden. What cannot be a base's is left alone.
    """
    wanted = {_formula_name(column.key): column for column in list(columns)[:MOST_COLUMNS]}
    formulas = _part(data, "formulas")
    ours = [key for key, text in formulas.items() if isinstance(text, str) and _OURS.fullmatch(text)]
    gone = {key for key in ours if key not in wanted}
    new = [key for key in wanted if key not in formulas]
    stale = [key for key in ours if key in wanted and formulas[key] != _formula(wanted[key], methods)]
    if not (gone or new or stale):
        return data
    formulas = {key: text for key, text in formulas.items() if key not in gone}
    formulas |= {key: _formula(wanted[key], methods) for key in (*stale, *new)}
    shown = {
        name: value for name, value in _part(data, "properties").items() if name.removeprefix("formula.") not in gone
    }
    shown |= {f"formula.{key}": {"displayName": wanted[key].name} for key in (*stale, *new)}
    views = data.get("views")
    if isinstance(views, list):
        views = [_view(view, gone, new) if isinstance(view, dict) else view for view in views]
    changed = {"formulas": formulas, "properties": shown, "summaries": _counted(data), "views": views}
    order = [*(name for name in ("filters",) if name in data), *changed, *data]
    return {
        name: changed.get(name, data.get(name)) for name in dict.fromkeys(order) if changed.get(name, data.get(name))
    }


def _formula_name(key: str) -> str:
    """The id as a name that any reader of formulas takes: it begins with a letter and has no hyphens."""
    return "m_" + key.replace("-", "_")


def _formula(column: Column, methods: str) -> str:
    of = f"note.{methods}" if _IDENTIFIER.fullmatch(methods) else f'note["{methods}"]'
    link = column.link.replace("\\", "\\\\").replace('"', '\\"')
    return f'if(list({of}).contains(link("{link}")), "{_MARK}", "")'


def _counted(data: Mapping[str, Any]) -> dict[str, Any]:
    return _part(data, "summaries") | {_COUNT: f'values.filter(value == "{_MARK}").length'}


def _part(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _view(view: dict[str, Any], gone: set[str], new: list[str]) -> dict[str, Any]:
    """The view without the columns that are gone, and with the new ones if it is the classification."""
    lost = {f"formula.{key}" for key in gone}
    come = [f"formula.{key}" for key in new] if view.get("name") == MATRIX_VIEW else []
    changed = dict(view)
    if isinstance(order := view.get("order"), list):
        changed["order"] = [name for name in order if name not in lost] + come
    for part, value in (("summaries", _COUNT), ("columnSize", Bare(_WIDTH))):
        kept = {name: one for name, one in _part(view, part).items() if name not in lost}
        if kept or come:
            changed[part] = kept | dict.fromkeys(come, value)
        else:
            changed.pop(part, None)
    return changed
