"""A note's properties: read as Obsidian reads them, changed one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.fields import TABLE
from litsync.core.model import Kind, Name, RecordId
from litsync.core.values import tidy
from litsync.formats.note import (
    aliases_for,
    decode,
    edit_note,
    encode,
    identity,
    link_target,
    new_note,
    read_note,
    tag_in_obsidian,
)
from litsync.formats.note_parts import NoteError

GUO = RecordId(Kind.PAPER, "guo2021adnerf")
METHODS = {"NeRF": "nerf", "Methods/GAN": "gan"}


def resolve(_kind, target):
    """The links of this vault."""
    return METHODS.get(target)


def properties(text):
    """The properties of a note with this frontmatter."""
    return read_note(f"---\n{text}\n---\nbody\n".encode()).properties


def values(text):
    """What a paper's note with this frontmatter says."""
    return decode(GUO, properties(text), resolve)


class TestFences:
    """Where the properties begin and end."""

    @pytest.mark.parametrize(
        "data",
        [
            b"---\ntitle: x\n---\nbody",
            b"---\ntitle: x\n---",
            b"\xef\xbb\xbf---\ntitle: x\n---\n",
            b"---\r\ntitle: x\r\n---\r\n",
            b"---\ntitle: x\n---\ntext\n---\nmore: y\n",
        ],
        ids=["usual", "closed at the end", "byte order mark", "CRLF", "rule in the body"],
    )
    def test_properties(self, data):
        """All these notes have the property and nothing else."""
        assert dict(read_note(data).properties) == {"title": "x"}

    @pytest.mark.parametrize(
        "data",
        [
            b"\n---\ntitle: x\n---\n",
            b"---\ntitle: x\n",
            b"---- \ntitle: x\n---\n",
            b"text",
            b"",
            b"---\ntitle: x\n--- \n",
        ],
        ids=["blank line first", "never closed", "no fence", "text", "nothing", "a fence with a blank"],
    )
    def test_no_properties(self, data):
        """Obsidian sees no properties in these notes, and neither does litsync."""
        assert dict(read_note(data).properties) == {}

    def test_broken_properties_name_line_and_column(self):
        """The place is counted in the note, not in the properties."""
        with pytest.raises(NoteError) as caught:
            read_note(b"---\ntitle: x\nvenue: a: b\n---\n")

        assert (caught.value.line, caught.value.column) == (3, 9)

    def test_a_property_that_stands_twice_is_refused(self):
        """Obsidian calls that an error, too."""
        with pytest.raises(NoteError, match="twice"):
            properties("title: x\ntitle: y")

    def test_text_that_is_not_utf8_is_refused_with_its_place(self):
        """A note in Latin-1 is not guessed at."""
        with pytest.raises(NoteError) as caught:
            read_note(b"---\ntitle: \xe9\n---\n")

        assert (caught.value.line, caught.value.column) == (2, 8)


