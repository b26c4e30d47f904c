"""The catalog as a replica: what a look finds, what an observation says, and when the catalog is unknown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from litsync.core.model import NOTHING, Kind, Record, RecordId
from litsync.errors import CatalogError, Exit
from litsync.replicas.base import Memory, Replica, Scope, Shelf, Vocabulary, Words
from litsync.replicas.catalog import CatalogReplica, check_catalog

SHELL = """\
title: A list
sections: {one: First}
methods:
  nerf: {name: NeRF, aliases: [Radiance], sources: [a]}
papers:
"""
A = "  - id: a\n    title: A\n"
B = "  - id: b\n    title: B\n    methods: [radiance]\n    tags: [old]\n"
C = "  - id: c\n    title: C\n    sections: [one]\n"


def paper(citekey: str) -> RecordId:
    """The identity of a paper."""
    return RecordId(Kind.PAPER, citekey)


def papers(*citekeys: str) -> frozenset[RecordId]:
    """The identities of papers."""
    return frozenset(map(paper, citekeys))


class Project:
    """A folder with a catalog of some files, and a replica that remembers from cycle to cycle."""

    def __init__(self, root: Path, *names: str) -> None:
        """Nothing is written yet."""
        self.root = root
        self.paths = [root / name for name in names or ("catalog.yaml",)]
        self.memory = Memory()

    def write(self, *texts: str | bytes) -> None:
        """Give the files these contents."""
        for path, text in zip(self.paths, texts, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode() if isinstance(text, str) else text)

    def replica(self, statuses: tuple[str, ...] = ("to-read", "reading", "read")) -> CatalogReplica:
        """A replica as the next process makes it: all it has is what was stored, as JSON and bytes."""
        parts = self.memory.parts()
        self.memory = Memory(json.loads(json.dumps(self.memory.token)), shelf=Shelf(parts=lambda: parts))
        return CatalogReplica(self.paths, self.root, self.memory, statuses)

    def cycle(self) -> tuple[Scope, dict[RecordId, Record]]:
        """Look, observe what the look found, and remember."""
        replica = self.replica()
        scope = replica.look()
        records = dict(replica.observe(scope, Vocabulary()).records)
        replica.close()
        return scope, records

    def token_after(self, act: Callable[[CatalogReplica], object]) -> object:
        """What is remembered after a cycle that did this."""
        replica = self.replica()
        act(replica)
        replica.close()
        return self.memory.token


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose catalog of papers a, b, c has been seen."""
    project = Project(tmp_path)
    project.write(SHELL + A + B + C)
    assert project.cycle()[0] is None
    return project


def test_it_is_a_replica(project: Project) -> None:
    """The catalog can stand wherever a replica is asked for, and says where it is in the user's words."""
    replica: Replica = project.replica()
    assert (replica.name, replica.place) == ("catalog", "catalog.yaml")
    assert Project(project.root, "lists/a.yaml", "b.yaml").replica().place == "lists/a.yaml, b.yaml"


def test_the_first_look_is_about_everything(tmp_path: Path) -> None:
    """Nothing is remembered: every record is in scope and the snapshot is complete."""
    project = Project(tmp_path)
    project.write(SHELL + A + B)
    replica = project.replica()
    assert replica.look() is None
    snapshot = replica.observe(None, Vocabulary())
    assert snapshot.complete
    assert [str(record) for record in snapshot.records] == [
        "list:list",
        "section:one",
        "method:nerf",
        "paper:a",
        "paper:b",
    ]
    assert snapshot.records[paper("b")].fields == {"citekey": "b", "title": "B", "methods": ("nerf",), "tags": ("old",)}


def test_an_unchanged_catalog_has_no_changes(project: Project) -> None:
    """After a cycle nothing is in scope until a byte changes."""
    assert project.replica().look() == frozenset()


