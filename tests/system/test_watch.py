"""`litsync watch`: every edit reaches the other two places by itself, whoever makes it and however it is saved."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time

import pytest
from cli_bench import Project
from daemon_bench import CONFIG, Daemon, catalog, eventually, item, items, note


def test_an_edit_in_each_place_reaches_the_other_two(project, daemon):
    """Nobody runs a command."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note's edit in the YAML")
    eventually(lambda: item(project)["proceedingsTitle"] == "ICCV", "the note's edit in Zotero")

    project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
    eventually(lambda: "date: 2021-10-11\n" in note(project), "the YAML's edit in the note")
    eventually(lambda: item(project)["date"] == "2021-10-11", "the YAML's edit in Zotero")

    with project.library() as library:
        library.change("guo2021adnerf", title="Fixed in Zotero")
    eventually(lambda: "Fixed in Zotero" in catalog(project), "Zotero's edit in the YAML")
    eventually(lambda: "Fixed in Zotero" in note(project), "Zotero's edit in the note")


def test_ends_cleanly(project, daemon):
    """SIGTERM and Ctrl-C are no failures, and a command can be run at once."""
    assert daemon.stop(signal.SIGTERM) == 0
    assert "stopped" in daemon.lines()
    daemon.start()
    assert daemon.stop(signal.SIGINT) == 0
    assert "nothing to do" in project.push().out


def obsidian(path, text):
    """Obsidian empties the file and writes it, in place."""
    with path.open("w", encoding="utf-8") as stream:
        stream.flush()
        time.sleep(0.05)
        stream.write(text)


