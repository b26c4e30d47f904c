"""What a client may say about an item or a collection: from JSON to cleaned values, or a refusal.

Decides which properties exist, which values are allowed, and how text is cleaned (control characters, line ends, outer white space), as Zotero's
server does. Pure: it sees JSON and no tables; whether a named parent or collection exists is decided in `writing`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

from litsync.formats.item_schema import item_schema
from litsync.library.records import Creator, Tag
from litsync.library.refusal import Broken, Refused

JSON = Mapping[str, Any]

KEY = re.compile(r"[23456789A-NP-Z]{8}")
URI = re.compile(r"http://zotero\.org/(users|groups)/[0-9]+/(publications/)?items/[A-Z0-9]{8}")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:Z|\+00:00)?")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

LONGEST_NAME = 255  # characters of a tag, a creator's name, a collection's name
LONGEST_FIELD = 65_535  # bytes
LONGEST_NOTE = 500_000  # characters
ITEM_PREDICATES = frozenset({"owl:sameAs", "dc:replaces", "dc:relation"})
COLLECTION_PREDICATES = frozenset({"owl:sameAs"})
LINK_MODES = ("imported_file", "imported_url", "linked_file", "linked_url")
OWN_FIELDS = {
    "note": ("note",),
    "attachment": ("linkMode", "title", "accessDate", "url", "note", "contentType", "charset"),
}
IMPORTED = ("filename", "md5", "mtime")
ATTACHMENT_ONLY = frozenset({"linkMode", "contentType", "charset", "filename", "md5", "mtime", "path"})
HEAD = ("key", "version", "itemType", "parentItem", "deleted", "inPublications", "dateAdded", "dateModified")
PROPERTIES = frozenset({*HEAD, "creators", "tags", "collections", "relations"})


def is_key(value: object) -> bool:
    """Whether this can be an object's key."""
    return isinstance(value, str) and KEY.fullmatch(value) is not None


def editable(entry: object) -> dict[str, Any]:
    """The properties a client sent: the entry itself, or its `data` if it sent a whole envelope back."""
    if isinstance(entry, dict) and isinstance(entry.get("data"), dict):
        entry = entry["data"]
    if not isinstance(entry, dict):
        raise Refused(400, "Invalid value in uploaded data; expected JSON object")
    return entry


def clean(text: str) -> str:
    """Text as it is kept: no control characters but tab and line feed, line feeds as line ends, no white space around."""
    return CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fields_of(item_type: str, link_mode: str = "") -> tuple[str, ...]:
    """The text properties an item of this type shows, in order; what an attachment has depends on how it is linked."""
    if item_type == "attachment":
        extra = IMPORTED if link_mode.startswith("imported_") else ("path",) if link_mode == "linked_file" else ()
        return OWN_FIELDS["attachment"] + extra
    return OWN_FIELDS.get(item_type) or item_schema().fields(item_type)


@cache
def item_types() -> tuple[str, ...]:
    """The types an item of this library may have: the regular ones, notes and attachments."""
    return tuple(sorted((*item_schema().item_types, *OWN_FIELDS)))


def roles_of(item_type: str) -> tuple[str, ...]:
    """The creator types of an item type, the primary one first; notes and attachments have none."""
    return () if item_type in OWN_FIELDS else item_schema().creator_types(item_type)


@cache
def known_fields() -> frozenset[str]:
    """Every field that some item type has."""
    schema = item_schema()
    regular = {name for item_type in schema.item_types for name in schema.fields(item_type)}
    return frozenset({*regular, "note", *ATTACHMENT_ONLY})


def item_type_of(entry: JSON) -> str | None:
    """The item type the entry names, if it names one."""
    match entry.get("itemType"):
        case None:
            return None
        case "annotation":
            raise Refused(400, "Annotations are not supported by this library")
        case str() as name if name in item_types():
            return name
        case str() as name:
            raise Refused(400, f"'{name}' is not a valid itemType")
        case _:
            raise Refused(400, "'itemType' must be a string")


def field_changes(entry: JSON, item_type: str, link_mode: str) -> dict[str, str]:
    """The text properties the entry sets, cleaned; a field that the type lacks is refused unless it is empty, when it is passed over."""
    valid = fields_of(item_type, link_mode)
    changes: dict[str, str] = {}
    for name, value in entry.items():
        if name in PROPERTIES:
            continue
        if name not in known_fields():
            raise Refused(400, f"Invalid property '{name}'")
        text = _field_text(name, value)
        if name in valid:
            changes[name] = text
        elif text:
            raise Refused(400, _misplaced(name, item_type))
    return changes


