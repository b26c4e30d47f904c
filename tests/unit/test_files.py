"""Files are never overwritten unseen, and what a person saved at the same moment survives."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from litsync.replicas import system_calls
from litsync.replicas.files import Changed, Displaced, Folder, content_hash
from litsync.replicas.trouble import in_words


def cannot_swap(one: str, other: str) -> bool:
    """A file system that cannot exchange two files."""
    return False


@pytest.fixture(params=[system_calls.swap, cannot_swap], ids=["exchange", "link"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    """A folder on each kind of file system."""
    return Folder(tmp_path, tmp_path / ".hidden", request.param)


def hidden(tmp_path: Path) -> list[str]:
    """What is left among the temporaries."""
    return sorted(path.name for path in (tmp_path / ".hidden").glob("*"))


def test_a_new_file_appears_whole_in_folders_made_for_it(folder: Folder, tmp_path: Path) -> None:
    """Creating makes the folders on the way, writes all bytes and leaves no temporary."""
    seen = folder.create("Papers/a.md", b"one")
    folder.sync(["Papers/a.md"])
    assert (tmp_path / "Papers/a.md").read_bytes() == b"one"
    assert seen.st_ino == (tmp_path / "Papers/a.md").stat().st_ino
    assert hidden(tmp_path) == []


def test_creating_never_replaces(folder: Folder, tmp_path: Path) -> None:
    """A file that is already there stays as it is, and no temporary is left."""
    (tmp_path / "a.md").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        folder.create("a.md", b"ours")
    assert (tmp_path / "a.md").read_bytes() == b"mine"
    assert hidden(tmp_path) == []


def test_replacing_keeps_mode_and_attributes_and_the_old_text_until_released(folder: Folder, tmp_path: Path) -> None:
    """The new text carries the old file's mode and extended attributes; the old text can be read until release."""
    note = tmp_path / "a.md"
    note.write_bytes(b"old")
    note.chmod(0o640)
    if hasattr(os, "setxattr"):
        os.setxattr(note, "user.colour", b"red")
    displaced = folder.replace("a.md", b"new", b"old")
    assert isinstance(displaced, Displaced)
    assert displaced.kept.read_bytes() == b"old"
    assert note.read_bytes() == b"new"
    assert stat.S_IMODE(note.stat().st_mode) == 0o640
    if hasattr(os, "getxattr"):
        assert os.getxattr(note, "user.colour") == b"red"
    folder.release()
    assert hidden(tmp_path) == []


def test_a_file_that_changed_since_it_was_read_is_left_alone(folder: Folder, tmp_path: Path) -> None:
    """Replacing something other than what was expected is refused and leaves the other text in place."""
    (tmp_path / "a.md").write_bytes(b"saved meanwhile")
    assert folder.replace("a.md", b"new", b"old") == Changed()
    assert (tmp_path / "a.md").read_bytes() == b"saved meanwhile"
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("size", [0, 1, 2**18 - 1, 2**18, 2**18 + 1, 2**19])
def test_every_byte_counts_of_what_is_to_be_replaced(folder: Folder, tmp_path: Path, size: int) -> None:
    """One byte more, one less, another first or last one: it is another text, however long it is."""
    text = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    others = {text + b"y", text[:-1], b"y" + text[1:], text[:-1] + b"y"} - {text}
    for other in others:
        (tmp_path / "a.md").write_bytes(other)
        assert folder.replace("a.md", b"new", text) == Changed()
        assert (tmp_path / "a.md").read_bytes() == other
    (tmp_path / "a.md").write_bytes(text)
    assert isinstance(folder.replace("a.md", b"new", text), Displaced)
    folder.release()
    assert hidden(tmp_path) == []


def test_a_file_deleted_meanwhile_does_not_come_back(folder: Folder, tmp_path: Path) -> None:
    """A file that vanished between reading and replacing stays away."""
    (tmp_path / "a.md").write_bytes(b"old")
    draft = folder.draft("a.md", b"new", b"old")
    (tmp_path / "a.md").unlink()
    assert folder.put(draft) == Changed()
    assert hidden(tmp_path) == []
    assert not (tmp_path / "a.md").exists()


