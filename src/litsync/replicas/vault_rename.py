"""Notes get other names, and every link to them in the vault goes on leading to them, as when Obsidian renames.

Decides which links have to be spelled anew: those that would lead elsewhere, or nowhere, once the notes have moved. That
includes links to other notes whose bare name is no longer theirs alone. Links are rewritten before the notes move, so
that a run that was interrupted is finished by the same command again. Must not know why notes are renamed.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from litsync.core.model import Place, Problem
from litsync.formats.note_links import retarget_body, retarget_note
from litsync.formats.note_parts import NoteError
from litsync.replicas.files import Changed, Folder
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_links import Links, stem_of
from litsync.replicas.vault_scan import canvases

_APP_SETTINGS = ".obsidian/app.json"
_IN_CANVAS = re.compile(r'("(?:file|text)"\s*:\s*)("(?:[^"\\]|\\.)*")')
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Move:
    """A note that is to stand at `new` instead of `old`; paths are relative to the vault and end in `.md`."""

    old: str
    new: str


@dataclass(slots=True)
class Renamed:
    """What became of it: the notes that moved, the files whose links were rewritten, and what could not be done."""

    moved: list[Move] = field(default_factory=list)
    relinked: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Premises:
    """Where notes are renamed: the vault as a folder and as the user knows it, and all its notes as targets of links.

    `keep` is told a file's path and its bytes before they are replaced.
    """

    folder: Folder
    root: Path
    shown: str
    links: Links
    keep: Callable[[str, bytes], None] = lambda _path, _data: None


def rename_notes(vault: Premises, moves: Iterable[Move]) -> Renamed:
    """Move the notes and rewrite the links to them, in notes and canvases.

    Nothing is ever replaced by a move: a note whose new name is taken stays, and so do the links to it. A file that is
    saved by someone at the same moment is read again; what still could not be rewritten is a problem.
    """
    result = Renamed()
    wanted = [move for move in moves if move.old != move.new and _is_free(vault, move, result)]
    after = _after(vault.links, {move.old: move.new for move in wanted})
    _relink(vault, _Leads(vault, vault.links, after, {move.old: move.new for move in wanted}), result)
    for move in wanted:
        try:
            vault.folder.move(move.old, move.new)
        except OSError as error:
            result.problems.append(Problem(_place(vault, move.old), f"was not renamed: {in_words(error)}"))
            back = _after(after, {move.new: move.old})
            _relink(vault, _Leads(vault, after, back, {move.new: move.old}), Renamed())
            after = back
        else:
            result.moved.append(move)
    return result


def _is_free(vault: Premises, move: Move, result: Renamed) -> bool:
    """Whether no other note has the new name, in any case or composition of its letters."""
    holder = vault.links.at(move.new)
    if holder in (None, move.old):
        return True
    message = f"was not renamed: {holder} has the name {posixpath.basename(move.new)} already"
    result.problems.append(Problem(_place(vault, move.old), message))
    return False


def _after(links: Links, moves: Mapping[str, str]) -> Links:
    return Links(moves.get(path, path) for path in links.paths())


def _place(vault: Premises, path: str) -> Place:
    return Place(f"{vault.shown}/{path}")


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────


class _Leads:
    """Where links lead before and after the moves, and what they must say afterwards."""

    def __init__(self, vault: Premises, before: Links, after: Links, moves: Mapping[str, str]) -> None:
        self._before, self._after, self._moves = before, after, moves
        self._format = _link_format(vault.folder)

    def retarget(self, source: str, target: str) -> str | None:
        """What a link in the note `source` must say to go on leading to its note; None if it does so as it is."""
        found = self._before.find(target, source)
        if found is None:
            return None
        wanted, home = self._moves.get(found, found), self._moves.get(source, source)
        fits = wanted == found or target.rpartition("/")[2] == stem_of(wanted)
        return None if fits and self._after.find(target, home) == wanted else self._spelled(wanted, home)

    def _spelled(self, path: str, source: str) -> str:
        """A link to the note as the vault's settings want new links."""
        match self._format:
            case "absolute":
                return path.removesuffix(".md")
            case "relative":
                return posixpath.relpath(path, posixpath.dirname(source) or ".").removesuffix(".md")
            case _:
                return self._after.text(path)

    def moved(self, path: str) -> str:
        """Where the file at `path` will be."""
        return self._moves.get(path, path)


def _link_format(folder: Folder) -> str:
    try:
        settings: Any = json.loads(folder.read(_APP_SETTINGS))
        return str(settings["newLinkFormat"])
    except (OSError, ValueError, KeyError, TypeError):
        return "shortest"


def _relink(vault: Premises, leads: _Leads, result: Renamed) -> None:
    for path in sorted(vault.links.paths()):
        _rewrite(vault, path, partial(_note, partial(leads.retarget, path)), result)
    for path in canvases(vault.root):
        _rewrite(vault, path, partial(_canvas, leads, path), result)
    vault.folder.release()


def _rewrite(vault: Premises, path: str, build: Callable[[bytes], bytes], result: Renamed) -> None:
    """Give the file its new text, if it has one; a save at the same moment is looked at again."""
    try:
        for _ in range(_TRIES):
            data = vault.folder.read(path)
            if (text := build(data)) == data:
                return
            vault.keep(path, data)
            if not isinstance(vault.folder.replace(path, text, data), Changed):
                result.relinked.append(path)
                return
        reason = "it is being written all the time"
    except NoteError as error:
        reason = f"it {error.message}"
    except OSError as error:
        reason = in_words(error)
    result.problems.append(Problem(_place(vault, path), f"its links could not be rewritten: {reason}"))


def _note(retarget: Callable[[str], str | None], data: bytes) -> bytes:
    if b"[[" not in data and b"](" not in data:
        return data
    return retarget_note(data, retarget)


def _canvas(leads: _Leads, path: str, data: bytes) -> bytes:
    """A canvas with the files of its cards, and the links in its texts, led to where the notes will be."""
    try:
        text = data.decode()
        json.loads(text)
    except ValueError:
        return data

    def respell(match: re.Match[str]) -> str:
        said = str(json.loads(match[2]))
        is_file = match[1].startswith('"file"')
        new = leads.moved(said) if is_file else retarget_body(said, partial(leads.retarget, path))
        return match[0] if new == said else match[1] + json.dumps(new, ensure_ascii=False)

    return _IN_CANVAS.sub(respell, text).encode()


def moves_in_words(moves: Iterable[Move]) -> Iterator[str]:
    """Each move as a line: the old path, and the new name."""
    for move in moves:
        folder = posixpath.dirname(move.old)
        new = posixpath.basename(move.new) if posixpath.dirname(move.new) == folder else move.new
        yield f"{move.old} → {new}"