class TestReading:
    """What the properties say."""

    def test_texts_stay_what_they_are(self):
        """Numbers, truth values, times and dates of other YAMLs are texts here."""
        assert dict(properties("a: 2103.10\nb: no\nc: 12:30\nd: 0123\ne: 2020-08-21\nf: ~")) == {
            "a": "2103.10",
            "b": "no",
            "c": "12:30",
            "d": "0123",
            "e": "2020-08-21",
            "f": None,
        }

    @pytest.mark.parametrize(
        "text",
        [
            'methods: ["[[NeRF]]"]',
            'methods:\n  - "[[NeRF|the method]]"',
            "methods: [[NeRF]]",
            "methods:\n  - [[NeRF]]",
            "methods: NeRF",
            'methods: "[[NeRF#History]]"',
            'methods: ["[NeRF](NeRF.md)"]',
            "METHODS: NeRF",
        ],
    )
    def test_links_as_people_write_them(self, text):
        """Quoted, unquoted, with other words, as Markdown or as a bare word: the method is meant."""
        METHODS["NeRF#History"] = "nerf"

        assert values(text).fields["methods"] == ("nerf",)

    def test_a_link_to_an_unknown_method_stands_for_what_it_says(self):
        """It is a member of the set, so that the others are not held up by it."""
        assert values('methods: ["[[NeRF]]", "[[New idea]]"]').fields["methods"] == ("nerf", "New idea")

    @pytest.mark.parametrize(
        "text",
        ['methods: ["[[NeRF]], [[GAN]]"]', "methods: see [[NeRF]]", "methods: NeRF, GAN", "methods: [NeRF; New idea]"],
    )
    def test_several_methods_in_one_text_are_unknown(self, text):
        """Obsidian sees no link there: they are neither a new method nor a removal of the old ones."""
        assert values(text).unreadable == {"methods"}
        assert values('methods: ["Flow, dense"]').fields["methods"] == ("Flow, dense",)

    @pytest.mark.parametrize("text", ["tags: a, b", f"tags: [{'x' * 256}]"])
    def test_tags_that_are_none(self, text):
        """Several in one text, and one that Zotero has no room for."""
        assert values(text).unreadable == {"tags"}

    def test_values_are_read_by_their_field(self):
        """A date in words is a date, a DOI as an address is the DOI, one author is a list of one."""
        found = values(
            "date: October 2021\ndoi: https://doi.org/10.1/x\nauthors: Yudong Guo\nnumber: 6\narxiv: 2103.10"
        ).fields

        assert found["date"] == "2021-10"
        assert found["authors"] == (Name("Guo", "Yudong"),)
        assert found["number"] == "6"

    def test_a_value_that_breaks_the_rules_is_unknown_not_empty(self):
        """It freezes its own field and no other."""
        found = values("date: in press\ntitle: T\nurl: {a: b}")

        assert found.unreadable == {"date", "url"}
        assert found.fields["title"] == "T"

    @pytest.mark.parametrize(
        ("text", "record"),
        [
            ("citekey: guo2021adnerf", GUO),
            ("method: nerf", RecordId(Kind.METHOD, "nerf")),
            ("title: x", None),
            ("citekey:", None),
            ("citekey: [a, b]", None),
        ],
    )
    def test_identity(self, text, record):
        """Only a citekey or a method id makes a note litsync's."""
        assert identity(properties(text)) == record

    def test_a_link_is_one_whole_link(self):
        """Two links in one text, or words around one, are prose."""
        assert link_target("[[A]] and [[B]]") is None
        assert link_target("see [[A]]") is None
        assert link_target("[x](https://a.org/b)") is None
        assert link_target("[x](<My note.md>)") == "My note"
        assert link_target("[x](My%20note.md)") == "My note"
        assert link_target("[x](NeRF%20(2).md)") == "NeRF (2)"
        assert link_target("[x](NeRF.md#History)") == "NeRF#History"
        assert link_target("[[NeRF.md|the method]]") == "NeRF"


class TestLinkedNames:
    """People link authors and venues to notes of their own."""

    def test_a_link_means_the_words_that_it_shows(self):
        """So nothing is to be written, and no brackets reach Zotero."""
        said = 'authors:\n  - "[[People/Ian Goodfellow]]"\n  - "[[bengio|Yoshua Bengio]]"\nvenue: "[[ICCV 2021]]"'

        assert values(said).fields == {
            "authors": (Name("Goodfellow", "Ian"), Name("Bengio", "Yoshua")),
            "venue": "ICCV 2021",
        }

    def test_brackets_that_came_from_elsewhere_stay_brackets(self):
        """A name that is spelled like a link is written so that it is none, and read back as it was."""
        texts = encode("authors", (Name("[[A]]"),), str)

        assert values(f"authors:\n  - '{texts[0]}'").fields["authors"] == (Name("[[A]]"),)

    def test_a_link_stays_where_authors_are_added(self):
        """What is written is the new author beside it."""
        note = b'---\nauthors:\n  - "[[People/Ian Goodfellow]]"\n---\n'
        texts = encode("authors", (Name("Goodfellow", "Ian"), Name("Bengio", "Yoshua")), str)

        assert edit_note(note, {"authors": texts}) == (
            b'---\nauthors:\n  - "[[People/Ian Goodfellow]]"\n  - Yoshua Bengio\n---\n'
        )

    @pytest.mark.parametrize("text", ["A B, C D and E F", "B, A; D, C", "A B, C D, E F", "'[[A]], [[B]]'"])
    def test_several_authors_in_one_text_are_left_alone(self, text):
        """Where one ends is not for litsync to guess."""
        assert values(f"authors: {text}").unreadable == {"authors"}


