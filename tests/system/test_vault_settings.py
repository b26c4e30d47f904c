"""The vault as its owner wants it: folders, names of notes and properties, and which papers get notes."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, CONFIG, Project


def make(tmp_path, vault: str, catalog: str = CATALOG) -> Project:
    """A project whose configuration says this of the vault."""
    return Project.make(tmp_path / "project", catalog, CONFIG.replace("vault: vault\n", f"vault: {vault}\n"))


def test_folders_and_names_of_notes(tmp_path):
    """New notes go where the configuration says, and are called as it says; links lead to them."""
    vault = (
        '{path: my vault, papers: Library/Papers, methods: "Library/Methods", note_name: "{authors} ({year}) {short}"}'
    )
    project = make(tmp_path, vault)
    project.push()
    names = {
        path.relative_to(project.folder).as_posix() for path in (project.folder / "my vault/Library").rglob("*.md")
    }
    assert names == {
        "my vault/Library/Papers/Guo and Chen (2021) AD-NeRF.md",
        "my vault/Library/Papers/Goodfellow (2014) Generative Adversarial Nets.md",
        "my vault/Library/Methods/NeRF.md",
        "my vault/Library/Methods/GAN.md",
    }
    before = project.files()
    project.push()
    assert project.files() == before


class TestProperties:
    """The names of properties are the owner's."""

    VAULT = (
        "{path: vault, properties: {citekey: bibkey, status: reading status, venue: off, title: name, number: rank}}"
    )

    def test_notes_carry_the_owners_names(self, tmp_path):
        """Each property has the name that was chosen, one that is off is nowhere, and nothing is missing for that."""
        project = make(tmp_path, self.VAULT)
        made = project.push()
        note = project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
        assert note.startswith('---\nbibkey: guo2021adnerf\nname: "AD-NeRF: Audio Driven"\n')
        assert "\nreading status: to-read\n" in note
        assert "\nrank: 6\n" in note
        assert "ICCV 2021" not in note
        assert "in part" not in made.out
        before = project.files()
        assert "nothing to do" in project.push().out
        assert project.files() == before

    def test_edits_come_home_under_litsyncs_names(self, tmp_path):
        """A property edited in a note reaches its field of the catalog; a field that is off is never emptied."""
        project = make(tmp_path, self.VAULT)
        project.push()
        project.change_note("Papers/guo2021adnerf", "reading status: to-read", "reading status: read")
        project.change_note("Papers/guo2021adnerf", "rank: 6", "rank: 7\nvenue: mine\ntitle: my own words")
        assert project.run("sync").code == 0
        catalog = (project.folder / "catalog.yaml").read_text(encoding="utf-8")
        assert "status: read\n" in catalog
        assert "number: 7\n" in catalog
        assert "venue: ICCV 2021\n" in catalog
        assert "my own words" not in catalog

    def test_other_names_empty_nothing(self, tmp_path):
        """When the names change, the old properties stay as they are and the new ones are filled; no value is lost."""
        project = make(tmp_path, "vault")
        project.push()
        catalog = (project.folder / "catalog.yaml").read_bytes()
        config = project.folder / "litsync.yaml"
        config.write_text(
            config.read_text().replace("vault: vault", f"vault: {self.VAULT.replace('citekey: bibkey, ', '')}")
        )
        made = project.run("sync")
        assert made.code == 0, made.out
        assert (project.folder / "catalog.yaml").read_bytes() == catalog
        note = project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
        assert "\nstatus: to-read\n" in note
        assert "\nreading status: to-read\n" in note
        before = project.files()
        project.push()
        assert project.files() == before


class TestWhichPapers:
    """Not every paper needs a note."""

    @pytest.mark.parametrize(("wanted", "count"), [("all", 2), ("started", 0), ("none", 0)])
    def test_papers_get_notes_as_wanted(self, tmp_path, wanted, count):
        """All papers, those whose reading has started, or none: methods have their notes in any case."""
        project = make(tmp_path, f"{{path: vault, notes: {wanted}}}")
        project.push()
        papers = project.folder / "vault/Papers"
        assert len(list(papers.glob("*.md")) if papers.exists() else []) == count
        assert project.note("Methods/NeRF").exists()
        before = project.files()
        assert "nothing to do" in project.push().out
        assert project.files() == before

    def test_reading_a_paper_makes_its_note(self, tmp_path):
        """With `started`, the note comes with the status, and stays when the status goes back."""
        project = make(tmp_path, "{path: vault, notes: started}")
        project.push()
        project.change_catalog("status: to-read", "status: reading")
        project.push()
        assert project.note("Papers/guo2021adnerf").exists()
        project.change_catalog("status: reading", "status: to-read")
        project.push()
        assert "status: to-read" in project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")

    def test_wanting_all_again_makes_the_rest(self, tmp_path):
        """The notes that were not wanted come with the next push once they are."""
        project = make(tmp_path, "{path: vault, notes: none}")
        project.push()
        config = project.folder / "litsync.yaml"
        config.write_text(config.read_text().replace("notes: none", "notes: all"))
        project.push()
        assert project.note("Papers/guo2021adnerf").exists()
        assert project.note("Papers/goodfellow2014generative").exists()


@pytest.mark.parametrize(
    ("vault", "message"),
    [
        ("{path: v, paper: Papers}", "`vault.paper` is not a setting: did you mean `papers`?"),
        ("{path: v, papers: ../out}", "no folder inside the vault"),
        ("{path: v, papers: .obsidian}", "no folder inside the vault"),
        ("{path: v, methods: con}", "not every system takes"),
        ("{path: v, notes: some}", "use all, started, none"),
        ("{path: v, note_name: '{year}'}", "same name"),
        ("{path: v, properties: {titel: x}}", "did you mean `title`?"),
        ("{path: v, properties: {title: year}}", "is the property of `year` already"),
        ("{path: v, properties: {citekey: off}}", "cannot be off"),
        ("{path: v, properties: {title: aliases}}", "is the property of `aliases` already"),
        ("{path: v, properties: {title: 'a: b'}}", "cannot be a property's name"),
    ],
)
def test_a_setting_that_cannot_be_is_told(tmp_path, vault, message):
    """What is wrong with the vault's settings is said with its line, before anything is written."""
    project = make(tmp_path, vault)
    made = project.run("push")
    assert made.code == 2
    assert message in made.err
    assert "litsync.yaml:2:" in made.err
    assert not (project.folder / "v").exists()
