"""A library that is shared: several machines and several people, at the same time, and what they do to it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from cli_bench import CATALOG, CONFIG, Library, Project

from litsync.library import open_library
from litsync.library.access import Access
from litsync.library.server import serving

KEYS = {"ADAADAADAADA": Access(owner="Ada"), "BOBBOBBOBBOB": Access(owner="Bob")}
ADA, BOB = KEYS
GAN, NERF = "goodfellow2014generative", "guo2021adnerf"


class Group:
    """A group library behind an address, and the requests that arrived."""

    def __init__(self, folder):
        """It is empty."""
        self.path, self.requests, self.hook = folder / "group.sqlite", [], None
        self.opened = open_library(self.path, create=True, prefix="groups/7")
        self.opened.keys |= KEYS

    def __call__(self, environ, start_response):
        """Note the request and answer it."""
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"].rpartition("/")[2]))
        if self.hook:
            self.hook(environ)
        return self.opened.app(environ, start_response)

    def library(self):
        """The library, as another program sees it."""
        return Library(self.path)

    def rows(self):
        """All data in it."""
        with self.library() as library:
            return [row["data"] for row in library.zotero.everything(library.zotero.items(includeTrashed=1))]


@contextmanager
def group(tmp_path, catalog=CATALOG, people=("ada", "bob")):
    """Projects of several people with one catalog and one group library."""
    there = Group(tmp_path)
    with serving(there) as url:
        config = CONFIG.replace("{library: library.sqlite}", f"{{target: web, library: groups/7, endpoint: '{url}'}}")
        yield there, *(Project.make(tmp_path / name, catalog, config) for name in people)
    there.opened.close()


def push(project, key=ADA, command="push", code=0):
    """Push with a key, and expect this end."""
    made = project.run(command, "--verbose", LITSYNC_ZOTERO_KEY=key)
    assert made.code == code, made.out + made.err
    return made


def trash(there, key, *, deleted):
    """Put a collection into the trash, or take it out of it."""
    with there.library() as library:
        client = library.zotero.client
        version = client.get(f"/users/1/collections/{key}").json()["version"]
        entry = {"key": key, "version": version, "deleted": deleted}
        assert client.post("/users/1/collections", json=[entry]).json()["failed"] == {}


def many(papers):
    """A catalog of that many papers, each with a code link."""
    head = "title: Many\nsections: {a: A, b: B}\nmethods: {nerf: {name: NeRF}}\npapers:\n"
    return head + "".join(
        f"  - id: paper{n}\n    type: report\n    title: Paper {n}\n    sections: [{'ab'[n % 2]}]\n    methods: [nerf]\n"
        f"    code: https://github.com/x/{n}\n"
        for n in range(papers)
    )


class TestSecondMachine:
    """The same catalog from a machine or a CI job that knows nothing."""

    def test_it_recognises_everything_and_writes_nothing(self, tmp_path):
        """No write is sent, and the library's version stands still."""
        with group(tmp_path, many(130)) as (there, ada, bob):
            push(ada)
            version = there.opened.version()
            there.requests.clear()
            made = push(bob, BOB)
            assert "Zotero (groups/7" in made.out
            assert "nothing to do" in made.out
            assert {method for method, _ in there.requests} == {"GET"}
            assert len(there.requests) <= 7
            assert there.opened.version() == version

    def test_its_edits_reach_the_first_one(self, tmp_path):
        """What Bob pushes waits for Ada as an edit in Zotero, and her sync takes it."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)
            push(bob, BOB)
            bob.change_catalog("date: 2021-10", "date: 2022")
            push(bob, BOB)
            push(ada, command="sync")
            assert "date: 2022" in (ada.folder / "catalog.yaml").read_text()
            assert "date: 2014" in (ada.folder / "catalog.yaml").read_text()
            there.requests.clear()
            push(bob, BOB)
            assert there.requests == [("GET", "items")]

    def test_a_job_that_loses_its_state_every_night(self, tmp_path):
        """Its folder is thrown away between pushes: still no write for what is there, one for what is new."""
        with group(tmp_path) as (there, ada, _):
            push(ada)
            for title in ("One title", "Another title"):
                shutil.rmtree(ada.folder / ".litsync")
                there.requests.clear()
                push(ada)
                assert {method for method, _ in there.requests} == {"GET"}
                shutil.rmtree(ada.folder / ".litsync")
                extra = f"  - id: new{title[:3].lower()}\n    type: report\n    title: {title}\n    sections: [core]\n"
                with (ada.folder / "catalog.yaml").open("a") as file:
                    file.write(extra)
                there.requests.clear()
                push(ada)
                assert Counter(method for method, _ in there.requests)["POST"] == 1


class TestTogether:
    """Two people at the same moment."""

    def test_two_first_pushes_at_once_make_everything_once(self, tmp_path):
        """Both make the collections and 60 papers in an empty group: there is one of each, and both are content."""
        with group(tmp_path, many(60)) as (there, ada, bob):
            with ThreadPoolExecutor(2) as pool:
                runs = list(
                    pool.map(lambda one: one[0].run("push", LITSYNC_ZOTERO_KEY=one[1]), [(ada, ADA), (bob, BOB)])
                )
            assert [made.code for made in runs] == [0, 0], [made.out for made in runs]
            kinds = Counter(row["itemType"] for row in there.rows())
            assert kinds == {"report": 60, "attachment": 60}
            with there.library() as library:
                assert sorted(row["data"]["name"] for row in library.zotero.collections()) == ["A", "B", "Many"]
            for project, key in ((ada, ADA), (bob, BOB)):
                assert "nothing to do" in push(project, key).out

    def test_edits_of_different_papers_at_once_are_all_kept(self, tmp_path):
        """Ada changes twenty papers, Bob twenty others, both push at the same time."""
        with group(tmp_path, many(60)) as (there, ada, bob):
            push(ada)
            push(bob, BOB)
            for number in range(20):
                ada.change_catalog(f"title: Paper {number}\n", f"title: Ada {number}\n")
                bob.change_catalog(f"title: Paper {number + 30}\n", f"title: Bob {number + 30}\n")
            with ThreadPoolExecutor(2) as pool:
                runs = list(
                    pool.map(lambda one: one[0].run("push", LITSYNC_ZOTERO_KEY=one[1]), [(ada, ADA), (bob, BOB)])
                )
            assert [made.code for made in runs] == [0, 0], [made.out for made in runs]
            titles = {row["citationKey"]: row["title"] for row in there.rows() if row["itemType"] == "report"}
            assert [titles[f"paper{n}"] for n in range(20)] == [f"Ada {n}" for n in range(20)]
            assert [titles[f"paper{n}"] for n in range(30, 50)] == [f"Bob {n}" for n in range(30, 50)]

    def test_different_fields_of_one_paper_at_once_are_both_kept(self, tmp_path):
        """Bob writes between Ada's look and her write: her push looks again, and neither edit is lost."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)
            push(bob, BOB)
            ada.change_catalog("date: 2021-10", "date: 2022")
            bob.change_catalog("venue: ICCV 2021", "venue: ICCV")

            def hook(environ):
                if environ["REQUEST_METHOD"] == "POST":
                    there.hook = None
                    push(bob, BOB)

            there.hook = hook
            push(ada)
            (item,) = [row for row in there.rows() if row.get("citationKey") == NERF]
            assert (item["date"], item["proceedingsTitle"]) == ("2022", "ICCV")

    def test_the_same_field_of_one_paper_at_once_is_decided_by_nobody(self, tmp_path):
        """Bob was faster: his value stays in Zotero, Ada is told, and hers stays in her catalog."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)
            push(bob, BOB)
            ada.change_catalog("date: 2021-10", "date: 2022")
            bob.change_catalog("date: 2021-10", "date: 2023")
            push(bob, BOB)
            assert "Zotero has “2023”" in push(ada).out
            (item,) = [row for row in there.rows() if row.get("citationKey") == NERF]
            assert item["date"] == "2023"
            assert "date: 2022" in (ada.folder / "catalog.yaml").read_text()

    def test_tags_of_both_come_together(self, tmp_path):
        """Sets merge by member: both tags are there, whoever is faster."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)
            push(bob, BOB)
            ada.change_catalog("tags: [audio]", "tags: [audio, adas]")
            bob.change_catalog("tags: [audio]", "tags: [audio, bobs]")
            push(bob, BOB)
            push(ada)
            (item,) = [row for row in there.rows() if row.get("citationKey") == NERF]
            assert {tag["tag"] for tag in item["tags"]} == {"audio", "adas", "bobs", "method/NeRF"}


