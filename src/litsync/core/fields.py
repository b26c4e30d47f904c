"""The field table: one row per field of each kind of record. Every format, the schema and the docs are driven by it.

Decides which replicas carry a field, what form its values have and how they merge. Must not know how a replica spells
a field inside its own format beyond the names given here; the venue field of each Zotero item type and its creator
role are in `formats.item_schema`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from litsync.core.model import CATALOG, VAULT, ZOTERO, Kind, Value
from litsync.core.values import FieldKind, Form, comparison_key, compatible

_ALL = frozenset({CATALOG, VAULT, ZOTERO})
_CATALOG_VAULT = frozenset({CATALOG, VAULT})
_CATALOG_ZOTERO = frozenset({CATALOG, ZOTERO})


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table.

    `carriers`: the replicas that hold the field. `fixed_in`: replicas that take a value when the record is created
    and leave later changes to the person there. `derived_by`: the replica that works it out, so an edit elsewhere never
    flows back. `kept_in`: replicas where any value that is not litsync's own is left as it is, and is no matter to tell.
    `foreign_in`: replicas whose own members of the set, there before litsync came, are kept there and never copied.
    `stays_in`: replicas whose value is no matter of the catalog's while the catalog has none. `required`: never taken as
    emptied from elsewhere. `meaning` is one line for the documentation and the schema.
    """

    name: str
    kind: FieldKind
    form: Form
    carriers: frozenset[str]
    meaning: str
    fixed_in: frozenset[str] = frozenset()
    derived_by: str = ""
    kept_in: frozenset[str] = frozenset()
    foreign_in: frozenset[str] = frozenset()
    stays_in: frozenset[str] = frozenset()
    required: bool = False

    @property
    def derived(self) -> bool:
        """Whether it is worked out, not said."""
        return bool(self.derived_by)

    @property
    def told(self) -> bool:
        """Whether another replica than the catalog works it out: then it is told what it is, and nobody edits it."""
        return self.derived_by not in ("", CATALOG)

    def same(self, one: Value, other: Value) -> bool:
        """Whether both values mean the same in this field."""
        return one == other or comparison_key(self.kind, self.form, one) == comparison_key(self.kind, self.form, other)

    def compatible(self, one: Value, other: Value) -> bool:
        """Whether both values, though different, may stand for one fact when replicas first meet."""
        return compatible(self.form, one, other)


def _scalar(name: str, meaning: str, carriers: frozenset[str] = _ALL, form: Form = Form.TEXT) -> Field:
    return Field(name, FieldKind.SCALAR, form, carriers, meaning)


def _set(name: str, meaning: str, carriers: frozenset[str] = _ALL, form: Form = Form.ID) -> Field:
    return Field(name, FieldKind.SET, form, carriers, meaning)


