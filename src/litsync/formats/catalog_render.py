"""A whole catalog file written from records: what an import makes where no catalog was.

Decides the plain form that people can go on editing: the list's title, sections, methods, papers, a blank line between
papers, lists in brackets, quotes only where they are needed. A file that is there already is never written by this.
"""

from __future__ import annotations

from collections.abc import Iterable

from litsync.core.model import Kind, Record
from litsync.formats.catalog_entries import ORDER, entries_of
from litsync.formats.catalog_spelling import Spelling
from litsync.formats.catalog_style import Entry, Style


def render_catalog(records: Iterable[Record]) -> bytes:
    """The text of a catalog that says exactly these records, in their order within each kind."""
    found: dict[Kind, list[Record]] = {kind: [] for kind in Kind}
    for record in records:
        found[record.id.kind].append(record)
    style = Style([])
    about = ({name: str(text) for name, text in one.fields.items()} for one in found[Kind.LIST])
    blocks = [style.rows(rows, 0) for rows in about if rows]
    sections: dict[str, Entry] = {one.id.key: str(one.fields["name"]) for one in found[Kind.SECTION]}
    methods: dict[str, Entry] = {one.id.key: _entries(one, style) for one in found[Kind.METHOD]}
    blocks += [style.rows({key: part}, 0) for key, part in (("sections", sections), ("methods", methods)) if part]
    papers = [f"  - {style.rows({'id': one.id.key, **_entries(one, style)}, 4)}" for one in found[Kind.PAPER]]
    blocks.append("\n".join(["papers:", "\n\n".join(papers)]) if papers else "papers: []")
    return ("\n\n".join(blocks) + "\n").encode()


def _entries(record: Record, style: Style) -> dict[str, Entry]:
    return dict(style.ordered(entries_of(record.id.kind, record.fields, style, Spelling()), ORDER[record.id.kind]))
