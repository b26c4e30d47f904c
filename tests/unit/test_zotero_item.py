"""A paper as a Zotero item: each field in its place, and nothing of anybody else's touched."""

from __future__ import annotations

import pytest

from litsync.core.model import Change, Kind, Link, Name, Record, RecordId
from litsync.formats.item_schema import item_schema
from litsync.formats.zotero_extra import read_arxiv, read_line, set_line
from litsync.formats.zotero_item import Item, Naming, changed_properties, decode, identifiers, new_item
from litsync.formats.zotero_links import Owned, attached_links

GUO = RecordId(Kind.PAPER, "guo2021adnerf")
NAMING = Naming(
    methods={"nerf": "NeRF", "gan": "GAN"},
    spellings={"nerf": "nerf", "radiance fields": "nerf", "gan": "gan"},
    sections={"core": "SECTION2"},
    collection="MANAGED2",
)
FIELDS = {
    "citekey": "guo2021adnerf",
    "title": "AD-NeRF",
    "authors": (Name("Guo", "Yudong"), Name("OpenAI")),
    "date": "2021-10",
    "venue": "Where it appeared",
    "volume": "40",
    "issue": "6",
    "pages": "1-17",
    "publisher": "Who published it",
    "language": "en",
    "doi": "10.1109/x",
    "arxiv": "2103.11078",
    "url": "https://arxiv.org/abs/2103.11078",
    "sections": ("core",),
    "methods": ("nerf",),
    "tags": ("audio",),
    "abstract": "Short.",
}
VENUES = {
    "conferencePaper": "proceedingsTitle",
    "journalArticle": "publicationTitle",
    "preprint": "repository",
    "blogPost": "blogTitle",
    "webpage": "websiteTitle",
    "videoRecording": "studio",
    "bookSection": "bookTitle",
    "thesis": "university",
    "report": "institution",
    "presentation": "meetingName",
    "dataset": "repository",
}


def read(data, handle=None, children=(), expected=None):
    """What an item says, and what of it is litsync's."""
    return decode(GUO, Item(data, children), NAMING, Owned.from_json(handle), expected or {})


def change(data, field, old, new, owned=None, naming=NAMING):
    """The properties to send for one change."""
    return changed_properties(data, [Change(field, old, new)], naming, owned or Owned())


class TestNewItems:
    """Where each field of a new item stands."""

    @pytest.mark.parametrize(("item_type", "venue"), VENUES.items())
    def test_the_venue_has_the_field_of_its_type(self, item_type, venue):
        """Proceedings, journal, repository, blog, channel, university: the field Zotero itself cites from."""
        data = new_item({**FIELDS, "type": item_type}, NAMING)

        assert data["itemType"] == item_type
        assert data[venue] == "Where it appeared"

    @pytest.mark.parametrize("item_type", item_schema().item_types)
    def test_every_field_comes_back_for_every_type(self, item_type):
        """Nothing is lost, whatever fields the type has; only a document's type is one that nobody chose."""
        fields = {**FIELDS, "type": item_type}
        record, owned = read(new_item(fields, NAMING), expected=fields)

        assert {"type": "document", **record.fields} == fields
        assert record.unreadable == frozenset()
        assert owned.methods == {"nerf": "method/NeRF"}

    @pytest.mark.parametrize("item_type", item_schema().item_types)
    def test_only_fields_of_the_type_are_sent(self, item_type):
        """Zotero refuses a field that its type does not have."""
        data = new_item({**FIELDS, "type": item_type}, NAMING)
        allowed = {*item_schema().fields(item_type), "itemType", "creators", "tags", "collections"}

        assert set(data) <= allowed
        assert {creator["creatorType"] for creator in data["creators"]} == {item_schema().primary_creator(item_type)}

    def test_an_arxiv_id_stands_where_zotero_puts_it(self):
        """In the archive id of a preprint, in a line of Extra of anything else."""
        assert new_item({**FIELDS, "type": "preprint"}, NAMING)["archiveID"] == "arXiv:2103.11078"
        assert new_item({**FIELDS, "type": "conferencePaper"}, NAMING)["extra"] == "arXiv: 2103.11078"

    def test_authors_in_order_and_names_in_one_piece(self):
        """A person has two names, an institution one."""
        assert new_item({**FIELDS, "type": "report"}, NAMING)["creators"] == [
            {"creatorType": "author", "firstName": "Yudong", "lastName": "Guo"},
            {"creatorType": "author", "name": "OpenAI"},
        ]

    @pytest.mark.parametrize("tag", ["method/nerf", "method/ NeRF", "method/Radiance  fields"])
    def test_a_method_is_meant_however_its_tag_is_typed(self, tag):
        """In any case, with blanks where nobody sees them, by an alias."""
        record, _ = read({"itemType": "report", "tags": [{"tag": tag}]})

        assert record.fields["methods"] == ("nerf",)

    def test_tags_and_collections(self):
        """A tag for each method, the catalog's tags, the collection and the section's subcollection."""
        data = new_item({**FIELDS, "type": "report"}, NAMING)

        assert sorted(tag["tag"] for tag in data["tags"]) == ["audio", "method/NeRF"]
        assert set(data["collections"]) == {"MANAGED2", "SECTION2"}


