"""A catalog written as a reading list in Markdown, by a template; between marks in a README, everything else stays.

Decides what a list shows of a paper and how it is written so that `lists.own` reads it back exactly. Must not know files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from litsync.core.model import Kind, Link, Name, Record, RecordId
from litsync.errors import UsageError
from litsync.exchange.lists.names import SEPARATOR
from litsync.exchange.lists.own import METHOD, PAPER, SECTION, TITLE
from litsync.exchange.seal import is_untouched, seal_of, without_seal

FORMS = ("numbered", "bullets", "table")
"""The templates that come with litsync."""

BEGIN = "<!-- litsync:begin -->"
END = "<!-- litsync:end -->"
"""What stands between these two lines of a README is litsync's."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper as a template sees it: plain texts, empty where the catalog says nothing.

    `label` is its number if no other paper has that, else made of its citekey: for anchors and references. The numbers of
    sources of methods count apart, as in the shipped list.
    """

    citekey: str
    title: str
    url: str = ""
    code: str = ""
    authors: str = ""
    venue: str = ""
    date: str = ""
    number: str = ""
    label: str = ""
    links: tuple[Link, ...] = ()


@dataclass(slots=True)
class ListedMethod:
    """A method, the papers that it classifies (or in a section's `sources`: those to read about it), and its sources.

    `unshown` are the sources that no section shows by method.
    """

    id: str
    name: str
    papers: list[Listed] = field(default_factory=list)
    sources: list[Listed] = field(default_factory=list)
    unshown: list[Listed] = field(default_factory=list)


@dataclass(slots=True)
class ListedSection:
    """A section: its headings; in one that holds nothing but sources of methods, those by method; else its papers."""

    heading: str
    sources: list[ListedMethod] = field(default_factory=list)
    papers: list[Listed] = field(default_factory=list)
    all: list[Listed] = field(default_factory=list)


def render_list(records: Mapping[RecordId, Record], template: str) -> str:
    """The list as Markdown by the text of a template. Raises UsageError when the template is wrong."""
    from jinja2 import TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    env = SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)
    env.filters.update(
        text=escaped, address=_address, mark=_mark, linked=_linked, facts=_facts, further=_further, name=_method_name
    )
    try:
        made: str = env.from_string(template).render(_view(records))
    except TemplateError as error:
        lineno = getattr(error, "lineno", None)
        line = f", line {lineno}" if lineno else ""
        raise UsageError(
            f"the template is wrong{line}: {error.message}", "see the templates that come with litsync"
        ) from error
    return re.sub(r"\n{3,}", "\n\n", made).strip("\n") + "\n"


def template_of(form: str) -> str:
    """The text of one of the templates that come with litsync."""
    return (files("litsync.exchange.lists") / "templates" / f"{form}.md.j2").read_text(encoding="utf-8")


def put_between(readme: str, part: str) -> str:
    """The README with `part` between its marks, every other byte as it was. Raises UsageError when it has no two marks."""
    start, end = _marks(readme)
    newline = "\r\n" if "\r\n" in readme else "\n"
    body = _sealed(part).replace("\n", newline)
    return f"{readme[:start]}{newline}{newline}{body}{newline}{readme[end:]}"


def says(readme: str, part: str) -> bool:
    """Whether `part` stands between the marks. Raises UsageError when there are no two marks."""
    return _plain(without_seal(_between(readme))) == _plain(part)


def is_edited(readme: str, part: str) -> bool:
    """Whether something stands between the marks that `put_between` did not write, and that `part` does not say.

    Blanks at the ends of lines are nobody's words. Raises UsageError when there are no two marks.
    """
    there = _between(readme)
    return not (is_untouched(there.encode()) or _plain(without_seal(there)) in ("\n", _plain(part)))


def _between(readme: str) -> str:
    start, end = _marks(readme)
    return _plain(readme[start:end])


def _sealed(part: str) -> str:
    return part + seal_of(_plain(part))


def _plain(text: str) -> str:
    """The lines without blanks at their ends, and without empty ones at the beginning and the end."""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n") + "\n"


def _marks(readme: str) -> tuple[int, int]:
    """Where the first mark ends and the second one begins."""
    begins, ends = readme.count(BEGIN), readme.count(END)
    start, end = readme.find(BEGIN) + len(BEGIN), readme.find(END)
    if (begins, ends) != (1, 1) or end < start:
        raise UsageError(
            f"the file has {begins} lines {BEGIN} and {ends} lines {END}",
            "put each once into the file, where the list belongs",
        )
    return start, end


def new_readme(title: str, part: str) -> str:
    """A README that holds nothing but the list."""
    return f'# <a id="{TITLE}"></a>{escaped(title or "Reading list")}\n\n{BEGIN}\n\n{_sealed(part)}\n{END}\n'


# ── what a template sees ─────────────────────────────────────────────────────────────────────────────────────────


def _view(records: Mapping[RecordId, Record]) -> dict[str, Any]:
    shelf = {one.key: record for one, record in records.items() if one.kind is Kind.PAPER}
    read_about = {
        key
        for one, record in records.items()
        if one.kind is Kind.METHOD
        for key in _texts(record.fields.get("sources"))
    }
    numbers = Counter(str(record.fields.get("number") or "") for key, record in shelf.items() if key not in read_about)
    papers = {key: _listed(key, record, {} if key in read_about else numbers) for key, record in shelf.items()}
    names = {
        one.key: str(record.fields.get("name") or one.key) for one, record in records.items() if one.kind is Kind.METHOD
    }
    sources = {
        one.key: [papers[key] for key in _texts(record.fields.get("sources")) if key in papers]
        for one, record in records.items()
        if one.kind is Kind.METHOD
    }
    classes = [ListedMethod(key, name, _of_method(records, papers, key), sources[key]) for key, name in names.items()]
    title = next((str(one.fields.get("title") or "") for key, one in records.items() if key.kind is Kind.LIST), "")
    sections = _sections(records, papers, [ListedMethod(key, names[key], sources[key]) for key in names])
    shown = {paper.citekey for section in sections for one in section.sources for paper in one.papers}
    for one in classes:
        one.unshown = [paper for paper in one.sources if paper.citekey not in shown]
    return {
        "title": title,
        "sections": sections,
        "methods": [one for one in classes if one.papers or one.sources],
        "papers": list(papers.values()),
    }


def _listed(key: str, record: Record, numbers: Mapping[str, int]) -> Listed:
    fields = record.fields

    def text(name: str) -> str:
        return str(fields.get(name) or "")

    url = text("url")
    links = tuple(link for link in fields.get("links") or () if isinstance(link, Link))
    ids = (
        ("DOI", f"https://doi.org/{text('doi')}", text("doi")),
        ("arXiv", f"https://arxiv.org/abs/{text('arxiv')}", text("arxiv")),
    )
    links = (*(Link(name, address) for name, address, stated in ids if stated and address != url), *links)
    number = text("number")
    names = [name.display for name in fields.get("authors") or () if isinstance(name, Name)]
    label = number if number and numbers.get(number) == 1 else f"-{key}"
    return Listed(
        key, text("title"), url, text("code"), _joined(names), text("venue"), text("date"), number, label, links
    )  # fmt: skip


def _joined(names: Sequence[str]) -> str:
    """The names as one text that can be cut again: by semicolons where a name has a comma."""
    if any("," in name for name in names):
        return "".join(f"{name}; " for name in names).rstrip() if len(names) == 1 else "; ".join(names)
    return ", ".join(names)


def _of_method(records: Mapping[RecordId, Record], papers: Mapping[str, Listed], method: str) -> list[Listed]:
    members = (one.key for one, record in records.items() if method in _texts(record.fields.get("methods")))
    return [papers[key] for key in members if key in papers]


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()


def _sections(
    records: Mapping[RecordId, Record], papers: Mapping[str, Listed], sources: Sequence[ListedMethod]
) -> list[ListedSection]:
    members: dict[str, list[str]] = {}
    for one, record in records.items():
        if one.kind is Kind.PAPER:
            for section in _texts(record.fields.get("sections")) or ("",):
                members.setdefault(section, []).append(one.key)
    names = {
        one.key: str(record.fields.get("name") or one.key)
        for one, record in records.items()
        if one.kind is Kind.SECTION
    }
    found: list[ListedSection] = []
    before: tuple[str, ...] = ()
    for key in (one for one in ("", *names) if members.get(one)):
        path = tuple(names[key].split(SEPARATOR)) if key else ()
        made = ListedSection(_heading(key, path, before))
        before = path or before
        _fill(made, [papers[one] for one in members[key]], sources)
        found.append(made)
    return found


def _fill(section: ListedSection, papers: Sequence[Listed], sources: Sequence[ListedMethod]) -> None:
    inside = {paper.citekey for paper in papers}
    section.all = list(papers)
    section.sources = [
        ListedMethod(one.id, one.name, shown)
        for one in sources
        if (shown := [paper for paper in one.papers if paper.citekey in inside])
    ]
    shown_there = {paper.citekey for one in section.sources for paper in one.papers}
    if inside - shown_there:
        section.sources, shown_there = [], set()
    section.papers = [paper for paper in papers if paper.citekey not in shown_there]


def _heading(key: str, path: Sequence[str], before: Sequence[str]) -> str:
    """The headings of a section that the section before it does not stand under already."""
    lines = []
    for depth, part in enumerate(path):
        last = depth == len(path) - 1
        if last or list(path[: depth + 1]) != list(before[: depth + 1]):
            mark = f'<a id="{SECTION}{key}"></a>' if last else ""
            lines.append(f"{'#' * min(depth + 2, 6)} {mark}{escaped(part)}")
    return "\n\n".join(lines)


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────

_ACTS = re.compile(r"[\\`*_\[\]<>|~&#^=$]|(?<=[A-Za-z]):(?=//)|(?<=www)\.|(?<![\w:]):(?=[\w+-]+:)")


def escaped(text: str) -> str:
    """The text so that Markdown shows it as it is."""
    return _ACTS.sub(lambda found: f"\\{found[0]}", " ".join(str(text).split()))


def _address(url: str) -> str:
    """The address as the target of a link: in angle brackets where it has what would end it."""
    if re.search(r"[()\s<>|&*_`\[\]\\]", url):
        return "<" + re.sub(r"[<>\\|]|&(?=#?\w+;)", lambda found: f"\\{found[0]}", url) + ">"
    return url


def _mark(paper: Listed) -> str:
    return f'<a id="{PAPER}{paper.citekey}"></a>'


def _linked(paper: Listed) -> str:
    return f"[{escaped(paper.title)}]({_address(paper.url)})" if paper.url else f"**{escaped(paper.title)}**"


def _facts(paper: Listed) -> str:
    """Authors, venue, date and further links behind a title."""
    parts = [
        f". *{escaped(paper.authors)}*" if paper.authors else "",
        f". {escaped(paper.venue)}" if paper.venue else "",
    ]
    parts.append(f" ({paper.date})" if paper.date else "")
    further = _further(paper)
    return "".join(parts) + (f" {further}" if further else "")


def _further(paper: Listed) -> str:
    return " ".join(f"[[{escaped(link.title)}]({_address(link.url)})]" for link in paper.links)


def _method_name(method: ListedMethod) -> str:
    return f'<a id="{METHOD}{method.id}"></a>{escaped(method.name)}'


def records_by_id(records: Iterable[Record]) -> dict[RecordId, Record]:
    """The records by id, in their order."""
    return {record.id: record for record in records}
