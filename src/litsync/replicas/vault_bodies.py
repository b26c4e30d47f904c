"""The text below the properties of a new note, from a template that each reader may change.

Decides nothing about properties. A template is Jinja in a sandbox: the configuration's, else the vault's copy
(`.litsync/templates/paper.md.j2`, `method.md.j2`), else the shipped one. It is used once, when a note is made. Values come
from outside and are made harmless before a template sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litsync.core.fields import TABLE, Field
from litsync.core.model import Fields, Kind, Link, Name, RecordId, Value
from litsync.core.values import FieldKind, Form
from litsync.formats.names import neutral
from litsync.formats.note_names import short_title
from litsync.replicas.base import Vocabulary
from litsync.replicas.files import Folder
from litsync.replicas.trouble import in_words
from litsync.replicas.vault_home import OWN, VaultSettings

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from litsync.replicas.vault_meaning import Meaning

FILES = {Kind.PAPER: "paper.md.j2", Kind.METHOD: "method.md.j2"}
_FOLDER = f"{OWN}/templates"
_IN_ADDRESS = {ord(char): f"%{ord(char):02X}" for char in "<>[]{}()`\"'|^\\ *"}
_EXTRA = {
    Kind.PAPER: ("citekey", "short_title", "method_links", "section_names"),
    Kind.METHOD: ("method", "parent_link", "source_links"),
}
"""What a template may use besides the fields of the kind."""


class BodyError(Exception):
    """The template of a note's body is missing or broken; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where templates are: a folder of the configuration's, if any, then the vault, then the shipped ones."""

    chosen: Path | None
    vault: Folder
    shipped: Path

    def find(self, kind: Kind) -> tuple[str, str]:
        """Which file the template of the kind is, for people, and its text. Raises BodyError."""
        place = f"{_FOLDER}/{FILES[kind]}"
        try:
            if self.chosen is not None and (chosen := self.chosen / FILES[kind]).is_file():
                place = str(chosen)
                return place, chosen.read_text(encoding="utf-8")
            try:
                return place, self.vault.read(place).decode()
            except FileNotFoundError:
                return place, (self.shipped / place).read_text(encoding="utf-8")
        except OSError as error:
            raise BodyError(f"the template {place} cannot be read: {in_words(error)}") from error
        except UnicodeDecodeError:
            raise BodyError(f"the template {place} is not UTF-8 text") from None


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for what fields hold as ids: the catalog's names, and what a link to a record's note says."""

    words: Vocabulary
    link: Callable[[Kind, str], str]


def bodies_of(settings: VaultSettings, folder: Folder, meaning: Meaning) -> Bodies:
    """The bodies of a vault's new notes."""
    sources = Sources(settings.bodies, folder, settings.template)
    return Bodies(sources, Wording(meaning.vocabulary, meaning.link))


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A template, the file it was read from, and the names it uses: only these are worked out for each note."""

    place: str
    template: Template
    used: frozenset[str]


def _names_used(environment: Environment, text: str) -> frozenset[str]:
    from jinja2 import meta

    return frozenset(meta.find_undeclared_variables(environment.parse(text)))


class Bodies:
    """The bodies of new notes; each template is read and compiled once."""

    def __init__(self, sources: Sources, wording: Wording) -> None:
        """Touch nothing."""
        self._sources, self._wording = sources, wording
        self._compiled: dict[Kind, _Compiled] = {}

    def render(self, record: RecordId, fields: Fields) -> str:
        """The body of the record's note, of which the catalog says `fields`. Raises BodyError."""
        from jinja2 import TemplateError, TemplateSyntaxError

        place = FILES[record.kind]
        try:
            compiled = self._compiled.get(record.kind) or self._compile(record.kind)
            place = compiled.place
            return compiled.template.render(self._values(record, fields, compiled.used))
        except TemplateSyntaxError as error:
            place = self._sources.find(record.kind)[0]
            raise BodyError(f"the template {place}, line {error.lineno}, is broken: {error}") from error
        except TemplateError as error:
            raise BodyError(f"the template {place} is broken: {error}") from error
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
            raise BodyError(f"the template {place} fails: {error}") from error

    def _compile(self, kind: Kind) -> _Compiled:
        place, text = self._sources.find(kind)
        environment = _environment()
        self._compiled[kind] = compiled = _Compiled(
            place, environment.from_string(text), _names_used(environment, text)
        )
        return compiled

    def unknown_names(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """Every name that the template uses and that means nothing, with the one that was probably meant (or nothing)."""
        environment = _environment()
        known = (*TABLE[kind], *_EXTRA[kind])
        used = _names_used(environment, self._sources.find(kind)[1])
        for name in sorted(used - {*known, *environment.globals}):
            yield name, next(iter(get_close_matches(name, known, 1)), "")

    def place(self, kind: Kind) -> str:
        """Which file the template is, for people. Raises BodyError."""
        return self._sources.find(kind)[0]

    def _values(self, record: RecordId, fields: Fields, used: frozenset[str]) -> dict[str, Any]:
        """What the template uses: of the fields of the kind, None or an empty list where one has no value, and `_EXTRA`."""
        rows = TABLE[record.kind].items()
        values: dict[str, Any] = {name: _words(row, fields.get(name)) for name, row in rows if name in used}
        if record.kind is Kind.METHOD:
            return values | self._of_method(record, fields)
        return values | self._of_paper(record, fields)

    def _of_paper(self, record: RecordId, fields: Fields) -> dict[str, Any]:
        words = self._wording.words
        methods, title = _keys(fields.get("methods")), fields.get("title")
        names = [words.methods[key].name if key in words.methods else key for key in methods]
        return {
            "citekey": record.key,
            "short_title": neutral(short_title(title)) if isinstance(title, str) else None,
            "methods": [neutral(name) for name in names],
            "method_links": [self._link(Kind.METHOD, key) for key in methods],
            "section_names": [neutral(words.sections.get(key, key)) for key in _keys(fields.get("sections"))],
        }

    def _of_method(self, record: RecordId, fields: Fields) -> dict[str, Any]:
        parent = fields.get("parent")
        return {
            "method": record.key,
            "parent_link": self._link(Kind.METHOD, parent) if isinstance(parent, str) else None,
            "source_links": [self._link(Kind.PAPER, key) for key in _keys(fields.get("sources"))],
        }

    def _link(self, kind: Kind, key: str) -> str:
        return f"[[{self._wording.link(kind, key)}]]"


def _environment() -> Environment:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)


def _keys(value: Value) -> list[str]:
    return [key for key in value if isinstance(key, str)] if isinstance(value, tuple) else []


def _words(row: Field, value: Value) -> Any:
    if value is None:
        return None if row.kind is FieldKind.SCALAR else []
    if isinstance(value, str):
        return _word(row.form, value)
    return [_word(row.form, member) for member in value]


def _word(form: Form, member: str | Name | Link) -> Any:
    match member:
        case Name():
            return neutral(member.display)
        case Link():
            return {"title": neutral(member.title), "url": _address(member.url)}
        case _:
            return _address(member) if form in (Form.URL, Form.DOI, Form.ARXIV) else neutral(member)


def _address(text: str) -> str:
    """The address with every sign that Markdown or a template plug-in could take for its own percent-encoded."""
    return text.translate(_IN_ADDRESS).replace("%%", "%25%25")
