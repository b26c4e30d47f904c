"""What belongs to one entry: the lines below a title that only add to it, and the lines that begin another one.

Decides by what each line says by itself. Must not know sections.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from litsync.exchange.lists.blocks import Block, Item, Listing, Paragraph
from litsync.exchange.lists.draft import Draft, read_draft
from litsync.exchange.lists.labels import Role, role_of_label
from litsync.exchange.lists.runs import Run, lines_of
from litsync.exchange.lists.titles import Form, word_count


def line_of(runs: Sequence[Run], otherwise: int) -> int:
    """The line in which the first of the runs that is seen stands."""
    return next((run.line for run in runs if run.text.strip() or run.url), otherwise)


_LISTED = re.compile(r"^\s*(?:\(?\d+[.)、]|[-*•+])\s*")


def entries_in(runs: Sequence[Run], *, listed: bool = False) -> list[list[Run]]:
    """The runs cut into entries: a new one begins in a line that has a title of its own, once one with a link is complete."""
    lines = lines_of(runs)
    if len(lines) < 2:
        return [list(runs)]
    groups: list[list[Run]] = []
    complete = False
    first: Draft | None = None
    for line in lines:
        draft = read_draft(line, 0)
        first = first or draft
        starts = (
            bool(draft.citekey)
            or _starts(draft, first)
            or (listed and draft.title != "" and bool(draft.addresses) and _LISTED.match(line[0].text) is not None)
        )
        if not groups or (starts and complete):
            groups.append([])
            complete = False
        if groups[-1]:
            groups[-1].append(Run("\n", line[0].line, breaks=True))
        groups[-1] += line
        complete = (
            complete or (starts and bool(draft.addresses)) or bool(draft.addresses and groups[-1][0] is not line[0])
        )
    return groups


def _starts(draft: Draft, first: Draft) -> bool:
    """Whether a line by itself begins an entry."""
    if word_count(draft.title) < 3 or (draft.lead.strip(' -*•[("“') and len(draft.lead.split()) > 6):
        return False
    match draft.form:
        case Form.LINK:
            if draft.main is None or draft.main.is_document:
                return draft.main is not None
            return word_count(draft.title) >= 4 and (first is draft or first.paper is None)
        case Form.BOLD | Form.QUOTED:
            return True
        case Form.PLAIN:
            return any(link.role is Role.PAPER for link in draft.links)
        case _:
            return False


def follows_label(draft: Draft) -> bool:
    """`中文解读：[...](...)`: what stands behind a label and a colon is something about the work, not a work."""
    label = re.fullmatch(r"[\s*\-•]*([^:：]{2,40})[:：]\s*[\[(]*", draft.lead)
    return label is not None and role_of_label(label[1]) is not None


def is_detail(draft: Draft) -> bool:
    """Whether a line adds to the work above it: labelled links, authors, a venue, and no title with a link of its own."""
    if draft.form is Form.NONE or follows_label(draft):
        return True
    return (
        draft.form in (Form.PLAIN, Form.ITALIC)
        and draft.paper is None
        and word_count(draft.title) < 3
        and bool(draft.addresses)
    )


EMPTY_FIELD = re.compile(
    r"(?:paper|code|论文|代码|pdf)(?:\s*\([^()]*\))?\s*[:：]\s*(?:none|null|n/?a|coming\s+soon|tba|无|-+|❌)?\s*$",
    re.IGNORECASE,
)
"""A field that the list keeps for every work, and that has no value here."""


def are_details(block: Block | None) -> bool:
    """Whether a block only adds to the title above it: labelled links, at least one of them to a paper or to code."""
    match block:
        case Listing():
            drafts = [read_draft(item.runs, item.line) for item in block.items[:12]]
            if any(item.children for item in block.items[:12]):
                return False
        case Paragraph():
            drafts = [read_draft(block.item.runs, block.item.line)]
        case _:
            return False
    if isinstance(block, Listing) and any(EMPTY_FIELD.match(item.text) for item in block.items[:12]):
        return True
    links = [link for draft in drafts if draft.form is Form.NONE for link in draft.links]
    plain = all(draft.form is Form.NONE or not draft.addresses or follows_label(draft) for draft in drafts)
    return plain and any(link.role in (Role.PAPER, Role.CODE, Role.PROJECT) for link in links)


def is_entry(item: Item, draft: Draft, above: Draft) -> bool:
    """Whether an item below another names a work of its own, and not just something about the work above."""
    if not draft.title or draft.form is Form.NONE or follows_label(draft):
        return False
    if above.paper is not None and above.title:
        return draft.paper is not None and draft.paper.is_document and word_count(draft.title) >= 3
    if draft.form is Form.LINK and draft.main is not None:
        return word_count(draft.title) >= 3 or draft.main.is_document
    if draft.paper is not None:
        return word_count(draft.title) >= 2
    return bool(item.children) and any(_labels_paper(child) for child in item.children)


def _labels_paper(item: Item) -> bool:
    return any(link.role is Role.PAPER for link in read_draft(item.runs, item.line).links)


def absorb(draft: Draft, item: Item, found: Draft) -> None:
    """Add to a draft what an item below it and all items below that one say."""
    draft.absorb(found)
    for child in item.children:
        absorb(draft, child, read_draft(child.runs, child.line))
