"""The settings of a configuration file, read from YAML.

Decides which keys there are and what each may say; collects everything that is wrong with a file before it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from litsync.config import (
    API,
    LOCAL_API,
    SERVICES,
    BibliographyConfig,
    Config,
    LookupConfig,
    NotesConfig,
    Target,
    Wanted,
    WatchConfig,
    ZoteroConfig,
)
from litsync.core.model import STATUSES
from litsync.errors import UsageError
from litsync.formats import yaml_text
from litsync.formats.citekeys import DEFAULT_PATTERN, read_pattern
from litsync.formats.names import file_stem
from litsync.formats.note_names import DEFAULT_PATTERN as NAME_PATTERN
from litsync.formats.note_names import read_name_pattern
from litsync.formats.property_names import FIELDS, fault_of
from litsync.formats.yaml_text import Node

_T = TypeVar("_T")


def _address(text: str) -> str | None:
    from litsync.core.values import Form, read_text

    return read_text(Form.URL, text)


def _server(text: str) -> str | None:
    return _not_in_the_clear(_address(text))


def _socket(text: str) -> str | None:
    if not re.fullmatch(r"wss?://[^\s]+", text):
        raise ValueError("must be an address that begins with wss:// or ws://")
    return _not_in_the_clear(text)


def _not_in_the_clear(address: str | None) -> str | None:
    """The address, unless a key would travel to it for everybody on the way to read."""
    if address and re.match(r"(http|ws)://(?!(127\.0\.0\.1|localhost|\[::1\])([:/]|$))", address, re.IGNORECASE):
        raise ValueError("would send your key unprotected: it must begin with https:// or wss://")
    return address


def _mail_address(text: str) -> str:
    if re.fullmatch(r"[^\s@()<>,;:\\\"]+@[^\s@()<>,;:\\\"]+\.[A-Za-z]+", text.strip(), re.ASCII) is None:
        raise ValueError("is no mail address")
    return text.strip()


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 86_400:
        raise ValueError("must be a number of seconds, more than 0 and at most a day")
    return found


def _bib_file(text: str) -> str:
    if not text.strip().endswith(".bib"):
        raise ValueError("is no .bib file")
    return text.strip()


def _bib_format(text: str) -> str:
    if text not in ("bibtex", "biblatex"):
        raise ValueError("is not known: use bibtex or biblatex")
    return text


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text.casefold() == "true"


def _wanted(text: str) -> str:
    if text not in set(Wanted):
        raise ValueError(f"is not known: use {', '.join(Wanted)}")
    return text


def _inside_vault(text: str) -> str:
    """A folder of the vault, with `/` and no slash at its ends; `.` is the vault itself."""
    parts = text.strip().strip("/").split("/")
    if parts != ["."] and (text.startswith(("/", "~")) or any(not part or part[0] == "." for part in parts)):
        raise ValueError("is no folder inside the vault: name one such as `Papers` or `Library/Papers`")
    if "\\" in text or any(file_stem(part) != part for part in parts if part != "."):
        raise ValueError("has a name that not every system takes")
    return "/".join(parts)


class Reader:
    """Reads settings, collecting what is wrong with them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._faults: list[str] = []

    def config(self, root: yaml_text.Mapping) -> Config:
        """The whole configuration. Raises UsageError that names every fault with its line."""
        rows = self._rows(
            root, "", ("catalog", "vault", "zotero", "statuses", "citekeys", "watch", "bibliography", "lookup")
        )
        catalog = self._texts(rows.get("catalog"), "catalog")
        if not catalog:
            self._faults.append(f"{self._path}: `catalog` is missing: it names the YAML file of your reading list")
        found = Config(
            path=self._path,
            catalog=catalog,
            vault=self._vault_path(rows.get("vault")),
            notes=self._notes(rows.get("vault")),
            zotero=self._zotero(rows.get("zotero")),
            statuses=self._texts(rows.get("statuses"), "statuses") or STATUSES,
            citekeys=self._checked(rows.get("citekeys"), "citekeys", read_pattern) or DEFAULT_PATTERN,
            watch=self._watch(rows.get("watch")),
            bibliography=self._bibliography(rows.get("bibliography")),
            lookup=self._lookup(rows.get("lookup")),
        )
        if self._faults:
            raise UsageError("\n".join(self._faults), "config.example.yaml shows every setting")
        return found

    def _vault_path(self, node: Node | None) -> str:
        """`vault: FOLDER`, or `vault: {path: FOLDER, ...}`."""
        if isinstance(node, yaml_text.Mapping):
            return self._text(node.entries.get("path"), "vault.path") or "vault"
        return self._text(node, "vault") or "vault"

    def _notes(self, node: Node | None) -> NotesConfig:
        if not isinstance(node, yaml_text.Mapping):
            return NotesConfig()
        known = ("path", "papers", "methods", "notes", "note_name", "properties", "templates")
        rows = self._rows(node, "vault.", known)
        return NotesConfig(
            papers=self._folder(rows.get("papers"), "vault.papers", "Papers"),
            methods=self._folder(rows.get("methods"), "vault.methods", "Methods"),
            wanted=Wanted(self._checked(rows.get("notes"), "vault.notes", _wanted) or Wanted.ALL),
            name=self._checked(rows.get("note_name"), "vault.note_name", read_name_pattern) or NAME_PATTERN,
            properties=self._properties(rows.get("properties")),
            templates=self._text(rows.get("templates"), "vault.templates"),
        )

    def _folder(self, node: Node | None, name: str, default: str) -> str:
        found = self._checked(node, name, _inside_vault)
        return default if found is None else found.removeprefix(".")

    def _properties(self, node: Node | None) -> Mapping[str, str]:
        if node is None or yaml_text.is_null(node):
            return {}
        if not isinstance(node, yaml_text.Mapping):
            self._fault(node, "`vault.properties` holds names by field: `properties: {status: reading-status}`")
            return {}
        rows = self._rows(node, "vault.properties.", FIELDS)
        found = {name: self._text(value, f"vault.properties.{name}") for name, value in rows.items() if name in FIELDS}
        chosen = {name: text for name, text in found.items() if text}
        for name, fault in fault_of(chosen).items():
            self._fault(node.entries[name], f"`vault.properties.{name}: {chosen[name]}` {fault}")
        return chosen

    def _zotero(self, node: Node | None) -> ZoteroConfig:
        if node is None or yaml_text.is_null(node):
            return ZoteroConfig()
        if not isinstance(node, yaml_text.Mapping):
            self._fault(node, "`zotero` holds settings: `zotero: {target: embedded}`")
            return ZoteroConfig()
        known = ("target", "library", "collection", "tag_prefix", "endpoint", "stream", "open_in_obsidian")
        rows = self._rows(node, "zotero.", known)
        target = self._target(rows.get("target"))
        prefix = rows.get("tag_prefix")
        return ZoteroConfig(
            target=target,
            library=self._library(target, rows.get("library"), node),
            collection=self._text(rows.get("collection"), "zotero.collection"),
            tag_prefix="method/" if prefix is None else self._text(prefix, "zotero.tag_prefix") or "",
            endpoint=self._checked(rows.get("endpoint"), "zotero.endpoint", _server)
            or (LOCAL_API if target is Target.DESKTOP else API),
            stream=self._checked(rows.get("stream"), "zotero.stream", _socket),
            open_in_obsidian=self._open_in_obsidian(rows),
        )

    def _open_in_obsidian(self, rows: Mapping[str, Node]) -> bool:
        node = rows.get("open_in_obsidian")
        wanted = self._checked(node, "zotero.open_in_obsidian", _yes_or_no) or False
        if (
            wanted
            and node is not None
            and (self._text(rows.get("library"), "zotero.library") or "").startswith("groups/")
        ):
            self._fault(
                node, "`zotero.open_in_obsidian` is for a library of your own: a group's members have other vaults"
            )
        return wanted

    def _watch(self, node: Node | None) -> WatchConfig:
        if node is None or yaml_text.is_null(node):
            return WatchConfig()
        if not isinstance(node, yaml_text.Mapping):
            self._fault(node, "`watch` holds settings: `watch: {quiet: 2}`")
            return WatchConfig()
        names = tuple(row.name for row in fields(WatchConfig))
        rows = self._rows(node, "watch.", names)
        given = {name: self._checked(rows.get(name), f"watch.{name}", _seconds) for name in names}
        return WatchConfig(**{name: value for name, value in given.items() if value is not None})

    def _bibliography(self, node: Node | None) -> BibliographyConfig | None:
        """`bibliography: refs.bib`, or `bibliography: {file: refs.bib, format: biblatex}`."""
        if not isinstance(node, yaml_text.Mapping):
            file = self._checked(node, "bibliography", _bib_file)
            return BibliographyConfig(file) if file else None
        rows = self._rows(node, "bibliography.", ("file", "format"))
        file = self._checked(rows.get("file"), "bibliography.file", _bib_file)
        if rows.get("file") is None:
            self._fault(node, "`bibliography` names no `file`")
        form = self._checked(rows.get("format"), "bibliography.format", _bib_format)
        return BibliographyConfig(file or "", form or "bibtex")

    def _lookup(self, node: Node | None) -> LookupConfig:
        if node is None or yaml_text.is_null(node):
            return LookupConfig()
        if not isinstance(node, yaml_text.Mapping):
            self._fault(node, "`lookup` holds settings: `lookup: {contact: me@example.org}`")
            return LookupConfig()
        rows = self._rows(node, "lookup.", ("contact", *SERVICES))
        given = {name: self._checked(rows.get(name), f"lookup.{name}", _address) for name in SERVICES}
        contact = self._checked(rows.get("contact"), "lookup.contact", _mail_address)
        return LookupConfig(contact or "", {name: address for name, address in given.items() if address})

    def _target(self, node: Node | None) -> Target:
        text = self._text(node, "zotero.target") or Target.EMBEDDED
        if text not in set(Target):
            assert node is not None
            self._fault(node, f"`zotero.target: {text}` is not known: use embedded, desktop or web")
            return Target.EMBEDDED
        return Target(text)

    def _library(self, target: Target, node: Node | None, parent: Node) -> str:
        text = self._text(node, "zotero.library")
        if target is Target.DESKTOP:
            if text is not None and not re.fullmatch(r"users/0|groups/[1-9]\d*", text):
                advice = "leave it out for your own library, or write `groups/NUMBER`"
                self._fault(node or parent, f"`zotero.library: {text}` is no library of a Zotero desktop: {advice}")
            return text or "users/0"
        if target is Target.WEB and (text is None or not re.fullmatch(r"(users|groups)/[1-9]\d*", text)):
            self._fault(node or parent, "`zotero.library` must be `users/NUMBER` or `groups/NUMBER` for the web target")
        return text or "library.sqlite"

    def _rows(self, node: yaml_text.Mapping, prefix: str, known: tuple[str, ...]) -> Mapping[str, Node]:
        for key in node.repeated:
            self._fault(key, f"`{prefix}{key.value}` stands twice")
        for name, key in node.keys.items():
            if name not in known:
                from difflib import get_close_matches

                close = get_close_matches(name, known, 1)
                advice = f"did you mean `{close[0]}`?" if close else f"known are {', '.join(known)}"
                self._fault(key, f"`{prefix}{name}` is not a setting: {advice}")
        return node.entries

    def _text(self, node: Node | None, name: str) -> str | None:
        return self._checked(node, name, lambda text: text.strip() or None)

    def _checked(self, node: Node | None, name: str, read: Callable[[str], _T | None]) -> _T | None:
        if node is None or yaml_text.is_null(node):
            return None
        if not isinstance(node, yaml_text.Scalar):
            self._fault(node, f"`{name}` must be one text")
            return None
        try:
            return read(node.value)
        except ValueError as error:
            self._fault(node, f"`{name}: {node.value}` {error}")
            return None

    def _texts(self, node: Node | None, name: str) -> tuple[str, ...]:
        nodes = node.items if isinstance(node, yaml_text.Sequence) else [node]
        found = (self._text(one, name) for one in nodes)
        return tuple(text for text in found if text)

    def _fault(self, node: Node, message: str) -> None:
        mark: Any = node.start_mark
        self._faults.append(f"{self._path}:{mark.line + 1}:{mark.column + 1}: {message}")