def vs_code(path, text):
    """VS Code empties the file, and writes it a good while later on a slow disk; here in two halves."""
    with path.open("w", encoding="utf-8") as stream:
        for half in (text[: len(text) // 2], text[len(text) // 2 :]):
            time.sleep(0.1)
            stream.write(half)
            stream.flush()


def vim(path, text):
    """The real vim, with a backup file and a swap file."""
    (path.parent / ".text").write_text(text, encoding="utf-8")
    script = ["set backup backupcopy=no", "%delete", "read .text", "write", "quit"]
    commands = [word for line in script for word in ("-c", line)]
    subprocess.run(["vim", "-es", "-u", "NONE", *commands, path.name], cwd=path.parent, check=True, timeout=60)


def sync_client(path, text):
    """A sync client writes beside, and renames."""
    draft = path.parent / f".syncthing.{path.name}.tmp"
    draft.write_text(text, encoding="utf-8")
    draft.rename(path)


def cloud_client(path, text):
    """A cloud client removes the file, and brings it again a moment later."""
    path.unlink()
    time.sleep(0.5)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("save", [obsidian, vs_code, vim, sync_client, cloud_client])
def test_however_a_note_or_the_catalog_is_saved(project, daemon, save):
    """The edit arrives, and nothing else: no half text, no deletion, no problem."""
    if save is vim and shutil.which("vim") is None:
        pytest.skip("needs vim")
    save(project.note("Papers/guo2021adnerf"), note(project).replace("venue: ICCV 2021", "venue: ICCV"))
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note's edit in the YAML")
    save(project.folder / "catalog.yaml", catalog(project).replace("date: 2021-10\n", "date: 2021-10-11\n"))
    eventually(lambda: "date: 2021-10-11\n" in note(project), "the YAML's edit in the note")
    eventually(lambda: item(project)["date"] == "2021-10-11", "the YAML's edit in Zotero")

    told = [line["text"] for line in daemon.log() if line["event"] not in ("started", "stopped")]
    assert all("guo2021adnerf: venue" in line or "guo2021adnerf: date" in line for line in told), told


def test_typing_on_and_on_does_not_keep_the_edit_back_for_ever(project, daemon):
    """What is saved every moment is taken after a while."""
    path = project.note("Papers/guo2021adnerf")
    text = note(project).replace("venue: ICCV 2021", "venue: ICCV")
    end = time.monotonic() + 20
    while "venue: ICCV\n" not in catalog(project) and time.monotonic() < end:
        text += "a word\n"
        path.write_text(text, encoding="utf-8")
        time.sleep(0.05)
    assert "venue: ICCV\n" in catalog(project)
    assert note(project).endswith("a word\n")


def test_a_note_moved_in_obsidian_is_the_same_note(project, daemon):
    """One rename, and the paper goes on as before."""
    folder = project.folder / "vault" / "Read"
    folder.mkdir()
    project.note("Papers/guo2021adnerf").rename(folder / "A good one.md")
    project.change_note("Read/A good one", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit in the YAML")
    assert not project.note("Papers/guo2021adnerf").exists()
    assert "on hold" not in daemon.lines()


def test_a_new_paper_counts_when_it_has_stood_still(tmp_path):
    """Half a title is made nowhere; nothing is asked meanwhile."""
    config = CONFIG.replace("new: 0.3", "new: 3")
    project = Project.make(tmp_path / "project", config=config)
    project.push()
    with Daemon(project) as daemon:
        entry = "\n  - id: new2024paper\n    type: preprint\n    title: Half\n"
        (project.folder / "catalog.yaml").write_text(catalog(project) + entry, encoding="utf-8")
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(project), "another edit meanwhile")
        assert not project.note("Papers/new2024paper").exists()
        project.change_catalog("title: Half\n", "title: Half and more\n")
        eventually(project.note("Papers/new2024paper").exists, "the new paper's note")
        assert "title: Half and more\n" in note(project, "Papers/new2024paper")
        eventually(lambda: "new2024paper" in items(project), "the new paper's item")
        daemon.says("new2024paper: added to the vault and Zotero")
        titles = {line["text"] for line in daemon.log() if "new2024paper" in line["text"]}
        assert titles == {"new2024paper: added to the vault and Zotero"}


def test_a_command_by_hand_works_beside_it(project, daemon):
    """One waits for the other for a moment; both know what the other did."""
    for number in range(4):
        project.change_catalog("venue: ", f"venue: {number} ")
        made = project.run("sync")
        assert made.code == 0, made.out + made.err
        assert f"venue: {number} " in note(project)


def test_a_configuration_that_is_changed_counts_at_once(project, daemon):
    """An old one would take what a command by hand wrote under the new one for a person's edits."""
    config = project.folder / "litsync.yaml"
    said, before = config.read_text(), catalog(project)
    config.write_text(said.replace("{library: library.sqlite}", '{library: library.sqlite, tag_prefix: "m:"}'))
    assert project.run("sync").code == 0
    eventually(lambda: "litsync.yaml was changed" in daemon.lines(), "the daemon's word that it was changed")
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue: ICCV\n" in catalog(project), "the note's edit in the YAML")
    assert catalog(project) == before.replace("venue: ICCV 2021", "venue: ICCV")
    assert {tag["tag"] for tag in item(project)["tags"]} == {"m:NeRF", "audio"}

    config.write_text(said.replace("{library: library.sqlite}", "{library: library.sqlite"))
    eventually(lambda: "close it with }" in daemon.lines(), "what is wrong with it")
    config.write_text(said)
    eventually(lambda: "method/NeRF" in str(item(project)["tags"]), "what it says now")


def test_one_daemon_for_each_project(project, daemon):
    """A second one says so, and a killed one leaves no lock behind."""
    made = project.run("watch")
    assert made.code == 8
    assert "runs on this project already" in made.err
    daemon.stop(signal.SIGKILL)
    daemon.start()
    daemon.stop()


def test_once_runs_one_cycle(project):
    """For cron and CI: as `sync` does, and it ends."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    made = project.run("watch", "--once")
    assert made.code == 0, made.err
    assert "venue: ICCV\n" in catalog(project)


def test_without_events_it_looks_by_itself(project):
    """On a network drive."""
    with Daemon(project, "--poll"):
        project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
        eventually(lambda: "venue: ICCV\n" in catalog(project), "the edit in the YAML")
        project.change_catalog("date: 2021-10\n", "date: 2021-10-11\n")
        eventually(lambda: "date: 2021-10-11\n" in note(project), "the edit in the note")


def test_nothing_is_written_when_nothing_happens(project, daemon):
    """No file of the project, none of the state, not even a line."""
    time.sleep(1)
    before = everything(project)
    time.sleep(5)  # two looks of its own
    assert everything(project) == before


def everything(project):
    """Every file's bytes and time, the state's too."""
    paths = (path for path in project.folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def test_status_tells_of_it(project, daemon):
    """Running or not, what it did last and what it waits for; by hand, and for machines."""
    project.change_note("Papers/guo2021adnerf", "venue: ICCV 2021", "venue: ICCV")
    eventually(lambda: "venue" in project.run("status").out, "the last change")
    made = project.run("status")
    assert made.code == 0
    assert f"Watched by process {daemon.process.pid}" in made.out
    broken = catalog(project).replace("type: preprint", "type: preprit")
    (project.folder / "catalog.yaml").write_text(broken, encoding="utf-8")
    eventually(lambda: project.run("status").code == 3, "that a person is needed")
    assert any("1 problem" in text for text in project.run("status", "--json").json["watch"]["waits"])
    daemon.stop()
    assert "Not watched" in project.run("status").out
    assert project.run("status", "--json").json["watch"]["running"] is False
