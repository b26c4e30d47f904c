"""`litsync note`, `litsync notes rename` and `litsync template check`, as their user sees them."""

from __future__ import annotations

import pytest
from cli_bench import CONFIG, Project


@pytest.fixture
def project(tmp_path):
    """A project that was pushed once."""
    project = Project.make(tmp_path / "project")
    project.push()
    return project


def set_pattern(project, pattern: str) -> None:
    """Another name for the notes of papers."""
    config = CONFIG.replace("vault: vault", f'vault: {{path: vault, note_name: "{pattern}"}}')
    (project.folder / "litsync.yaml").write_text(config, encoding="utf-8")


class TestRename:
    """A changed pattern renames only on request, and then every link follows."""

    NEW = "Papers/Guo and Chen (2021) AD-NeRF"

    def test_a_changed_pattern_alone_renames_nothing(self, project):
        """A push with another pattern writes nothing: notes keep their names until someone asks."""
        set_pattern(project, "{authors} ({year}) {short}")
        before = project.files()
        assert "nothing to do" in project.push().out
        assert project.files() == before

    def test_notes_are_renamed_and_links_follow(self, project):
        """Links in the reader's own notes and in properties lead to the new names, and the next push writes nothing."""
        project.note("Diary").write_text("I read [[guo2021adnerf]] and [[NeRF]].\n")
        set_pattern(project, "{authors} ({year}) {short}")
        asked = project.run("notes", "rename", "--dry-run")
        assert "Papers/guo2021adnerf.md → Guo and Chen (2021) AD-NeRF.md" in asked.out
        assert project.note("Papers/guo2021adnerf").exists()
        made = project.run("notes", "rename")
        assert made.code == 0, made.err
        assert "2 notes renamed" in made.out
        assert project.note("Diary").read_text() == "I read [[Guo and Chen (2021) AD-NeRF]] and [[NeRF]].\n"
        assert project.note(self.NEW).exists()
        logged = project.run("log").out
        assert "notes rename" in logged
        assert "guo2021adnerf changed in the vault" in logged
        before = project.files()
        assert project.run("sync").code == 0
        assert project.files() == before
        assert "Every note has its name" in project.run("notes", "rename").out

    def test_only_the_named_are_renamed(self, project):
        """With keys the other notes keep their names."""
        set_pattern(project, "{title}")
        made = project.run("notes", "rename", "guo2021adnerf", "--json").json
        assert [row["new"] for row in made["renamed"]] == ["Papers/AD-NeRF - Audio Driven.md"]
        assert project.note("Papers/goodfellow2014generative").exists()

    def test_a_method_renamed_in_the_catalog(self, project):
        """The method's note gets the catalog's new name on request; papers go on being linked to it."""
        project.change_catalog("name: GAN", "name: Adversarial network")
        project.run("push")
        assert project.run("notes", "rename", "gan").code == 0
        assert project.note("Methods/Adversarial network").exists()
        assert "[[Adversarial network]]" in project.note("Papers/goodfellow2014generative").read_text()
        assert project.push().code == 0
        catalog = (project.folder / "catalog.yaml").read_text()
        assert "methods: [gan, nerf]" in catalog

    def test_names_that_are_taken_get_a_number(self, tmp_path):
        """Two papers of one title get two names, once and for all."""
        catalog = "title: Mine\npapers:\n- {id: a2020x, title: Same}\n- {id: b2020x, title: Same}\n- {id: c2020x, title: same}\n"
        project = Project.make(tmp_path / "project", catalog)
        project.push()
        set_pattern(project, "{title}")
        assert project.run("notes", "rename").code == 0
        names = sorted(path.stem for path in (project.folder / "vault/Papers").iterdir())
        assert names == ["Same", "Same (2)", "same (3)"]
        assert "Every note has its name" in project.run("notes", "rename").out

    def test_a_name_that_the_reader_gave_stays(self, project):
        """It is listed with the command that renames it; the others get theirs."""
        project.note("Papers/guo2021adnerf").rename(project.note("Papers/The one with audio"))
        project.push()
        set_pattern(project, "{authors} ({year}) {short}")
        made = project.run("notes", "rename")

        assert "1 note renamed" in made.out
        assert "1 note named by you, left alone" in made.out
        assert "(litsync notes rename guo2021adnerf)" in made.out
        assert project.note("Papers/The one with audio").exists()
        told = project.run("notes", "rename", "--json").json
        assert [(row["record"], row["new"]) for row in told["by_hand"]] == [("paper:guo2021adnerf", f"{self.NEW}.md")]
        assert project.run("notes", "rename", "guo2021adnerf").code == 0
        assert project.note(self.NEW).exists()

    def test_a_name_from_an_earlier_title_is_litsyncs_own(self, project):
        """The pattern made it, from what the paper was called then, or by the citekey it had."""
        set_pattern(project, "{short}")
        project.run("notes", "rename")
        assert project.note("Papers/AD-NeRF").exists()
        project.change_catalog("AD-NeRF: Audio Driven", "Talking heads: Audio Driven")
        project.push()
        project.run("rename", "guo2021adnerf", "guo2021heads")
        set_pattern(project, "{citekey}")
        made = project.run("notes", "rename")

        assert "left alone" not in made.out
        assert project.note("Papers/guo2021heads").exists()

    def test_a_missing_vault_is_told(self, tmp_path):
        """Before the first push there is nothing to rename."""
        made = Project.make(tmp_path / "project").run("notes", "rename")
        assert made.code == 2
        assert "litsync push" in made.err