class TestWriting:
    """New notes and edits."""

    def test_a_new_note(self):
        """Properties come in litsync's order, as Obsidian would write them."""
        made = new_note(
            [("arxiv", "2103.11078"), ("citekey", "a"), ("year", "2021"), ("methods", ["[[NeRF]]"]), ("doi", None)],
            "Body\n",
        )

        assert (
            made.decode() == '---\ncitekey: a\nyear: 2021\nmethods:\n  - "[[NeRF]]"\narxiv: "2103.11078"\n---\nBody\n'
        )

    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_an_edit_keeps_every_other_byte(self, newline, mark):
        """Comments, quotes, unknown properties, line ends, a byte order mark and the body stay."""
        lines = ["---", "Title: 'old' # mine", "rating: 5", "tags: [x, y]", "---", "---", "tail\ttext  ", ""]
        text = mark + newline.join(lines)
        made = edit_note(text.encode(), {"title": "new", "venue": None}, members={"tags": (["x"], ["z"])})

        assert made.decode() == text.replace("'old'", "'new'").replace("[x, y]", "[y, z]")

    def test_a_note_without_properties_gets_them(self):
        """The reader's text follows, untouched."""
        assert edit_note(b"text\n", {"title": "T"}) == b"---\ntitle: T\n---\ntext\n"

    def test_a_note_of_another_system_keeps_its_line_ends(self):
        """Properties that come into a note without any end their lines as the note does."""
        assert edit_note(b"one\r\ntwo\r\n", {"title": "T"}) == b"---\r\ntitle: T\r\n---\r\none\r\ntwo\r\n"
        assert edit_note(b"---\r\n---\r\n", {"title": "T"}) == b"---\r\ntitle: T\r\n---\r\n"

    def test_the_property_that_is_read_is_the_one_that_is_changed(self):
        """Of two spellings of one name the exact one counts, wherever it stands."""
        for lines in (["title: a", "Title: b"], ["Title: b", "title: a"]):
            text = "\n".join(["---", *lines, "---", ""])

            assert edit_note(text.encode(), {"title": "new"}).decode() == text.replace("title: a", "title: new")

    @pytest.mark.parametrize(
        ("before", "gone", "come", "after"),
        [
            ("tags:", ["x"], [], "tags:"),
            ("tags:", [], ["x"], "tags:\n  - x"),
            ('tags: ""', [], ["x"], "tags:\n  - x"),
            ("tags: 2021 # c", [], ["x"], "tags: # c\n  - 2021\n  - x"),
            ("tags: one", [], ["two"], "tags:\n  - one\n  - two"),
            ("tags: one", ["one"], [], "tags: []"),
        ],
    )
    def test_members_of_what_is_not_a_list_yet(self, before, gone, come, after):
        """Nothing is no member, and a text alone is one: it stays, as it was written."""
        made = edit_note(f"---\n{before}\n---\n".encode(), {}, members={"tags": (gone, come)})

        assert made.decode() == f"---\n{after}\n---\n"

    @pytest.mark.parametrize("data", [b"---\ntitle: a\ntitle: b\n---\n", b"---\njust text\n---\n", b"---\n- a\n---\n"])
    def test_what_obsidian_cannot_read_is_not_changed(self, data):
        """A property that stands twice, and something else than properties, are refused."""
        with pytest.raises(NoteError):
            edit_note(data, {"title": "T"})

    def test_half_a_character_is_refused(self):
        """No file can hold it; the note is named instead of the command ending."""
        with pytest.raises(NoteError):
            new_note([("title", "T")], "\ud83d")

    def test_an_edit_without_effect_gives_back_the_bytes(self):
        """Nothing to write is nothing written."""
        data = b"---\ntitle: 'T'\n---\n"

        assert edit_note(data, {"title": "T"}) is data

    def test_an_edit_that_would_touch_something_else_is_refused(self):
        """A shared value is not changed, and the reason names its line in the note."""
        with pytest.raises(NoteError) as caught:
            edit_note(b"---\ntitle: &x 1\na: *x\n---\n", {"title": "T"})

        assert caught.value.line > 0

    def test_values_as_properties(self):
        """Links in brackets, names as read aloud, tags as Obsidian can hold them, hostile text neutralised."""

        def link(_kind, key):
            return {"nerf": "NeRF"}[key]

        assert encode("methods", ("nerf",), link) == ["[[NeRF]]"]
        assert encode("parent", "nerf", link) == "[[NeRF]]"
        assert encode("authors", (Name("Loy", "Chen Change"),), link) == ["Chen Change Loy"]
        assert encode("tags", ("talking head", "2021"), link) == ["talking-head", "2021-"]
        assert "<%" not in str(encode("title", "<% x %>", link))
        assert "<%" not in str(encode("url", "https://x.org/<%*x%>", link))
        assert encode("url", "https://x.org/?a=1&b=%20", link) == "https://x.org/?a=1&b=%20"

    def test_a_tag_spelled_for_obsidian_is_the_tag(self):
        """It is recognised by the catalog's tags, so it never flows back changed."""
        spelled = {tag_in_obsidian(tag): tag for tag in ("talking head", "2021")}
        found = decode(GUO, {"tags": ("talking-head", "2021-", "#own")}, resolve, tags=spelled)

        assert found.fields["tags"] == ("talking head", "2021", "own")

    @pytest.mark.parametrize(
        ("title", "aliases"),
        [
            ("AD-NeRF: Audio Driven", ("AD-NeRF", "AD-NeRF: Audio Driven")),
            ("No colon here", ("No colon here",)),
            ("A very long first half of a title: rest", ("A very long first half of a title: rest",)),
        ],
    )
    def test_aliases(self, title, aliases):
        """The title, and what stands before a colon if people would call it that."""
        assert aliases_for(title) == aliases

    def test_aliases_of_a_hostile_title_do_nothing(self):
        """A title reaches a note in its aliases, too."""
        assert "<%" not in "".join(aliases_for("<%* x %>: and more"))