def test_looking_at_an_unchanged_catalog_reads_no_yaml(project: Project) -> None:
    """A no-op costs a hash: the YAML library is not even imported."""
    program = (
        "import json, sys; from pathlib import Path\n"
        "from litsync.replicas.base import Memory; from litsync.replicas.catalog import CatalogReplica\n"
        "root = Path(sys.argv[1]); memory = Memory(json.loads(sys.argv[2]))\n"
        "assert CatalogReplica([root / 'catalog.yaml'], root, memory).look() == frozenset()\n"
        "print('yaml' in sys.modules)"
    )
    arguments = [sys.executable, "-c", program, str(project.root), json.dumps(project.memory.token)]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("text", "changed", "seen"),
    [
        (A + B.replace("title: B", "title: New") + C, "b", "b"),
        (A + B + C + "  - id: d\n    title: D\n", "d", "d"),
        (A + C, "b", ""),
        (A + B.replace("id: b", "id: bb") + C, "b bb", "bb"),
        (A + "  # read this one\n" + B + C, "a", "a"),
        (A.replace("A\n", "É\n") + B + C.replace("C\n", "C2\n"), "a c", "a c"),
        (C + A + B, "", ""),
    ],
    ids=["changed", "new", "gone", "renamed", "comment", "two", "moved"],
)
def test_a_look_finds_the_papers_that_changed(project: Project, text: str, changed: str, seen: str) -> None:
    """Changed, new and vanished papers are in scope, and the observation reads those that are there; a second look finds nothing."""
    project.write(SHELL + text)
    scope, records = project.cycle()
    assert scope == papers(*changed.split())
    assert records.keys() == papers(*seen.split())
    assert project.replica().look() == frozenset()


def test_records_read_alone_know_the_methods(project: Project) -> None:
    """A changed paper may use any spelling of the methods, though the rest of the file is not read."""
    project.write(SHELL + A + B + C + "    methods: [RADIANCE]\n")
    _, records = project.cycle()
    assert records[paper("c")].fields["methods"] == ("nerf",)


@pytest.mark.parametrize(
    "shell", [SHELL.replace("A list", "B list"), SHELL.replace("Radiance", "Radiance, NeRF++"), "# hello\n" + SHELL]
)
def test_a_change_outside_the_papers_is_about_everything(project: Project, shell: str) -> None:
    """Methods and sections give papers their meaning: when they change, all is looked at."""
    project.write(shell + A + B + C)
    scope, records = project.cycle()
    assert scope is None
    assert len(records) == 6


def test_keys_behind_the_papers_count_as_outside(project: Project) -> None:
    """A key added after the list belongs to no paper."""
    project.write(SHELL + A + B + C + "mine: x\n")
    assert project.cycle()[0] is None
    project.write(SHELL + A + B + C.replace("C\n", "New\n") + "mine: x\n")
    assert project.cycle()[0] == papers("c")


def test_papers_that_share_values_are_looked_at_together(project: Project) -> None:
    """An alias makes one paper depend on another's bytes: every change is then about everything."""
    shared = "  - id: d\n    title: D\n    venue: *v\n"
    project.write(SHELL + A + "    venue: &v ICCV\n" + shared)
    assert project.cycle()[0] is None
    assert project.replica().look() == frozenset()
    project.write(SHELL + A + "    venue: &v CVPR\n" + shared)
    scope, records = project.cycle()
    assert scope is None
    assert records[paper("d")].fields["venue"] == "CVPR"


def test_a_paper_that_starts_to_share_is_about_everything(project: Project) -> None:
    """The first alias across papers ends reading them one by one."""
    project.write(SHELL + A + "    venue: &v ICCV\n" + B + "    venue: *v\n" + C)
    assert project.replica().look() is None


def test_any_record_can_be_asked_for(project: Project) -> None:
    """An unchanged record in scope is read too, and only what is in scope comes back."""
    project.write(SHELL + A + B + C.replace("C\n", "New\n"))
    wanted = papers("a", "c", "nobody") | {RecordId(Kind.METHOD, "nerf")}
    snapshot = project.replica().observe(wanted, Vocabulary())
    assert snapshot.records.keys() == wanted - {paper("nobody")}
    assert snapshot.records[paper("c")].fields["title"] == "New"


def test_a_change_that_was_not_taken_in_is_found_again(project: Project) -> None:
    """A cycle about other records does not make the catalog forget what it has not shown yet."""
    project.write(SHELL + A + B + C.replace("C\n", "New\n"))
    before = project.memory.token
    assert project.token_after(lambda replica: replica.observe(papers("a"), Vocabulary())) == before
    assert project.replica().look() == papers("c")