class TestReading:
    """What an item says that a person or another program made."""

    @pytest.mark.parametrize(
        ("data", "arxiv"),
        [
            ({"itemType": "preprint", "archiveID": "arXiv:2103.11078"}, "2103.11078"),
            ({"itemType": "journalArticle", "extra": "arXiv:2103.11078 [cs.CV]"}, "2103.11078"),
            ({"itemType": "preprint", "archiveID": "", "extra": "arXiv: hep-th/9901001"}, "hep-th/9901001"),
            ({"itemType": "preprint", "archiveID": "HAL-123"}, None),
        ],
    )
    def test_arxiv_ids_as_zotero_writes_them(self, data, arxiv):
        """The translators' forms are all read."""
        assert read(data)[0].fields.get("arxiv") == arxiv

    def test_values_that_break_the_rules_are_unknown_not_empty(self):
        """`in press` is no date; a date in words is one."""
        record, _ = read({"itemType": "journalArticle", "date": "in press", "DOI": "a b", "title": " T\nT "})

        assert record.unreadable == {"date", "doi"}
        assert record.fields["title"] == "T T"
        assert read({"itemType": "journalArticle", "date": "October 2021"})[0].fields["date"] == "2021-10"

    def test_a_method_is_recognised_by_any_of_its_names(self):
        """In any case; the tag of an unknown method stands for its name, an automatic tag is not read at all."""
        tags = [
            {"tag": "method/radiance FIELDS"},
            {"tag": "method/Unknown"},
            {"tag": "mine"},
            {"tag": "auto", "type": 1},
        ]
        record, _ = read({"itemType": "report", "tags": tags})

        assert record.fields["methods"] == ("nerf", "Unknown")
        assert record.fields["tags"] == ("mine",)
        assert record.stale == frozenset()

    def test_a_citation_key_in_extra_is_one(self):
        """Better BibTeX kept it there for years; another one than the catalog's is known beside it."""
        fields = read({"itemType": "report", "extra": "Citation Key: old2020"})[0].fields

        assert fields["zotero_citekey"] == "old2020"

    def test_links_are_the_catalogs_or_a_persons(self):
        """Known by the remembered key, by the same address, or by the name Code; a person's other links are not read."""
        children = [
            {"key": "A", "linkMode": "linked_url", "title": "Project", "url": "https://p.org"},
            {"key": "B", "linkMode": "linked_url", "title": "code", "url": "https://github.com/x/y"},
            {"key": "C", "linkMode": "linked_url", "title": "Mine", "url": "https://mine.org"},
            {"key": "D", "linkMode": "imported_file", "title": "PDF"},
        ]
        expected = {"links": (Link("Project page", "https://p.org"),)}
        record, owned = read({"itemType": "report"}, children=children, expected=expected)

        assert record.fields["code"] == "https://github.com/x/y"
        assert record.fields["links"] == (Link("Project", "https://p.org"),)
        assert owned.attachments == {"code": "B", "link https://p.org": "A"}

    def test_what_an_item_may_be_recognised_by(self):
        """In the form that compares: DOIs without case and address, arXiv ids from any place."""
        data = {
            "itemType": "preprint",
            "DOI": "https://doi.org/10.1109/AB",
            "archiveID": "arXiv:1",
            "url": "https://x.org",
        }

        assert identifiers(data) == {"doi": "10.1109/ab", "url": "https://x.org"}
        assert identifiers({"itemType": "report", "extra": "arXiv: 2103.11078"}) == {"arxiv": "2103.11078"}