def roundtrip(name, value, tags=None):
    """What is read back from a new note with this value."""
    text = encode(name, value, lambda _kind, key: key)
    note = read_note(new_note([("citekey", GUO.key), (name, text)], ""))
    return decode(GUO, note.properties, lambda _kind, target: target, tags=tags)


texts = st.one_of(st.text(max_size=20), st.text(alphabet="ab <%{[]}|#,:!`\u2060\u200f\u202e&()'\"-@", max_size=15)).map(
    tidy
)
full = texts.filter(bool)


class TestRoundTrip:
    """What is written means the same when it is read."""

    @given(full)
    def test_titles(self, title):
        """Every text, hostile or not, in any script."""
        assert roundtrip("title", title).fields["title"] == title

    @given(st.lists(st.builds(Name, full, texts), min_size=1, max_size=3).map(tuple))
    def test_authors(self, authors):
        """Names in one piece or two, with commas that part nothing (`Google, Inc.`)."""
        assert TABLE[Kind.PAPER]["authors"].same(roundtrip("authors", authors).fields["authors"], authors)

    @given(st.text(alphabet="ab%<{[]?=&:*()", max_size=12).map("https://x.org/{}".format))
    def test_addresses(self, url):
        """An address is whole again, though commands in it were broken up."""
        assert roundtrip("url", url).fields.get("url") == url

    @given(full)
    def test_tags(self, tag):
        """A tag that Obsidian cannot hold is known by its spelling there."""
        assert roundtrip("tags", (tag,), tags={tag_in_obsidian(tag): tag}).fields["tags"] == (tag,)
