"""Which of Zotero's item types a work of a list is.

Decides by venue, by where the work is found, and by what its section is about; unknown stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from litsync.exchange.addresses import Address, Site
from litsync.exchange.lists.entries import Entry
from litsync.exchange.lists.sections import About, heading_appearance
from litsync.exchange.lists.venues import is_journal, is_preprint

_BOOKS = re.compile(r"\b(?:text)?books?\b|书籍|图书|教材", re.IGNORECASE)
_BLOGS = re.compile(r"\b(?:blogs?|posts?)\b|博客", re.IGNORECASE)
_OF_SITE = {
    Site.ARXIV: "preprint",
    Site.OPENREVIEW: "conferencePaper",
    Site.ACL: "conferencePaper",
    Site.CVF: "conferencePaper",
    Site.NEURIPS: "conferencePaper",
    Site.PMLR: "conferencePaper",
    Site.DOI: "journalArticle",
    Site.SCHOLARLY: "journalArticle",
    Site.VIDEO: "videoRecording",
    Site.BLOG: "blogPost",
    Site.CODE: "computerProgram",
    Site.GITHUB: "computerProgram",
    Site.HUGGING_FACE: "computerProgram",
}


def type_of(entries: Sequence[Entry]) -> str:
    """The item type of the work that the entries name; a web page when nothing tells more."""
    entry = entries[0]
    venue = next((one.draft.appearance.venue for one in entries if one.draft.appearance.venue), "")
    venue = venue or heading_appearance(entry.path).venue
    main = entry.draft.paper or entry.draft.main or next(iter(entry.draft.addresses), None)
    if entry.about is About.DATASETS and not (main is not None and main.is_document):
        return "dataset"
    if venue:
        return "preprint" if is_preprint(venue) else "journalArticle" if is_journal(venue) else "conferencePaper"
    return _by_section(entry, main) or _by_address(entry, main)


def _by_section(entry: Entry, main: Address | None) -> str:
    heading = " ".join(entry.path[-2:])
    if main is not None and main.is_paper:
        return ""
    if entry.about is About.VIDEOS:
        return "videoRecording"
    if entry.about is About.READING:
        return "book" if _BOOKS.search(heading) else "blogPost" if _BLOGS.search(heading) else ""
    return ""


def _by_address(entry: Entry, main: Address | None) -> str:
    if main is None:
        return "journalArticle" if entry.draft.authors else "document"
    if main.site is Site.HUGGING_FACE and main.id.startswith("datasets/"):
        return "dataset"
    return _OF_SITE.get(main.site) or ("document" if main.file else "webpage")
