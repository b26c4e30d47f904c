"""Renamed notes are found by every link that led to them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from litsync.replicas.files import Folder
from litsync.replicas.vault_links import Links
from litsync.replicas.vault_rename import Move, Premises, Renamed, rename_notes
from litsync.replicas.vault_scan import scan


class Place:
    """A vault of plain files, in which notes are renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kept: dict[str, bytes] = {}

    def write(self, path: str, text: str) -> None:
        """Put a note there."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(text.encode())

    def text(self, path: str) -> str:
        """What stands in the note."""
        return (self.root / path).read_bytes().decode()

    def links(self) -> Links:
        """All notes as they are now."""
        listing = scan(self.root)
        return Links((*sorted(listing.notes), *listing.names))

    def rename(self, *moves: tuple[str, str]) -> Renamed:
        """Rename notes as litsync does."""
        folder = Folder(self.root, self.root / ".litsync" / "tmp")
        premises = Premises(folder, self.root, "vault", self.links(), self.kept.__setitem__)
        return rename_notes(premises, [Move(*move) for move in moves])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A vault with a paper, a method, and notes that link to them."""
    place = Place(tmp_path)
    place.write("Papers/guo2021.md", '---\ncitekey: guo2021\nmethods:\n  - "[[NeRF]]"\n---\nSelf: [[guo2021#Notes]]\n')
    place.write("Methods/NeRF.md", '---\nmethod: nerf\nsources:\n  - "[[guo2021|AD-NeRF]]"\n---\n')
    place.write(
        "Ideas/Mine.md", "See [[guo2021]], [it](../Papers/guo2021.md), ![[Papers/guo2021#Fig]] and `[[guo2021]]`.\n"
    )
    place.write("Other.md", "Nothing here\r\n")
    return place


def test_every_link_follows(place: Place) -> None:
    """Properties, text, embeds, Markdown links and the note itself: all lead to the new name; code and the rest stay."""
    result = place.rename(("Papers/guo2021.md", "Papers/Guo (2021) AD-NeRF.md"))
    assert not result.problems
    assert not (place.root / "Papers/guo2021.md").exists()
    assert "[[Guo (2021) AD-NeRF#Notes]]" in place.text("Papers/Guo (2021) AD-NeRF.md")
    assert '- "[[Guo (2021) AD-NeRF|AD-NeRF]]"' in place.text("Methods/NeRF.md")
    assert place.text("Ideas/Mine.md") == (
        "See [[Guo (2021) AD-NeRF]], [it](Guo%20%282021%29%20AD-NeRF.md), ![[Guo (2021) AD-NeRF#Fig]] and `[[guo2021]]`.\n"
    )
    assert "Other.md" not in result.relinked
    assert set(place.kept) == set(result.relinked)


def test_the_vaults_own_way_of_writing_links_is_kept(place: Place) -> None:
    """Where the settings ask for relative or absolute links, that is what is written."""
    for form, wanted in (("relative", "[[../Papers/new]]"), ("absolute", "[[Papers/old]]")):
        place.write(".obsidian/app.json", json.dumps({"newLinkFormat": form}))
        old, new = ("guo2021", "new") if form == "relative" else ("new", "old")
        place.rename((f"Papers/{old}.md", f"Papers/{new}.md"))
        assert f"See {wanted}" in place.text("Ideas/Mine.md")


def test_links_to_other_notes_stay_clear(place: Place) -> None:
    """When a renamed note takes a name that another note has elsewhere, links to that one get its path."""
    place.write("Ideas/Deep/Flow.md", "mine")
    place.write("List.md", "[[Flow]] and [[guo2021]]")
    place.rename(("Papers/guo2021.md", "Flow.md"))
    links = place.links()
    text = place.text("List.md")
    first, second = (part.partition("]]")[0] for part in text.split("[[")[1:])
    assert links.find(first, "List.md") == "Ideas/Deep/Flow.md"
    assert links.find(second, "List.md") == "Flow.md"