class TestNote:
    """A paper that gets no note by itself gets one when it is asked for."""

    def test_a_note_on_request(self, tmp_path):
        """Only that note is made, it is kept in step from then on, and asking again changes nothing."""
        config = CONFIG.replace("vault: vault", "vault: {path: vault, notes: none}")
        project = Project.make(tmp_path / "project", config=config)
        project.push()
        assert project.run("note", "guo2021adnerf").code == 0
        assert [path.stem for path in (project.folder / "vault/Papers").iterdir()] == ["guo2021adnerf"]
        project.change_catalog("venue: ICCV 2021", "venue: ICCV")
        project.push()
        assert "venue: ICCV\n" in project.note("Papers/guo2021adnerf").read_text()
        before = project.files()
        assert project.run("note", "guo2021adnerf").code == 0
        assert project.files() == before

    def test_a_note_that_was_not_wanted_any_more(self, project):
        """After a person said that a deleted note shall stay away, it comes back only when it is asked for."""
        project.note("Papers/guo2021adnerf").unlink()
        held = project.run("sync", "--json").json["plan"]["holds"]
        assert project.run("approve", held[0]["id"], "--choice", "leave").code == 0
        project.push()
        assert not project.note("Papers/guo2021adnerf").exists()
        assert project.run("note", "guo2021adnerf").code == 0
        assert project.note("Papers/guo2021adnerf").exists()
        before = project.files()
        project.push()
        assert project.files() == before


class TestTemplate:
    """The texts of new notes are the reader's to design."""

    def check(self, project, text: str, *arguments: str):
        """`template check` with another template for papers."""
        path = project.folder / "vault/.litsync/templates/paper.md.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return project.run("template", "check", *arguments)

    def test_the_shipped_templates_are_sound(self, project):
        """They render for every paper and method."""
        made = project.run("template", "check")
        assert made.code == 0, made.err
        assert "tried with 2 papers" in made.out
        assert "tried with 2 methods" in made.out

    def test_everything_of_a_paper_can_be_used(self, project):
        """Fields, names behind ids, and links to methods."""
        text = (
            "{{ title }}|{{ short_title }}|{{ authors | join('; ') }}|{{ date }}|{{ venue }}|{{ doi }}|{{ number }}"
            "|{{ methods | join }}|{{ method_links | join }}|{{ section_names | join }}|{{ tags | join }}|{{ citekey }}\n"
        )
        made = self.check(project, text, "guo2021adnerf")
        assert made.out == (
            "AD-NeRF: Audio Driven|AD-NeRF|Yudong Guo; Keyu Chen|2021-10|ICCV 2021|10.1109/ICCV48922.2021.00573|6"
            "|NeRF|[[NeRF]]|Core papers|audio|guo2021adnerf\n"
        )

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{{ titel }}", "`titel`, which means nothing: did you mean `title`?"),
            ("{% if title %}", "line 1"),
            ("{{ title / 2 }}", "fails"),
            ("{{ ().__class__.__mro__ }}", "broken"),
            ("{% for a in range(10**9) %}x{% endfor %}", "fails"),
        ],
    )
    def test_a_fault_is_told_before_it_hurts(self, project, text, said):
        """Misspelt names, broken syntax, what fails and what the sandbox forbids: file and reason are named."""
        made = self.check(project, text)
        assert made.code == 2
        assert said in made.err
        assert "paper.md.j2" in made.err

    def test_a_template_of_the_configuration_comes_first(self, project):
        """`vault.templates` names a folder beside the configuration."""
        config = CONFIG.replace("vault: vault", "vault: {path: vault, templates: mine}")
        (project.folder / "litsync.yaml").write_text(config)
        (project.folder / "mine").mkdir()
        (project.folder / "mine/paper.md.j2").write_text("Mine: {{ title }}\n")
        made = project.run("template", "check", "guo2021adnerf")
        assert made.out == "Mine: AD-NeRF: Audio Driven\n"
        project.change_catalog("papers:", "papers:\n  - {id: new2022x, title: New}\n")
        project.push()
        assert project.note("Papers/new2022x").read_text().endswith("---\nMine: New\n")

    def test_a_broken_template_stops_only_new_notes(self, project):
        """The note is not made and the template is named; everything else goes on."""
        self.check(project, "{% if %}")
        project.change_catalog("papers:", "papers:\n  - {id: new2022x, title: New}\n")
        made = project.run("push")
        assert made.code == 5
        assert "paper.md.j2" in made.out
        assert not project.note("Papers/new2022x").exists()
