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


@given(
    st.lists(st.sampled_from(PAPERS), min_size=1, max_size=5),
    st.integers(0, 4),
    st.sampled_from(
        [b"  - id: n\n", b"  - {id: n, title: Longer than before}  # c\n", b"  - id: n\n    tags:\n    - x\n"]
    ),
    st.booleans(),
)
def test_the_cut_after_an_edit_is_the_one_a_search_finds(papers, at, chunk, known):
    """Places, fingerprints and all, whether the papers' fingerprints were asked for before or not."""
    before = searched(HEAD + b"".join(papers) + TAIL)
    assert before is not None
    number = at % len(before.starts)
    if known:
        assert before.digests
    old = before.chunk(number)
    data = before.data.replace(old, chunk, 1) if before.data.count(old) == 1 else before.data
    chunk_moved = before.edited(number, data)

    found = searched(data)
    assert found is not None
    assert chunk_moved == found
    assert (chunk_moved.digests, chunk_moved.fingerprint, chunk_moved.hash) == (
        found.digests,
        found.fingerprint,
        found.hash,
    )


@pytest.mark.parametrize(
    "chunk", [b"  - id: n\n  - id: m\n", b'  - id: n\n    t: "\n  - x"\n', b"  - id: n\nmine: 2\n"]
)
def test_an_edit_that_would_be_cut_in_two_is_not_remembered(chunk):
    """A text block or quoted text may hold what looks like the next paper; then the file is searched again."""
    before = searched(HEAD + PAPERS[0] + TAIL)
    assert before is not None

    assert before.edited(0, HEAD + chunk + TAIL) is None


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