def test_a_taken_name_is_not_taken_over(place: Place) -> None:
    """A note keeps its name, and its links, when another note has the new one in any spelling."""
    place.write("Papers/Cafe\u0301.md", "someone's")
    before = place.text("Ideas/Mine.md")
    result = place.rename(("Papers/guo2021.md", "Papers/caf\u00e9.md"))
    assert [problem.message for problem in result.problems] == [
        "was not renamed: Papers/Cafe\u0301.md has the name caf\u00e9.md already"
    ]
    assert not result.moved
    assert place.text("Ideas/Mine.md") == before
    assert place.text("Papers/Cafe\u0301.md") == "someone's"


def test_a_name_that_only_changes_its_case(place: Place) -> None:
    """`nerf` becomes `NeRF`, and links are spelled like it."""
    place.rename(("Methods/NeRF.md", "Methods/nerf.md"))
    assert '- "[[nerf]]"' in place.text("Papers/guo2021.md")
    assert [path.name for path in (place.root / "Methods").iterdir()] == ["nerf.md"]


def test_composed_and_decomposed_names_are_one(place: Place) -> None:
    """A link typed in one composition follows a note whose name is stored in the other."""
    place.write("Methods/" + unicodedata.normalize("NFD", "Café") + ".md", "x")
    place.write("Ideas/Deep.md", "[[Café|x]]")
    place.rename((unicodedata.normalize("NFD", "Methods/Café.md"), "Methods/Bar.md"))
    assert place.text("Ideas/Deep.md") == "[[Bar|x]]"


def test_canvases_follow(place: Place) -> None:
    """Cards that show a note, and links in cards of text, lead to the new name; every other byte stays."""
    canvas = (
        '{\n\t"nodes":[\n\t\t{"id":"1","type":"file","file":"Papers/guo2021.md","x":0},\n'
        '\t\t{"id":"2","type":"text","text":"see [[guo2021]] \\"file\\": \\"Papers/guo2021.md\\""}\n\t]\n}'
    )
    place.write("Board.canvas", canvas)
    place.write("Broken.canvas", "{[[guo2021]]")
    place.rename(("Papers/guo2021.md", "Papers/new.md"))
    wanted = canvas.replace('"file":"Papers/guo2021.md"', '"file":"Papers/new.md"').replace("[[guo2021]]", "[[new]]")
    assert place.text("Board.canvas") == wanted
    assert place.text("Broken.canvas") == "{[[guo2021]]"


def test_a_note_that_cannot_be_read_is_named(place: Place) -> None:
    """Links in a note that is no text stay, and the note is told; everything else is done."""
    (place.root / "Latin.md").write_bytes(b"caf\xe9 [[guo2021]]")
    result = place.rename(("Papers/guo2021.md", "Papers/new.md"))
    assert [str(problem.place) for problem in result.problems] == ["vault/Latin.md"]
    assert (place.root / "Latin.md").read_bytes() == b"caf\xe9 [[guo2021]]"
    assert "[[new]]" in place.text("Ideas/Mine.md")


def test_what_was_interrupted_is_finished_by_the_same_command(place: Place) -> None:
    """Links that already say the new name, because a run was killed, are right once the note has moved."""
    place.write("Ideas/Mine.md", "[[new]] and [[guo2021]]")
    place.rename(("Papers/guo2021.md", "Papers/new.md"))
    assert place.text("Ideas/Mine.md") == "[[new]] and [[new]]"


def test_nothing_is_written_twice(place: Place) -> None:
    """Asking again for names that notes already have changes no byte and no time stamp."""
    place.rename(("Papers/guo2021.md", "Papers/new.md"))
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.root.rglob("*.md")}
    result = place.rename(("Papers/new.md", "Papers/new.md"))
    assert (result.moved, result.relinked) == ([], [])
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.root.rglob("*.md")} == before