class TestWhatOthersDo:
    """What a person may do to the shared library in Zotero."""

    def test_a_second_collection_of_the_same_name_disturbs_nobody(self, tmp_path):
        """Litsync goes on with the one it made; a machine that knows neither is told of both."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)
            with there.library() as library:
                library.zotero.create_collections([{"name": "My list"}])
            ada.change_catalog("date: 2021-10", "date: 2022")
            push(ada)
            assert "2 collections named “My list”" in push(bob, BOB, code=6).out

    def test_a_collection_in_the_trash_is_not_made_again(self, tmp_path):
        """Zotero is left alone and the reason told; taken out of the trash, everything goes on where it was."""
        with group(tmp_path) as (there, ada, _):
            push(ada)
            with there.library() as library:
                (main,) = [row for row in library.zotero.collections() if row["data"]["name"] == "My list"]
            ada.change_catalog("date: 2021-10", "date: 2022")
            trash(there, main["key"], deleted=True)
            made = push(ada, code=6)
            assert "no longer in the library" in made.out
            assert "trash" in made.out
            trash(there, main["key"], deleted=False)
            assert "1 item changed" in push(ada).out
            with there.library() as library:
                assert len([row for row in library.zotero.collections() if row["data"]["name"] == "My list"]) == 1

    def test_another_type_of_item_loses_nothing(self, tmp_path):
        """Zotero drops what the new type lacks; litsync brings it back into the item, and takes nothing from the catalog."""
        with group(
            tmp_path, CATALOG.replace("venue: ICCV 2021", "venue: ICCV 2021\n    pages: 5764-5774\n    volume: '3'")
        ) as (there, ada, _):
            push(ada)
            with there.library() as library:
                library.change(NERF, itemType="webpage")
                changed = library.items()[NERF]
            assert "pages" not in changed
            push(ada, command="sync")
            text = (ada.folder / "catalog.yaml").read_text()
            assert "pages: 5764-5774" in text
            assert "volume: '3'" in text
            assert "venue: ICCV 2021" in text
            assert "type: webpage" in text
            (item,) = [row for row in there.rows() if row.get("citationKey") == NERF]
            assert "5764-5774" in item["extra"]
            assert item["itemType"] == "webpage"
            assert "nothing to do" in push(ada, command="sync").out

    def test_a_type_that_only_a_newer_zotero_has(self, tmp_path):
        """An item of it in the collection is read as far as it goes, waits, and does not stop the rest."""
        with group(tmp_path) as (there, ada, bob):
            push(ada)

            def newer(environ, start_response):
                body = b"".join(there.opened.app(environ, lambda *told: heads.append(told)))
                status, headers, *_ = heads.pop()
                body = body.replace(b'"itemType":"conferencePaper"', b'"itemType":"hologram"')
                kept = [(name, value) for name, value in headers if name != "Content-Length"]
                start_response(status, [*kept, ("Content-Length", str(len(body)))] if status[:3] == "200" else headers)
                return [body]

            heads = []
            with serving(newer) as url:
                for project in (ada, bob):
                    config = project.folder / "litsync.yaml"
                    kept = config.read_text()
                    config.write_text(kept[: kept.index("'http")] + f"'{url}'}}\n")
                ada.change_catalog("date: 2014", "date: 2015")
                made = push(ada)
                assert "1 item changed" in made.out
                push(bob, BOB)
            assert {row["itemType"] for row in there.rows()} == {"conferencePaper", "preprint", "attachment"}

    def test_a_tag_of_300_characters_is_named_and_the_rest_goes_on(self, tmp_path):
        """The server's reason stands in the summary, the other paper is there; with a shorter tag the next push is done."""
        long = "x" * 300
        with group(tmp_path, CATALOG.replace("tags: [audio]", f"tags: [audio, {long}]")) as (there, ada, _):
            made = ada.run("push", LITSYNC_ZOTERO_KEY=ADA)
            assert made.code in (4, 5), made.out
            assert "tag" in (made.out + made.err).lower()
            ada.change_catalog(long, "shorter")
            push(ada)
            assert sum(bool(row.get("citationKey")) for row in there.rows()) == 2

    def test_a_library_restored_from_a_backup_is_no_wave_of_edits(self, tmp_path):
        """The old values in it are not taken, what it lacks is not deleted; met anew, everything comes together."""
        with group(tmp_path) as (there, ada, _):
            push(ada)
            there.opened.close()
            shutil.copy(there.path, tmp_path / "backup.sqlite")
            there.opened = open_library(there.path, create=False, prefix="groups/7")
            there.opened.keys |= KEYS
            ada.change_catalog("date: 2021-10", "date: 2022")
            with (ada.folder / "catalog.yaml").open("a") as file:
                file.write("  - id: new2024paper\n    type: report\n    title: New\n    sections: [core]\n")
            push(ada)
            there.opened.close()
            shutil.copy(tmp_path / "backup.sqlite", there.path)
            there.opened = open_library(there.path, create=False, prefix="groups/7")
            there.opened.keys |= KEYS
            catalog = (ada.folder / "catalog.yaml").read_text()
            made = push(ada, command="sync", code=6)
            assert "has gone back to version" in made.out
            assert "--new-library" in made.out
            assert (ada.folder / "catalog.yaml").read_text() == catalog
            ada.run("init", ".", "--new-library")
            push(ada, command="sync")
            assert (ada.folder / "catalog.yaml").read_text() == catalog
            assert {row["citationKey"] for row in there.rows() if row.get("citationKey")} == {NERF, GAN, "new2024paper"}