def test_a_look_alone_forgets_nothing(project: Project) -> None:
    """A cycle that ended after its look has taken nothing in."""
    project.write(SHELL + A + B)
    before = project.memory.token
    assert project.token_after(lambda replica: replica.look()) == before


def test_an_observation_is_of_the_bytes_that_were_looked_at(project: Project) -> None:
    """A save between look and observation waits for the next look: scope and records fit together."""
    replica = project.replica()
    assert replica.look() == frozenset()
    project.write(SHELL + A + B + C.replace("C\n", "New\n"))
    snapshot = replica.observe(papers("c"), Vocabulary())
    assert snapshot.records[paper("c")].fields["title"] == "C"
    replica.close()
    assert project.replica().look() == papers("c")


def test_other_reading_states_are_about_everything(project: Project) -> None:
    """A paper that was right under the old states may be wrong under new ones."""
    assert project.replica(("new",)).look() is None


@pytest.mark.parametrize("form", [None, 2, 3])
def test_what_an_older_litsync_remembers_is_about_everything(project: Project, form: int | None) -> None:
    """What it said in another form is not believed: the catalog is looked at in full once, and remembered anew."""
    files = {"catalog.yaml": {"hash": "0" * 24, "shell": "0" * 24, "papers": "0" * 24, "citekeys": "a"}}
    token = {"format": form, "statuses": ["to-read", "reading", "read"], "files": files}
    project.memory = Memory(token if form else None)
    replica = project.replica()
    assert replica.look() is None
    assert replica.observe(None, Vocabulary()).records.keys() >= papers("a", "b", "c")
    replica.close()
    assert project.replica().look() == frozenset()


def test_hashes_of_papers_that_are_lost_are_no_hashes(project: Project) -> None:
    """An unchanged catalog needs none; of a changed one it cannot be told then which papers changed."""
    project.memory = Memory(project.memory.token)
    assert project.replica().look() == frozenset()
    project.write(SHELL + A + B + C.replace("C\n", "New\n"))
    assert project.cycle()[0] is None
    assert project.replica().look() == frozenset()


def test_an_edit_is_remembered_without_the_rest(project: Project) -> None:
    """The citekeys are stored again only when papers come or go, and nothing is when nothing has changed."""
    stored = []
    for text in (SHELL + A + B + C, SHELL + A + B + C.replace("C\n", "New\n"), SHELL + A + B):
        project.write(text)
        project.cycle()
        stored.append(sorted(project.memory.changed_parts))

    assert stored == [[], ["papers catalog.yaml"], ["citekeys catalog.yaml", "papers catalog.yaml"]]


def test_other_files_are_about_everything(project: Project) -> None:
    """What is remembered of one catalog says nothing about another."""
    other = Project(project.root, "catalog.yaml", "more.yaml")
    other.memory = project.memory
    other.write(SHELL + A + B + C, "papers: []\n")
    assert other.replica().look() is None


def test_several_files_are_looked_at_one_by_one(tmp_path: Path) -> None:
    """A change in one file is one paper's; methods are shared by all files; a paper may move between them."""
    project = Project(tmp_path, "a.yaml", "lists/b.yaml")
    project.write(SHELL + A + B, "papers:\n" + C + "    methods: [nerf]\n")
    project.cycle()
    project.write(SHELL + A + B, "papers:\n" + C + "    methods: [Radiance]\n    tags: [x]\n")
    scope, records = project.cycle()
    assert scope == frozenset(records) == papers("c")
    assert records[paper("c")].fields["methods"] == ("nerf",)
    project.write(SHELL + A, "papers:\n" + C + "    methods: [nerf]\n" + B)
    scope, records = project.cycle()
    assert scope == frozenset(records) == papers("b", "c")


