"""Bytes that changed because git moved are no edit: a branch, a stash or a bisect beside a running watch is recognised."""

from __future__ import annotations

import subprocess

import pytest

from litsync.core.model import Kind, RecordId
from litsync.replicas.base import Memory, Vocabulary
from litsync.replicas.catalog import CatalogReplica

CATALOG = "title: List\npapers:\n- {id: one2020x, type: book, title: One}\n"


class Repository:
    """A catalog in git, and what litsync remembers of it."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "catalog.yaml"
        self.memory, self.known = Memory(), None
        self.git("init", "-q", "-b", "main", ".")
        self.commit(CATALOG)
        self.sync()

    def git(self, *arguments):
        """Run git here."""
        names = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "core.autocrlf=false")
        command = ["git", *names, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def write(self, text):
        """Save the catalog."""
        self.path.write_text(text, encoding="utf-8")

    def commit(self, text, message="x"):
        """Save the catalog and commit it."""
        self.write(text)
        self.git("add", "catalog.yaml")
        self.git("commit", "-qm", message)

    def replica(self):
        """The catalog as a cycle sees it."""
        return CatalogReplica([self.path], self.folder, self.memory)

    def sync(self):
        """Take the catalog in, as a cycle does."""
        replica = self.replica()
        replica.look()
        replica.observe(None, Vocabulary())
        replica.close()
        self.known = replica.position(self.known)

    def idle(self):
        """A cycle in which the catalog had not changed."""
        assert self.history() is None
        replica = self.replica()
        assert replica.look() == frozenset()
        replica.close()
        self.known = replica.position(self.known)

    def history(self):
        """Why the catalog's change is no edit."""
        return self.replica().history(self.known)


@pytest.fixture
def repository(tmp_path):
    """One commit, taken in."""
    return Repository(tmp_path)


def edited(text=CATALOG, title="Two"):
    """The catalog with another title."""
    return text.replace("title: One", f"title: {title}")


def test_an_edit_is_an_edit(repository):
    """Also when it is committed at once, or set back by hand."""
    repository.write(edited())
    assert repository.history() is None
    repository.sync()
    repository.write(CATALOG)
    assert repository.history() is None
    repository.sync()
    repository.commit(edited(title="Three"))
    assert repository.history() is None


def test_commits_that_follow_are_news(repository):
    """A pull brings what co-authors wrote."""
    repository.git("checkout", "-qb", "theirs")
    repository.commit(edited())
    repository.git("checkout", "-q", "main")
    repository.idle()
    repository.git("merge", "-q", "--ff-only", "theirs")
    assert repository.history() is None


def test_an_old_commit_is_history(repository):
    """And coming back ends it."""
    repository.commit(edited())
    repository.sync()
    repository.git("checkout", "-q", "HEAD~1")
    assert "does not follow" in repository.history()
    repository.git("checkout", "-q", "main")
    assert repository.history() is None


def test_another_branch_is_history_and_an_edit_on_it_waits_too(repository):
    """Until somebody says that the branch is meant."""
    repository.git("checkout", "-qb", "other")
    repository.commit(edited(title="On the branch"))
    repository.git("checkout", "-q", "main")
    repository.commit(edited(title="On main"))
    repository.sync()
    repository.git("checkout", "-q", "other")
    assert "does not follow" in repository.history()
    repository.write(edited(title="Edited on the branch"))
    assert "does not follow" in repository.history()
    repository.sync()
    repository.write(edited(title="And again"))
    assert repository.history() is None


def test_a_branch_with_the_same_catalog_is_no_reason_to_wait(repository):
    """What is edited there is an edit."""
    repository.git("checkout", "-qb", "other")
    repository.git("commit", "-q", "--allow-empty", "-m", "elsewhere")
    repository.git("checkout", "-q", "main")
    repository.git("commit", "-q", "--allow-empty", "-m", "here")
    repository.idle()
    repository.git("checkout", "-q", "other")
    repository.idle()
    repository.write(edited())
    assert repository.history() is None


