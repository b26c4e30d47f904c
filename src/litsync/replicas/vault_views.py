"""What shows the methods in a vault besides their notes: colours in the graph, columns of the classification.

Decides what of these files is litsync's: the colour groups and columns that it made itself. Everything else in them is the
reader's, a colour or column that they changed or hid too; a file that is gone, or that cannot be read, is left alone.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litsync.core.model import Place, Problem
from litsync.formats.base_file import Column, dump_base, load_base, with_columns
from litsync.formats.colours import NEUTRAL, PALETTE, as_number, method_colours
from litsync.formats.property_names import PropertyNames
from litsync.formats.yaml_text import YamlError
from litsync.replicas.base import Beside, Vocabulary
from litsync.replicas.files import Displaced, Folder, content_hash
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_files import TYPES

GRAPH, MATRIX = ".obsidian/graph.json", "Classification.base"
WITHOUT_SYNC_NOTE = r"-path:/^litsync \(/"
"""What a filter of the graph says to leave out the sync note, which links nowhere."""

_BROKEN = "cannot be read, and is left alone"


@dataclass(frozen=True, slots=True)
class Shown:
    """A method as it is shown: its id and name, its colour, and what a link to its note says."""

    key: str
    name: str
    colour: str
    link: str


@dataclass(frozen=True, slots=True)
class ViewsState:
    """What the views are to show, and what they showed last; `is_due` when that differs."""

    methods: tuple[Shown, ...]
    digest: str
    known: Mapping[str, Any]

    @classmethod
    def of(cls, words: Vocabulary, links: Mapping[str, str], known: Mapping[str, Any]) -> ViewsState:
        """The methods as the catalog names them and `links` lead to them; `known` is what `update` returned last."""
        colours = method_colours({key: found.color or None for key, found in words.methods.items()})
        methods = tuple(Shown(key, found.name, colours[key], links[key]) for key, found in words.methods.items())
        text = json.dumps([[one.key, one.name, one.colour, one.link] for one in methods])
        return cls(methods, content_hash(text.encode()), known)

    @property
    def is_due(self) -> bool:
        """Whether a method came, went, or got another name, colour or note."""
        return self.known.get("digest") != self.digest


class Views:
    """The files of one vault that show all methods."""

    def __init__(self, folder: Folder, shown: str, names: PropertyNames) -> None:
        """`shown` is the vault as the user knows it."""
        self._folder, self._shown, self._names = folder, shown, names

    def troubles(self) -> list[Problem]:
        """One problem for each file that is broken: litsync leaves it alone, and so does Obsidian or worse."""
        return [problem for path in (TYPES, GRAPH, MATRIX) if (problem := self._trouble(path)) is not None]

    def _trouble(self, path: str) -> Problem | None:
        try:
            text = self._folder.read(path).decode()
            _ = load_base(text) if path == MATRIX else _settings(text)
        except FileNotFoundError:
            return None
        except OSError as error:
            return self._problem(path, f"cannot be read: {in_words(error)}")
        except YamlError as error:
            return self._problem(path, f"{_BROKEN}: {error.message}", error.line, error.column)
        except json.JSONDecodeError as error:
            return self._problem(path, f"{_BROKEN}: {error.msg}", error.lineno, error.colno)
        except ValueError:
            return self._problem(path, f"{_BROKEN}: it holds something else than settings")
        return None

    def _problem(self, path: str, message: str, line: int = 0, column: int = 0) -> Problem:
        advice = "mend it, or delete it: Obsidian makes a new one" if path != MATRIX else "mend it, or delete it"
        return Problem(Place(f"{self._shown}/{path}", line, column), message, suggestion=advice)

    def preview(self, state: ViewsState) -> list[Beside]:
        """What `update` would change, line by line."""
        found = []
        for path, build in self._builders(state).items():
            try:
                text = self._folder.read(path).decode()
                new = build(text)
            except (OSError, ValueError):
                continue
            if new is not None and (lines := _difference(text, new)):
                found.append(Beside(f"{self._shown}/{path}", lines))
        return found

    def _builders(self, state: ViewsState) -> dict[str, Callable[[str], str | None]]:
        known: Sequence[str] = state.known.get("colours", ())
        return {
            GRAPH: lambda text: self._graph(text, state.methods, known),
            MATRIX: lambda text: self._matrix(text, state.methods),
        }

    def update(self, state: ViewsState) -> dict[str, Any]:
        """Bring both files up to date, each if it needs it; returns what is to be remembered, as JSON.

        Raises nothing: a view is no reason for a push to fail. What could not be done is due again.
        """
        wrote = [self._write(path, build) for path, build in self._builders(state).items()]
        colours = sorted({method.colour for method in state.methods})
        return {"colours": colours, "digest": state.digest if all(wrote) else ""}

    def _write(self, path: str, build: Callable[[str], str | None]) -> bool:
        """Give the file its new text if it has one; False when it cannot be read or written now."""
        try:
            data = self._folder.read(path)
            new = build(data.decode())
            return new is None or isinstance(self._folder.replace(path, new.encode(), data), Displaced)
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            return False

    def _graph(self, text: str, methods: Sequence[Shown], known: Sequence[str]) -> str | None:
        settings = _settings(text)
        groups = settings.get("colorGroups")
        if not isinstance(groups, list):
            return None
        new = _regrouped(groups, methods, known, self._names)
        return None if new == groups else json.dumps({**settings, "colorGroups": new}, ensure_ascii=False, indent=2)

    def _matrix(self, text: str, methods: Sequence[Shown]) -> str | None:
        base = load_base(text)
        columns = [Column(method.key, method.name, method.link) for method in methods]
        new = with_columns(base, columns, self._names.of("methods") or "methods")
        return None if new == base else dump_base(new)


def _difference(old: str, new: str) -> tuple[str, ...]:
    """The lines that go and come, each with its sign."""
    rows = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    return tuple(row for row in rows if not row.startswith("@@"))


def _settings(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no settings")  # noqa: TRY004 -- for a file, the wrong type is a wrong value
    return found


# ── the colours of the graph ─────────────────────────────────────────────────────────────────────────────────────


def _regrouped(groups: list[Any], methods: Sequence[Shown], known: Sequence[str], names: PropertyNames) -> list[Any]:
    """The groups with litsync's own made anew where the first of them stood; none are added where none are left."""
    ours = {as_number(colour) for colour in (*PALETTE, *known, *(method.colour for method in methods))}
    papers = _group(f'["{names.of("citekey")}"]', NEUTRAL)
    of_methods = re.compile(rf'\["{re.escape(names.of("method") or "method")}":/\^\(([a-z0-9|-]+)\)\$/\]')
    kept: list[Any] = []
    place: int | None = None
    taken: set[str] = set()
    for group in groups:
        ids = of_methods.fullmatch(_query(group))
        if ids and _colour(group) in ours:
            place = len(kept) if place is None else place
            continue
        if ids:
            taken |= set(ids[1].split("|"))
        if group == papers and place is None:
            place = len(kept)
        kept.append(group)
    if place is None:
        return groups
    return [*kept[:place], *_of_methods([one for one in methods if one.key not in taken], names), *kept[place:]]


def _of_methods(methods: Sequence[Shown], names: PropertyNames) -> list[dict[str, Any]]:
    """One group for each colour: methods that share one share the group, so that thousands cost no more than a dozen."""
    by_colour: dict[str, list[str]] = {}
    for method in methods:
        by_colour.setdefault(method.colour, []).append(method.key)
    name = names.of("method")
    return [_group(f'["{name}":/^({"|".join(keys)})$/]', colour) for colour, keys in by_colour.items()]


def _group(query: str, colour: str) -> dict[str, Any]:
    return {"query": query, "color": {"a": 1, "rgb": as_number(colour)}}


def _query(group: Any) -> str:
    query = group.get("query") if isinstance(group, dict) else None
    return query if isinstance(query, str) else ""


def _colour(group: Mapping[str, Any]) -> object:
    colour = group.get("color")
    return colour.get("rgb") if isinstance(colour, dict) else None