@pytest.mark.parametrize("save", ["in place", "by rename"])
def test_a_save_between_draft_and_exchange_wins(folder: Folder, tmp_path: Path, save: str) -> None:
    """Whoever saves after litsync read the file keeps their text, however their program saves."""
    note = tmp_path / "a.md"
    note.write_bytes(b"old")
    draft = folder.draft("a.md", b"new", b"old")
    if save == "in place":
        note.write_bytes(b"theirs")
    else:
        (tmp_path / "t").write_bytes(b"theirs")
        (tmp_path / "t").replace(note)
    assert folder.put(draft) == Changed()
    assert note.read_bytes() == b"theirs"
    assert hidden(tmp_path) == []


def test_an_editor_that_holds_the_old_file_open_does_not_lose_its_save(folder: Folder, tmp_path: Path) -> None:
    """Text written through a descriptor opened before the exchange returns to its place on release."""
    note = tmp_path / "a.md"
    note.write_bytes(b"old")
    with note.open("r+b") as editor:
        folder.replace("a.md", b"new", b"old")
        editor.write(b"typed late")
    folder.release()
    assert note.read_bytes() == b"typed late"
    assert hidden(tmp_path) == []


def test_only_what_was_expected_is_taken_away(folder: Folder, tmp_path: Path) -> None:
    """A file that holds something else stays, one that is gone is no error, and nothing is left behind."""
    note = tmp_path / "a.md"
    note.write_bytes(b"theirs")
    assert not folder.take_away("a.md", b"old")
    assert note.read_bytes() == b"theirs"
    assert folder.take_away("a.md", b"theirs")
    assert not note.exists()
    assert not folder.take_away("a.md", b"theirs")
    folder.release()
    assert hidden(tmp_path) == []


def test_a_crash_while_a_file_is_taken_away_loses_no_save(tmp_path: Path) -> None:
    """What was to go is dropped at the next start; a save that came in between is handed over."""
    saved = tmp_path / "saved.md"

    def move(source: str, target: str) -> None:
        saved.write_bytes(b"theirs")
        system_calls.move_new(source, target)
        raise KeyboardInterrupt

    for name in ("gone.md", "saved.md"):
        (tmp_path / name).write_bytes(b"old")
    Folder(tmp_path, tmp_path / ".hidden").take_away("gone.md", b"old")
    with pytest.raises(KeyboardInterrupt):
        Folder(tmp_path, tmp_path / ".hidden", move=move).take_away("saved.md", b"old")
    [found] = Folder(tmp_path, tmp_path / ".hidden").leftovers()
    assert (found.data, found.later) == (b"theirs", True)
    assert len(hidden(tmp_path)) == 1


def test_no_save_is_lost_to_a_writer_that_never_rests(tmp_path: Path) -> None:
    """Against a program saving by rename all the time, every text that litsync displaced is one it had read."""
    folder = Folder(tmp_path, tmp_path / ".hidden")
    note = tmp_path / "a.md"
    note.write_bytes(b"0")
    stop, saved = threading.Event(), [0]

    def save() -> None:
        while not stop.is_set():
            saved[0] += 1
            (tmp_path / "t").write_bytes(b"%d" % saved[0])
            (tmp_path / "t").replace(note)

    writer = threading.Thread(target=save)
    writer.start()
    for _ in range(300):
        expected = folder.read("a.md")
        outcome = folder.put(folder.draft("a.md", b"ours", expected))
        if isinstance(outcome, Displaced):
            assert outcome.kept.read_bytes() == expected
    stop.set()
    writer.join()
    assert folder.read("a.md") in (b"ours", b"%d" % saved[0])