@pytest.mark.parametrize(
    "command", [("stash",), ("checkout", "--", "catalog.yaml"), ("restore", "catalog.yaml"), ("reset", "-q", "--hard")]
)
def test_changes_put_away_without_a_commit_are_history(repository, command):
    """A stash is no edit, and popping it ends the waiting."""
    repository.write(edited())
    repository.sync()
    repository.git(*command)
    assert "without a commit" in repository.history()
    repository.write(edited())
    assert repository.history() is None


def test_changes_that_were_stashed_before_a_pull_are_missed(repository):
    """The pull is news, but the person's own change must not be taken back by it."""
    repository.git("checkout", "-qb", "theirs")
    repository.commit(CATALOG.replace("title: List", "title: Their list"))
    repository.git("checkout", "-q", "main")
    repository.write(edited())
    repository.sync()
    repository.git("stash")
    repository.git("merge", "-q", "--ff-only", "theirs")
    assert "without a commit" in repository.history()


def test_changes_that_were_committed_before_a_pull_are_not_missed(repository):
    """They are in the history."""
    repository.write(edited())
    repository.sync()
    repository.commit(edited())
    repository.commit(edited(CATALOG.replace("title: List", "title: Their list")))
    assert repository.history() is None


def test_a_bisect_is_history(repository):
    """Wherever it leads."""
    repository.commit(edited())
    repository.commit(edited(title="Three"))
    repository.sync()
    repository.git("bisect", "start", "HEAD", "HEAD~2")
    assert "bisect" in repository.history()


def test_a_stash_at_the_very_moment_of_a_cycle_is_history(repository):
    """What the cycle took in belongs to where git was before."""
    repository.write(edited())
    replica = repository.replica()
    replica.look()
    replica.observe(None, Vocabulary())
    repository.git("stash")
    replica.close()
    repository.known = replica.position(repository.known)
    assert "without a commit" in repository.history()


def test_an_amended_commit_with_the_same_catalog_is_fine(repository):
    """Only what changes the catalog matters."""
    repository.commit(edited())
    repository.sync()
    repository.git("commit", "-q", "--amend", "-m", "better words")
    repository.idle()
    repository.write(edited(title="Three"))
    assert repository.history() is None


def test_outside_of_a_repository_there_is_no_history(tmp_path):
    """Nothing is remembered."""
    (tmp_path / "catalog.yaml").write_text(CATALOG)
    replica = CatalogReplica([tmp_path / "catalog.yaml"], tmp_path, Memory())
    replica.look()
    replica.observe(None, Vocabulary())
    replica.close()
    assert RecordId(Kind.PAPER, "one2020x") in replica.observe(None, Vocabulary()).records
    assert replica.position(None) is None


def test_what_git_has_is_asked_for_files_of_any_name(tmp_path):
    """In a folder below, with blanks and accents, two at a time; also in a repository that has no commit yet."""
    folder = tmp_path / "Über uns"
    folder.mkdir()
    paths = [folder / "meine Liste.yaml", tmp_path / "Größe 'x'.yaml"]
    for number, path in enumerate(paths):
        path.write_text(CATALOG.replace("one2020x", f"one202{number}x"), encoding="utf-8")

    def git(*arguments):
        names = ("-c", "user.name=x", "-c", "user.email=x@y")
        command = ["git", *names, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()

    def position():
        replica = CatalogReplica(paths, tmp_path, Memory())
        replica.observe(replica.look(), Vocabulary())
        replica.close()
        (found,) = replica.position(None).values()
        return found["head"], found["staged"], found["committed"]

    git("init", "-q", "-b", "main", ".")
    assert position() == ("", False, False)
    git("add", ".")
    assert position() == ("", True, False)
    git("commit", "-qm", "x")
    assert position() == (git("rev-parse", "HEAD"), True, True)
