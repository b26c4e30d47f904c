"""The runs of an entry with the role of each link: paper, code, project page, ...

Decides a link's role by what its label says, by its badge, by the words before it, and else by where it leads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from litsync.exchange.addresses import Address, Site, arxiv_id, read_address
from litsync.exchange.lists.labels import Role, plain_label, role_of_label, says_nothing, without_labels
from litsync.exchange.lists.runs import Run, lines_of
from litsync.exchange.lists.venues import Appearance, read_appearance


@dataclass(slots=True)
class Part:
    """A run in its place: which line, what role it has as a link."""

    run: Run
    row: int
    role: Role | None = None
    address: Address | None = None
    label: str = ""
    appearance: Appearance | None = None
    used: bool = False

    @property
    def is_label(self) -> bool:
        """Whether it is a link that says what it leads to, so no title."""
        return bool(self.run.url) and self.role is not None

    @property
    def is_text(self) -> bool:
        """Whether it is text without a link."""
        return not self.run.url and not self.run.picture


def parts_of(runs: Sequence[Run]) -> list[Part]:
    """The runs in their rows, each link with its role if it has one."""
    parts: list[Part] = []
    for row, line in enumerate(lines_of(runs)):
        for run in line:
            part = Part(run, row)
            if run.url:
                before = parts[-1] if parts and parts[-1].is_text and parts[-1].row == row else None
                _read_link(part, before)
            parts.append(part)
    return parts


def _read_link(part: Part, before: Part | None) -> None:
    run = part.run
    part.address = read_address(run.url)
    part.label = "" if run.is_bare else plain_label(run.text)
    part.role = None if run.is_bare else role_of_label(run.text)
    if run.picture and part.role in (None, Role.OTHER):
        part.role = _role_of_picture(run, part.address)
    if (run.is_bare or part.role is Role.OTHER or not part.label) and before is not None:
        label = _label_before(before.run.text)
        if role := role_of_label(label):
            part.role, part.label = role, plain_label(label)
    if part.role is None and run.is_bare:
        part.role, part.label = (role_of_address(part.address) if part.address else None) or Role.OTHER, ""
    if part.role is Role.PAPER and not run.is_bare:
        part.appearance = read_appearance(run.text.strip("[]() "))
    if part.role is None and run.text and not run.picture:
        found = read_appearance(run.text.strip("[]() ")) or read_appearance(without_labels(run.text))
        at_home = part.address is not None and part.address.site is Site.GITHUB and not part.address.file
        if (found and not at_home) or arxiv_id("arxiv:" + run.text.strip("[]() ")):
            part.role, part.appearance = Role.PAPER, found
    if part.role is None and says_nothing(run.text):
        part.role = role_of_address(part.address) if part.address else Role.OTHER
        part.role = part.role or Role.OTHER


def _label_before(text: str) -> str:
    """`Authors: ... Paper:` -> `Paper`: the last words before a colon at the end of a text."""
    match = re.search(r"([^\n,;|:：()\[\]]{2,30}(?:\([^()]*\))?)\s*[:：]\s*[\[(]?\s*$", text)
    return match[1] if match else ""


def _role_of_picture(run: Run, address: Address | None) -> Role:
    words = re.sub(r"[-_/.?=&%]+", " ", unquote(run.picture.split("//")[-1]))
    if re.search(r"github/(?:stars|forks|last-commit|watchers|license|issues)", run.picture):
        return Role.CODE
    badge = re.search(r"/badge/([^?]+)", run.picture)
    for piece in re.split(r"[-_/.?=&]+", unquote(badge[1])) if badge else words.split():
        if role := role_of_label(piece):
            return role
    return (role_of_address(address) if address else None) or Role.OTHER


def role_of_address(address: Address) -> Role | None:
    """What an address is to a work when no label says; None when it does not tell."""
    if address.is_repository:
        return Role.CODE
    if address.is_document:
        return Role.PAPER
    match address.site:
        case Site.VIDEO:
            return Role.VIDEO
        case Site.BLOG:
            return Role.BLOG
        case Site.HUGGING_FACE:
            return (
                Role.DATA
                if address.id.startswith("datasets/")
                else Role.DEMO
                if address.id.startswith("spaces/")
                else Role.MODEL
            )
        case _:
            return Role.PROJECT if re.search(r"\.github\.io|sites\.google\.com", address.url) else None


def hint_of(run: Run) -> Address | None:
    """The repository whose stars a badge shows."""
    match = re.search(
        r"github/(?:stars|forks|last-commit|watchers)/([\w.-]+/[\w.-]+?)(?:\.svg)?(?:[?#]|$)", run.picture
    )
    return read_address(f"https://github.com/{match[1]}") if match else None
