"""What a value may be, when two mean the same, and that nothing is lost in storing them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.codec import from_json, to_json
from litsync.core.fields import TABLE
from litsync.core.model import Kind, Link, Name
from litsync.core.values import Form, Invalid, compatible, read_leniently, read_name, read_text, tidy

PAPER = TABLE[Kind.PAPER]


@pytest.mark.parametrize("text", ["2021", "2021-10", "2021-10-05", "2020-02-29", "1450"])
def test_dates(text):
    """A year, a month or a day."""
    assert read_text(Form.DATE, text) == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("October 2021", "2021-10"),
        ("10/2021", "2021-10"),
        ("10.2021", "2021-10"),
        ("2021-10-00", "2021-10"),
        ("2021-00-00", "2021"),
        ("2021-10-03T12:30:00Z", "2021-10-03"),
        ("Oct 2021", "2021-10"),
        ("5 October 2021", "2021-10-05"),
        ("Oct 5, 2021", "2021-10-05"),
        ("2021/10/5", "2021-10-05"),
        ("2021/10", "2021-10"),
        ("2021-2", "2021-02"),
    ],
)
def test_dates_that_people_and_zotero_write(text, meant):
    """They are refused in the catalog with the suggestion, and taken from elsewhere."""
    with pytest.raises(Invalid) as caught:
        read_text(Form.DATE, text)

    assert caught.value.suggestion == meant
    assert read_leniently(Form.DATE, text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "in press",
        "2021-13",
        "2021-02-30",
        "05/10/2021",
        "21",
        "0000",
        "Smarch 2021",
        "2021-100",
        "May 123 2021",
    ],
)
def test_no_dates(text):
    """What cannot be told, or does not exist, is never guessed at."""
    with pytest.raises(Invalid) as caught:
        read_leniently(Form.DATE, text)

    assert caught.value.suggestion == ""


@pytest.mark.parametrize(
    ("form", "text", "meant"),
    [
        (Form.DOI, "https://doi.org/10.1145/3478513", "10.1145/3478513"),
        (Form.DOI, "doi:10.1145/3478513", "10.1145/3478513"),
        (Form.ARXIV, "https://arxiv.org/abs/2103.11078", "2103.11078"),
        (Form.ARXIV, "http://export.arxiv.org/pdf/2103.11078v2.pdf", "2103.11078v2"),
        (Form.ARXIV, "arXiv:hep-th/9901001", "hep-th/9901001"),
    ],
)
def test_ids_given_as_addresses(form, text, meant):
    """The catalog wants the id alone; elsewhere the id is taken."""
    with pytest.raises(Invalid) as caught:
        read_text(form, text)

    assert caught.value.suggestion == meant
    assert read_leniently(form, text) == meant


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (Form.DOI, "10.1109/ a"),
        (Form.DOI, "3478513"),
        (Form.ARXIV, "2103.1"),
        (Form.ARXIV, "2103.1107"),
        (Form.ARXIV, "2103.1107v2"),
        (Form.ARXIV, "301.10140"),
        (Form.URL, "ftp://x.org"),
        (Form.URL, "https://x.org/a b"),
        (Form.URL, "x"),
        (Form.URL, "http://[bad"),
        (Form.NUMBER, "six"),
        (Form.NUMBER, "-1"),
        (Form.CITEKEY, "a b"),
        (Form.CITEKEY, "../x"),
        (Form.ID, "NeRF"),
        (Form.TAG, "x" * 256),
    ],
)
def test_what_breaks_the_rules_of_its_form(form, text):
    """It is refused, with words."""
    with pytest.raises(Invalid, match=r"\w+ \w+"):
        read_text(form, text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Yudong Guo", Name("Guo", "Yudong")),
        ("Guo, Yudong", Name("Guo", "Yudong")),
        ("Aaron van den Oord", Name("van den Oord", "Aaron")),
        ("Li Fei-Fei", Name("Fei-Fei", "Li")),
        ("OpenAI", Name("OpenAI")),
        ("  Stan  Z.  Li ", Name("Li", "Stan Z.")),
        ("李宏毅", Name("李宏毅")),
    ],
)
def test_names(text, name):
    """Family names with their particles; one word stays whole."""
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("title", "A  title ", "A title"),
        ("title", "e\u0301", "é"),
        ("doi", "10.1/AB", "10.1/ab"),
        ("number", "06", "6"),
        ("tags", ("a", "b"), ("b", "a")),
        ("authors", (Name("Loy", "Chen Change"),), (Name("Change Loy", "Chen"),)),
        ("links", (Link("A", "https://a"), Link("B", "https://b")), (Link("B", "https://b"), Link("A", "https://a"))),
    ],
)
def test_values_that_mean_the_same(field, one, other):
    """They are no change, and never a reason to write."""
    assert PAPER[field].same(one, other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("title", "a", "A"),
        ("tags", ("a",), ("A",)),
        ("authors", (Name("A"), Name("B")), (Name("B"), Name("A"))),
        ("url", "https://x.org/a", "https://x.org/A"),
        ("date", "2021", "2021-10"),
        ("title", "x", None),
    ],
)
def test_values_that_differ(field, one, other):
    """Capitals, the order of authors and precision count."""
    assert not PAPER[field].same(one, other)


def test_initials_and_precision_are_compatible_at_first_contact():
    """Another given name, another year, another number of authors are not."""
    assert compatible(Form.TEXT, (Name("Guo", "Y."),), (Name("Guo", "Yudong"),))
    assert compatible(Form.TEXT, (Name("Li", "Stan Z."),), (Name("Li", "S."),))
    assert not compatible(Form.TEXT, (Name("Guo", "X."),), (Name("Guo", "Yudong"),))
    assert not compatible(Form.TEXT, (Name("Guo"),), (Name("Guo"), Name("Chen")))
    assert compatible(Form.DATE, "2021-10", "2021")
    assert not compatible(Form.DATE, "2021", "2020-10")
    assert not compatible(Form.TEXT, "A", "a")


names = st.builds(Name, st.text(min_size=1), st.text())
links = st.builds(Link, st.text(), st.text(min_size=1))
values = st.one_of(
    st.none(),
    st.text(min_size=1),
    st.lists(st.text(min_size=1), min_size=1).map(tuple),
    st.lists(names, min_size=1).map(tuple),
    st.lists(links, min_size=1).map(tuple),
)


@given(values)
def test_a_stored_value_comes_back(value):
    """Whatever it is."""
    assert from_json(to_json(value)) == value


@given(st.text())
def test_tidying_twice_is_tidying_once(text):
    """And what was tidied is the same as what it was."""
    assert tidy(tidy(text)) == tidy(text)
    assert PAPER["title"].same(text, tidy(text))
