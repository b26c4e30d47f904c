"""Links both ways: notes that open their item and PDF in Zotero, and items that open their note in Obsidian."""

from __future__ import annotations

import pytest
from cli_bench import CATALOG, CONFIG, Project
from desktop_double import Desktop

GAN, NERF = "goodfellow2014generative", "guo2021adnerf"


@pytest.fixture
def zotero(tmp_path):
    """A Zotero that is open."""
    with Desktop(tmp_path / "zotero") as desktop:
        yield desktop


class Person:
    """Somebody with a project of their own, whose library is that of a Zotero desktop."""

    def __init__(self, folder, zotero, settings="", vault="vault"):
        """`vault` may be another's."""
        self.zotero, self.key = zotero, zotero.grant()
        library = f"{{target: desktop, endpoint: '{zotero.url}'{settings}}}"
        self.project = Project.make(folder, CATALOG, f"catalog: catalog.yaml\nvault: {vault}\nzotero: {library}\n")

    def run(self, command="push", code=0):
        """Run a command, and expect this end."""
        made = self.project.run(command, LITSYNC_ZOTERO_KEY=self.key)
        assert made.code == code, made.out + made.err
        return made

    def note(self, citekey):
        """The text of a note."""
        return self.project.note(f"Papers/{citekey}").read_text(encoding="utf-8")

    def item(self, citekey):
        """The key of an item."""
        return self.zotero.papers()[citekey]["key"]


@pytest.fixture
def pushed(tmp_path, zotero):
    """One person, who has pushed once."""
    person = Person(tmp_path / "project", zotero)
    person.run()
    return person


def pdf(zotero, parent, **properties):
    """Attach a PDF as Zotero does; its key."""
    attached = {"itemType": "attachment", "linkMode": "imported_file", "title": "PDF", "contentType": "application/pdf"}
    return zotero.add(**attached, parentItem=parent, **properties)


class TestNotes:
    """The properties `zotero` and `pdf`."""

    def test_the_first_push_writes_what_opens_the_item(self, pushed):
        """In the same command; the second push writes nothing."""
        for citekey in (GAN, NERF):
            assert f"\nzotero: zotero://select/library/items/{pushed.item(citekey)}\n" in pushed.note(citekey)
        before = pushed.project.files()
        assert "nothing to do" in pushed.run().out
        assert pushed.project.files() == before

    def test_the_summary_counts_a_new_note_once(self, tmp_path, zotero):
        """What was added and then got its address was added."""
        assert "changed" not in Person(tmp_path / "project", zotero).run().out

    def test_a_pdf_comes_and_goes(self, pushed):
        """What opens it is in the note while the item has it."""
        key = pdf(pushed.zotero, pushed.item(NERF))
        pushed.run()
        assert f"\npdf: zotero://open-pdf/library/items/{key}\n" in pushed.note(NERF)
        assert "pdf:" not in pushed.note(GAN)
        assert "nothing to do" in pushed.run().out
        pushed.zotero.erase(key)
        pushed.run()
        assert "pdf:" not in pushed.note(NERF)

    def test_another_change_of_the_item_keeps_the_pdf(self, pushed):
        """Its attachment is not asked for again as long as it stands."""
        key = pdf(pushed.zotero, pushed.item(NERF))
        pushed.run()
        pushed.project.change_catalog("Audio Driven", "By Ear")
        pushed.run()
        assert f"open-pdf/library/items/{key}" in pushed.note(NERF)

    @pytest.mark.parametrize(
        "theirs", ["zotero://select/groups/7/items/ABCD2345", "zotero://select/items/@guo", "mine"]
    )
    def test_a_link_that_is_there_stays(self, pushed, theirs):
        """Whatever it leads to: it is not replaced, not listed, and not taken anywhere."""
        old = f"zotero: zotero://select/library/items/{pushed.item(NERF)}"
        pushed.project.change_note(f"Papers/{NERF}", old, f"zotero: {theirs}")
        for command in ("push", "sync", "push"):
            made = pushed.run(command)
            assert "zotero:" not in made.out
            assert f"\nzotero: {theirs}\n" in pushed.note(NERF)
        pushed.project.change_catalog("Audio Driven", "By Ear")
        pushed.run()
        assert f"\nzotero: {theirs}\n" in pushed.note(NERF)

    def test_a_link_that_was_taken_out_comes_again(self, pushed):
        """It is worked out, not said."""
        line = f"zotero: zotero://select/library/items/{pushed.item(NERF)}\n"
        pushed.project.change_note(f"Papers/{NERF}", line, "")
        pushed.run()
        assert line in pushed.note(NERF)

    def test_two_who_share_a_vault_never_fight(self, tmp_path, pushed):
        """Each has a Zotero of their own: the links of the first stay, and both pushes come to rest."""
        before = pushed.note(NERF)
        with Desktop(tmp_path / "second") as other:
            second = Person(tmp_path / "other", other, vault=pushed.project.folder / "vault")
            joined = second.project.run("init", "--join-vault", "--yes", "--config", "litsync.yaml")
            assert joined.code == 0, joined.err
            second.run()
            assert second.item(NERF) != pushed.item(NERF)
            for person in (pushed, second, pushed):
                assert "Vault" in person.run().out
                assert pushed.note(NERF) == before

    def test_an_item_made_again_is_opened_again(self, pushed):
        """A library that is met anew has other keys: litsync's own links follow."""
        pushed.zotero.use_new_data_directory()
        pushed.key = pushed.zotero.grant()
        assert pushed.project.run("init", "--new-library", "--config", "litsync.yaml").code == 0
        pushed.run()
        assert f"\nzotero: zotero://select/library/items/{pushed.item(NERF)}\n" in pushed.note(NERF)

    def test_a_groups_item_is_opened_in_its_group(self, tmp_path, zotero):
        """The same link for every member."""
        zotero.group = 7
        person = Person(tmp_path / "project", zotero, ", library: groups/7")
        person.run()
        assert f"\nzotero: zotero://select/groups/7/items/{person.item(NERF)}\n" in person.note(NERF)

    def test_the_embedded_library_is_not_opened_by_zotero(self, tmp_path):
        """No such property."""
        project = Project.make(tmp_path / "p", CATALOG, CONFIG)
        project.push()
        assert "zotero" not in project.note(f"Papers/{NERF}").read_text()


