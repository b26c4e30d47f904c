"""A paper as a Zotero item with its attached links, and back, losing nothing that litsync does not own.

Decides in which property of which item type a field stands. Changes are whole properties merged with the live item:
tags, collections, creators and Extra keep every member that is not litsync's. Knows nothing of requests and keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from litsync.core.fields import TABLE
from litsync.core.model import Change, Fields, Kind, Name, Record, RecordId, Value
from litsync.core.values import Form, Invalid, read_leniently, tidy, unique
from litsync.formats.item_schema import item_schema
from litsync.formats.zotero_extra import read_arxiv, read_line, set_line
from litsync.formats.zotero_links import Data, Owned, found_links, link_fields

_PAPER = TABLE[Kind.PAPER]
_BASES = {
    "title": "title",
    "date": "date",
    "volume": "volume",
    "issue": "issue",
    "pages": "pages",
    "publisher": "publisher",
    "language": "language",
    "doi": "DOI",
    "url": "url",
    "abstract": "abstractNote",
}
_LABELS = {
    "venue": "Publication Title",
    "volume": "Volume",
    "issue": "Issue",
    "pages": "Pages",
    "publisher": "Publisher",
    "language": "Language",
    "doi": "DOI",
    "date": "Issued",
    "abstract": "Abstract",
    "arxiv": "arXiv",
}
_UNTYPED = "document"
"""The type of an item whose paper has none: nobody chose it, so it is no news to the catalog."""

_VENUES = {
    "preprint": "repository",
    "dataset": "repository",
    "videoRecording": "studio",
    "film": "distributor",
    "audioRecording": "label",
    "podcast": "seriesTitle",
    "presentation": "meetingName",
    "thesis": "university",
    "report": "institution",
    "manuscript": "institution",
    "computerProgram": "company",
}
"""Where a work of this type appeared, if the type has no form of Publication Title, or a better field."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How ids are spelled in one library.

    `methods`: name by method id. `spellings`: method id by case-folded name or alias. `sections`: key of the
    subcollection by section id. `collection`: key of the managed collection. `address`: the library in addresses of the
    Zotero application, `library` or `groups/N`; empty for one that it does not show.
    """

    tag_prefix: str = "method/"
    methods: Mapping[str, str] = field(default_factory=dict)
    spellings: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    collection: str = ""
    address: str = ""

    @property
    def managed(self) -> tuple[str, ...]:
        """The keys of the managed collection and its subcollections."""
        return (self.collection, *self.sections.values())

    def tag(self, method: str) -> str:
        """The tag that stands for a method."""
        return self.tag_prefix + self.methods.get(method, method)


# ── where a text field stands ────────────────────────────────────────────────────────────────────────────────────


def _known(item_type: str) -> str:
    """The type itself; for one that a newer Zotero has, the plainest one: nearly all types share its properties."""
    return item_type if item_type in item_schema().types else "document"


def _property(item_type: str, name: str) -> str | None:
    """The property of this item type for a text field; None when the type has none and Extra must hold it."""
    schema, item_type = item_schema(), _known(item_type)
    if name == "venue":
        return _VENUES.get(item_type) or schema.field_for(item_type, "publicationTitle")
    found = schema.field_for(item_type, _BASES[name])
    return None if name == "publisher" and found == _property(item_type, "venue") else found


def text_of(data: Data, name: str) -> str:
    """What the item says in a text field, as it stands there; empty if nothing."""
    item_type = data["itemType"]
    if name == "arxiv":
        return _arxiv(data) or ""
    where = _property(item_type, name)
    if where is not None:
        return str(data.get(where) or "")
    return read_line(_extra(data), _LABELS[name]) or ""


def _arxiv(data: Data) -> str | None:
    archive = str(data.get("archiveID") or "")
    if archive.casefold().startswith("arxiv:"):
        return archive.partition(":")[2].strip()
    return read_arxiv(_extra(data))


def _extra(data: Data) -> str:
    return str(data.get("extra") or "")


def _set_text(data: Data, changed: Data, name: str, value: str | None) -> None:
    """Put one text field into the properties to send."""
    if name == "arxiv" and data["itemType"] == "preprint":
        changed["archiveID"] = f"arXiv:{value}" if value else ""
        if not value or read_arxiv(_extra({**data, **changed})) not in (None, value):
            _set_extra(data, changed, "arXiv", None)
    elif name == "arxiv" or (where := _property(data["itemType"], name)) is None:
        _set_extra(data, changed, _LABELS[name], value)
    else:
        changed[where] = value or ""


def _set_extra(data: Data, changed: Data, label: str, value: str | None) -> None:
    extra = str(changed.get("extra", _extra(data)))
    after = set_line(extra, label, value)
    if after != extra:
        changed["extra"] = after


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Item:
    """A live item: its `data`, and the `data` of its attachments and notes."""

    data: Data
    children: Sequence[Data] = ()


def decode(record: RecordId, item: Item, naming: Naming, owned: Owned, expected: Fields) -> tuple[Record, Owned]:
    """What an item and its children say about a paper, and what of it is litsync's own.

    `expected` is what the catalog says: links that somebody attached with the same address are taken for the catalog's.
    A record without a key is one that has none yet: its citation key is what the item brings along.
    """
    data = item.data
    own = _citation_key(data)
    chosen = data["itemType"] if data["itemType"] != _UNTYPED or expected.get("type") else None
    fields: dict[str, Value] = {"type": chosen, "citekey": own and (record.key or own)}
    fields["zotero_citekey"] = own if own != fields["citekey"] else None
    unreadable = set()
    for name in (*_LABELS, "title", "url"):
        try:
            fields[name] = read_leniently(_PAPER[name].form, text_of(data, name))
        except Invalid:
            unreadable.add(name)
    fields["authors"] = _authors(data)
    methods, fields["tags"], stale = _tags(data, naming, owned)
    fields["methods"] = unique(methods)
    fields["sections"] = unique(s for s, key in naming.sections.items() if key in data.get("collections", ()))
    attachments = found_links(item.children, owned, expected)
    fields |= link_fields(attachments) | _addresses(item, naming)
    mine = {key: child["key"] for key, child in attachments.items()}
    known = ((method, tag) for method, tag in methods.items() if method in naming.methods)
    tags = {method: tag for method, tag in known if tag == naming.tag(method)}
    kept = {method: tag for method, tag in owned.methods.items() if methods.get(method) == tag}
    values = {name: value for name, value in fields.items() if value is not None}
    return Record(record, values, frozenset(unreadable), stale), Owned(mine, kept | tags)


def pdf_of(item: Item) -> Data | None:
    """The PDF of an item: the one that was attached first."""
    found = (c for c in item.children if c.get("contentType") == "application/pdf" and not c.get("deleted"))
    return min(found, key=lambda child: (str(child.get("dateAdded") or ""), child["key"]), default=None)


def _addresses(item: Item, naming: Naming) -> dict[str, Value]:
    """What opens the item, and its PDF, in the Zotero application."""
    if not naming.address:
        return {}
    pdf = pdf_of(item)
    opened = f"zotero://open-pdf/{naming.address}/items/{pdf['key']}" if pdf else None
    return {"zotero": f"zotero://select/{naming.address}/items/{item.data['key']}", "pdf": opened}


def _citation_key(data: Data) -> str | None:
    return tidy(str(data.get("citationKey") or "")) or read_line(_extra(data), "Citation Key")


def _authors(data: Data) -> tuple[Name, ...] | None:
    role = item_schema().primary_creator(_known(data["itemType"]))
    return tuple(_name(creator) for creator in data.get("creators", ()) if creator.get("creatorType") == role) or None


def _name(creator: Mapping[str, str]) -> Name:
    if creator.get("name"):
        return Name(tidy(creator["name"]))
    family, given = tidy(creator.get("lastName") or ""), tidy(creator.get("firstName") or "")
    return Name(family or given, given if family else "")


def _tags(data: Data, naming: Naming, owned: Owned) -> tuple[dict[str, str], tuple[str, ...] | None, frozenset[str]]:
    """Method ids with the tag that stands for each, the other manual tags, and whether a tag is spelled as it was."""
    methods: dict[str, str] = {}
    others: list[str] = []
    for tag in _manual(data):
        method = _method_of(tag, naming, owned)
        if method is None and naming.tag_prefix and tag.startswith(naming.tag_prefix):
            # The name of a method that the catalog does not have, or not yet.
            method = tidy(tag.removeprefix(naming.tag_prefix)) or None
        if method is not None:
            methods.setdefault(method, tag)
        else:
            others.append(tag)
    outdated = any(owned.methods.get(m) == tag and tag != naming.tag(m) for m, tag in methods.items())
    return methods, unique(others), frozenset({"methods"} if outdated else ())


def _manual(data: Data) -> list[str]:
    return [tag["tag"] for tag in data.get("tags", ()) if not tag.get("type")]


def _method_of(tag: str, naming: Naming, owned: Owned) -> str | None:
    for method, written in owned.methods.items():
        if written == tag:
            return method
    if not tag.startswith(naming.tag_prefix):
        return None
    return naming.spellings.get(tidy(tag.removeprefix(naming.tag_prefix)).casefold())


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def new_item(fields: Fields, naming: Naming) -> Data:
    """The properties of a new item; its type is `fields["type"]`, or a document if there is none."""
    data: Data = {"itemType": fields.get("type") or _UNTYPED, "tags": [], "collections": [], "creators": []}
    changes = [Change(name, None, value) for name, value in fields.items() if name != "type"]
    return {**data, **changed_properties(data, changes, naming, Owned())}


def changed_properties(data: Data, changes: Iterable[Change], naming: Naming, owned: Owned) -> Data:
    """Only the properties of the live item `data` that the changes touch, each whole and merged with what is there."""
    changed: Data = {}
    for change in changes:
        match change.field:
            case "citekey" | "zotero_citekey":
                changed |= _first_citation_key(data, change)
            case "authors":
                changed["creators"] = _merged_creators(data, cast("tuple[Name, ...]", change.new or ()))
            case "methods":
                changed["tags"] = _merged_methods(_live(data, changed, "tags"), change, naming, owned)
            case "tags":
                changed["tags"] = _merged_tags(_live(data, changed, "tags"), change)
            case "sections":
                changed["collections"] = _merged_collections(data, change, naming)
            case "type" | "code" | "links" | "obsidian":
                pass
            case name:
                _set_text(data, changed, name, cast("str | None", change.new))
    if naming.collection and naming.collection not in _live(data, changed, "collections"):
        changed["collections"] = [naming.collection, *_live(data, changed, "collections")]
    return {name: value for name, value in changed.items() if value != data.get(name, "")}


def _first_citation_key(data: Data, change: Change) -> Data:
    """Written only where there is none: manuscripts refer to the one that is there."""
    return {"citationKey": change.new} if change.new and not _citation_key(data) else {}


def _live(data: Data, changed: Data, name: str) -> list[Any]:
    """A list property as it stands now, with the changes made to it so far."""
    return list(changed[name] if name in changed else data.get(name) or ())


def _merged_creators(data: Data, names: Sequence[Name]) -> list[Data]:
    """The new authors where the first author stands; other roles keep their order, known names their split."""
    role = item_schema().primary_creator(_known(data["itemType"]))
    live = list(data.get("creators", ()))
    known = {tidy(_name(c).display): c for c in live if c.get("creatorType") == role}
    first = next((n for n, creator in enumerate(live) if creator.get("creatorType") == role), len(live))
    written = [known.get(tidy(name.display)) or _creator(name, role) for name in names]
    others = [c.get("creatorType") != role for c in live]
    before = [creator for creator, other in zip(live[:first], others[:first], strict=True) if other]
    after = [creator for creator, other in zip(live[first:], others[first:], strict=True) if other]
    return [*before, *written, *after]


def _creator(name: Name, role: str) -> Data:
    if not name.given:
        return {"creatorType": role, "name": name.family}
    return {"creatorType": role, "firstName": name.given, "lastName": name.family}


def _merged_methods(live: Sequence[Data], change: Change, naming: Naming, owned: Owned) -> list[Data]:
    old, new = _members(change.old), _members(change.new)
    wanted = [
        naming.tag(method) for method in new if method not in old or owned.methods.get(method, "") != naming.tag(method)
    ]
    touched = {m for m in old if m not in new} | {m for m in new if m not in old or naming.tag(m) in wanted}
    kept = [
        t for t in live if t.get("type") or _method_of(t["tag"], naming, owned) not in touched or t["tag"] in wanted
    ]
    return _with_tags(kept, wanted)


def _merged_tags(live: Sequence[Data], change: Change) -> list[Data]:
    old, new = _members(change.old), _members(change.new)
    gone = {tidy(tag) for tag in old} - {tidy(tag) for tag in new}
    kept = [tag for tag in live if tag.get("type") or tidy(tag["tag"]) not in gone]
    return _with_tags(kept, [tag for tag in new if tag not in old])


def _with_tags(live: list[Data], wanted: Iterable[str]) -> list[Data]:
    """The tags with those wanted as manual ones; an automatic tag of the same name becomes manual, never doubled."""
    manual = {tidy(tag["tag"]) for tag in live if not tag.get("type")}
    missing = [tag for tag in dict.fromkeys(wanted) if tidy(tag) not in manual]
    automatic = [tag for tag in live if not (tag.get("type") and tag["tag"] in missing)]
    return [*automatic, *({"tag": tag} for tag in missing)]


def _merged_collections(data: Data, change: Change, naming: Naming) -> list[str]:
    old, new = _members(change.old), _members(change.new)
    gone = {naming.sections[section] for section in old if section not in new and section in naming.sections}
    come = [naming.sections[section] for section in new if section in naming.sections]
    live = [key for key in data.get("collections", ()) if key not in gone]
    return [*live, *(key for key in come if key not in live)]


def _members(value: Value) -> tuple[str, ...]:
    return cast("tuple[str, ...]", value) if isinstance(value, tuple) else ()


# ── recognising ──────────────────────────────────────────────────────────────────────────────────────────────────


def identifiers(data: Data) -> dict[str, str]:
    """By what an existing item may be recognised: citekey, doi, arxiv, url, each in the form that compares."""
    found = {"citekey": _citation_key(data) or ""}
    for name in ("doi", "arxiv", "url"):
        form: Form = _PAPER[name].form
        try:
            found[name] = read_leniently(form, text_of(data, name)) or ""
        except Invalid:
            continue
    return {name: value if name in ("citekey", "url") else value.casefold() for name, value in found.items() if value}
