"""Which work a paper is: the ids that its DOI, arXiv id and address state, and its title as nobody misspells it.

Decides when two addresses lead to one work (the abstract and the PDF at arXiv, a DOI and its publisher's page) and when
two titles are the same. Knows nothing of catalogs: who compares what with what is for others to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, parse_qsl, unquote, urlencode, urlsplit

from litsync.core.model import Fields, Name

ARXIV = "arxiv"
DOI = "doi"
OPENREVIEW = "openreview"
ACL = "acl"
CVF = "cvf"
NEURIPS = "neurips"
PMLR = "pmlr"
GITHUB = "github"
HUGGING_FACE = "huggingface"
YOUTUBE = "youtube"
URL = "url"


class Mark(NamedTuple):
    """An id of a work: two papers with the same mark are one work. `value` is in the form that compares."""

    scheme: str
    value: str

    @property
    def address(self) -> str:
        """The work's usual address; for a scheme whose ids do not tell it, empty."""
        value = self.value.upper() if self.scheme == ACL and self.value[:1].isalpha() else self.value
        form = _ADDRESSES.get(self.scheme, "")
        return form.format(value) if form else ""


_ADDRESSES = {
    ARXIV: "https://arxiv.org/abs/{}",
    DOI: "https://doi.org/{}",
    OPENREVIEW: "https://openreview.net/forum?id={}",
    ACL: "https://aclanthology.org/{}/",
    PMLR: "https://proceedings.mlr.press/{}.html",
    GITHUB: "https://github.com/{}",
    HUGGING_FACE: "https://huggingface.co/{}",
    YOUTUBE: "https://www.youtube.com/watch?v={}",
}


def marks(fields: Fields) -> frozenset[Mark]:
    """Every id that the paper's `doi`, `arxiv` and `url` state."""
    found = set()
    if arxiv := _text(fields, "arxiv"):
        found.add(Mark(ARXIV, _without_version(arxiv)))
    if doi := _text(fields, "doi"):
        found |= _marks_of_doi(doi)
    if url := _text(fields, "url"):
        mark = mark_of(url)
        found |= _marks_of_doi(mark.value) if mark.scheme == DOI else {mark}
    return frozenset(found)


def mark_of(address: str) -> Mark:
    """What the address says which work it leads to; the tidied address itself where its form tells no more."""
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").removeprefix("www.")
        tidied = _tidied(host, parts)
    except ValueError:
        return Mark(URL, address.strip())
    sites = (mark for hosts, read in _SITES if hosts.fullmatch(host) and (mark := read(parts)))
    return next(sites, Mark(URL, tidied))


def title_key(title: str) -> str:
    """The title without case, accents, punctuation and blanks: equal for what readers take for one title."""
    if title.isascii():
        return re.sub(r"[^a-z0-9]+", "", title.lower())
    apart = unicodedata.normalize("NFKD", title.casefold())
    return "".join(char for char in apart if char.isalnum())


def first_author_key(fields: Fields) -> str:
    """The first author's family name in the form that compares; empty without authors."""
    authors = fields.get("authors")
    first = authors[0] if isinstance(authors, tuple) and authors else None
    return title_key(first.family) if isinstance(first, Name) else ""


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _without_version(arxiv: str) -> str:
    return re.sub(r"v\d+$", "", arxiv.casefold())


def _marks_of_doi(doi: str) -> set[Mark]:
    """A DOI, and the id of the place that made it from its own: arXiv and the ACL do."""
    folded = doi.casefold()
    if match := re.fullmatch(r"10\.48550/arxiv\.(.+)", folded):
        return {Mark(ARXIV, _without_version(match[1]))}
    if match := re.fullmatch(r"10\.18653/v1/(.+)", folded):
        return {Mark(DOI, folded), Mark(ACL, match[1])}
    return {Mark(DOI, folded)}


# ── sites ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _at(pattern: str, scheme: str, form: Callable[[str], str] = str) -> Callable[[SplitResult], Mark | None]:
    """Read the id from the path."""
    expression = re.compile(pattern, re.IGNORECASE)

    def read(parts: SplitResult) -> Mark | None:
        match = expression.fullmatch(unquote(parts.path).rstrip("/"))
        return Mark(scheme, form(match[1])) if match else None

    return read


