"""What the catalog replica makes of operations that bring records and take them away: files on disk, proven or as they were."""

from __future__ import annotations

import os

import pytest

from litsync.core.model import CATALOG, Action, Change, Kind, Operation, RecordId, Verdict
from litsync.replicas.base import Memory, Shelf, Vocabulary
from litsync.replicas.catalog import TEMPORARY, CatalogReplica, check_catalog

TEXT = """\
title: T
sections:
  one: First
  two: Second
methods:
  nerf: {name: NeRF, sources: [a, b]}
papers:
  - id: a
    title: A
    sections: [one]

  - id: b
    title: B
    sections: [two]
    methods: [NeRF]
"""


def operation(action, kind, key, **values):
    """An operation that creates or deletes a record, or brings values where none were."""
    changes = tuple(Change(field, None, value) for field, value in values.items())
    return Operation(CATALOG, action, RecordId(kind, key), changes)


def create(kind, key, **values):
    """A record comes."""
    return operation(Action.CREATE, kind, key, **values)


def delete(kind, key):
    """A record goes."""
    return operation(Action.DELETE, kind, key)


def _stored(memory):
    """The memory as the next process has it."""
    parts = memory.parts()
    return Memory(memory.token, shelf=Shelf(parts=lambda: parts))


class Files:
    """A catalog of some files."""

    def __init__(self, root, *texts):
        """They are written."""
        self.root = root
        self.paths = [root / f"c{number}.yaml" for number in range(len(texts))]
        for path, text in zip(self.paths, texts, strict=True):
            path.write_bytes(text.encode())
        self.memory = Memory()

    def texts(self):
        """What the files say now."""
        return [path.read_bytes().decode() for path in self.paths]

    def apply(self, *operations):
        """One cycle with these operations: verdicts and reasons by record. Nothing is left beside the files."""
        replica = CatalogReplica(self.paths, self.root, self.memory)
        replica.observe(replica.look(), Vocabulary())
        outcomes = list(replica.apply(operations))
        replica.committed()
        replica.close()
        assert len(outcomes) == len(operations)
        assert sorted(self.root.iterdir()) == self.paths
        assert not check_catalog(self.paths, self.root).problems
        return {outcome.operation.record.key: outcome for outcome in outcomes}

    def unchanged(self):
        """Whether the next look finds nothing new: what was written is remembered."""
        return CatalogReplica(self.paths, self.root, _stored(self.memory)).look() == frozenset()


def test_a_paper_with_a_new_method_in_a_new_section(tmp_path):
    """All three come in one write, whatever order they are asked for in; the values are proven, and remembered."""
    files = Files(tmp_path, TEXT)

    made = files.apply(
        create(Kind.PAPER, "c", citekey="c", title="C", date="2020", year="2020", sections=("new",), methods=("gan",)),
        create(Kind.METHOD, "gan", name="GAN", parent="nerf"),
        create(Kind.SECTION, "new", name="New"),
    )

    assert {outcome.verdict for outcome in made.values()} == {Verdict.WRITTEN}
    assert made["c"].proven == {
        "citekey": "c",
        "title": "C",
        "date": "2020",
        "year": "2020",
        "sections": ("new",),
        "methods": ("gan",),
    }
    expected = TEXT.replace("  two: Second\n", "  two: Second\n  new: New\n")
    expected = expected.replace("papers:\n", "  gan: {name: GAN, parent: nerf}\npapers:\n")
    assert files.texts() == [
        expected + "\n  - id: c\n    title: C\n    date: 2020\n    sections: [new]\n    methods: [GAN]\n"
    ]
    assert files.unchanged()


