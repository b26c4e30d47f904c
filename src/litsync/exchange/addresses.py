"""What a web address leads to: a paper with its id, a repository, a model, a video, a person, or just a page.

Decides by host and path alone; nothing is fetched. Which work an address means is `core.identity`'s matter: `Address.key`
is equal for two addresses of one. Must not know in which list or file an address stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from litsync.core import identity
from litsync.core.values import Form, Invalid, read_text


class Site(StrEnum):
    """What kind of thing an address leads to."""

    ARXIV = "arXiv"
    DOI = "DOI"
    OPENREVIEW = "OpenReview"
    ACL = "ACL Anthology"
    CVF = "CVF open access"
    NEURIPS = "NeurIPS proceedings"
    PMLR = "PMLR"
    SCHOLARLY = "publisher or index"
    GITHUB = "GitHub"
    HUGGING_FACE = "Hugging Face"
    CODE = "code host"
    VIDEO = "video"
    BLOG = "blog"
    PERSON = "person"
    BADGE = "badge"
    WEB = "web page"


PAPER_SITES = frozenset(
    {Site.ARXIV, Site.DOI, Site.OPENREVIEW, Site.ACL, Site.CVF, Site.NEURIPS, Site.PMLR, Site.SCHOLARLY}
)
"""Sites whose pages are papers."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it was given, and what it leads to.

    `id` is the thing's id at its site (an arXiv id without version, a DOI, `owner/name`), empty for a plain page. `file` is
    set when a PDF or another document is named.
    """

    url: str
    site: Site
    id: str
    key: str
    file: bool = False

    @property
    def is_paper(self) -> bool:
        """Whether a paper stands there for certain."""
        return self.site in PAPER_SITES

    @property
    def is_document(self) -> bool:
        """Whether it is a paper's page, or a document that may be one."""
        return self.is_paper or (self.file and self.site not in {Site.GITHUB, Site.BADGE})

    @property
    def is_repository(self) -> bool:
        """Whether it is code in a repository, whole or in part."""
        return self.site is Site.CODE or (self.site is Site.GITHUB and "/" in self.id and not self.file)

    @property
    def is_strong(self) -> bool:
        """Whether the id belongs to one work only."""
        return self.site in PAPER_SITES - {Site.SCHOLARLY} and bool(self.id)


_ARXIV = re.compile(
    r"(?:arxiv\.org|arxiv\.wiki)/+(?:abs|pdf|html|format|list|src|ftp/arxiv/papers)?/*(?:arxiv:)?"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?",
    re.IGNORECASE,
)
_ARXIV_ELSEWHERE = re.compile(
    r"(?:huggingface\.co/papers|alphaxiv\.org/(?:abs|pdf|overview)|ar5iv\.(?:labs\.arxiv\.)?org/(?:html|abs)|10\.48550/arxiv\.|scirate\.com/arxiv)"
    r"[/.]?(\d{4}\.\d{4,5})",
    re.IGNORECASE,
)

