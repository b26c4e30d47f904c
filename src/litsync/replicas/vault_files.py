"""The first files of a vault: the shipped ones, with the reader's folders, names of properties and reading states.

Decides what of a shipped file depends on the configuration. The files are a vault that can be opened as it is; with the
default settings they are copied byte for byte, but for the title on the home note. Writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litsync.errors import VaultError
from litsync.formats.names import neutral
from litsync.formats.property_names import FIELDS, PropertyNames
from litsync.formats.yaml_dump import dump_text

BASES = ("Papers.base", "Methods.base", "Classification.base")
"""The tables of papers and methods; notes of methods show them."""

HOME, TYPES = "Home.md", ".obsidian/types.json"
_HEADING = "# Reading list\n"
_PROPERTY_LINE = re.compile(r"^([a-z]+):", re.MULTILINE)
_STYLED = re.compile(r'(?<=data-property-key=")([a-z]+)(?=")')


def first_files(template: Path, names: PropertyNames, words: Words) -> Iterator[tuple[str, bytes]]:
    """Every shipped file by its path in the vault, in order. Raises VaultError when litsync's own files are missing."""
    if not template.is_dir():
        raise VaultError(f"The vault template {template} is missing.", "Reinstall litsync.")
    for source in sorted(template.rglob("*")):
        if source.is_file():
            path = source.relative_to(template).as_posix()
            yield path, fitted(path, source.read_bytes(), names, words)


@dataclass(frozen=True, slots=True)
class Words:
    """What the shipped files call things in this vault.

    `papers` and `methods` are folders, `unread` is the reading state of a paper that nobody has begun.
    """

    title: str = ""
    introduction: str = ""
    papers: str = "Papers"
    methods: str = "Methods"
    unread: str = "to-read"


def fitted(path: str, data: bytes, names: PropertyNames, words: Words) -> bytes:
    """One shipped file as this vault has it."""
    text = data.decode()
    if path.endswith(".base"):
        return _base(text, names, words).encode()
    if path == TYPES:
        return _dump(property_types(data, names)).encode() if names.chosen else data
    if path.startswith("Templates/"):
        return _note_template(text, names, words).encode()
    if path == HOME:
        return _home(text, words).encode()
    if path.endswith((".css", "graph.json")):
        return _with_names(text, names, '\\"' if path.endswith(".json") else '"').encode()
    return data


def _base(text: str, names: PropertyNames, words: Words) -> str:
    text = text.replace('"to-read"', json.dumps(words.unread, ensure_ascii=False))
    if not names.chosen:
        return text
    from litsync.formats.base_file import dump_base, load_base, with_names

    return dump_base(with_names(load_base(text), names))


def property_types(shipped: bytes, names: PropertyNames) -> dict[str, Any]:
    """The types of all properties, by the names that they have in this vault."""
    types = json.loads(shipped)["types"]
    called = {name: names.of(name) if name in FIELDS else name for name in types}
    return {"types": {called[name] or name: kind for name, kind in types.items() if called[name] is not None}}


def _note_template(text: str, names: PropertyNames, words: Words) -> str:
    text = text.replace("\nstatus: to-read\n", f"\nstatus: {dump_text(words.unread)}\n", 1)
    head, fence, body = text.removeprefix("---\n").partition("\n---\n")
    kept = [line for line in head.split("\n") if not names.is_off(line.partition(":")[0])]
    renamed = _PROPERTY_LINE.sub(lambda match: f"{names.of(match[1])}:", "\n".join(kept))
    return f"---\n{renamed}{fence}{body}"


def _home(text: str, words: Words) -> str:
    title = neutral(words.title).strip()
    text = text.replace(_HEADING, f"# {title}\n", 1) if title else text
    if introduction := neutral(words.introduction).strip():
        text = text.replace("\n\n", f"\n\n{introduction}\n\n", 1)
    return text.replace("`Papers`", f"`{words.papers or '/'}`").replace("`Methods`", f"`{words.methods or '/'}`")


def _with_names(text: str, names: PropertyNames, quote: str) -> str:
    if not names.chosen:
        return text
    text = _STYLED.sub(lambda match: names.of(match[1]) or match[1], text)
    return text.replace(f"[{quote}citekey{quote}]", f"[{quote}{names.of('citekey')}{quote}]")


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