def test_a_paper_goes_to_the_file_and_run_of_its_section(tmp_path):
    """Behind the last paper of its first section, wherever that is; without a section, to the end of the last file."""
    more = "papers:\n- id: c\n  title: C\n  sections: [one]\n- id: d\n  title: D\n"
    files = Files(tmp_path, TEXT.replace("sections: [one]", "sections: [two]"), more)

    files.apply(create(Kind.PAPER, "e", title="E", sections=("one",)), create(Kind.PAPER, "f", title="F"))

    assert files.texts() == [
        TEXT.replace("sections: [one]", "sections: [two]"),
        more.replace("- id: d", "- id: e\n  title: E\n  sections: [one]\n- id: d") + "- id: f\n  title: F\n",
    ]
    assert files.unchanged()


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["", "with a byte order mark"])
def test_a_paper_goes_and_its_methods_name_it_no_more(tmp_path, mark):
    """With its lines go the mentions among the sources of methods, without which the catalog would not be valid."""
    files = Files(tmp_path, mark + TEXT)

    made = files.apply(delete(Kind.PAPER, "a"))

    assert made["a"].verdict is Verdict.WRITTEN
    expected = TEXT.replace("  - id: a\n    title: A\n    sections: [one]\n\n", "").replace("[a, b]", "[b]")
    assert files.texts() == [mark + expected]
    assert files.unchanged()


def test_all_papers_may_go_and_come_again(tmp_path):
    """The list is empty then, and takes new ones."""
    files = Files(tmp_path, TEXT)

    files.apply(delete(Kind.PAPER, "a"), delete(Kind.PAPER, "b"))
    files.apply(create(Kind.PAPER, "z", title="Z"))

    assert files.texts()[0].endswith("papers:\n  - id: z\n    title: Z\n")


def test_a_method_goes_once_nothing_names_it(tmp_path):
    """While a paper names it, it stays, and the reason says so; the rest of the same write goes through."""
    files = Files(tmp_path, TEXT.replace("papers:\n", "  gan: {name: GAN}\npapers:\n"))

    made = files.apply(delete(Kind.METHOD, "nerf"), delete(Kind.METHOD, "gan"))

    assert made["nerf"].verdict is Verdict.FAILED
    assert "NeRF" in made["nerf"].reason
    assert made["gan"].verdict is Verdict.WRITTEN
    assert files.texts() == [TEXT]

    emptied = Operation(CATALOG, Action.UPDATE, RecordId(Kind.PAPER, "b"), (Change("methods", ("nerf",), None),))
    files.apply(delete(Kind.METHOD, "nerf"), emptied)
    assert "nerf" not in files.texts()[0].casefold()


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (create(Kind.PAPER, "a", title="Again"), "id of another paper"),
        (create(Kind.PAPER, "A", title="Again"), "differs only in case"),
        (create(Kind.PAPER, "A", title="Again", sections=("one",)), "differs only in case"),
        (create(Kind.PAPER, "B", title="Again", sections=("one",)), "differs only in case"),
        (create(Kind.PAPER, "n", title="N", methods=("unknown",)), "unknown"),
        (create(Kind.PAPER, "n", venue="Nowhere"), "no `title`"),
        (create(Kind.PAPER, "n", title="N", doi="nonsense"), "nonsense"),
        (create(Kind.METHOD, "nerf", name="NeRF"), "defined already"),
        (create(Kind.METHOD, "nerf2", name="nerf"), "already means"),
        (create(Kind.SECTION, "three", name="First"), "already means"),
        (delete(Kind.PAPER, "nobody"), "not found"),
        (delete(Kind.METHOD, "nobody"), "not found"),
    ],
)
def test_what_the_catalog_would_refuse_is_not_written(tmp_path, asked, word):
    """It fails with the reason, and what was asked for beside it is done."""
    files = Files(tmp_path, TEXT)

    made = files.apply(asked, create(Kind.PAPER, "fine", title="Fine"))

    assert made[asked.record.key].verdict is Verdict.FAILED
    assert word in made[asked.record.key].reason
    assert files.texts() == [TEXT + "\n  - id: fine\n    title: Fine\n"]


def rename(kind, key, old, new):
    """A method or section gets another name."""
    return Operation(CATALOG, Action.UPDATE, RecordId(kind, key), (Change("name", old, new),))