_SCHOLARLY = re.compile(
    r"(?:^|\.)(?:ieeexplore\.ieee\.org|ieee\.org|computer\.org|dl\.acm\.org|sciencedirect\.com|springer\.com|nature\.com|cell\.com|"
    r"semanticscholar\.org|ncbi\.nlm\.nih\.gov|europepmc\.org|aaai\.org|ijcai\.org|isca-speech\.org|isca-archive\.org|usenix\.org|"
    r"jmlr\.org|mlr\.press|thecvf\.com|ecva\.net|bmva\.org|bmvc2\d*\.org|mdpi\.com|wiley\.com|tandfonline\.com|"
    r"biorxiv\.org|medrxiv\.org|chemrxiv\.org|ssrn\.com|hal\.science|archives-ouvertes\.fr|vldb\.org|cidrdb\.org|citeseerx?\.ist\.psu\.edu|"
    r"researchgate\.net|academic\.oup\.com|iclr\.cc|icml\.cc|neurips\.cc|nips\.cc|jstor\.org|mitpressjournals\.org|"
    r"direct\.mit\.edu|openreview\.net|aclanthology\.org|aclweb\.org|dblp\.org|dblp\.uni-trier\.de|paperswithcode\.com|"
    r"iopscience\.iop\.org|aps\.org|acs\.org|frontiersin\.org|plos\.org|eprint\.iacr\.org|ndss-symposium\.org|"
    r"roboticsproceedings\.org|interspeech\d*\.org|ismir\.net|ceur-ws\.org|eurasip\.org|spiedigitallibrary\.org|opg\.optica\.org"
    r"|osapublishing\.org|"
    r"cambridge\.org|readpaper\.com|eccv2\d+\.org|diglib\.eg\.org|graphicsinterface\.org|techrxiv\.org|preprints\.org|osf\.io|cnki\.net|"
    r"cnki\.com\.cn|wanfangdata\.com\.cn|jos\.org\.cn|cjc\.ict\.ac\.cn|philpapers\.org|zenodo\.org|inspirehep\.net|projecteuclid\.org"
    r"|elifesciences\.org)$"
)  # fmt: skip
_NOT_PAPERS_THERE = re.compile(
    r"paperswithcode\.com/(?:sota|task|dataset|method)|semanticscholar\.org/author|dblp\.\S+/(?:pid|db/conf|db/journals/[\w-]+/?$)"
    r"|thecvf\.com/?$|thecvf\.com/menu|openreview\.net/(?:group|profile)|"
    r"researchgate\.net/profile|ieee\.org/(?:Xplore/home|author)|dl\.acm\.org/(?:profile|conference)|neurips\.cc/?$|iclr\.cc/?$|icml\.cc/?$"
    r"|aaai\.org/?$"
    r"|aclweb\.org/portal|neurips\.cc/Conferences|osf\.io/?$",
    re.IGNORECASE,
)
_HOSTS: tuple[tuple[Site, re.Pattern[str]], ...] = (
    (Site.BADGE, re.compile(r"(?:^|\.)(?:shields\.io|badgen\.net|badge\.fury\.io|hits\.seeyoufarm\.com|visitor-badge\.\S+"
        r"|camo\.githubusercontent\.com|"
                            r"star-history\.com|contrib\.rocks|awesome\.re|komarev\.com|hits\.sh|travis-ci\.\w+|makeapullrequest\.com)$")),
    (Site.CODE, re.compile(r"(?:^|\.)(?:gitlab\.com|bitbucket\.org|gitee\.com|codeberg\.org|gist\.github\.com|sourceforge\.net|code\.google\.com|"
                           r"codeocean\.com|gitlab\.[\w.-]+|modelscope\.cn|anonymous\.4open\.science|code\.\w+\.\w+)$")),
    (Site.HUGGING_FACE, re.compile(r"(?:^|\.)(?:huggingface\.co|hf\.co|hf\.space)$")),
    (Site.VIDEO, re.compile(r"(?:^|\.)(?:youtube\.com|youtu\.be|bilibili\.com|b23\.tv|vimeo\.com|ted\.com|youku\.com|videolectures\.net"
        r"|slideslive\.com)$")),
    (Site.PERSON, re.compile(r"(?:^|\.)(?:scholar\.google\.[\w.]+|twitter\.com|x\.com|linkedin\.com|facebook\.com|weibo\.com|t\.me|discord\.gg"
        r"|discord\.com|slack\.com|orcid\.org)$")),
    (Site.BLOG, re.compile(r"(?:^|\.)(?:medium\.com|zhihu\.com|csdn\.net|cnblogs\.com|jianshu\.com|mp\.weixin\.qq\.com|towardsdatascience\.com"
        r"|wordpress\.com|"
                           r"blogspot\.[\w.]+|substack\.com|juejin\.cn|qiita\.com|distill\.pub|lilianweng\.github\.io|blog\.[\w.-]+|\w+\.blog)$")),
)  # fmt: skip
_ABOUT_GITHUB = frozenset(
    "topics sponsors features marketplace orgs search settings about login notifications users collections".split()
)
_DOCUMENT = re.compile(r"\.(?:pdf|ps|ps\.gz|docx?|djvu|epub)$", re.IGNORECASE)


