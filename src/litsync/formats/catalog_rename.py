"""A paper's id changed in the text of a catalog file, with every method that names the paper as a source.

Decides only which bytes say the id; every other byte stays. Must not know why, or that notes and items follow.
"""

from __future__ import annotations

from litsync.formats.catalog_chunks import cut_papers
from litsync.formats.catalog_edit import Papers, refusals
from litsync.formats.catalog_mentions import texts_of
from litsync.formats.catalog_shell import Shell
from litsync.formats.splice import Edit, edit
from litsync.formats.yaml_text import Mapping


def rename_in_catalog(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The file as it says `new` where it said `old`; the very same bytes when it does not. Raises CannotEdit.

    `data` comes without a byte order mark.
    """
    with refusals():
        if old in papers.citekeys:
            data = _renamed_paper(data, papers, papers.citekeys.index(old), new)
        return _renamed_sources(data, papers, old, new)


def _renamed_paper(data: bytes, papers: Papers, number: int, new: str) -> bytes:
    cut = cut_papers(data) if papers.divisible else None
    if cut is None:
        return edit(data.decode(), Edit("id", new, path=("papers", number))).encode()
    chunk, start = cut.chunk(number), cut.starts[number]
    return data[:start] + edit(chunk.decode(), Edit("id", new, path=(0,))).encode() + data[start + len(chunk) :]


def _renamed_sources(data: bytes, papers: Papers, old: str, new: str) -> bytes:
    """The new id where the old one stood, so that the sources keep their order."""
    if old.encode() not in data:
        return data
    root = Shell(data, papers).root
    methods = root.entries.get("methods") if isinstance(root, Mapping) else None
    text = data.decode()
    for key, method in methods.entries.items() if isinstance(methods, Mapping) else ():
        sources = texts_of(method, "sources") if isinstance(method, Mapping) else ()
        if old in sources:
            renamed = tuple(new if one == old else one for one in sources)
            text = edit(text, Edit("sources", renamed, path=("methods", key)))
    return text.encode()