def _in_query(name: str, scheme: str) -> Callable[[SplitResult], Mark | None]:
    """Read the id from the query."""

    def read(parts: SplitResult) -> Mark | None:
        found = parse_qs(parts.query).get(name)
        return Mark(scheme, found[0].strip()) if found and found[0].strip() else None

    return read


_DOI_IN_PATH = r"/(?:[^?#]*/)?(10\.\d{4,9}/.+?)(?:/(?:full|pdf|abstract|epdf|html|meta))?(?:\.pdf|\.full|\.abstract)*"
_SITES = (
    (re.compile(r"(?:export\.|browse\.)?arxiv\.org"), _at(
        r"/(?:abs|pdf|html|ps|format|e-print|src)/((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?)(?:\.pdf)?",
        ARXIV, _without_version)),
    (re.compile(r"ar5iv(?:\.labs\.arxiv)?\.org|alphaxiv\.org|huggingface\.co|hf\.co|scholar-inbox\.com"), _at(
        r"/(?:abs|pdf|html|papers|paper|overview)/(\d{4}\.\d{4,5}(?:v\d+)?)(?:\.pdf)?", ARXIV, _without_version)),
    (re.compile(r"(?:dx\.)?doi\.org"), _at(r"/(10\.\d{4,9}/.+)", DOI, str.casefold)),
    (re.compile(r"(?:bio|med)rxiv\.org"), _at(
        r"/content/(?:[a-z]+/)?(10\.\d{4,6}/(?:\d{4}\.\d\d\.\d\d\.)?\d{5,9}).*", DOI)),
    (re.compile(r"nature\.com"), _at(r"/articles/(s\d[\w-]+?)(?:\.pdf)?", DOI, lambda text: f"10.1038/{text.casefold()}")),
    (re.compile(r"dl\.acm\.org|link\.springer\.com|.*\.wiley\.com|science\.org|pnas\.org|tandfonline\.com|journals\.\w+\.(?:org|com)"),
     _at(_DOI_IN_PATH, DOI, str.casefold)),
    (re.compile(r"openreview\.net"), _in_query("id", OPENREVIEW)),
    (re.compile(r"aclanthology\.(?:org|info)|aclweb\.org"), _at(
        r"(?:/anthology)?(?:/papers)?/((?:[a-z]\d{2}-\d{4})|(?:\d{4}\.[a-z0-9-]+(?:\.|-)[a-z0-9.-]*?\d+))(?:v\d+)?(?:\.pdf|\.bib)?",
        ACL, str.casefold)),
    (re.compile(r"openaccess\.thecvf\.com"), _at(r"/.*/([^/]+?)(?:_paper)?\.(?:html|pdf)", CVF, str.casefold)),
    (re.compile(r"(?:proceedings|papers)\.(?:neurips|nips)\.cc|papers\.nips\.cc"), _at(
        r"/paper(?:_files/paper)?/(?:\d{4}/(?:hash|file)/)?([0-9a-f]{32}|\d{3,5}(?=-)).*", NEURIPS, str.casefold)),
    (re.compile(r"proceedings\.mlr\.press|jmlr\.org"), _at(
        r"(?:/proceedings/papers)?/(v\d+/[a-z0-9-]+?)(?:/[^/]+)?(?:\.html|\.pdf)?", PMLR, str.casefold)),
    (re.compile(r"github\.com"), _at(r"/([\w.-]+/[\w.-]+?)(?:\.git)?(?:/tree/(?:main|master))?", GITHUB, str.casefold)),
    (re.compile(r"huggingface\.co|hf\.co"), _at(r"/((?:datasets/|spaces/)?[\w.-]+/[\w.-]+)(?:/tree/main)?", HUGGING_FACE)),
    (re.compile(r"(?:m\.)?youtube\.com"), _in_query("v", YOUTUBE)),
    (re.compile(r"youtu\.be"), _at(r"/([\w-]+)", YOUTUBE)),
)  # fmt: skip
"""The sites whose addresses tell a work, the first that fits wins."""

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|ref_src|spm")


def _tidied(host: str, parts: SplitResult) -> str:
    """The address without what leads to the same page: scheme, `www.`, tracking, a last `/`."""
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.fullmatch(name)])
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = parts.path.rstrip("/")
    return f"{host}{port}{path}" + (f"?{query}" if query else "") + (f"#{parts.fragment}" if parts.fragment else "")