class TestChanges:
    """What is sent for a change, and what is left where it is."""

    def test_only_the_property_that_changed(self):
        """One field, one property; a value that is there already, none."""
        data = {"itemType": "report", "date": "2020", "collections": ["MANAGED2"], "tags": [{"tag": "x"}]}

        assert change(data, "date", "2020", "2021") == {"date": "2021"}
        assert change(data, "date", "2020", None) == {"date": ""}
        assert change(data, "date", "2020", "2020") == {}

    def test_other_lines_of_extra_stay_in_their_place(self):
        """Only litsync's own line changes, goes or comes."""
        data = {"itemType": "report", "extra": "tldr: x\narXiv: 1\nCited by: 7", "collections": ["MANAGED2"]}

        assert change(data, "arxiv", "1", "2103.11078") == {"extra": "tldr: x\narXiv: 2103.11078\nCited by: 7"}
        assert change(data, "arxiv", "1", None) == {"extra": "tldr: x\nCited by: 7"}
        assert change(data, "volume", None, "3") == {"extra": "tldr: x\narXiv: 1\nCited by: 7\nVolume: 3"}

    def test_other_creators_keep_role_and_order(self):
        """Editors stay where they are, and an author who stays keeps the split of the name."""
        creators = [
            {"creatorType": "editor", "name": "Ed"},
            {"creatorType": "author", "firstName": "Chen", "lastName": "Change Loy"},
            {"creatorType": "translator", "name": "Tr"},
        ]
        data = {"itemType": "bookSection", "creators": creators, "collections": ["MANAGED2"]}
        sent = change(data, "authors", None, (Name("New", "A"), Name("Loy", "Chen Change")))

        assert sent["creators"] == [
            creators[0],
            {"creatorType": "author", "firstName": "A", "lastName": "New"},
            creators[1],
            creators[2],
        ]

    def test_tags_of_others_stay(self):
        """Automatic tags, foreign tags and tags of unknown methods; only the difference comes and goes."""
        tags = [
            {"tag": "auto", "type": 1},
            {"tag": "theirs"},
            {"tag": "method/Unknown"},
            {"tag": "method/nerf"},
            {"tag": "old"},
        ]
        data = {"itemType": "report", "tags": tags, "collections": ["MANAGED2"]}
        sent = changed_properties(
            data, [Change("methods", ("nerf",), ("gan",)), Change("tags", ("old",), ("new",))], NAMING, Owned()
        )

        assert sent["tags"] == [*tags[:3], {"tag": "method/GAN"}, {"tag": "new"}]

    def test_a_renamed_method_is_respelled(self):
        """Only the tag that litsync wrote; a spelling of the person's own stays."""
        owned = Owned(methods={"nerf": "method/Old name"})
        data = {"itemType": "report", "tags": [{"tag": "method/Old name"}, {"tag": "x"}], "collections": ["MANAGED2"]}
        record, _ = read(data, owned.to_json())
        assert record.stale == {"methods"}

        sent = change(data, "methods", ("nerf",), ("nerf",), owned)
        assert sent["tags"] == [{"tag": "x"}, {"tag": "method/NeRF"}]

    def test_other_collections_stay(self):
        """The section's subcollection comes or goes, and the managed collection is always there."""
        data = {"itemType": "report", "collections": ["THEIRS22"]}

        assert change(data, "sections", None, ("core",))["collections"] == ["MANAGED2", "THEIRS22", "SECTION2"]
        data = {"itemType": "report", "collections": ["THEIRS22", "SECTION2", "MANAGED2"]}
        assert change(data, "sections", ("core",), None)["collections"] == ["THEIRS22", "MANAGED2"]

    def test_a_citation_key_is_written_only_where_there_is_none(self):
        """Manuscripts refer to the one that is there."""
        data = {"itemType": "report", "collections": ["MANAGED2"]}

        assert change(data, "citekey", None, "a") == {"citationKey": "a"}
        assert change({**data, "citationKey": "mine"}, "citekey", None, "a") == {}
        assert change({**data, "extra": "Citation Key: mine"}, "citekey", None, "a") == {}

    def test_the_type_is_never_changed(self):
        """Zotero drops the fields that the new type lacks."""
        assert change({"itemType": "report", "collections": ["MANAGED2"]}, "type", "report", "book") == {}

    def test_attached_links_come_change_and_go_to_the_trash(self):
        """New ones have no key yet; one that goes is trashed, never erased; a person's is not touched."""
        owned = Owned({"code": "CODE2222", "link https://a.org": "LINKA222"})
        changes = [
            Change("code", "https://old.org", "https://new.org"),
            Change("links", (Link("A", "https://a.org"),), (Link("B", "https://b.org"),)),
        ]
        found = {one.role: (one.key, dict(one.data)) for one in attached_links(changes, owned)}

        assert found["code"] == ("CODE2222", {"url": "https://new.org"})
        assert found["link https://a.org"] == ("LINKA222", {"deleted": 1})
        assert found["link https://b.org"][0] is None
        assert found["link https://b.org"][1]["linkMode"] == "linked_url"
        assert attached_links([Change("code", "https://old.org", None)], Owned()) == []


def test_lines_of_extra():
    """Labels in any case; free text is no line; a set line keeps its place."""
    extra = "free: text with: colons\nDOI: 10.1/x\nno label"

    assert read_line(extra, "doi") == "10.1/x"
    assert read_line(extra, "label") is None
    assert set_line(extra, "DOI", "10.2/y") == extra.replace("10.1/x", "10.2/y")
    assert set_line("", "DOI", "10.2/y") == "DOI: 10.2/y"
    assert set_line("DOI: 1", "DOI", None) == ""
    assert read_arxiv("arXiv:2103.11078v2 [cs.CV]") == "2103.11078v2"


def test_a_round_trip_without_anything():
    """A paper that has a title only is an item that has a title only."""
    record, _ = read(new_item({"type": "book", "title": "T"}, Naming()))

    assert record == Record(GUO, {"type": "book", "title": "T"})
