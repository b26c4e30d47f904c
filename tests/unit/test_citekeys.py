"""New citekeys: the documented rule, in ASCII, stable, and never one that is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.config import load_config
from litsync.core.model import Kind, Name
from litsync.core.values import Form, read_text
from litsync.errors import UsageError
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog
from litsync.formats.citekeys import Citekeys, read_pattern, spelled

SHIPPED = Path(__file__).parents[2] / "catalog/face-video-generation.yaml"


def paper(title, *authors, date=None):
    """The fields of a paper that say something here."""
    return {"title": title, "authors": tuple(authors) or None, "date": date}


def test_the_rule_makes_the_citekeys_of_the_shipped_catalog():
    """A new paper's citekey looks like those of its neighbours, because the rule gives theirs too."""
    records = read_catalog([CatalogFile("c.yaml", SHIPPED.read_bytes())]).records.values()
    papers = [one for one in records if one.id.kind is Kind.PAPER and one.fields.get("authors")]

    assert len(papers) >= 30
    assert {one.id.key: spelled(one.fields) for one in papers} == {one.id.key: one.id.key for one in papers}


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        (paper("On the Generation of Faces", Name("Müller", "Jörg"), date="2020-03"), "muller2020generation"),
        (paper("Neural Discrete Representation Learning", Name("van den Oord", "Aaron"), date="2017"), "vandenoord2017neural"),
        (paper("A Study", Name("O'Brien-Łuczak", "Zoë"), date="2019"), "obrienluczak2019study"),
        (paper("β-VAE: Learning", Name("Higgins", "Irina"), date="2017"), "higgins2017betavae"),
        (paper("半小时理解变分自编码器", Name("郭", "玉东"), date="2021"), "guo2021banxiaoshili"),
        (paper("GPT-4 Technical Report", Name("OpenAI"), date="2023-03-15"), "openai2023gpt4"),
        (paper("Guidelines", Name("The MITRE Corporation"), date="2023"), "mitre2023guidelines"),
        (paper("<i>Drosophila</i> wings", Name("Ito", "K."), date="2001"), "ito2001drosophila"),
        (paper("No date here", Name("Ito", "K.")), "itono"),
        (paper("The Annotated Transformer", date="2018"), "annotated2018transformer"),
        (paper("Talking head", date=None), "talkinghead"),
        (paper("To the of", Name("Ito", "K."), date="2001"), "ito2001to"),
        (paper("🎉", date="2001"), "tada2001"),
        (paper(None), "untitled"),
    ],
)  # fmt: skip
def test_spelling(fields, key):
    """Family name, year and the first word that says something, transliterated; the title alone without authors."""
    assert spelled(fields) == key


def test_what_is_taken_gets_a_letter():
    """Never the same key twice, not even in another case; the letters go on after z."""
    fields = paper("AD-NeRF", Name("Guo", "Yudong"), date="2021")
    keys = Citekeys(["Guo2021ADNeRF"])
    given_out = [keys.give(fields) for _ in range(28)]

    assert given_out[:2] == ["guo2021adnerfa", "guo2021adnerfb"]
    assert given_out[25:] == ["guo2021adnerfz", "guo2021adnerfaa", "guo2021adnerfab"]


def test_a_paper_keeps_the_key_it_brings():
    """Unless it is taken or no citekey; then the rule decides."""
    fields = paper("AD-NeRF", Name("Guo", "Yudong"), date="2021")
    keys = Citekeys(["taken2020"])

    assert keys.keep("Guo:2021", fields) == "Guo:2021"
    assert keys.keep("guo:2021", fields) == "guo2021adnerf"
    assert keys.keep("Taken2020", fields) == "guo2021adnerfa"
    assert keys.keep("not a key", fields) == "guo2021adnerfb"


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("{Family}{year}{Word}", "Guo2021Adnerf"),
        ("{family}-{year}", "guo-2021"),
        ("{Family}_{Words}", "Guo_AdnerfAudioDriven"),
        ("{words}", "adnerfaudiodriven"),
    ],
)
def test_patterns(pattern, key):
    """The configuration may ask for another form."""
    fields = paper("AD-NeRF: Audio Driven Neural Radiance Fields", Name("Guo", "Yudong"), date="2021-10")

    assert spelled(fields, read_pattern(pattern)) == key


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("{author}{year}", "{author}"), ("{family} {year}", "x x"), ("{year}", "same citekey"), ("paper", "same citekey")],
)
def test_a_pattern_that_cannot_be_is_refused(pattern, said):
    """With a reason that names what is wrong."""
    with pytest.raises(ValueError, match=said.replace("{", r"\{")):
        read_pattern(pattern)


def test_the_configuration_names_the_pattern(tmp_path):
    """A pattern that cannot be is refused with its place in the file."""
    path = tmp_path / "litsync.yaml"
    path.write_text('catalog: a.yaml\nciteKeys: x\ncitekeys: "{author}"\n')
    with pytest.raises(UsageError) as caught:
        load_config(path)
    path.write_text('catalog: a.yaml\ncitekeys: "{Family}{year}"\n')

    assert "3:11: `citekeys: {author}` has `{author}`, which is none of {family}" in caught.value.message
    assert load_config(path).citekeys == "{Family}{year}"


@given(st.text(max_size=80), st.lists(st.text(min_size=1, max_size=30), max_size=2), st.sampled_from(["", "2020-01"]))
def test_every_key_is_a_citekey(title, families, date):
    """Whatever the title and names are, the catalog takes the key."""
    fields = {"title": title, "authors": tuple(Name(family) for family in families), "date": date or None}
    key = spelled(fields)

    assert key.isascii()
    assert read_text(Form.CITEKEY, key) == key
    assert spelled(fields) == key
