"""The attached links of a Zotero item: a paper's code and its further links, among what a person attached.

Decides which attachment stands for which link, and what must happen to one for a change. A person's own attachments are
never touched; what litsync takes away goes to the trash.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from litsync.core.model import Change, Fields, Link, Value
from litsync.core.values import tidy

Data = dict[str, Any]
"""The `data` part of an item as Zotero's API has it."""


_CODE = "Code"
_OBSIDIAN = "Open in Obsidian"


@dataclass(frozen=True, slots=True)
class Owned:
    """What litsync wrote on one item: the key of the attached link by role, and the tag by method id.

    A role is `code`, `obsidian`, or `link URL`. As JSON it is part of the item's handle.
    """

    attachments: Mapping[str, str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> Data:
        """As the handle keeps it."""
        return {"attachments": dict(self.attachments), "methods": dict(self.methods)}

    @classmethod
    def from_json(cls, handle: Any) -> Owned:
        """Read back from a handle; nothing is owned where there is none."""
        handle = handle or {}
        return cls(handle.get("attachments", {}), handle.get("methods", {}))


@dataclass(frozen=True, slots=True)
class Attached:
    """A change to one attached link: `key` is None for a new one; `data` are the properties to send."""

    role: str
    key: str | None
    data: Mapping[str, Any]


def found_links(children: Sequence[Data], owned: Owned, expected: Fields) -> dict[str, Data]:
    """The attached links that are the paper's, by role."""
    links = [child for child in children if child.get("linkMode") == "linked_url" and not child.get("deleted")]
    roles = {key: role for role, key in owned.attachments.items()}
    found = {roles[child["key"]]: child for child in links if child["key"] in roles}
    wanted = {link.url for link in cast("tuple[Link, ...]", expected.get("links") or ())}
    for child in links:
        if child["key"] in roles:
            continue
        if "code" not in found and (child.get("url") == expected.get("code") or _is_code(child)):
            found["code"] = child
        elif child.get("url") in wanted:
            found.setdefault(f"link {child['url']}", child)
        elif str(child.get("url") or "").startswith("obsidian://"):
            found.setdefault("obsidian", child)
    return found


def _is_code(child: Data) -> bool:
    return tidy(str(child.get("title") or "")).casefold() == _CODE.casefold()


def link_fields(attachments: Mapping[str, Data]) -> dict[str, Value]:
    """The code address, the further links of a paper, and what opens its note."""
    one = {
        role: str(attachments[role].get("url") or "") or None for role in ("code", "obsidian") if role in attachments
    }
    others = [child for role, child in sorted(attachments.items()) if role not in ("code", "obsidian")]
    links = tuple(Link(tidy(str(child.get("title") or "")), str(child.get("url") or "")) for child in others)
    return {"code": None, "obsidian": None, **one, "links": links or None}


def attached_links(changes: Iterable[Change], owned: Owned) -> list[Attached]:
    """What must happen to the attached links of an item: new ones, changed ones, and ones for the trash."""
    found: list[Attached] = []
    for change in changes:
        if change.field in ("code", "obsidian"):
            found += _attached_one(change.field, cast("str | None", change.new), owned)
        elif change.field == "links":
            found += _attached_others(change, owned)
    return found


def _attached_one(role: str, url: str | None, owned: Owned) -> list[Attached]:
    key, title = owned.attachments.get(role), _CODE if role == "code" else _OBSIDIAN
    if url is None:
        return [Attached(role, key, {"deleted": 1})] if key else []
    return [Attached(role, key, {"url": url} if key else _new_link(title, url))]


def _attached_others(change: Change, owned: Owned) -> list[Attached]:
    old = {link.url: link for link in cast("tuple[Link, ...]", change.old or ())}
    new = {link.url: link for link in cast("tuple[Link, ...]", change.new or ())}
    gone = [(f"link {url}", owned.attachments.get(f"link {url}")) for url in old.keys() - new.keys()]
    found = [Attached(role, key, {"deleted": 1}) for role, key in gone if key]
    for url, link in new.items():
        key = owned.attachments.get(f"link {url}")
        if key is None:
            found.append(Attached(f"link {url}", None, _new_link(link.title, url)))
        elif url not in old or old[url].title != link.title:
            found.append(Attached(f"link {url}", key, {"title": link.title}))
    return sorted(found, key=lambda one: one.role)


def _new_link(title: str, url: str) -> Data:
    return {"itemType": "attachment", "linkMode": "linked_url", "title": title, "url": url}