PAPER_FIELDS = (
    Field(
        "citekey",
        FieldKind.SCALAR,
        Form.CITEKEY,
        _ALL,
        "the paper's identity; chosen once, never reused",
        frozenset({ZOTERO}),
        derived_by=CATALOG,
    ),
    Field(
        "zotero_citekey",
        FieldKind.SCALAR,
        Form.TEXT,
        _CATALOG_ZOTERO,
        "the citation key it has in Zotero, where that is another",
        frozenset({ZOTERO}),
    ),
    Field("type", FieldKind.SCALAR, Form.TYPE, _ALL, "Zotero's name of the item type", frozenset({ZOTERO})),
    Field("title", FieldKind.SCALAR, Form.TEXT, _ALL, "the title as printed", required=True),
    Field("authors", FieldKind.NAMES, Form.TEXT, _ALL, "all authors in order, as `Given Family` or `{family, given}`"),
    _scalar("date", "year, year-month or year-month-day", form=Form.DATE),
    Field("year", FieldKind.SCALAR, Form.NUMBER, _CATALOG_VAULT, "the year of `date`, worked out", derived_by=CATALOG),
    _scalar("venue", "where it appeared: proceedings, journal, repository, site"),
    _scalar("volume", "volume", _CATALOG_ZOTERO),
    _scalar("issue", "issue", _CATALOG_ZOTERO),
    _scalar("pages", "pages", _CATALOG_ZOTERO),
    _scalar("publisher", "publisher", _CATALOG_ZOTERO),
    _scalar("language", "language of the work", _CATALOG_ZOTERO),
    _scalar("doi", "the DOI alone, without https://doi.org/", form=Form.DOI),
    _scalar("arxiv", "the arXiv id, quoted", form=Form.ARXIV),
    _scalar("url", "main address of the work", form=Form.URL),
    _scalar("code", "address of the code", form=Form.URL),
    Field("links", FieldKind.LINKS, Form.URL, _CATALOG_ZOTERO, "further links, each with title and url"),
    _scalar("number", "its number in the reading list", _CATALOG_VAULT, Form.NUMBER),
    _set("sections", "ids of the sections it belongs to"),
    _set("methods", "methods that classify it: ids, names or aliases"),
    Field("tags", FieldKind.SET, Form.TAG, _ALL, "the reader's own tags", foreign_in=frozenset({ZOTERO})),
    _scalar("status", "one of the configured reading states", _CATALOG_VAULT),
    Field(
        "zotero",
        FieldKind.SCALAR,
        Form.TEXT,
        frozenset({VAULT, ZOTERO}),
        "opens its item in the Zotero application",
        derived_by=ZOTERO,
        kept_in=frozenset({VAULT}),
    ),
    Field(
        "pdf",
        FieldKind.SCALAR,
        Form.TEXT,
        frozenset({VAULT, ZOTERO}),
        "opens its PDF in the Zotero application",
        derived_by=ZOTERO,
        kept_in=frozenset({VAULT}),
    ),
    Field(
        "obsidian",
        FieldKind.SCALAR,
        Form.TEXT,
        frozenset({VAULT, ZOTERO}),
        "opens its note in Obsidian",
        derived_by=VAULT,
        kept_in=frozenset({ZOTERO}),
    ),
    Field("abstract", FieldKind.SCALAR, Form.TEXT, _CATALOG_ZOTERO, "the abstract", stays_in=frozenset({ZOTERO})),
)

METHOD_FIELDS = (
    Field(
        "method",
        FieldKind.SCALAR,
        Form.ID,
        _CATALOG_VAULT,
        "the method's id; chosen once, never reused",
        derived_by=CATALOG,
    ),
    Field(
        "name", FieldKind.SCALAR, Form.TEXT, _CATALOG_VAULT, "the method's name, in notes and tags", frozenset({VAULT})
    ),
    _set("aliases", "other names of the method", _CATALOG_VAULT, Form.TEXT),
    _scalar("parent", "id of the broader method", _CATALOG_VAULT, Form.ID),
    _set("sources", "citekeys of what to read about the method", _CATALOG_VAULT, Form.CITEKEY),
    _scalar("color", "its colour in graphs, `d55e00`; left out: one of twelve", frozenset({CATALOG}), Form.COLOUR),
)

SECTION_FIELDS = (_scalar("name", "the section's name", _CATALOG_ZOTERO),)

LIST_FIELDS = (
    _scalar("title", "the reading list's title", _CATALOG_ZOTERO),
    _scalar("introduction", "what the list is about, for those who open the vault", frozenset({CATALOG})),
)


TABLE: Mapping[Kind, Mapping[str, Field]] = MappingProxyType(
    {
        kind: MappingProxyType({field.name: field for field in rows})
        for kind, rows in (
            (Kind.LIST, LIST_FIELDS),
            (Kind.SECTION, SECTION_FIELDS),
            (Kind.METHOD, METHOD_FIELDS),
            (Kind.PAPER, PAPER_FIELDS),
        )
    }
)


def carried(kind: Kind, replica: str) -> tuple[Field, ...]:
    """The fields that `replica` holds of records of `kind`, in table order; none when it holds no such records."""
    return tuple(field for field in TABLE[kind].values() if replica in field.carriers)
