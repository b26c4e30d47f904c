"""Bibliographies in and out: BibTeX, BibLaTeX, CSL-JSON, Zotero's JSON and RIS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import Kind, Name
from litsync.errors import UsageError
from litsync.exchange.bibliography.bibtex import read_bibtex
from litsync.exchange.bibliography.bibtex_write import Flavour, write_bibtex
from litsync.exchange.bibliography.csl import read_json, write_csl
from litsync.exchange.bibliography.latex import escaped, latex, plain
from litsync.exchange.bibliography.ris import read_ris, write_ris
from litsync.exchange.readers import read_works
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog

SHIPPED = Path(__file__).parents[2] / "catalog/face-video-generation.yaml"


def only(reading):
    """The one work of a reading that has no faults."""
    assert reading.faults == ()
    (work,) = reading.works
    return work


def bib(text):
    """The one work of a BibTeX text."""
    return only(read_bibtex(text, "x.bib"))


def told(reading):
    """The faults, as line and words."""
    return [(one.place.line, one.message, one.text) for one in reading.faults]


# ── BibTeX ───────────────────────────────────────────────────────────────────────────────────────────────────────

ZOTERO = r"""
@inproceedings{guo_ad-nerf_2021,
	address = {Montreal, QC, Canada},
	title = {{AD}-{NeRF}: {Audio} {Driven} {Neural} {Radiance} {Fields} for {Talking} {Head} {Synthesis}},
	isbn = {978-1-66542-812-5},
	shorttitle = {{AD}-{NeRF}},
	url = {https://ieeexplore.ieee.org/document/9710491/},
	doi = {10.1109/ICCV48922.2021.00573},
	abstract = {Generating high-fidelity talking head video by fitting with the input audio sequence is a challenging problem.},
	language = {en},
	urldate = {2024-01-02},
	booktitle = {2021 {IEEE}/{CVF} {International} {Conference} on {Computer} {Vision} ({ICCV})},
	publisher = {IEEE},
	author = {Guo, Yudong and Chen, Keyu and M{\"u}ller, J{\"o}rg},
	month = oct,
	year = {2021},
	note = {arXiv:2103.11078 [cs]},
	keywords = {Computer Science - Graphics, talking head},
	pages = {5764--5774},
	file = {Full Text:/home/me/Zotero/storage/A/x.pdf:application/pdf},
}
"""
BETTER_BIBTEX = r"""
@misc{caoSurveyGenerativeDiffusion2022,
  title = {A {{Survey}} on {{Generative Diffusion Model}}},
  author = {Cao, Hanqun and family=Oord, given=A{\"a}ron, prefix=van den, useprefix=true},
  year = 2022,
  month = oct,
  number = {arXiv:2209.02646},
  eprint = {2209.02646},
  primaryclass = {cs},
  publisher = {arXiv},
  doi = {10.48550/arXiv.2209.02646},
  urldate = {2023-05-01},
  archiveprefix = {arXiv},
  langid = {english}
}
"""
BETTER_BIBLATEX = r"""
@online{caoSurvey2022,
  title = {A {{Survey}}},
  subtitle = {On {{Diffusion}}},
  author = {Cao, Hanqun},
  date = {2022-10-19/2022-10-20},
  eprint = {2209.02646v7},
  eprinttype = {arXiv},
  eprintclass = {cs},
  url = {http://arxiv.org/abs/2209.02646},
  pubstate = {prepublished}
}
"""


def test_what_zotero_exports():
    """Every field the catalog has a place for comes in, and the others are named."""
    work = bib(ZOTERO)

    assert work.citekey == "guo_ad-nerf_2021"
    assert work.fields == {
        "type": "conferencePaper",
        "title": "AD-NeRF: Audio Driven Neural Radiance Fields for Talking Head Synthesis",
        "authors": (Name("Guo", "Yudong"), Name("Chen", "Keyu"), Name("Müller", "Jörg")),
        "date": "2021-10",
        "venue": "2021 IEEE/CVF International Conference on Computer Vision (ICCV)",
        "publisher": "IEEE",
        "pages": "5764-5774",
        "language": "en",
        "doi": "10.1109/ICCV48922.2021.00573",
        "arxiv": "2103.11078",
        "url": "https://ieeexplore.ieee.org/document/9710491/",
        "tags": ("Computer Science - Graphics", "talking head"),
        "abstract": "Generating high-fidelity talking head video by fitting with the input audio sequence is a challenging problem.",
    }
    assert work.own == {"isbn": "978-1-66542-812-5", "place": "Montreal, QC, Canada"}
    assert work.left == ("file", "urldate")


def test_what_better_bibtex_exports_of_a_preprint():
    """Its eprint fields make a preprint of it, and names in parts are read."""
    work = bib(BETTER_BIBTEX)

    assert work.fields == {
        "type": "preprint",
        "title": "A Survey on Generative Diffusion Model",
        "authors": (Name("Cao", "Hanqun"), Name("van den Oord", "Aäron")),
        "date": "2022-10",
        "venue": "arXiv",
        "language": "en",
        "doi": "10.48550/arXiv.2209.02646",
        "arxiv": "2209.02646",
    }


def test_what_better_biblatex_exports_of_a_preprint():
    """Of a range of dates the beginning counts, and a subtitle is part of the title."""
    assert bib(BETTER_BIBLATEX).fields == {
        "type": "preprint",
        "title": "A Survey: On Diffusion",
        "authors": (Name("Cao", "Hanqun"),),
        "date": "2022-10-19",
        "venue": "arXiv",
        "arxiv": "2209.02646",
        "url": "http://arxiv.org/abs/2209.02646",
    }


@pytest.mark.parametrize(
    ("entry", "fields"),
    [
        ("@article{a, title={T}, journal={arXiv preprint arXiv:2103.11078}, year={2021}}",
         {"type": "preprint", "arxiv": "2103.11078", "venue": "arXiv", "date": "2021"}),
        ("@article{a, title={T}, journal={CoRR}, volume={abs/2103.11078}, year=2021}",
         {"type": "preprint", "arxiv": "2103.11078", "venue": "arXiv"}),
        ("@misc{a, title={T}, howpublished={\\url{https://x.org/a\\_b}}, month={5~} # oct, year=2021}",
         {"type": "webpage", "url": "https://x.org/a_b", "date": "2021-10-05"}),
        ("@article{a, title={T}, journal={J}, number=3, volume={12}, year={2020}, month={10}, day={5}}",
         {"type": "journalArticle", "venue": "J", "issue": "3", "volume": "12", "date": "2020-10-05"}),
        ("@phdthesis{a, title={T}, school={MIT}, year={2020}}", {"type": "thesis", "venue": "MIT"}),
        ("@article{a, title={T}, journaltitle={J}, date={2020-02-30}}", {"date": "2020"}),
        ("@article{a, title={T}, doi={https://doi.org/10.1000/X\\_1}}", {"doi": "10.1000/X_1"}),
        ("@inproceedings{a, title={T}, keywords={one; two, three}}", {"tags": ("one", "two", "three")}),
        ("@article{a, title={T}, author={{The {OpenAI} Team} and King, Jr., Martin Luther and others}}",
         {"authors": (Name("The OpenAI Team"), Name("King", "Martin Luther, Jr."))}),
        ("@article{a, title={T}, author={Ludwig van Beethoven and Aristotle\n  and {\\L}ukasz Kaiser}}",
         {"authors": (Name("van Beethoven", "Ludwig"), Name("Aristotle"), Name("Kaiser", "Łukasz"))}),
    ],
)  # fmt: skip
def test_what_entries_say(entry, fields):
    """Types, ids, dates and names as Google Scholar, DBLP, publishers and people write them."""
    said = bib(entry).fields

    assert {name: said.get(name) for name in fields} == fields


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{AD-NeRF}: {\'e}t{\'e} \& $\beta$", "AD-NeRF: été & β"),
        (r"{\L}{\'o}d{\'z}, Erd\H{o}s, Gon{\c c}alves, Na{\"\i}ve", "Łódź, Erdős, Gonçalves, Naïve"),
        (r"\emph{Drosophila} {\it wings} \textsc{Abc} \texttt{z}", "Drosophila wings Abc z"),
        (r"100\% of 50% -- ``so''", "100% of 50% – “so”"),
        (r"a~b\ c \LaTeX{} \href{http://x.y}{here}", "a b c LaTeX here"),
        (r"$\mathbf{x}$-space in $O(n^2)$", "x-space in O(n^2)"),
        (r"\unknown{kept} {\textless}p{\textgreater}", "kept <p>"),
        (r"a { brace \frac", "a brace"),
    ],
)
def test_latex_reads_as_a_reader_sees_it(tex, text):
    """Accents, symbols and mathematics become letters; markup goes, its text stays."""
    assert plain(tex).startswith(text)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Mn", "Zl", "Zp", "Zs"]), max_size=40)
)
def test_what_is_escaped_reads_back(text):
    """No title or name is changed by a way through BibLaTeX."""
    assert plain(escaped(text)) == plain(escaped(plain(escaped(text))))


@pytest.mark.parametrize("text", ["Müller & Söhne 100% #1 a_b $5 {x} ~ ^ \\", "naïve “quotes” – Łódź", "半小时 β x"])
def test_bibtex_is_ascii_and_reads_back(text):
    """Old programs get LaTeX, and the text comes back as it was."""
    assert plain(latex(text)) == plain(escaped(text)) == text
    assert latex("Łódź – β").isascii()


BROKEN = """\
@string{iccv = {International Conference on Computer Vision}}
@comment{@article{hidden, title={Not an entry}}}
mail me at me@example.org
@inproceedings{one, title={One}, booktitle=iccv # { 2021}}

@article{broken,
  title = {A brace {is missing},
  year = 2020
}

@article{two, title={Two}, journal=PAMI, month=foo, year={soon}}
@article{three, title={Three}, title={Drei}, doi={none}}
@book{untitled, year=2020}
@article{four, title="Four {"} quotes"}
@article{last, title={The end is missing"""


@pytest.mark.parametrize(
    "name", [r"\'{E}mile Zola", r"{\'E}mile Zola", r"\'Emile Zola", r"{\'{E}}mile Zola", r"Zola, \'{E}mile"]
)
def test_a_name_that_begins_with_an_accent_has_two_parts(name):
    """However the accent is written: BibTeX itself sees a capital letter only in one of the ways."""
    assert bib(f"@book{{a, title = {{T}}, author = {{{name}}}}}").fields["authors"] == (Name("Zola", "Émile"),)


def test_a_bib_with_errors_in_the_middle():
    """The rest comes in, and every error is named with its line."""
    reading = read_bibtex(BROKEN, "x.bib")

    assert [one.citekey for one in reading.works] == ["one", "two", "three", "four"]
    assert reading.works[0].fields["venue"] == "International Conference on Computer Vision 2021"
    assert reading.works[1].fields["venue"] == "PAMI"
    assert reading.works[3].fields["title"] == 'Four " quotes'
    assert told(reading) == [
        (6, "is left out: '}' expected, line 11", "entry broken"),
        (11, "`PAMI` is no @string of this file: taken as text", "PAMI"),
        (11, "`foo` is no @string of this file: taken as text", "foo"),
        (11, "two has a date that tells no year", "foo soon"),
        (12, "has `title` twice: the first counts", "three"),
        (12, "three has a doi that is not a DOI: it starts with `10.`, a number and `/`, and has no spaces", "none"),
        (13, "untitled is left out: it has no title", ""),
        (15, "is left out: a brace or quotation mark is not closed", "entry last"),
    ]


def test_an_entry_inherits_from_its_proceedings():
    """A title of proceedings is the venue of what refers to them; their own ids are not the paper's."""
    text = "@inproceedings{a, title={A}, crossref={p}}\n@proceedings{p, title={Proceedings of X}, year=2020, doi={10.1000/p}}"
    paper = read_bibtex(text, "x.bib").works[0]

    assert paper.fields == {"type": "conferencePaper", "title": "A", "venue": "Proceedings of X", "date": "2020"}


# ── CSL-JSON and Zotero's JSON ───────────────────────────────────────────────────────────────────────────────────


def test_what_zotero_exports_as_csl():
    """Names with particles, dates in parts, the arXiv id behind a number; an address as id is no citekey."""
    entry = {
        "id": "http://zotero.org/users/1/items/ABCD2345", "type": "article", "title": "A <i>Survey</i>", "publisher": "arXiv",
        "number": "arXiv:2209.02646", "author": [{"family": "Oord", "given": "Aäron", "non-dropping-particle": "van den"},
        {"literal": "OpenAI"}], "issued": {"date-parts": [["2022", 10, 19]]}, "DOI": "10.48550/arXiv.2209.02646",
        "accessed": {"date-parts": [[2024]]}, "keyword": "one, two",
    }  # fmt: skip
    work = only(read_json(json.dumps([entry]), "x.json"))

    assert work.citekey == ""
    assert work.left == ("accessed",)
    assert work.fields == {
        "type": "preprint", "title": "A Survey", "authors": (Name("van den Oord", "Aäron"), Name("OpenAI")),
        "date": "2022-10-19", "doi": "10.48550/arXiv.2209.02646", "arxiv": "2209.02646", "venue": "arXiv", "tags": ("one", "two"),
    }  # fmt: skip


def test_better_bibtex_json_is_zotero_items():
    """Items come in as the synchronisation reads them; notes and attachments by themselves are no papers."""
    item = {
        "itemType": "conferencePaper", "title": "AD-NeRF", "creators": [{"creatorType": "author", "firstName": "Yudong",
        "lastName": "Guo"}, {"creatorType": "editor", "name": "X"}], "date": "October 2021", "proceedingsTitle": "ICCV",
        "extra": ["arXiv: 2103.11078 [cs]"], "tags": [{"tag": "nerf"}, {"tag": "auto", "type": 1}], "citationKey": "guo2021", "ISBN": "1",
    }  # fmt: skip
    text = json.dumps({"config": {"label": "BetterBibTeX JSON"}, "items": [item, {"itemType": "note", "note": "x"}]})
    work = only(read_json(text, "x.json"))

    assert (work.citekey, work.left) == ("guo2021", ())
    assert work.own == {"isbn": "1", "editors": ("X",)}
    assert work.fields == {
        "type": "conferencePaper", "title": "AD-NeRF", "authors": (Name("Guo", "Yudong"),), "date": "2021-10",
        "venue": "ICCV", "arxiv": "2103.11078", "tags": ("nerf",),
    }  # fmt: skip


def test_broken_json_gives_what_stands_before_the_fault():
    """And names the line from which on it is broken."""
    reading = read_json(
        '[\n{"id": "a", "type": "book", "title": "A"},\n{"id": "b", "type": "book"},\n{"id": }\n]', "x.json"
    )

    assert [one.citekey for one in reading.works] == ["a"]
    assert [(line, message) for line, message, _ in told(reading)] == [
        (4, "is not JSON from here on: Expecting value"),
        (3, "b is left out: it has no title"),
    ]


# ── RIS ──────────────────────────────────────────────────────────────────────────────────────────────────────────

RIS = """\
TY  - JOUR
TI  - One
AU  - Guo, Yudong
AU  - King, Martin Luther, Jr.
T2  - A Journal
AB  - It begins
and goes on.
DA  - 2021/10/05/
PY  - 2021
SP  - 1
EP  - 10
DO  - 10.1000/1
KW  - nerf
KW  - head; neck
SN  - 1234-5678
ER  -

TY  - CONF\r
T1  - Two\r
A1  - Ho, J.\r
Y1  - 2020///\r
UR  - https://x.org/a;b\r
TY  - UNPB
TI  - Three, whose neighbour has no end
UR  - http://arxiv.org/abs/2103.11078
ER  -
TY  - BOOK
ER  -
"""


def test_an_id_in_a_note_of_ris_is_read_and_not_left():
    """As litsync writes it; words in such a note are left, and told."""
    text = "TY  - UNPB\nTI  - T\nN1  - arXiv:2103.11078\nER  - \n"

    assert only(read_ris(text, "x.ris")).fields["arxiv"] == "2103.11078"
    assert only(read_ris(text, "x.ris")).left == ()
    assert only(read_ris(text.replace("N1", "N1  - my words\nN1"), "x.ris")).left == ("N1",)


def test_ris():
    """Zotero's and EndNote's tags; a record without its end does not swallow the next one; continued lines are one text."""
    reading = read_ris(RIS, "x.ris")
    one, two, three = reading.works

    assert one.fields == {
        "type": "journalArticle", "title": "One", "authors": (Name("Guo", "Yudong"), Name("King", "Martin Luther, Jr.")),
        "venue": "A Journal", "abstract": "It begins and goes on.", "date": "2021-10-05", "pages": "1-10", "doi": "10.1000/1",
        "tags": ("nerf", "head; neck"),
    }  # fmt: skip
    assert (one.own, one.left) == ({"issn": "1234-5678"}, ())
    assert two.fields == {
        "type": "conferencePaper", "title": "Two", "authors": (Name("Ho", "J."),), "date": "2020", "url": "https://x.org/a;b",
    }  # fmt: skip
    assert (three.fields["type"], three.fields["arxiv"]) == ("preprint", "2103.11078")
    assert told(reading) == [(27, "record 4 is left out: it has no title", "")]


# ── out, and back ────────────────────────────────────────────────────────────────────────────────────────────────

FORMS = {
    "bibtex": (lambda papers: write_bibtex(papers, Flavour.BIBTEX), read_bibtex),
    "biblatex": (lambda papers: write_bibtex(papers, Flavour.BIBLATEX), read_bibtex),
    "csl-json": (write_csl, read_json),
    "ris": (write_ris, read_ris),
}
STATED = "title authors date venue volume issue pages publisher language doi arxiv url tags abstract".split()


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_reads_back(form):
    """Every paper of the shipped catalog comes back with every field that bibliographies have."""
    records = read_catalog([CatalogFile("c.yaml", SHIPPED.read_bytes())]).records.values()
    papers = [(one.id.key, one.fields) for one in records if one.id.kind is Kind.PAPER]
    write, read = FORMS[form]
    reading = read(write(papers), f"x.{form}")

    assert reading.faults == ()
    assert [one.citekey for one in reading.works] == [key for key, _ in papers]
    for work, (_, fields) in zip(reading.works, papers, strict=True):
        assert {name: work.fields.get(name) for name in STATED} == {name: fields.get(name) for name in STATED}


@pytest.mark.parametrize("form", FORMS)
def test_what_no_field_is_for_goes_out_again(form):
    """A paper keeps it under keys of its own, and a bibliography that comes in whole goes out whole."""
    own = {"isbn": "978-1", "place": "Berlin", "edition": "2", "editors": ("Ann Li", "Bo van Xu")}
    write, read = FORMS[form]
    fields = {"type": "book", "title": "A Book", **own}

    assert only(read(write([("a", fields)]), f"x.{form}")).own == own


TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20)


@pytest.mark.parametrize("form", ["biblatex", "csl-json", "ris"])
@given(title=TEXTS, venue=TEXTS, family=TEXTS, tag=TEXTS)
def test_any_text_survives(form, title, venue, family, tag):
    """Whatever stands in a title, no entry breaks, and no other entry is touched."""
    fields = {"type": "journalArticle", "title": title, "venue": venue, "authors": (Name(family),), "tags": (tag,)}
    write, read = FORMS[form]
    reading = read(write([("a", fields), ("b", {"title": "Second", "type": "book"})]), f"x.{form}")

    assert [one.fields["title"] for one in reading.works][-1:] == ["Second"]
    assert len(reading.works) == 2 or not plain(escaped(title))


def test_bibtex_looks_as_people_write_it():
    """Capitals that are the word's own are kept by braces; institutions, months and pages are as BibTeX has them."""
    fields = {
        "type": "conferencePaper", "title": "AD-NeRF: Audio Driven 3D Fields", "date": "2021-10-05", "pages": "1-10",
        "authors": (Name("Müller", "Jörg"), Name("OpenAI"), Name("King", "Martin Luther, Jr.")), "venue": "ICCV & Friends", "arxiv": "2103.11078",
    }  # fmt: skip

    assert (
        write_bibtex([("a2021b", fields)], Flavour.BIBTEX)
        == r"""@inproceedings{a2021b,
  title = {{AD-NeRF}: Audio Driven {3D} Fields},
  author = {M{\"u}ller, J{\"o}rg and {OpenAI} and King, Jr., Martin Luther},
  year = {2021},
  month = oct,
  day = {05},
  booktitle = {ICCV {\&} Friends},
  pages = {1--10},
  eprint = {2103.11078},
  archiveprefix = {arXiv}
}
"""
    )


def test_an_item_that_is_none_is_left_out():
    """A broken item of Zotero's costs itself, and is told."""
    items = [{"itemType": "book", "title": "A", "tags": [{"nothing": 1}]}, {"itemType": "book", "title": "B"}]
    reading = read_json(json.dumps(items), "x.json")

    assert [one.fields["title"] for one in reading.works] == ["B"]
    assert [message for _, message, _ in told(reading)] == ["entry 1 is left out: it is no sound Zotero item"]


@given(st.sampled_from(["bib", "json", "ris", ""]), st.binary(max_size=200), st.integers(0, 900), st.binary(max_size=8))
def test_whatever_a_file_holds_it_is_read_or_refused(ending, data, place, more):
    """Torn and mixed files give works and faults, or a refusal in words; never anything else."""
    whole = {
        "bib": ZOTERO,
        "json": '[{"id": "a", "type": "book", "title": "A", "issued": {"date-parts": [[2020]]}}]',
        "ris": RIS,
    }
    torn = whole.get(ending, ZOTERO).encode()
    for source in (data, torn[:place] + more + torn[place + 3 :]):
        try:
            reading = read_works(source, f"x.{ending}")
        except UsageError:
            continue
        assert all(one.fields.get("title") for one in reading.works)