def _misplaced(name: str, item_type: str) -> str:
    """Why a known property cannot be set on this item."""
    if name == "note":
        return "'note' property is valid only for note and attachment items"
    if name in ATTACHMENT_ONLY:
        return f"'{name}' is valid only for {'other ' if item_type == 'attachment' else ''}attachment items"
    return f"'{name}' is not a valid field for type '{item_type}'"


def _field_text(name: str, value: object) -> str:
    """A field's value as text."""
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case str():
            text = clean(value)
        case int() | float():
            text = str(value)
        case list():
            raise Refused(400, f"Unexpected array for property '{name}'")
        case _:
            raise Broken(f"'{name}' is an object")
    too_long = (
        len(text) > LONGEST_NOTE
        if name == "note"
        else len(text) > LONGEST_FIELD // 4 and len(text.encode()) > LONGEST_FIELD
    )
    if too_long:
        raise Refused(413, f"Value of '{name}' is too long: '{text[:50]}...'")
    return _access_date(text) if name == "accessDate" else _checked(name, text)


def _checked(name: str, text: str) -> str:
    """Refuse the values that an attachment cannot have."""
    if name == "linkMode" and text not in LINK_MODES:
        raise Refused(400, f"'{text}' is not a valid linkMode")
    if name == "md5" and text and not re.fullmatch(r"[a-f0-9]{32}", text):
        raise Refused(400, f"'{text}' is not a valid MD5 hash")
    return text


def _access_date(text: str) -> str:
    """A day stays a day; a moment is written as ISO 8601."""
    if not text or text == "CURRENT_TIMESTAMP" or DAY.fullmatch(text):
        return text
    if found := MOMENT.fullmatch(text):
        return f"{found[1]}T{found[2]}Z"
    form = "ISO 8601 or UTC 'YYYY-MM-DD[ hh:mm:ss]' format or 'CURRENT_TIMESTAMP'"
    raise Refused(400, f"'accessDate' must be in {form} ({text})")


def moment(entry: JSON, name: str) -> str | None:
    """`dateAdded` or `dateModified` as ISO 8601, if the entry has it."""
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, str) and (found := MOMENT.fullmatch(value.strip())):
        return f"{found[1]}T{found[2]}Z"
    raise Refused(400, f"'{name}' must be in ISO 8601 or UTC 'YYYY-MM-DD hh:mm:ss' format ({value})")


def listed(entry: JSON, name: str) -> list[Any]:
    """A property that must be an array."""
    value = entry[name]
    if not isinstance(value, list):
        raise Refused(400, f"'{name}' property must be an array")
    return value


def tags_of(entry: JSON) -> tuple[Tag, ...]:
    """The tags in their order: empty ones and repetitions left out, names trimmed and NFC. One name may stand with both types."""
    tags = (_tag(tag) for tag in listed(entry, "tags"))
    return tuple(dict.fromkeys(tag for tag in tags if tag[0]))


def _tag(tag: object) -> Tag:
    """One tag as name and type (0 manual, 1 automatic)."""
    if not isinstance(tag, dict):
        raise Refused(400, "Tag must be an object")
    if not tag:
        raise Refused(400, "Tag object is empty")
    for name in tag:
        if name not in ("tag", "type"):
            raise Refused(400, f"Invalid tag property '{name}'")
    name, kind = tag.get("tag", ""), tag.get("type", 0)
    if not isinstance(name, str | int | float):
        raise Refused(400, "Invalid tag name")
    if kind not in (0, 1, "0", "1"):
        raise Refused(400, f"Invalid tag type '{kind}'")
    text = unicodedata.normalize("NFC", clean(str(name)))
    if len(text) > LONGEST_NAME:
        raise Refused(413, f"Tag '{text[:50]}...' is too long", data={"tag": text})
    return text, int(kind)


def creators_of(entry: JSON, item_type: str, *, new: bool) -> tuple[Creator, ...]:
    """The creators in their order. A new item's only creator may be nameless, as in the template; it is left out."""
    creators = listed(entry, "creators")
    checked = [_creator(creator, item_type, lenient=new and len(creators) == 1) for creator in creators]
    return tuple(creator for creator in checked if creator is not None)


def _creator(creator: object, item_type: str, *, lenient: bool) -> Creator | None:
    """One creator with a single name or both names; None for a nameless one that is let pass."""
    if not isinstance(creator, dict):
        raise Refused(400, "Creator must be an object")
    role = _role(creator.get("creatorType"), item_type)
    _check_name_form(creator)
    names = {name: _name(creator[name]) for name in ("firstName", "lastName", "name") if creator.get(name) is not None}
    if any(names.values()):
        return {"creatorType": role, **names}
    if lenient:
        return None
    raise Refused(400, "creator object must contain 'firstName'/'lastName' or 'name'")


