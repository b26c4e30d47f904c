"""A paper's entry that was taken out goes back as it stood, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats.catalog_edit import Papers
from litsync.formats.catalog_passage import Passage, passage, put_back
from litsync.formats.catalog_remove import remove_paper

KEYS = ("a2020x", "b2020x", "c2020x")
ENTRIES = (
    "  - id: {}   # why\n    title: T\n    shelf: top\n",
    "  # a word before\n  - {{id: {}, title: T}}\n",
    "  - id: {}\n    title: >-\n      Long\n      title\n\n",
    "  - title: T\n    id: {}\n    # the last line\n",
)


def catalog(forms, tail=""):
    """A catalog of papers in these forms."""
    return (
        "title: Mine\n\npapers:\n" + "".join(f.format(k) for f, k in zip(forms, KEYS, strict=False)) + tail
    ).encode()


@given(st.permutations(ENTRIES), st.sampled_from(KEYS), st.sampled_from(["", "\n", "other: key\n"]))
def test_what_was_taken_out_goes_back_to_the_byte(forms, key, tail):
    """Whatever the papers look like, and whichever of them it was."""
    data, papers = catalog(forms[:3], tail), Papers(KEYS, divisible=True)
    left, rest = remove_paper(data, papers, key)
    found = passage("catalog.yaml", data, left, papers, key)

    assert found is not None
    assert Passage.from_place(found.place, found.text) == found
    assert put_back(left, rest, found, key) == (data, papers)


@pytest.mark.parametrize("change", ["neighbour gone", "another between", "line joined"])
def test_it_does_not_go_where_it_did_not_stand(change):
    """Without its neighbours, or where what stands there is another text, nothing is put back."""
    data, papers = catalog(ENTRIES[:3]), Papers(KEYS, divisible=True)
    left, rest = remove_paper(data, papers, "b2020x")
    found = passage("catalog.yaml", data, left, papers, "b2020x")
    match change:
        case "neighbour gone":
            now, rest = remove_paper(left, rest, "c2020x")
        case "another between":
            now = left.replace(b"  - id: c2020x", b"  - {id: d2020x, title: T}\n  - id: c2020x")
            rest = Papers(("a2020x", "d2020x", "c2020x"), divisible=True)
        case _:
            now = left.replace(b"papers:\n", b"papers: # mine\n").replace(b"shelf: top\n", b"shelf: [top,\n  left]\n")
            found = Passage(found.name, found.before, found.behind, found.gap + 9, found.text)

    assert put_back(now, rest, found, "b2020x") is None