class TestItems:
    """The link "Open in Obsidian"."""

    @pytest.fixture
    def opening(self, tmp_path, zotero):
        """Somebody who wants it."""
        person = Person(tmp_path / "project", zotero, ", open_in_obsidian: true")
        person.run()
        return person

    def links(self, person):
        """The addresses that open notes, by the key of their item."""
        rows = [
            row for row in person.zotero.rows() if row.get("title") == "Open in Obsidian" and not row.get("deleted")
        ]
        return {row["parentItem"]: row["url"] for row in rows}

    def test_each_item_opens_its_note(self, opening):
        """After the first push already, and the second writes nothing."""
        assert self.links(opening) == {
            opening.item(key): f"obsidian://open?vault=vault&file=Papers%2F{key}" for key in (GAN, NERF)
        }
        version = opening.zotero.version()
        assert "nothing to do" in opening.run().out
        assert opening.zotero.version() == version

    def test_it_follows_a_renamed_note(self, opening):
        """The same attachment leads to the new place."""
        vault = opening.project.folder / "vault"
        (vault / f"Papers/{NERF}.md").rename(vault / "Papers/Talking & heads.md")
        opening.run()
        assert self.links(opening)[opening.item(NERF)].endswith("file=Papers%2FTalking%20%26%20heads")

    def test_one_that_a_person_made_stays(self, tmp_path, zotero):
        """It is not replaced, and no second one is added."""
        item = zotero.add(itemType="conferencePaper", title="T", citationKey=NERF)
        theirs = {
            "itemType": "attachment",
            "linkMode": "linked_url",
            "title": "My note",
            "url": "obsidian://open?vault=x",
        }
        zotero.add(**theirs, parentItem=item)
        person = Person(tmp_path / "project", zotero, ", open_in_obsidian: true")
        person.run()
        assert item not in self.links(person)
        assert any(row.get("url") == "obsidian://open?vault=x" for row in zotero.rows())

    def test_it_is_off_by_default_and_goes_when_it_is_switched_off(self, opening):
        """What litsync attached goes to the trash."""
        path = opening.project.folder / "litsync.yaml"
        path.write_text(path.read_text().replace(", open_in_obsidian: true", ""))
        opening.run()
        assert self.links(opening) == {}
        assert "nothing to do" in opening.run().out

    def test_not_in_a_groups_library(self, tmp_path, zotero):
        """Its other members have other vaults."""
        person = Person(tmp_path / "p", zotero, ", library: groups/7, open_in_obsidian: true")
        assert "a library of your own" in person.run(code=2).err