@pytest.mark.parametrize(
    ("name", "spelled", "aliases"),
    [("Old name", "old NAME", "[F, Old name]"), ("Old name", "f", "[F]"), ("Nerf", "nERF", "[F]"), ("F", "F", "[F]")],
    ids=["by its name", "by an alias", "by what is its id too", "by a name that is an alias already"],
)
def test_a_renamed_method_is_still_meant_by_its_old_name(tmp_path, name, spelled, aliases):
    """Where a paper spells it so, the old name becomes an alias; where nobody needs it, it does not."""
    text = TEXT.replace("methods: [NeRF]", f"methods: [{spelled}]")
    text = text.replace("name: NeRF", f"name: {name}").replace("[a, b]}", "[a, b], aliases: [F]}")
    files = Files(tmp_path, text)

    made = files.apply(rename(Kind.METHOD, "nerf", name, "New: name"))

    assert made["nerf"].proven == {"name": "New: name"}
    assert files.texts() == [text.replace(f"name: {name}", 'name: "New: name"').replace("[F]}", f"{aliases}}}")]


def test_a_renamed_method_is_still_meant_as_a_parent(tmp_path):
    """A narrower method names it by its name: that becomes an alias."""
    files = Files(
        tmp_path,
        TEXT.replace("papers:", "  dyn: {name: Dynamic, parent: NeRF fields}\npapers:").replace(
            "name: NeRF", "name: NeRF fields"
        ),
    )

    files.apply(rename(Kind.METHOD, "nerf", "NeRF fields", "Radiance"))

    assert "nerf: {name: Radiance, sources: [a, b], aliases: [NeRF fields]}" in files.texts()[0]
    assert "parent: NeRF fields" in files.texts()[0]


def test_a_renamed_section_is_respelled_where_papers_use_its_name(tmp_path):
    """A section has no aliases; only that one word of each paper changes."""
    text = TEXT.replace("sections: [two]", "sections:\n      - second  # mine\n      - one")
    files = Files(tmp_path, text, "papers: [{id: c, title: C, sections: [Second, First]}]\n")

    made = files.apply(rename(Kind.SECTION, "two", "Second", "Other"))

    assert made["two"].verdict is Verdict.WRITTEN
    assert files.texts() == [
        text.replace("two: Second", "two: Other").replace("- second  #", "- Other  #"),
        "papers: [{id: c, title: C, sections: [Other, First]}]\n",
    ]
    assert files.unchanged()


def test_what_is_said_of_a_method_can_change(tmp_path):
    """Aliases, parent and sources, member by member."""
    files = Files(tmp_path, TEXT.replace("papers:", "  gan: {name: GAN}\npapers:"))
    changes = (
        Change("aliases", None, ("Fields",)),
        Change("parent", None, "gan"),
        Change("sources", ("a", "b"), ("b",)),
    )

    files.apply(Operation(CATALOG, Action.UPDATE, RecordId(Kind.METHOD, "nerf"), changes))

    assert "  nerf: {name: NeRF, sources: [b], aliases: [Fields], parent: gan}\n" in files.texts()[0]


def test_a_catalog_saved_at_the_same_moment_is_left_alone(tmp_path):
    """What somebody saved after the look stays byte for byte, and the outcome says why nothing was written."""
    files = Files(tmp_path, TEXT)
    replica = CatalogReplica(files.paths, tmp_path, files.memory)
    replica.observe(replica.look(), Vocabulary())
    saved = TEXT.replace("title: A", "title: Saved now")
    files.paths[0].write_bytes(saved.encode())

    (outcome,) = replica.apply([create(Kind.PAPER, "n", title="N")])
    replica.close()

    assert outcome.verdict is Verdict.STALE
    assert "saved by someone" in outcome.reason
    assert files.texts() == [saved]
    assert sorted(tmp_path.iterdir()) == files.paths


