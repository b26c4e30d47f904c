"""Whatever a note or a name holds, litsync changes what it means to and not a byte more, or says why it does not."""

from __future__ import annotations

import json
import subprocess
import unicodedata

import pytest
from cli_bench import CATALOG, CONFIG, Project

from litsync.replicas.files import Folder

HEAD = "---\ncitekey: guo2021adnerf\nstatus: reading\n---\n"
BODIES = {
    "rules in the text": f"{HEAD}\n---\nnot: properties\n---\n\n***\n---\n",
    "a byte order mark": f"\ufeff{HEAD}text\n",
    "carriage returns": f"{HEAD}text\n".replace("\n", "\r\n"),
    "mixed line ends": f"{HEAD}one\r\ntwo\rthree\n",
    "no text at all": HEAD.removesuffix("\n"),
    "two megabytes": HEAD + "word " * 400_000,
    "two megabytes in one property": f"---\ncitekey: guo2021adnerf\nstatus: reading\nx: {'word ' * 400_000}\n---\n",
    "JSON as properties": '---\n{\n  "citekey": "guo2021adnerf",\n  "status": "reading",\n  "mine": [1, 2]\n}\n---\ntext\n',
    "decomposed letters": HEAD + unicodedata.normalize("NFD", "é ü Å") + "\n",
    "null bytes and controls": f"{HEAD}a\x00b\x07c\x1b[31m\n",
    "template commands": f"{HEAD}<% tp.file %> {{{{date}}}} `= this.x`\n",
}


@pytest.fixture
def project(tmp_path):
    """A project that was pushed once."""
    project = Project.make(tmp_path / "project")
    project.push()
    return project


@pytest.mark.parametrize("name", BODIES)
def test_a_note_of_any_form_takes_part(project, name):
    """Its properties are read and written; the text below, and properties of the reader's own, keep every byte."""
    note = project.note("Papers/guo2021adnerf")
    note.write_bytes(BODIES[name].encode())
    made = project.run("sync")
    assert made.code == 0, made.out + made.err
    assert "status: reading" in (project.folder / "catalog.yaml").read_text(encoding="utf-8")
    project.change_catalog("status: reading", "status: read")
    made = project.push()
    found = note.read_bytes().decode()
    assert found.count("reading") == 0
    mark = "}\n---\n" if name.startswith("JSON") else "\n---"
    body = BODIES[name].replace("\r\n", "\n").split(mark, 1)[1]
    assert found.replace("\r\n", "\n").endswith(body)
    before = project.files()
    assert "nothing to do" in project.push().out
    assert project.files() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"---\ncitekey: guo2021adnerf\nstatus: caf\xe9\n---\n", "is not UTF-8"),
        (b"---\ncitekey: guo2021adnerf\nstatus: [\n---\n", "guo2021adnerf.md"),
        (b"---\ncitekey: guo2021adnerf\nstatus: a\nstatus: b\n---\n", "twice"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n\n", "is empty"),
        (b"---\ncitekey: guo2021adnerf\n<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n---\n", "unfinished merge"),
        ((b"---\ncitekey: guo2021adnerf\nx: " + b"[" * 50 + b"\n---\n"), "guo2021adnerf.md"),
    ],
)
def test_a_note_that_cannot_be_read_is_left_alone(project, data, said):
    """It is told with its place, keeps every byte, and nothing is deleted or written on its account anywhere."""
    note = project.note("Papers/guo2021adnerf")
    note.write_bytes(data)
    catalog = (project.folder / "catalog.yaml").read_bytes()
    for command in ("push", "sync"):
        made = project.run(command)
        assert made.code == 3, made.out
        assert said in made.out
        assert note.read_bytes() == data
        assert (project.folder / "catalog.yaml").read_bytes() == catalog


NAMES = (
    "con", "#1", "a/b", "..", ".", "x" * 240, "🦊 emoji", "שיטה", "a\u202eb", "AUX.md", "a:b", "tab\there", "%%", "[[x]]", "|",
    "-", "~", "é" * 200, "' \" quotes", "null", "2021", "2021-01-01", "yes", "@x", "`x`", "NeRF.md", "  spaced  out  ", "<b>x</b>",
)  # fmt: skip


def test_methods_of_any_name(tmp_path):
    """Each gets a note in its folder, colours and a column; links classify, come back, and a second push is idle."""
    methods = "".join(
        f"  odd-{at}: {{name: {json.dumps(name, ensure_ascii=False)}}}\n" for at, name in enumerate(NAMES)
    )
    ids = ", ".join(f"odd-{at}" for at in range(len(NAMES)))
    catalog = CATALOG.replace("papers:\n", f"{methods}papers:\n").replace("methods: [nerf]", f"methods: [nerf, {ids}]")
    project = Project.make(tmp_path / "project", catalog)
    project.push()
    notes = list((project.folder / "vault/Methods").rglob("*.md"))
    assert len(notes) == len(NAMES) + 2
    assert {path.parent.name for path in notes} == {"Methods"}
    assert all(len(path.name.encode()) < 200 for path in notes)
    before = project.files()
    for command in ("push", "sync"):
        assert project.run(command).code == 0
        assert project.files() == before
    asked = project.run("notes", "rename", "--dry-run")
    assert "Every note has its name" in asked.out


MARKUP = (
    "<script>alert(1)</script> **bold** [link](javascript:x) ![[Embed]] [[Link]]",
    "<% tp.system.run() %> {{date}} `= dv.current()` `$= dv.x` %%hidden%% #tag key:: value",
    "# not a heading\\n---\\n> quote", "--- yaml: [broken", "- [ ] task ^block", "$x^2$ \\\\(y\\\\) ~~~js",
)  # fmt: skip


