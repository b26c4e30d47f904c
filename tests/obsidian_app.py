"""What Obsidian does to the files of a vault, as far as it can be seen from outside.

A change in the properties panel, in a cell of a base or by the command line dumps the whole block anew, as the npm package
`yaml` does it; everything is written in place; a rename in the app is followed by edits of the linking notes, one by one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from litsync.formats.yaml_dump import dump_text

_BLOCK = re.compile(r"\A---\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)


def load(head: str) -> dict[str, Any]:
    """Properties, typed by YAML 1.2's core schema; dates are texts."""
    reader = YAML(typ="safe", pure=True)
    reader.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return reader.load(io.StringIO(head)) or {}


def dump(properties: dict[str, Any]) -> str:
    """Properties as the app writes them: comments gone, lists as blocks, quotes only where they are needed."""
    return "".join(_lines(properties))


def _lines(properties: dict[str, Any]) -> Iterator[str]:
    for name, value in properties.items():
        if isinstance(value, list) and value:
            yield f"{name}:\n" + "".join(f"  - {_scalar(one)}\n" for one in value)
        elif value is None:
            yield f"{name}:\n"
        else:
            yield f"{name}: {'[]' if value == [] else _scalar(value)}\n"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return dump_text(value) if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class App:
    """The app, with one vault open."""

    vault: Path

    def path(self, name: str) -> Path:
        """The file of a note."""
        return self.vault / f"{name}.md"

    def text(self, name: str) -> str:
        """The text of a note, its line ends as they are."""
        return self.path(name).read_bytes().decode()

    def save(self, name: str, text: str) -> None:
        """Write the note in place: it is cut to nothing first."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "wb") as file:
            file.truncate(0)
            file.write(text.encode())

    def panel(self, name: str, **properties: Any) -> None:
        """Set properties in the panel, one change: the whole block is dumped anew."""
        text = self.text(name).removeprefix("\ufeff")
        found = _BLOCK.match(text)
        assert found, text
        self.save(name, "---\n" + dump({**load(found[1]), **properties}) + "---" + text[found.end() :])

    def remove(self, name: str, *properties: str) -> None:
        """Take properties away in the panel."""
        text = self.text(name)
        found = _BLOCK.match(text)
        assert found, text
        kept = {key: value for key, value in load(found[1]).items() if key not in properties}
        self.save(name, "---\n" + dump(kept) + "---" + text[found.end() :])

    def properties(self, name: str) -> dict[str, Any]:
        """What the panel shows."""
        found = _BLOCK.match(self.text(name))
        return load(found[1]) if found else {}

    def source(self, name: str, old: str, new: str) -> None:
        """Type in source mode."""
        text = self.text(name)
        assert old in text, text
        self.save(name, text.replace(old, new, 1))

    def write_below(self, name: str, text: str) -> None:
        """Type at the end of the note."""
        self.save(name, self.text(name) + text)

    def rename(self, old: str, new: str) -> None:
        """Rename or move a note; then every note that links to it by name is edited."""
        self.path(new).parent.mkdir(parents=True, exist_ok=True)
        self.path(old).rename(self.path(new))
        before, after = old.rpartition("/")[2], new.rpartition("/")[2]
        for note in sorted(self.vault.rglob("*.md")):
            text = note.read_bytes().decode()
            name = note.relative_to(self.vault).as_posix().removesuffix(".md")
            if before != after and f"[[{before}" in text and not name.startswith("."):
                linked = re.sub(rf"\[\[{re.escape(before)}(?=[\]|#])", f"[[{after}", text)
                self.save(name, linked)
                if _BLOCK.match(linked) and f"[[{after}" in str(self.properties(name)):
                    self.panel(name)

    def delete(self, name: str, *, to_trash: bool = True) -> None:
        """Delete a note, into the vault's own trash or out of the vault."""
        if not to_trash:
            self.path(name).unlink()
            return
        (self.vault / ".trash").mkdir(exist_ok=True)
        self.path(name).rename(self.vault / ".trash" / self.path(name).name)