def test_many_edits_come_home_together_and_each_counts_alone(tmp_path):
    """Of papers in several files, beside what cannot be made, and with papers that come and go in the same cycle."""
    papers = "".join(f"  - id: p{number}\n    title: P{number}\n" for number in range(50))
    files = Files(tmp_path, TEXT + papers, "papers:\n" + papers.replace("id: p", "id: q"))
    edits = [operation(Action.UPDATE, Kind.PAPER, f"{x}{n}", venue=f"V{n}") for x in "pq" for n in range(0, 50, 3)]
    refused = operation(Action.UPDATE, Kind.PAPER, "p1", doi="nonsense")
    made = files.apply(
        *edits, refused, create(Kind.PAPER, "n", title="N", sections=("one",)), delete(Kind.PAPER, "q3"),
        operation(Action.UPDATE, Kind.METHOD, "nerf", aliases=("Radiance",)),
    )  # fmt: skip

    assert [key for key, one in made.items() if one.verdict is not Verdict.WRITTEN] == ["p1"]
    first, second = files.texts()
    assert first.count("venue: V") == 17
    assert second.count("venue: V") == 16
    assert "    title: P48\n    venue: V48\n  - id: p49\n" in first
    assert "nonsense" not in first
    assert files.unchanged()


def test_the_journal_keeps_what_was_replaced_and_not_the_rest(tmp_path):
    """The papers that changed or went, as they stood; a large catalog is not put into it again with every edit."""
    long = "".join(f"  - id: p{number}\n    title: P{number}\n" for number in range(200))
    files = Files(tmp_path, TEXT + long)
    files.apply(
        operation(Action.UPDATE, Kind.PAPER, "p3", venue="V"),
        operation(Action.UPDATE, Kind.PAPER, "p150", venue="V"),
        delete(Kind.PAPER, "p77"),
    )
    (_, place, kept), entry = files.memory.kept
    assert entry == (RecordId(Kind.PAPER, "p77"), '["c0.yaml", "p76", "p78", 0]', b"  - id: p77\n    title: P77\n")

    assert place == "c0.yaml"
    assert [line for line in kept.decode().splitlines() if "id:" in line] == [
        "  - id: p3",
        "  - id: p77",
        "  - id: p150",
    ]
    assert kept.startswith(TEXT[: TEXT.index("  - id: a")].encode())


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("old", "new"), [("title: T", "title: U"), ("title: A", "title: Z"), ("# end", "# and")])
def test_a_save_of_the_same_size_is_seen_by_a_process_that_knows_the_text(tmp_path, old, new, mark):
    """Also if one byte differs, at the start or the end of a large file: no length and no time stamp stands for the bytes."""
    long = "".join(f"  - id: p{number}\n    title: P{number} {'x' * 500}\n" for number in range(1500))
    text = mark + TEXT + long + "# end\n"
    files = Files(tmp_path, text)
    files.apply(create(Kind.PAPER, "n", title="N"))
    stamp, written = files.paths[0].stat(), files.texts()[0]
    replica = CatalogReplica(files.paths, tmp_path, files.memory)
    assert replica.look() == frozenset()
    replica.observe(frozenset({RecordId(Kind.PAPER, "a")}), Vocabulary())
    saved = written.replace(old, new)
    assert len(saved) == len(written)
    files.paths[0].write_bytes(saved.encode())
    os.utime(files.paths[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))

    (outcome,) = replica.apply([operation(Action.UPDATE, Kind.PAPER, "b", venue="V")])
    replica.close()

    assert outcome.verdict is Verdict.STALE
    assert files.texts() == [saved]
    assert CatalogReplica(files.paths, tmp_path, _stored(files.memory)).look() != frozenset()


def test_a_catalog_that_cannot_be_written_is_a_failure(tmp_path):
    """Nobody saved anything meanwhile: the outcome says what is in the way, and the file is as it was."""
    folder = tmp_path / "here"
    folder.mkdir()
    files = Files(folder, TEXT)
    replica = CatalogReplica(files.paths, folder, files.memory)
    replica.observe(replica.look(), Vocabulary())
    (folder / TEMPORARY).write_text("a file where the drafts would be")

    (outcome,) = replica.apply([create(Kind.PAPER, "n", title="N")])
    replica.close()

    assert outcome.verdict is Verdict.FAILED
    assert outcome.reason
    assert files.texts() == [TEXT]