@pytest.mark.parametrize(
    "change", [lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")], ids=["mark", "line ends"]
)
def test_layout_of_the_file_means_nothing(project: Project, change: Callable[[str], str]) -> None:
    """A byte order mark or other line ends change no value."""
    _, before = Project(project.root).cycle()
    project.write(change(SHELL + A + B + C))
    replica = project.replica()
    replica.look()
    assert replica.observe(None, Vocabulary()).records == before


# ── problems ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "place", "text"),
    [
        (A + B.replace("radiance", "radiate") + C, "catalog.yaml:10:15", "radiate"),
        (A + B + C + "  - id: B\n    title: again\n", "catalog.yaml:15:9", "B"),
        (A + A + B + C, "catalog.yaml:8:9", "a"),
        (B + C, "catalog.yaml:4:53", "a"),
        (A + B + "  - title: none\n", "catalog.yaml:12:5", ""),
        (A + B + C.replace("C\n", "C: D\n"), "catalog.yaml:13:13", "title: C: D"),
        (A + B + "<<<<<<< HEAD\n" + C, "catalog.yaml:12:1", "<<<<<<< HEAD"),
        (A + B + "  - id: n\n    titl\n" + C, "catalog.yaml:13:5", "titl"),
        (A + B + "  - \n" + C, "catalog.yaml:12:4", ""),
        (A + B + "    title: again\n" + C, "catalog.yaml:12:5", "title"),
        (A + B + "    tags: [more]\n" + C, "catalog.yaml:12:5", "tags"),
        (A + B + C + "    venue: [open\n", "catalog.yaml:15:12", "venue: [open"),
        (A + B + C + '    venue: "open\n', "catalog.yaml:15:12", 'venue: "open'),
    ],
    ids=[
        "method",
        "case",
        "twice",
        "source",
        "no id",
        "syntax",
        "merge",
        "half a key",
        "half a paper",
        "a key twice",
        "a list twice",
        "an open bracket",
        "an open quote",
    ],
)
def test_a_catalog_with_a_problem_is_not_synced(project: Project, written: str, place: str, text: str) -> None:
    """A fault in what changed, or between it and what did not, stops the look; the same is said after a full reading; nothing is forgotten."""
    before = project.memory.token
    project.write(SHELL + written)
    with pytest.raises(CatalogError) as caught:
        project.cycle()
    assert caught.value.exit_code is Exit.CATALOG
    assert [(str(problem.place), problem.text) for problem in caught.value.problems] == [(place, text)]
    assert project.memory.token == before
    everything = check_catalog(project.paths, project.root).problems
    assert [(str(problem.place), problem.text) for problem in everything] == [(place, text)]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ("", "is empty; it held 3 papers"),
        ("\n\n", "is empty; it held 3 papers"),
        (SHELL + A + "  - id: b\n    title", ":9:10: the file ends in the middle; 1 paper that stood behind"),
        (SHELL + A + "  - id: b\n    title: B", ":9:13: the file ends in the middle; 1 paper that stood behind"),
        (SHELL + A.rstrip(), ":7:13: the file ends in the middle; 2 papers that stood behind"),
        (SHELL + "  - id: a", ":6:10: the file ends in the middle; 2 papers"),
        (
            "title: A list\nsections: {one: First}\nmethods:\n  nerf: {name: NeRF}",
            "the file ends in the middle; 3 papers",
        ),
    ],
    ids=["nothing", "blank", "in a key", "in a value", "behind a paper", "in the first paper", "before the papers"],
)
def test_a_file_that_lost_its_end_is_not_believed(project: Project, left: str, words: str) -> None:
    """A save that is not finished, or a full disk: the papers behind it are not gone, and nothing is forgotten."""
    before = project.memory.token
    project.write(left)
    with pytest.raises(CatalogError, match=words) as caught:
        project.cycle()
    assert caught.value.exit_code is Exit.CATALOG
    assert caught.value.hint
    assert project.memory.token == before


@pytest.mark.parametrize(
    "text", [SHELL + A + B, SHELL + A + B + C.rstrip(), SHELL + A.replace("title: A", "title: Z").rstrip() + "\n"]
)
def test_papers_taken_out_by_hand_are_believed(project: Project, text: str) -> None:
    """A file that ends with a line, or holds its last paper, was saved as it is meant."""
    project.write(text)
    assert project.cycle()[0] is not None