def test_leftovers_tell_own_text_from_a_persons(tmp_path: Path) -> None:
    """After a crash litsync's own temporaries go, the replaced text and a save that came in between are handed over."""
    crashed = Folder(tmp_path, tmp_path / ".hidden")
    for name in ("not-exchanged.md", "replaced.md", "between.md"):
        (tmp_path / name).write_bytes(b"old " + name.encode())
    crashed.draft("not-exchanged.md", b"new", b"old not-exchanged.md")
    crashed.put(crashed.draft("replaced.md", b"new replaced", b"old replaced.md"))
    draft = crashed.draft("between.md", b"new between", b"old between.md")
    (tmp_path / "between.md").write_bytes(b"theirs")
    system_calls.swap(draft.temporary, draft.target)
    found = {item.data: item for item in Folder(tmp_path, tmp_path / ".hidden").leftovers()}
    assert set(found) == {b"old replaced.md", b"theirs"}
    assert not found[b"old replaced.md"].later
    assert found[b"theirs"].later
    assert found[b"theirs"].ours == content_hash(b"new between")


@pytest.mark.parametrize(
    "act", [lambda f: f.create("Out/a.md", b"x"), lambda f: f.read("Out/a.md")], ids=["create", "read"]
)
def test_a_folder_link_out_of_the_root_is_not_followed(
    folder: Folder, tmp_path: Path, act: Callable[[Folder], object]
) -> None:
    """A symbolic link to a folder elsewhere is refused, with the reason in words, and nothing is written there."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (tmp_path / "Out").symlink_to(outside)
    with pytest.raises(OSError, match=r"symbolic links|leads out") as caught:
        act(folder)
    assert "symbolic link" in in_words(caught.value)
    assert list(outside.iterdir()) == []


def test_a_linked_file_is_neither_read_nor_replaced(folder: Folder, tmp_path: Path) -> None:
    """A symbolic link in place of a file is refused, and the file it leads to is untouched."""
    other = tmp_path / "secret"
    other.write_bytes(b"secret")
    (tmp_path / "a.md").symlink_to(other)
    for act in (lambda: folder.read("a.md"), lambda: folder.replace("a.md", b"x", b"secret")):
        with pytest.raises(OSError, match=r"symbolic links|leads out") as caught:
            act()
        assert "symbolic link" in in_words(caught.value)
    assert other.read_bytes() == b"secret"


@pytest.mark.parametrize("path", ["../a.md", "/etc/a.md", "b/../../a.md"])
def test_paths_stay_inside(folder: Folder, path: str) -> None:
    """A path that leads out of the folder is refused."""
    with pytest.raises(OSError, match="leads out"):
        folder.create(path, b"x")


def test_a_file_where_a_folder_belongs_is_said_in_words(folder: Folder, tmp_path: Path) -> None:
    """A file standing where a folder is needed gives that reason, not `exists`."""
    (tmp_path / "Papers").write_bytes(b"")
    with pytest.raises(NotADirectoryError) as caught:
        folder.create("Papers/a.md", b"x")
    assert in_words(caught.value) == "a file stands where a folder is needed"


FULL = """
import resource, signal, sys
from pathlib import Path
from litsync.replicas.files import Folder
from litsync.replicas.trouble import in_words
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
root = Path(sys.argv[1])
folder = Folder(root, root / ".hidden")
for act in (lambda: folder.create("b.md", b"x" * 50), lambda: folder.replace("a.md", b"x" * 50, b"old")):
    try:
        act()
    except OSError as error:
        print(in_words(error))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs file size limits")
def test_a_write_that_does_not_fit_leaves_everything_as_it_was(tmp_path: Path) -> None:
    """When the system refuses more bytes, no torn file and no temporary is left and the old text stands."""
    (tmp_path / "a.md").write_bytes(b"old")
    run = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["the file would be larger than this system allows"] * 2
    assert (tmp_path / "a.md").read_bytes() == b"old"
    assert not (tmp_path / "b.md").exists()
    assert hidden(tmp_path) == []


def test_many_files_are_made_durable_together(folder: Folder, tmp_path: Path) -> None:
    """A bulk of files and drafts is flushed as one and is whole afterwards."""
    names = [f"n/{i}.md" for i in range(40)]
    for name in names:
        folder.create(name, b"old")
    folder.sync(names)
    drafts = [folder.draft(name, b"new", b"old") for name in names]
    folder.flush(drafts)
    assert all(isinstance(folder.put(draft), Displaced) for draft in drafts)
    folder.release()
    assert {(tmp_path / name).read_bytes() for name in names} == {b"new"}
    assert hidden(tmp_path) == []