_SITES = {
    identity.ARXIV: Site.ARXIV,
    identity.DOI: Site.DOI,
    identity.OPENREVIEW: Site.OPENREVIEW,
    identity.ACL: Site.ACL,
    identity.CVF: Site.CVF,
    identity.NEURIPS: Site.NEURIPS,
    identity.PMLR: Site.PMLR,
    identity.HUGGING_FACE: Site.HUGGING_FACE,
    identity.YOUTUBE: Site.VIDEO,
}


@lru_cache(maxsize=200_000)
def read_address(text: str) -> Address | None:
    """What an address leads to; None when the text is no web address (an anchor, a relative path, an e-mail)."""
    url = _mended(text)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
        read_text(Form.URL, url)
    except (ValueError, Invalid):
        return None
    if "." not in host:
        return None
    mark = _mark_of(url)
    site = _SITES.get(mark.scheme)
    file = _DOCUMENT.search(parts.path) is not None
    if site is not None:
        return Address(url, site, mark.value, f"{mark.scheme}:{mark.value}", file)
    if host in {"github.com", "raw.githubusercontent.com"}:
        inside = _in_github(parts.path)
        return Address(url, Site.GITHUB, inside, f"github:{inside.casefold()}", file)
    return Address(url, _site_of(url, host), "", f"{mark.scheme}:{mark.value}", file)


def _mark_of(url: str) -> identity.Mark:
    """The id that an address states; arXiv ids are found wherever they stand, because lists misspell their addresses."""
    found = arxiv_id(url)
    return identity.Mark(identity.ARXIV, re.sub(r"v\d+$", "", found).casefold()) if found else identity.mark_of(url)


def _mended(text: str) -> str:
    text = re.sub(r"\s+", "%20", text.strip().strip("<>").strip())
    text = re.sub(r"^(https?)(?::/(?=[^/])|://\s*https?://|//)", r"\1://", text, flags=re.IGNORECASE)
    if re.match(r"(?:www\.|arxiv\.org/|github\.com/|doi\.org/)", text, re.IGNORECASE):
        text = f"https://{text}"
    text = re.sub(r"^ttp(?=s?://)", "http", text, flags=re.IGNORECASE)
    return re.sub(r"^https?", lambda match: match[0].lower(), text, flags=re.IGNORECASE)


def arxiv_id(text: str) -> str:
    """The arXiv id with its version in an address, or in a text such as `arXiv:2103.11078v2`; empty when there is none."""
    if match := _ARXIV.search(text):
        return match[1] + (match[2] or "") if "/" in match[1] or 1 <= int(match[1][2:4]) <= 12 else ""
    if match := _ARXIV_ELSEWHERE.search(text):
        return match[1]
    match = re.search(r"arxiv[:\s.]\s*(\d{4}\.\d{4,5})(v\d+)?", text, re.IGNORECASE)
    return match[1] + (match[2] or "") if match else ""


def _in_github(path: str) -> str:
    """`owner/name`, and the folder or file in it; only the owner, or nothing, when no repository is meant."""
    parts = [part for part in path.split("/") if part]
    if len(parts) < 2 or parts[0].lower() in _ABOUT_GITHUB:
        return parts[0] if parts else ""
    inside = [part for part in parts[2:] if part not in {"tree", "blob", "main", "master"}]
    return "/".join([parts[0], parts[1].removesuffix(".git"), *inside])


def _site_of(url: str, host: str) -> Site:
    for site, hosts in _HOSTS:
        if hosts.search(host):
            return site
    if _SCHOLARLY.search(host) and not _NOT_PAPERS_THERE.search(url):
        return Site.SCHOLARLY
    return Site.WEB