def test_a_missing_catalog_is_an_error(project: Project) -> None:
    """A catalog that is not there is not an empty one."""
    project.paths[0].unlink()
    for read in (project.replica().look, lambda: check_catalog(project.paths, project.root)):
        with pytest.raises(CatalogError, match=r"catalog\.yaml cannot be read"):
            read()


@pytest.mark.parametrize("sign", ["index.lock", "MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD"])
def test_while_git_is_at_work_the_catalog_is_unknown(tmp_path: Path, sign: str) -> None:
    """What stands in the file in the middle of a merge, rebase or commit was chosen by nobody yet; checking it is still possible."""
    project = Project(tmp_path / "lists")
    project.write(SHELL + A)
    (tmp_path / ".git").mkdir()
    project.cycle()
    (tmp_path / ".git" / sign).touch()
    for read in (project.replica().look, lambda: project.replica().observe(None, Vocabulary())):
        with pytest.raises(CatalogError, match="left alone") as caught:
            read()
        assert sign in caught.value.hint
    assert check_catalog(project.paths, project.root).problems == ()
    (tmp_path / ".git" / sign).unlink()
    assert project.replica().look() == frozenset()


def test_worktrees_have_their_git_elsewhere(tmp_path: Path) -> None:
    """In a worktree `.git` is a file that names the folder to look in; other worktrees' merges do not matter."""
    own, other = tmp_path / "repo/.git/worktrees/own", tmp_path / "repo/.git/worktrees/other"
    for folder in (own, other):
        folder.mkdir(parents=True)
    project = Project(tmp_path / "own")
    project.write(SHELL + A)
    (tmp_path / "own/.git").write_text("gitdir: ../repo/.git/worktrees/own\n")
    (other / "MERGE_HEAD").touch()
    assert project.replica().look() is None
    (own / "MERGE_HEAD").touch()
    with pytest.raises(CatalogError, match="a merge is not finished"):
        project.replica().look()


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_vocabulary_is_what_the_catalog_says(project: Project) -> None:
    """After reading everything, all names behind the ids are known."""
    replica = project.replica()
    replica.observe(None, Vocabulary())
    assert replica.vocabulary() == Vocabulary(
        title="A list",
        methods={"nerf": Words("NeRF", ("Radiance",))},
        sections={"one": "First"},
        tags=frozenset({"old"}),
        papers={"a": "A", "b": "B", "c": "C"},
    )


def test_the_vocabulary_of_a_few_papers(project: Project) -> None:
    """After a look at what changed, methods and sections are complete, tags and titles are those of the papers read."""
    project.write(SHELL + A + B + C + "    tags: [fresh]\n")
    replica = project.replica()
    replica.look()
    words = replica.vocabulary()
    assert (words.title, words.tags, words.papers) == ("A list", frozenset({"fresh"}), {"c": "C"})
    assert words.method_ids()["radiance"] == "nerf"


def test_the_vocabulary_needs_no_observation(project: Project) -> None:
    """Asked before anything was read, the names are read from the catalog's head alone."""
    words = project.replica().vocabulary()
    assert (words.sections, words.papers) == ({"one": "First"}, {})


# ── the whole in parts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

LISTS = st.dictionaries(
    st.sampled_from([f"k{n}" for n in range(8)]), st.sampled_from(["One", "Two", "Three"]), max_size=8
)


@given(st.lists(LISTS, min_size=2, max_size=5), st.sampled_from(["\n", "\r\n"]))
def test_what_changed_and_what_was_there_is_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, str]], end: str
) -> None:
    """However a catalog changes, the records of each look, put over those seen before, are those of a full reading."""
    project = Project(tmp_path_factory.mktemp("catalog"))
    seen: dict[RecordId, Record] = {}
    for step in steps:
        text = "".join(f"- id: {key}\n  title: {title}\n" for key, title in step.items())
        project.write(("title: T\nmethods:\npapers:\n" + text).replace("\n", end))
        scope, records = project.cycle()
        seen = {key: record for key, record in seen.items() if scope is not None and key not in scope} | records
        assert seen == Project(project.root).cycle()[1]
        assert all(record.unreadable == frozenset() and record.fields != NOTHING for record in seen.values())