def test_titles_full_of_markup(tmp_path):
    """They stand in notes as texts that do nothing, come back as they are, and change nothing a second time."""
    papers = "".join(f'  - {{id: odd{at}, title: "{title}", methods: [nerf]}}\n' for at, title in enumerate(MARKUP))
    project = Project.make(tmp_path / "project", f"title: Odd\nmethods:\n  nerf: {{name: NeRF}}\npapers:\n{papers}")
    project.push()
    for at in range(len(MARKUP)):
        body = project.note(f"Papers/odd{at}").read_text(encoding="utf-8").split("\n---\n", 1)[1]
        for danger in (
            "<script",
            "](javascript",
            "![[",
            "[[Link",
            "<%",
            "{{",
            "`=",
            "`$",
            "%%",
            " #tag",
            "key::",
            "~~~",
        ):
            assert danger not in body
    before = project.files()
    for command in ("push", "sync"):
        made = project.run(command)
        assert made.code == 0, made.out
        assert project.files() == before


def run(*command) -> str:
    """Run a command of the system; the test is skipped where it is missing or not allowed."""
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except (FileNotFoundError, PermissionError):
        pytest.skip(f"needs {command[0]}")
    if done.returncode:
        pytest.skip(f"{command[0]} is not possible here: {done.stderr.strip()}")
    return done.stdout.strip()


@pytest.fixture
def folding(tmp_path):
    """A disk that takes `a` and `A` for one name, and knows neither links nor exchanges: exFAT, as on a memory stick."""
    image, mount = tmp_path / "disk.img", tmp_path / "disk"
    mount.mkdir()
    run("truncate", "-s", "64M", str(image))
    run("/usr/sbin/mkfs.exfat", str(image))
    device = run("losetup", "-f", "--show", str(image))
    try:
        run("/usr/sbin/mount.exfat-fuse", device, str(mount))
        yield mount
        subprocess.run(["umount", str(mount)], check=False)
    finally:
        subprocess.run(["losetup", "-d", device], check=False)


def test_a_disk_that_folds_case(tmp_path, folding):
    """Methods that differ only in case get two notes, one is renamed by case alone, and pushes stay idle."""
    catalog = CATALOG.replace("  gan: {name: GAN}\n", "  gan: {name: GAN}\n  one: {name: a/b}\n  two: {name: 'A:B'}\n")
    config = CONFIG.replace("vault: vault", f"vault: '{folding}/vault'")
    project = Project.make(tmp_path / "project", catalog, config)
    vault = folding / "vault"
    project.push()
    assert sorted(path.name for path in (vault / "Methods").iterdir()) == ["A-B (2).md", "GAN.md", "NeRF.md", "a-b.md"]
    text = (vault / "Papers/guo2021adnerf.md").read_text(encoding="utf-8")
    (vault / "Papers/guo2021adnerf.md").write_text(text.replace("to-read", "read"), encoding="utf-8")
    assert project.run("sync").code == 0
    assert "status: read\n" in (project.folder / "catalog.yaml").read_text(encoding="utf-8")
    seen = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in vault.rglob("*.md")}
    project.push()
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in vault.rglob("*.md")} == seen
    project.change_catalog("nerf: {name: NeRF", "nerf: {name: nerf")
    project.run("push")
    assert project.run("notes", "rename", "nerf").code == 0
    assert "nerf.md" in [path.name for path in (vault / "Methods").iterdir()]
    assert "[[nerf]]" in (vault / "Papers/guo2021adnerf.md").read_text(encoding="utf-8")


def test_a_move_on_such_a_disk_replaces_nothing(folding):
    """A name that another file has in another case is taken."""
    for name in ("a.md", "b.md"):
        (folding / name).write_text(name)
    folder = Folder(folding, folding / "tmp")
    with pytest.raises(FileExistsError):
        folder.move("a.md", "B.md")
    folder.move("a.md", "A.md")
    assert sorted(path.name for path in folding.glob("*.md")) == ["A.md", "b.md"]
    assert (folding / "b.md").read_text() == "b.md"


def test_names_in_the_other_composition(project):
    """A note whose name a Mac stored decomposed is the one that links and litsync mean."""
    project.change_catalog("nerf: {name: NeRF", "nerf: {name: Réseau")
    project.run("push")
    assert project.run("notes", "rename", "nerf").code == 0
    composed = project.note("Methods/Réseau")
    composed.rename(composed.with_name(unicodedata.normalize("NFD", composed.name)))
    assert project.run("sync").code == 0
    assert "name: Réseau" in (project.folder / "catalog.yaml").read_text(encoding="utf-8")
    before = project.files()
    project.push()
    assert project.files() == before


def test_a_vault_configuration_of_everything(tmp_path):
    """All settings of the vault at once, with a catalog of odd names: everything is written once."""
    vault = (
        "vault: {path: 'my vault', papers: ., methods: 'Über/Methoden', notes: all, note_name: '{number} {title}', "
        "properties: {citekey: key, method: Methode, methods: Klassen, status: Stand, sources: Quellen, year: off}}"
    )
    project = Project.make(tmp_path / "project", config=CONFIG.replace("vault: vault", vault))
    project.push()
    assert (project.folder / "my vault/6 AD-NeRF - Audio Driven.md").exists()
    before = project.files()
    for command in ("push", "sync", "pull"):
        made = project.run(command)
        assert made.code == 0, made.out
        assert project.files() == before
