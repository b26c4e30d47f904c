"""The two editors of the trial, and the twelve edits: litsync, and ruamel.yaml at its best settings."""

from __future__ import annotations

import io
import re
from typing import Any

from yaml_judge import Refused, Wanted

from litsync.core.model import Change, Kind, Link, Name, RecordId, Value
from litsync.core.values import read_name, tidy
from litsync.formats.catalog_add import NewPaper, add_paper
from litsync.formats.catalog_edit import CannotEdit, Papers, edit_record
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_remove import remove_definition, remove_paper
from litsync.formats.catalog_shell import add_definition
from litsync.formats.catalog_spelling import spelling_of
from litsync.formats.catalog_yaml import read_catalog

NEW_PAPER = {"id": "new2020", "title": 'A "new": one #1', "date": 2020, "tags": ["x", "a: b"]}
TRICKY = 'It\'s "new": a #1 [test], {x} & *y'
EDITS: dict[str, Wanted] = {
    "set a text": Wanted("set", ("papers", "t", "status"), "reading"),
    "set a tricky text": Wanted("set", ("papers", "t", "title"), TRICKY),
    "set a number": Wanted("set", ("papers", "t", "number"), 42),
    "set a text of lines": Wanted("set", ("papers", "t", "abstract"), "One\n\n  two: #\nthree"),
    "add a key": Wanted("set", ("papers", "t", "doi"), "10.1000/x"),
    "delete a key": Wanted("delete", ("papers", "t", "venue")),
    "add a member": Wanted("add", ("papers", "t", "tags"), "new, tag"),
    "delete a member": Wanted("remove", ("papers", "t", "tags"), old="x"),
    "replace a member": Wanted("swap", ("papers", "t", "authors"), "Zed Zeta", "Ann Author"),
    "rename a method": Wanted("set", ("methods", "m", "name"), "Method: two"),
    "add a paper": Wanted("add", ("papers",), NEW_PAPER),
    "delete a paper": Wanted("delete", ("papers", "t")),
}


def at(text: str, wanted: Wanted) -> Wanted:
    """The edit with the number of the paper in this text in place of its id."""
    if wanted.path[0] != "papers" or len(wanted.path) == 1:
        return wanted
    catalog = read_catalog([CatalogFile("c", text.removeprefix("\ufeff").encode())])
    keys = list(catalog.citekeys["c"])
    number = keys.index(wanted.path[1]) if wanted.path[1] in keys else len(keys)
    return Wanted(wanted.verb, ("papers", number, *wanted.path[2:]), wanted.new, wanted.old)


# ── litsync ──────────────────────────────────────────────────────────────────────────────────────────────────────


def litsync(text: str, wanted: Wanted) -> str:
    """As the catalog replica does it: a catalog with problems is not touched."""
    if read_catalog([CatalogFile("c", text.removeprefix("\ufeff").encode())]).problems:
        raise Refused("the catalog has problems")
    return edited(text, wanted)


def edited(text: str, wanted: Wanted) -> str:
    """The edit alone, whatever the rules of the catalog say about its values."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    data = text.removeprefix(mark).encode()
    catalog = read_catalog([CatalogFile("c", data)])
    if wanted.path[0] == "papers" and len(wanted.path) > 1 and wanted.path[1] >= len(catalog.citekeys["c"]):
        raise Refused("there is no such paper")
    papers = Papers(catalog.citekeys["c"], "c" in catalog.divisible)
    spelling = spelling_of(catalog.records)
    try:
        match wanted.verb, wanted.path:
            case "add", ("papers",):
                fields = {key: value if isinstance(value, str) else str(value) for key, value in wanted.new.items()}
                fields |= {"tags": tuple(wanted.new["tags"])}
                data, _ = add_paper(data, papers, NewPaper(fields.pop("id"), fields), spelling)
            case "delete", ("papers", int(number)):
                data, _ = remove_paper(data, papers, papers.citekeys[number])
            case "delete", ("methods", str(key)):
                data = remove_definition(data, papers, RecordId(Kind.METHOD, key))
            case "set", ("methods", str(key)):
                fields = {name: value if isinstance(value, str) else tuple(value) for name, value in wanted.new.items()}
                data = add_definition(data, papers, RecordId(Kind.METHOD, key), fields, spelling)
            case _, ("papers", int(number), str(field)):
                record = RecordId(Kind.PAPER, papers.citekeys[number])
                change = _change(wanted, field, catalog.records[record].fields.get(field))
                data = edit_record(data, papers, record, [change], spelling.meaning)
            case _, (_, str(key), str(field)):
                record = RecordId(Kind.METHOD, key)
                change = _change(wanted, field, catalog.records[record].fields.get(field))
                data = edit_record(data, papers, record, [change], spelling.meaning)
            case _:
                raise Refused("there is no such edit")
    except CannotEdit as error:
        raise Refused(str(error)) from error
    return mark + data.decode()


def _change(wanted: Wanted, field: str, old: Value) -> Change:
    members: Any = old or ()
    match wanted.verb:
        case "delete":
            return Change(field, old, None)
        case "set" if isinstance(wanted.new, list):
            return Change(field, old, tuple(Link(one["title"], one["url"]) for one in wanted.new))
        case "set":
            return Change(field, old, str(wanted.new))
        case "add":
            return Change(field, old, (*members, wanted.new))
        case "remove":
            return Change(field, old, tuple(one for one in members if one != tidy(wanted.old)))
        case _:
            gone, come = read_name(wanted.old), read_name(wanted.new)
            return Change(field, old, tuple(come if isinstance(one, Name) and one == gone else one for one in members))


# ── ruamel.yaml ──────────────────────────────────────────────────────────────────────────────────────────────────


def ruamel(text: str, wanted: Wanted) -> str:
    """A round trip with quotes preserved, any width, indents guessed per file; line ends and marks handled outside."""
    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString
    from ruamel.yaml.util import load_yaml_guess_indent

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    crlf = text.count("\r\n") == text.count("\n") > 0
    bare = text.removeprefix(mark)
    bare = bare.replace("\r\n", "\n") if crlf else bare
    try:
        _, indent, dash = load_yaml_guess_indent(bare)
        yaml = YAML()
        yaml.preserve_quotes, yaml.width = True, 1_000_000
        keys = re.search(r"^\S[^\n]*:[^\S\n]*(?:#[^\n]*)?\n( +)[^\s#-]", bare, re.MULTILINE)
        yaml.indent(mapping=len(keys[1]) if keys else 2, sequence=indent or 2, offset=dash or 0)
        root = yaml.load(bare)
        new = wanted.new
        new = LiteralScalarString(new) if isinstance(new, str) and "\n" in new else new
        _carry_out(root, Wanted(wanted.verb, wanted.path, new, wanted.old))
        stream = io.StringIO(newline="")
        yaml.dump(root, stream)
    except Exception as error:
        raise Refused(str(error)) from error
    after = stream.getvalue()
    if not bare.endswith("\n"):
        after = after.rstrip("\n")
    return mark + (after.replace("\n", "\r\n") if crlf else after)


def _carry_out(root: Any, wanted: Wanted) -> None:
    *steps, last = wanted.path
    node = root
    for step in steps:
        node = node[step]
    match wanted.verb:
        case "set":
            node[last] = wanted.new
        case "delete":
            del node[last]
        case "add" if last in node and node[last] is not None:
            node[last].append(wanted.new)
        case "add":
            node[last] = [wanted.new]
        case "remove":
            node[last].remove(wanted.old)
        case _:
            node[last][node[last].index(wanted.old)] = wanted.new
