"""Files cut into papers: what is remembered of a cut is what a search would find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats.catalog_chunks import cut_papers

HEAD = b"title: T\npapers:\n"
PAPERS = [
    b"  - id: a\n    title: A\n",
    b"\n  # c\n  - id: b\n    tags:\n      - x\n",
    b"  -\n    id: c\n    note: |\n      - no\n",
]
TAIL = b"mine: 1\n"


def searched(data: bytes):
    """The cut as a process finds it that has seen nothing yet."""
    for other in (b"papers:\n- x\n", b"papers:\n- y\n"):
        cut_papers(other)
    return cut_papers(data)


NEW = [b"  - id: n\n", b"  - {id: n, title: Longer than before}  # c\n", b"  - id: n\n    tags:\n    - x\n"]


@given(
    st.lists(st.sampled_from(PAPERS), min_size=1, max_size=5),
    st.tuples(st.integers(0, 5), st.integers(0, 5)),
    st.lists(st.sampled_from(NEW), min_size=1, max_size=3),
    st.booleans(),
)
def test_the_cut_after_an_edit_is_the_one_a_search_finds(papers, at, new, known):
    """Places, fingerprints and all, whether some papers became more or fewer, and were looked at before or not."""
    before = searched(HEAD + b"".join(papers) + TAIL)
    assert before is not None
    first = min(at[0], len(before.starts) - 1)
    after = max(first, min(at[1], len(before.starts) - 1)) + 1
    if known:
        assert before.digests
    start, gone = before.starts[first], b"".join(before.chunk(number) for number in range(first, after))
    data = before.data[:start] + b"".join(new) + before.data[start + len(gone) :]

    moved, found = before.spliced(first, after, data), searched(data)

    assert found is not None
    assert moved == found
    assert (moved.digests, moved.fingerprint, moved.hash) == (found.digests, found.fingerprint, found.hash)


@given(
    st.lists(st.sampled_from(PAPERS), min_size=1, max_size=5),
    st.dictionaries(st.integers(0, 4), st.sampled_from(NEW)),
    st.sampled_from([TAIL, b""]),
    st.booleans(),
)
def test_many_papers_edited_at_once_are_where_a_search_finds_them(papers, wanted, tail, known):
    """All other bytes stay, and what is remembered of the new text is what a search would find."""
    before = searched(HEAD + b"".join(papers) + tail)
    assert before is not None
    if known:
        assert before.digests
    chunks = {number: chunk for number, chunk in wanted.items() if number < len(before.starts)}
    assert all(before.may_become(number, chunk) for number, chunk in chunks.items())
    text = b"".join(chunks.get(number, before.chunk(number)) for number in range(len(before.starts)))

    moved, found = before.with_chunks(chunks), searched(before.prologue + text + before.epilogue)

    assert found is not None
    assert moved == found
    assert moved.digests == found.digests


@pytest.mark.parametrize(
    "chunk", [b"  - id: n\nmine: 2\n", b"# c\n  - id: n\n", b"    id: n\n", b"  - id: n", b"", NEW[0] * 2]
)
def test_a_paper_may_not_become_what_moves_the_others(chunk):
    """A key at the margin, a comment in front, no paper or two, or a last line that runs into the next paper."""
    before = searched(HEAD + PAPERS[0] + PAPERS[2] + TAIL)
    assert before is not None

    assert not before.may_become(0, chunk)
    assert before.may_become(0, NEW[0])


@pytest.mark.parametrize("chunk", [b"  - id: n\nmine: 2\n", b"# c\n  - id: n\n", b"    id: n\n"])
def test_an_edit_that_moves_the_ends_of_papers_is_not_remembered(chunk):
    """A key at the margin ends the papers, and a comment before the first one is none of it: the file is searched again."""
    before = searched(HEAD + PAPERS[0] + TAIL)
    assert before is not None

    assert before.spliced(0, 1, HEAD + chunk + TAIL) is None


def test_a_fingerprint_tells_texts_apart_by_every_byte():
    """Also if only the head, the tail, a comment between papers or their order differs."""
    texts = [
        HEAD + PAPERS[0] + PAPERS[1] + TAIL,
        HEAD + PAPERS[1] + PAPERS[0] + TAIL,
        HEAD + PAPERS[0] + b"# c\n" + PAPERS[1] + TAIL,
        b"# c\n" + HEAD + PAPERS[0] + PAPERS[1] + TAIL,
        HEAD + PAPERS[0] + PAPERS[1] + TAIL + b"# c\n",
    ]
    prints = {cut.fingerprint for text in texts if (cut := cut_papers(text))}

    assert len(prints) == len(texts)


def test_the_text_that_was_asked_for_last_is_remembered():
    """A resident process asks for the text before an edit again, and must not search it again after the next edit."""
    before, after, other = (HEAD + paper + TAIL for paper in PAPERS)
    first = searched(before)
    cut_papers(after)
    cut_papers(before)
    cut_papers(other)

    assert cut_papers(before) is first


@given(
    st.lists(st.sampled_from(PAPERS + NEW), min_size=1, unique=True),
    st.lists(st.sampled_from(PAPERS + NEW), min_size=1, unique=True),
)
def test_what_a_text_took_the_place_of_is_what_it_has_no_more(before, after):
    """The papers that are not in the new text any more, in their order, and whatever stood around all papers."""
    old, new = searched(HEAD + b"".join(before) + TAIL), searched(b"title: U\npapers:\n" + b"".join(after))
    assert old is not None
    assert new is not None
    texts = [new.chunk(number) for number in range(len(new.starts))]
    gone = [chunk for number in range(len(old.starts)) if (chunk := old.chunk(number)) not in texts]

    assert old.replaced_by(new) == old.prologue + b"".join(gone) + TAIL
