"""The text below the properties of a new note, from the vault's own templates.

Decides nothing about properties. A template is Jinja in a sandbox; it is the vault's copy
(`.litsync/templates/paper.md.j2`, `method.md.j2`), so that each reader may change it, else the shipped one. Values come
from outside and are made harmless before a template sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from litsync.core.fields import TABLE
from litsync.core.model import Fields, Kind, Link, Name, RecordId, Value
from litsync.core.values import Form
from litsync.formats.names import neutral
from litsync.replicas.files import Folder, in_words
from litsync.replicas.vault_home import OWN

if TYPE_CHECKING:
    from jinja2 import Template

_FILES = {Kind.PAPER: f"{OWN}/templates/paper.md.j2", Kind.METHOD: f"{OWN}/templates/method.md.j2"}
_IN_ADDRESS = {ord(char): f"%{ord(char):02X}" for char in "<>[]{}()`\"'|^\\ *"}


class BodyError(Exception):
    """The template of a note's body is missing or broken; the text says which and why."""


class Bodies:
    """The bodies of new notes; each template is read and compiled once."""

    def __init__(self, folder: Folder, template: Path, chosen: Path | None = None) -> None:
        """`folder` is the vault, `template` the shipped one; `chosen` a folder whose templates come before both."""
        self._folder, self._template, self._chosen = folder, template, chosen
        self._compiled: dict[Kind, Template] = {}

    def render(self, record: RecordId, fields: Fields) -> str:
        """The body of the record's note. Raises BodyError."""
        from jinja2 import TemplateError, TemplateSyntaxError

        try:
            template = self._compiled.get(record.kind) or self._compile(record.kind)
            return template.render(_harmless(record, fields))
        except TemplateError as error:
            line = f", line {error.lineno}," if isinstance(error, TemplateSyntaxError) else ""
            raise BodyError(f"the template {self.place(record.kind)}{line} is broken: {error}") from error
        except (TypeError, ValueError, ArithmeticError) as error:
            raise BodyError(f"the template {self.place(record.kind)} fails: {error}") from error

    def _compile(self, kind: Kind) -> Template:
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
        self._compiled[kind] = compiled = environment.from_string(self._source(kind))
        return compiled

    def _source(self, kind: Kind) -> str:
        """The template's text: the one that was chosen, else the vault's, else the shipped one."""
        path = _FILES[kind]
        try:
            if self._chosen is not None and (self._chosen / _name(kind)).is_file():
                return (self._chosen / _name(kind)).read_text(encoding="utf-8")
            try:
                return self._folder.read(path).decode()
            except FileNotFoundError:
                return (self._template / path).read_text(encoding="utf-8")
        except OSError as error:
            raise BodyError(f"the template {self.place(kind)} cannot be read: {in_words(error)}") from error
        except UnicodeDecodeError:
            raise BodyError(f"the template {self.place(kind)} is not UTF-8 text") from None

    def place(self, kind: Kind) -> str:
        """Which file the template is, for people."""
        if self._chosen is not None and (self._chosen / _name(kind)).is_file():
            return str(self._chosen / _name(kind))
        return _FILES[kind]


def _name(kind: Kind) -> str:
    return _FILES[kind].rpartition("/")[2]


def _harmless(record: RecordId, fields: Fields) -> Mapping[str, object]:
    """What a template may use: every field of the kind, None where it has no value, and the record's own key."""
    rows = TABLE[record.kind]
    values: dict[str, object] = {name: _words(row.form, fields.get(name)) for name, row in rows.items()}
    return values | {"citekey" if record.kind is Kind.PAPER else "method": record.key}


def _words(form: Form, value: Value) -> str | list[str] | None:
    if value is None:
        return None
    if isinstance(value, str):
        return _word(form, value)
    return [_word(form, member) for member in value]


def _word(form: Form, member: str | Name | Link) -> str:
    match member:
        case Name():
            return neutral(member.display)
        case Link():
            return _address(member.url)
        case _:
            return _address(member) if form in (Form.URL, Form.DOI, Form.ARXIV) else neutral(member)


def _address(text: str) -> str:
    """The address with every sign that Markdown or a template plug-in could take for its own percent-encoded."""
    return text.translate(_IN_ADDRESS).replace("%%", "%25%25")