class TestRequests:
    """What a push costs in requests."""

    def test_the_first_push_of_a_new_key_asks_for_its_rights_once(self, tmp_path):
        """One request more at the first meeting, none later; another key is asked again."""
        with group(tmp_path) as (there, ada, _):
            push(ada)
            assert [path for _, path in there.requests].count("current") == 1
            there.requests.clear()
            push(ada)
            assert there.requests == [("GET", "items")]
            there.requests.clear()
            push(ada, BOB)
            assert there.requests == [("GET", "current"), ("GET", "items")]

    @pytest.mark.parametrize("count", [1, 5])
    def test_changed_papers_cost_one_read_and_one_write_together(self, tmp_path, count):
        """Five changed papers travel in one request, with nothing but the property that changed, and no tags."""
        with group(tmp_path, many(60)) as (there, ada, _):
            push(ada)
            for number in range(count):
                ada.change_catalog(f"title: Paper {number + 10}\n", f"title: Better {number + 10}\n")
            there.requests.clear()
            sent = []

            def hook(environ):
                if environ["REQUEST_METHOD"] == "POST":
                    import io
                    import json

                    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                    environ["wsgi.input"] = io.BytesIO(body)
                    sent.extend(json.loads(body))

            there.hook = hook
            push(ada)
            assert Counter(method for method, _ in there.requests) == {"GET": 2, "POST": 1}
            assert [set(row) for row in sent] == [{"key", "version", "title"}] * count


def test_a_push_that_is_interrupted_by_ctrl_c_loses_nothing(tmp_path):
    """Stopped in the middle of waiting for a busy server: the next push brings the rest."""
    with group(tmp_path, many(120)) as (there, ada, _):
        posts = []

        def hook(environ):
            if environ["REQUEST_METHOD"] == "POST":
                posts.append(environ["PATH_INFO"])
                if len(posts) == 3:
                    child.send_signal(signal.SIGINT)

        there.hook = hook
        environment = {**ada.environment, "LITSYNC_ZOTERO_KEY": ADA}
        child = subprocess.Popen(
            [sys.executable, "-m", "litsync", "push"],
            cwd=ada.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        _, said = child.communicate(timeout=120)
        assert child.returncode == 130, said
        assert "Traceback" not in said
        there.hook = None
        push(ada)
        assert Counter(row["itemType"] for row in there.rows()) == {"report": 120, "attachment": 120}