def _role(role: object, item_type: str) -> str:
    """A creator type that the item type allows; `author` is allowed everywhere."""
    if role is None:
        raise Refused(400, "creator object must contain 'creatorType'")
    if not isinstance(role, str) or role not in creator_roles():
        raise Refused(400, f"'{role}' is not a valid creator type")
    if role not in roles_of(item_type) and role != "author":
        raise Refused(400, f"'{role}' is not a valid creator type for item type '{item_type}'")
    return role


@cache
def creator_roles() -> frozenset[str]:
    """Every creator type that some item type has."""
    schema = item_schema()
    return frozenset(role for item_type in schema.item_types for role in schema.creator_types(item_type))


def _check_name_form(creator: JSON) -> None:
    """Either `name`, or `firstName` and `lastName`; nothing else."""
    for name in creator:
        if name not in ("creatorType", "firstName", "lastName", "name"):
            raise Refused(400, f"Invalid creator property '{name}'")
    given = {name for name in ("firstName", "lastName", "name") if creator.get(name) is not None}
    if "name" in given and len(given) > 1:
        other = next(name for name in ("firstName", "lastName") if name in given)
        raise Refused(400, f"'{other}' and 'name' creator fields are mutually exclusive")
    if len(given) == 1 and "name" not in given:
        one, other = ("firstName", "lastName") if "firstName" in given else ("lastName", "firstName")
        raise Refused(400, f"'{other}' creator field must be set if '{one}' is set")


def _name(value: object) -> str:
    """One part of a creator's name."""
    if not isinstance(value, str):
        raise Broken("a creator's name is not text")
    text = clean(value).replace("\n", " ")
    if len(text) > LONGEST_NAME:
        raise Refused(413, f"Creator name '{text[:50]}...' is too long")
    return text


def collections_of(entry: JSON) -> tuple[str, ...]:
    """The collections an item is to be in, sorted."""
    keys = listed(entry, "collections")
    for key in keys:
        if not is_key(key):
            raise Refused(400, f"'{key}' is not a valid collection key")
    return tuple(sorted(set(keys)))


def relations_of(entry: JSON, predicates: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """The relations by predicate, each with its sorted objects; an empty array counts as none."""
    relations = entry["relations"]
    if relations == []:
        return {}
    if not isinstance(relations, dict):
        raise Refused(400, "'relations' property must be an object")
    for predicate in relations:
        if predicate not in predicates:
            raise Refused(400, f"Unsupported predicate '{predicate}'")
    checked = {predicate: _uris(value) for predicate, value in relations.items()}
    return {predicate: uris for predicate, uris in checked.items() if uris}


def _uris(value: object) -> tuple[str, ...]:
    """One URI or several, sorted."""
    uris = value if isinstance(value, list) else [value]
    for uri in uris:
        if not (isinstance(uri, str) and URI.fullmatch(uri)):
            raise Refused(400, "'relations' values currently must be Zotero item URIs")
    return tuple(sorted(set(uris)))


def parent_of(entry: JSON, name: str, *, empty_is_none: bool = False) -> str | None:
    """The parent an entry names: a key, or None where it says false."""
    value = entry[name]
    if value is False or value is None or (empty_is_none and value == ""):
        return None
    if not is_key(value):
        raise Refused(400, f"'{name}' must be a valid key or false")
    return str(value)


def trashed_of(entry: JSON) -> bool:
    """Whether the entry says the object is in the trash: a boolean, 0 or 1."""
    value = entry["deleted"]
    if value not in (0, 1) or not isinstance(value, int):
        raise Refused(500, "'deleted' must be a boolean")
    return bool(value)


def given_name(entry: JSON, noun: str) -> str:
    """The name of a collection or search."""
    value = entry["name"]
    if not isinstance(value, str):
        raise Refused(400, "'name' must be a string")
    text = clean(value)
    if not text:
        raise Refused(400, f"{noun} name cannot be empty")
    if len(text) > LONGEST_NAME:
        raise Refused(413, f"{noun} name '{text[:50]}...' is too long")
    return text


def require(entry: JSON, names: tuple[str, ...]) -> None:
    """Refuse an entry that lacks one of these properties."""
    for name in names:
        if entry.get(name) is None:
            raise Refused(400, f"'{name}' property not provided")
