"""The id of a paper or method changed in the text of a catalog file, and wherever another record names it by its id.

Decides only which bytes say the id; every other byte stays. Must not know why, or that notes and items follow.
"""

from __future__ import annotations

from collections.abc import Iterator

from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_edit import CannotEdit, Papers, refusals, respell
from litsync.formats.catalog_mentions import mentions, texts_of
from litsync.formats.catalog_shell import Shell
from litsync.formats.splice import Edit, edit
from litsync.formats.splice_place import end_of, start_of
from litsync.formats.yaml_data import data_of
from litsync.formats.yaml_text import Mapping, Scalar


def rename_in_catalog(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The file as it says `new` where it said `old`; the very same bytes when it does not. Raises CannotEdit.

    `data` comes without a byte order mark.
    """
    with refusals():
        if old in papers.citekeys:
            data = _renamed_paper(data, papers, papers.citekeys.index(old), new)
        return _renamed_sources(data, papers, old, new)


def rename_method_in_catalog(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The same for a method. What names it by its name or an alias stays as it is. Raises CannotEdit."""
    with refusals():
        data = _redefined(data, papers, old, new)
        for number, texts in list(mentions(data, papers, "methods", {old.casefold()})):
            if old in texts:
                data = respell(data, papers, papers.citekeys[number], "methods", (old, new))
        return _renamed_parents(data, papers, old, new)


def _redefined(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The key of its definition is the new id."""
    shell = Shell(data, papers)
    before = data_of(shell.root)
    defined = before.get("methods") if isinstance(before, dict) else None
    node = shell.root.entries.get("methods") if isinstance(shell.root, Mapping) else None
    if not isinstance(defined, dict) or old not in defined or not isinstance(node, Mapping):
        return data
    key, after = node.keys[old], {new if name == old else name: said for name, said in defined.items()}
    place = (start_of(key), end_of(key))
    wanted = {**before, "methods": after}
    for text in (new, f'"{new}"'):
        if (result := shell.proven((*place, text), wanted)) is not None:
            return result
    raise CannotEdit("its key cannot be changed alone")


def _methods_with(data: bytes, papers: Papers, word: str) -> Iterator[tuple[str, Mapping]]:
    """The definitions of methods, by id, in a file that has the word anywhere."""
    root = Shell(data, papers).root if word.encode() in data else None
    methods = root.entries.get("methods") if isinstance(root, Mapping) else None
    for key, method in methods.entries.items() if isinstance(methods, Mapping) else ():
        if isinstance(method, Mapping):
            yield key, method


def _renamed_parents(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    text = data.decode()
    for key, method in _methods_with(data, papers, old):
        parent = method.entries.get("parent")
        if isinstance(parent, Scalar) and parent.value == old:
            text = edit(text, Edit("parent", new, path=("methods", key)))
    return text.encode()


def _renamed_paper(data: bytes, papers: Papers, number: int, new: str) -> bytes:
    cut = cut_papers(data) if papers.divisible else None
    if cut is None:
        return edit(data.decode(), Edit("id", new, path=("papers", number))).encode()
    chunk, start = cut.chunk(number), cut.starts[number]
    return data[:start] + edit(chunk.decode(), Edit("id", new, path=(0,))).encode() + data[start + len(chunk) :]


def _renamed_sources(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The new id where the old one stood, so that the sources keep their order."""
    text = data.decode()
    for key, method in _methods_with(data, papers, old):
        sources = texts_of(method, "sources")
        if old in sources:
            renamed = tuple(new if one == old else one for one in sources)
            text = edit(text, Edit("sources", renamed, path=("methods", key)))
    return text.encode()
