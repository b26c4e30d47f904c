"""Links are found where Obsidian finds them, and only their targets change."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.formats.note_links import body_links, retarget_body, retarget_note
from litsync.formats.note_parts import NoteError


def renamed(target: str) -> str | None:
    """One note changes its name."""
    return {"Old": "New name", "Papers/Old": "New name", "O'Hara": "It's new", "a": "b"}.get(target)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[[Old]]", "[[New name]]"),
        ("see [[Old|this]] and ![[Old#Part]]", "see [[New name|this]] and ![[New name#Part]]"),
        ("[[Old#Part#Sub|x]] [[Old#^id]]", "[[New name#Part#Sub|x]] [[New name#^id]]"),
        ("| [[Old\\|x]] |", "| [[New name\\|x]] |"),
        ("[[ Old ]]", "[[ New name ]]"),
        ("[[Old.md]]", "[[New name.md]]"),
        ("[[Papers/Old]]", "[[New name]]"),
        ("[x](Old.md) [y](<Old.md>)", "[x](New%20name.md) [y](<New%20name.md>)"),
        ('![x](Old.md#Part) [t](Old.md "title")', '![x](New%20name.md#Part) [t](New%20name.md "title")'),
        ("%% [[Old]] %%", "%% [[New name]] %%"),
        ("[[Older]] [[Old note]] Old", None),
        ("[[#Old]] [x](#Old) [x](https://Old) [x](zotero://Old)", None),
        ("`[[Old]]` ``a ` [[Old]]``", None),
        ("```\n[[Old]]\n```", None),
        ("~~~~md\n```\n[[Old]]\n~~~~", None),
        ("> ```\n> [[Old]]\n> ```\n", None),
        ("- ```\n  [[Old]]\n  ```\n", None),
        ("text\n\n    [[Old]]\n\tmore [[Old]]\n", None),
        ("```\nnever closed [[Old]]", None),
        ("```\n[[Old]]\n```\n[[Old]]", "```\n[[Old]]\n```\n[[New name]]"),
        ("one ` tick [[Old]]\n\nand ` another", "one ` tick [[New name]]\n\nand ` another"),
        ("\\`[[Old]]`", "\\`[[New name]]`"),
        ("- item\n\n    [[Old]]", "- item\n\n    [[New name]]"),
        ("text\n    [[Old]]", "text\n    [[New name]]"),
        ("``` not a fence ``` [[Old]]", "``` not a fence ``` [[New name]]"),
        ("[[Old]]\r\n[[Old]]\r\n", "[[New name]]\r\n[[New name]]\r\n"),
    ],
)
def test_links_in_text(before: str, after: str | None) -> None:
    """Wikilinks, embeds and Markdown links lead to the new name; code, other names and addresses stay."""
    assert retarget_body(before, renamed) == (after if after is not None else before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('parent: "[[Old]]"', 'parent: "[[New name]]"'),
        ("parent: '[[Old|x]]'  # kept", "parent: '[[New name|x]]'  # kept"),
        ("parent: [[Old]]", "parent: [[New name]]"),
        ("m:\n- '[[Old]]'\n-   \"[[Other]]\"", "m:\n- '[[New name]]'\n-   \"[[Other]]\""),
        ('m: ["[[Old]]", x]', 'm: ["[[New name]]", x]'),
        ('m: "[[O\'Hara]]"', 'm: "[[It\'s new]]"'),
        ("m: '[[O''Hara]]'", "m: '[[It''s new]]'"),
        ('m: "[t](Old.md)"', 'm: "[t](New%20name.md)"'),
        ('m: "see [[Old]] there"', None),
        ("m: # [[Old]]\n  - x", None),
        ('"old": {deep: "[[Old]]"}', None),
    ],
)
def test_links_in_properties(before: str, after: str | None) -> None:
    """A property that is one whole link is renamed where it stands; comments, order and spelling stay."""
    head = f"---\nx: 2103.10 # mine\n{before}\n---\nbody"
    wanted = head if after is None else f"---\nx: 2103.10 # mine\n{after}\n---\nbody"
    assert retarget_note(head.encode(), renamed).decode() == wanted


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_other_byte_stays(start: str, end: str) -> None:
    """Byte order mark, line ends and a rule in the text are the reader's."""
    note = end.join([f"{start}---", "citekey: a", 'm: "[[Old]]"', "---", "[[Old]]", "---", "x: [[Old]]", ""])
    assert retarget_note(note.encode(), renamed).decode() == note.replace("Old", "New name")


def test_a_note_that_is_no_text_is_refused() -> None:
    """Bytes that are not UTF-8 are never written back."""
    with pytest.raises(NoteError, match="UTF-8"):
        retarget_note(b"[[Old]] \xff", renamed)


@given(st.text(alphabet="[]|#`~ \n\\()<>a!\t-", max_size=60))
def test_any_text_comes_back(text: str) -> None:
    """Without a new target nothing changes; with one, only what stands in the spans of links."""
    assert retarget_body(text, lambda _: None) == text
    spans = list(body_links(text))
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    retarget_body(text, renamed)
