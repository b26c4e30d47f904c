"""The Zotero library through the real command: what is recognised, what is sent, and what goes wrong."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import contextmanager

import pytest
from cli_bench import CATALOG, CONFIG, Library, Project

from litsync.library import open_library
from litsync.library.faults import Faults, Rule, What
from litsync.library.server import serving
from litsync.replicas.zotero_seen import item_key


@pytest.fixture
def project(tmp_path):
    """A project that was never pushed."""
    return Project.make(tmp_path / "project")


@pytest.fixture
def pushed(project):
    """A project that was pushed once."""
    project.push()
    return project


def many(papers):
    """A catalog of that many papers, each with a code link."""
    head = "title: Many\nmethods: {nerf: {name: NeRF}}\npapers:\n"
    return head + "".join(
        f"  - id: paper{n}\n    type: report\n    title: Paper {n}\n    methods: [nerf]\n"
        f"    code: https://github.com/x/{n}\n"
        for n in range(papers)
    )


class Server:
    """A project's library served over HTTP with faults, and the requests that arrived."""

    def __init__(self, folder, rules=()):
        """The library's file lies beside the project's."""
        self.path = folder / "served.sqlite"
        self.requests = []
        self._library = open_library(self.path, create=True)
        self._app = Faults(self._library.app, rules)

    def __call__(self, environ, start_response):
        """Note the request and answer it."""
        self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        return self._app(environ, start_response)

    def counts(self):
        """How many requests of each method arrived."""
        return Counter(method for method, _ in self.requests)

    def library(self):
        """The library, as another program sees it."""
        return Library(self.path)


@contextmanager
def served(tmp_path, rules=(), catalog=CATALOG):
    """A project whose Zotero is a real server on loopback."""
    server = Server(tmp_path, rules)
    with serving(server) as url:
        config = CONFIG.replace("{library: library.sqlite}", f"{{target: web, library: users/1, endpoint: '{url}'}}")
        yield Project.make(tmp_path / "p", catalog, config), server


def push(project, code=0):
    """Push with a key, and expect this end."""
    made = project.run("push", "--verbose", LITSYNC_ZOTERO_KEY="KEYKEYKEY")
    assert made.code == code, made.out + made.err
    return made


class TestRequests:
    """How often the library is asked."""

    def test_a_first_push_sends_full_batches(self, tmp_path):
        """130 items and 130 links are 260 objects: six posts, one for the collection, and a few reads."""
        with served(tmp_path, catalog=many(130)) as (project, server):
            push(project)

            assert server.counts()["POST"] <= math.ceil(260 / 50) + 1 + 1
            assert server.counts()["GET"] <= 4
            with server.library() as library:
                assert len(library.items()) == 130

    def test_a_second_push_asks_for_the_version_and_no_more(self, tmp_path):
        """One read, no write."""
        with served(tmp_path) as (project, server):
            push(project)
            server.requests.clear()
            push(project)

            assert server.counts() == {"GET": 1}

    def test_one_changed_paper_costs_a_few_requests(self, tmp_path):
        """Its item is read and written, and nothing else."""
        with served(tmp_path, catalog=many(130)) as (project, server):
            push(project)
            server.requests.clear()
            project.change_catalog("Paper 77\n", "Paper seventy-seven\n")
            push(project)

            assert server.counts() == {"GET": 2, "POST": 1}

    def test_no_property_is_sent_that_did_not_change(self, pushed):
        """A new date moves the item once and leaves its attachment's version alone."""
        with pushed.library() as library:
            before = library.attachments(library.items()["guo2021adnerf"]["key"])
            version = library.version
        pushed.change_catalog("date: 2021-10", "date: 2022")
        pushed.push()
        with pushed.library() as library:
            assert library.version == version + 1
            assert library.attachments(library.items()["guo2021adnerf"]["key"]) == before


class TestPages:
    """A library of many pages."""

    def test_a_library_that_changes_while_it_is_read_is_read_again(self, tmp_path):
        """Somebody erases an item between two pages, so that another one slips out of sight: it is found all the same."""
        with served(tmp_path, catalog=many(150)) as (project, server):
            push(project)
            with server.library() as library:
                own = [{"itemType": "book", "title": "mine", "dateAdded": "2001-01-01T00:00:00Z"}] * 3
                keys = list(library.zotero.create_items(own)["success"].values())
            other = Project.make(tmp_path / "other", many(150), (project.folder / "litsync.yaml").read_text())
            inner, reads = server._app, []

            def meddle(environ, start_response):
                reads.append(environ["QUERY_STRING"])
                if keys and "start=" in environ["QUERY_STRING"] and "start=0" not in environ["QUERY_STRING"]:
                    with server.library() as library:
                        library.zotero.delete_item(library.zotero.item(keys.pop()))
                return inner(environ, start_response)

            server._app = meddle
            before = len(server.requests)
            made = push(other)
            assert "Zotero (users/1" in made.out
            assert "nothing to do" in made.out
            assert "POST" not in {method for method, _ in server.requests[before:]}
            assert not keys

    def test_a_library_that_never_stands_still_is_told(self, tmp_path):
        """After some looks it is left alone, and the vault is served."""
        with served(tmp_path, catalog=many(150)) as (project, server):
            push(project)
            other = Project.make(tmp_path / "other", many(150), (project.folder / "litsync.yaml").read_text())
            inner = server._app

            def meddle(environ, start_response):
                with server.library() as library:
                    library.zotero.create_items([{"itemType": "book"}])
                return inner(environ, start_response)

            server._app = meddle
            made = push(other, code=6)
            assert "being changed while it is read" in made.out
            assert other.note("Papers/paper7").exists()


def test_more_sections_than_fit_into_one_request(tmp_path):
    """60 sections are 60 subcollections."""
    sections = "".join(f"  s{n}: Section {n}\n" for n in range(60))
    project = Project.make(tmp_path / "p", CATALOG.replace("  core: Core papers\n", f"  core: Core papers\n{sections}"))
    assert "61 subcollections added" in project.push().out
    assert "nothing to do" in project.push().out


class TestAdoption:
    """Items that were in the library before litsync came."""

    @pytest.mark.parametrize(
        "own",
        [
            {"citationKey": "guo2021adnerf"},
            {"extra": "Citation Key: guo2021adnerf"},
            {"DOI": "10.1109/iccv48922.2021.00573"},
            {"extra": "arXiv:2103.11078 [cs.CV]"},
            {"url": "https://arxiv.org/abs/2103.11078"},
        ],
        ids=["citation key", "citation key in Extra", "DOI", "arXiv id", "address"],
    )
    def test_an_item_is_recognised_and_not_doubled(self, project, own):
        """It comes into the collection, empty fields are filled, and everything of its owner's stays."""
        project.push("--dry-run")
        open_library(project.folder / "library.sqlite", create=True).close()
        mine = {
            "itemType": "conferencePaper",
            "title": "My own title",
            "tags": [{"tag": "mine"}, {"tag": "auto", "type": 1}],
            "creators": [{"creatorType": "editor", "name": "Ed"}],
            **own,
        }
        with project.library() as library:
            theirs = library.zotero.create_collections([{"name": "Theirs"}])["success"]["0"]
            key = library.zotero.create_items([{**mine, "collections": [theirs]}])["success"]["0"]
            library.zotero.create_items([{"itemType": "note", "note": "my words", "parentItem": key}])
        made = project.push()
        with project.library() as library:
            rows = {row["key"]: row["data"] for row in library.zotero.everything(library.zotero.items())}

        item = rows[key]
        regular = [row for row in rows.values() if row["itemType"] not in ("attachment", "note")]
        assert len(regular) == 2
        assert item["title"] == "My own title"
        assert "Zotero has “My own title”" in made.out
        assert item["proceedingsTitle"] == "ICCV 2021"
        assert theirs in item["collections"]
        assert len(item["collections"]) == 3
        assert {"editor", "author"} == {creator["creatorType"] for creator in item["creators"]}
        assert {(t["tag"], t.get("type", 0)) for t in item["tags"]} == {
            ("mine", 0),
            ("auto", 1),
            ("audio", 0),
            ("method/NeRF", 0),
        }
        assert [row["note"] for row in rows.values() if row["itemType"] == "note"] == ["my words"]
        assert "nothing to do" in project.push().out

    @pytest.mark.parametrize(
        "said",
        [
            {"url": "http://arxiv.org/pdf/2103.11078v2.pdf"},
            {"DOI": "10.48550/arXiv.2103.11078"},
            {"url": "https://dx.doi.org/10.1109/iccv48922.2021.00573"},
            {"extra": "arXiv: 2103.11078v1"},
        ],
    )
    def test_an_item_that_says_the_same_work_in_other_words_is_its_item(self, project, said):
        """An address, a DOI of arXiv's or a version of a preprint: nobody gets the paper twice."""
        open_library(project.folder / "library.sqlite", create=True).close()
        with project.library() as library:
            library.zotero.create_items([{"itemType": "journalArticle", "title": "As it was saved", **said}])
        project.run("push")
        with project.library() as library:
            rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]

        assert sum(row.get("itemType") in ("journalArticle", "conferencePaper") for row in rows) == 1

    def test_a_title_alone_is_no_proof(self, project):
        """Another item of the same title stays what it is, and the paper gets its own."""
        open_library(project.folder / "library.sqlite", create=True).close()
        with project.library() as library:
            library.zotero.create_items([{"itemType": "report", "title": "AD-NeRF: Audio Driven"}])
        project.push()
        with project.library() as library:
            rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]

        assert sum(row.get("title") == "AD-NeRF: Audio Driven" for row in rows) == 2

    def test_two_candidates_are_a_question(self, project):
        """Nothing is written for that paper until a person has said which; the others are."""
        open_library(project.folder / "library.sqlite", create=True).close()
        twin = {"itemType": "conferencePaper", "DOI": "10.1109/ICCV48922.2021.00573"}
        with project.library() as library:
            library.zotero.create_items([{**twin, "title": "One"}, {**twin, "title": "Two"}])
        made = project.run("push")

        assert made.code == 3
        assert "2 items have the DOI" in made.out
        with project.library() as library:
            assert list(library.items()) == ["goodfellow2014generative"]
            first = next(row["data"] for row in library.zotero.items() if row["data"].get("title") == "One")
            library.zotero.create_items([{"key": first["key"], "version": first["version"], "deleted": 1}])
        assert project.run("push").code == 0

    def test_an_own_citation_key_is_kept(self, project):
        """The item is recognised by its DOI, and goes on being cited by the key it has."""
        open_library(project.folder / "library.sqlite", create=True).close()
        item = {"itemType": "conferencePaper", "DOI": "10.1109/ICCV48922.2021.00573", "citationKey": "Guo21"}
        with project.library() as library:
            library.zotero.create_items([item])
        project.push()
        with project.library() as library:
            assert sorted(library.items()) == ["Guo21", "goodfellow2014generative"]

    def test_a_collection_of_that_name_is_used_and_two_are_a_question(self, tmp_path):
        """One is adopted with what is in it; with two nothing is written."""
        project = Project.make(tmp_path / "one")
        open_library(project.folder / "library.sqlite", create=True).close()
        with project.library() as library:
            key = library.zotero.create_collections([{"name": "My list"}])["success"]["0"]
        project.push()
        with project.library() as library:
            assert [row["key"] for row in library.zotero.collections_top()] == [key]
        project = Project.make(tmp_path / "two")
        open_library(project.folder / "library.sqlite", create=True).close()
        with project.library() as library:
            library.zotero.create_collections([{"name": "My list"}, {"name": "My list"}])
            version = library.version
        made = project.run("push")
        assert made.code == 6
        assert "2 collections named “My list”" in made.out
        with project.library() as library:
            assert library.version == version

    def test_a_key_that_another_work_has_is_left_to_it(self, project):
        """The paper gets the next key, and no attachment lands under the other work."""
        open_library(project.folder / "library.sqlite", create=True).close()
        taken = {"key": item_key("guo2021adnerf"), "version": 0, "itemType": "report", "title": "Another work"}
        with project.library() as library:
            library.zotero.create_items([taken])
        project.push()
        with project.library() as library:
            assert library.attachments(taken["key"]) == []
            item = library.items()["guo2021adnerf"]
            assert item["key"] == item_key("guo2021adnerf", 1)
            assert len(library.attachments(item["key"])) == 1
        assert "nothing to do" in project.push().out

    def test_a_co_author_with_no_state_changes_nothing(self, pushed, tmp_path):
        """The same catalog pushed from another machine into the same library: everything is recognised."""
        other = Project.make(tmp_path / "other")
        (other.folder / "library.sqlite").write_bytes((pushed.folder / "library.sqlite").read_bytes())
        with other.library() as library:
            version = library.version
        made = other.push()

        assert "Zotero (embedded library): nothing to do" in made.out
        with other.library() as library:
            assert library.version == version


class TestWhatIsNotLitsyncs:
    """A later push leaves alone what somebody else made."""

    def test_everything_around_a_change_stays(self, pushed):
        """Extra lines, editors, notes, links and PDFs of a person's, other collections, related items."""
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]
            key = item["key"]
            theirs = library.zotero.create_collections([{"name": "Theirs"}])["success"]["0"]
            library.change(
                "guo2021adnerf",
                extra=f"tldr: fine\n{item['extra']}\nCited by: 7",
                creators=[{"creatorType": "editor", "name": "Ed"}, *item["creators"]],
                collections=[*item["collections"], theirs],
                shortTitle="AD",
            )
            library.zotero.create_items(
                [
                    {"itemType": "note", "note": "words", "parentItem": key},
                    {
                        "itemType": "attachment",
                        "linkMode": "linked_url",
                        "title": "Talk",
                        "url": "https://t.org",
                        "parentItem": key,
                    },
                ]
            )
        pushed.change_catalog('"2103.11078"', '"2103.11078v2"')
        pushed.change_catalog("[Yudong Guo, Keyu Chen]", "[Yudong Guo, Keyu Chen, Sen Liang]")
        pushed.change_catalog("    code: https://github.com/YudongGuo/AD-NeRF\n", "")
        pushed.push()
        with pushed.library() as library:
            item = library.items()["guo2021adnerf"]
            children = library.attachments(key)

        assert item["extra"] == "tldr: fine\narXiv: 2103.11078v2\nCited by: 7"
        assert [c.get("name") or c["lastName"] for c in item["creators"]] == ["Ed", "Guo", "Chen", "Liang"]
        assert theirs in item["collections"]
        assert item["shortTitle"] == "AD"
        assert sorted(row.get("title") or row["note"] for row in children if not row.get("deleted")) == [
            "Talk",
            "words",
        ]

    def test_a_renamed_collection_and_subcollection_wait(self, pushed):
        """The names that a person gave stay, are listed, and the collections go on being used."""
        with pushed.library() as library:
            for row in library.zotero.collections():
                library.zotero.update_collection({**row["data"], "name": f"My {row['data']['name']}"})
        pushed.change_catalog("date: 2021-10", "date: 2022")
        made = pushed.push()

        assert "Zotero has “My Core papers”" in made.out
        assert "Zotero has “My My list”" in made.out
        with pushed.library() as library:
            assert len(library.zotero.collections()) == 2
            assert library.items()["guo2021adnerf"]["date"] == "2022"

    def test_a_collection_that_is_gone_stops_zotero_before_any_write(self, pushed):
        """Nothing is made anew; the vault is served all the same."""
        with pushed.library() as library:
            top = library.zotero.collections_top()[0]
            library.zotero.delete_collection(top)
            version = library.version
        pushed.change_catalog("date: 2021-10", "date: 2022")
        made = pushed.run("push")

        assert made.code == 6
        assert "no longer in the library" in made.out
        assert 'date: "2022"' in pushed.note("Papers/guo2021adnerf").read_text()
        with pushed.library() as library:
            assert library.version == version

    def test_another_library_under_the_same_name(self, pushed):
        """It is noticed before any write."""
        (pushed.folder / "library.sqlite").unlink()
        open_library(pushed.folder / "library.sqlite", create=True).close()
        made = pushed.run("push")

        assert made.code == 6
        assert "another library" in made.out


class TestFaults:
    """A library that misbehaves, over a real connection."""

    @pytest.mark.parametrize("what", [What.DROP_AFTER, What.DROP_BEFORE])
    @pytest.mark.parametrize("at", [1, 2, 3])
    def test_an_answer_that_is_lost_makes_nothing_twice(self, tmp_path, what, at):
        """Whether the write came through or not, it is repeated and recognised."""
        rules = [Rule(what, at=(at,), method="POST")]
        with served(tmp_path, rules, many(60)) as (project, server):
            push(project)
            with server.library() as library:
                rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]

            assert sum(row["itemType"] == "report" for row in rows) == 60
            assert sum(row["itemType"] == "attachment" for row in rows) == 60
            assert "nothing to do" in push(project).out

    @pytest.mark.parametrize(
        "rule",
        [
            Rule(What.STATUS, at=(2,), method="POST", status=500, body="oops"),
            Rule(What.STATUS, at=(1, 2), status=429, headers={"Retry-After": "1"}),
            Rule(What.HALF, at=(2,), method="POST", objects=20),
        ],
        ids=["500", "429", "half a batch, then 500"],
    )
    def test_trouble_that_passes(self, tmp_path, rule):
        """The push waits and goes on to the end."""
        with served(tmp_path, [rule], many(60)) as (project, server):
            push(project)
            with server.library() as library:
                assert len(library.items()) == 60
            assert "nothing to do" in push(project).out

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            (Rule(What.STATUS, status=403, body="Invalid key"), "refused the key"),
            (
                Rule(What.STATUS, status=200, headers={"Content-Type": "text/html"}, body="<html>login</html>"),
                "not Zotero's",
            ),
            (Rule(What.TRUNCATE, method="GET", path="items"), "not Zotero's"),
        ],
        ids=["403", "a login page", "cut off"],
    )
    def test_trouble_that_stays_is_told_and_made_up_for(self, tmp_path, rule, words):
        """The vault is written, the exit code is Zotero's, no key is printed, and a later push brings the rest."""
        with served(tmp_path, [rule]) as (project, server):
            made = push(project, code=6)

            assert words in made.out
            assert "KEYKEYKEY" not in made.out + made.err
            assert project.note("Papers/guo2021adnerf").exists()
        with serving(server._library.app) as url:
            (project.folder / "litsync.yaml").write_text(
                CONFIG.replace("{library: library.sqlite}", f"{{target: web, library: users/1, endpoint: '{url}'}}")
            )
            assert "2 items added" in push(project).out

    @pytest.mark.parametrize("library", ["users/77", "groups/5"])
    def test_a_library_that_is_not_there(self, tmp_path, library):
        """A wrong number, or a group that vanished, is told in words."""
        with served(tmp_path) as (project, _):
            config = (project.folder / "litsync.yaml").read_text()
            (project.folder / "litsync.yaml").write_text(config.replace("users/1", library))
            made = push(project, code=6)

        assert library in made.out

    def test_another_server_behind_the_address(self, tmp_path):
        """Sound JSON that is not Zotero's is not taken for an empty library."""
        rule = Rule(What.STATUS, headers={"Content-Type": "application/json"}, status=200, body='{"hello": "world"}')
        with served(tmp_path, [rule]) as (project, _):
            made = push(project, code=6)

        assert "Zotero" in made.out

    @pytest.mark.parametrize("times", [1, 2, 99])
    def test_an_item_changed_at_the_same_moment_is_looked_at_again(self, tmp_path, times):
        """The library answers 412 for it: the same push plans anew, and their edit and ours are both there. Not for ever."""
        with served(tmp_path) as (project, server):
            push(project)
            project.change_catalog("date: 2021-10", "date: 2022")

            def meddle(environ, start_response):
                if environ["REQUEST_METHOD"] == "POST" and len(done) < times:
                    done.append(True)
                    with server.library() as library:
                        library.change("guo2021adnerf", shortTitle=f"mine {len(done)}")
                return inner(environ, start_response)

            done, inner = [], server._app
            server._app = meddle
            made = push(project)
            if times == 99:
                assert "changed in Zotero at the same moment" in made.out
                assert len(done) == 4
                server._app = inner
                made = push(project)
            assert "1 item changed" in made.out
            assert "same moment" not in made.out
            with server.library() as library:
                item = library.items()["guo2021adnerf"]
            assert (item["date"], item["shortTitle"]) == ("2022", f"mine {len(done)}")

    def test_one_answer_of_an_older_version_is_asked_for_again(self, tmp_path):
        """A cache in between is not taken for a library that was restored; one that stays old is."""
        with served(tmp_path) as (project, server):
            push(project)
            plain = server._app
            server._app = Faults(plain, [Rule(What.STALE, at=(1,), method="GET", objects=2)])
            assert "nothing to do" in push(project).out
            server._app = Faults(plain, [Rule(What.STALE, method="GET", objects=2)])
            assert "has gone back to version" in push(project, code=6).out
            server._app = plain
            assert "nothing to do" in push(project).out

    def test_one_refused_item_among_many_is_named(self, tmp_path):
        """The server's reason stands in the summary; the other 59 are there, the refused one has no orphaned link."""
        catalog = many(60).replace("title: Paper 30\n", f"title: {'x' * 70000}\n")
        with served(tmp_path, catalog=catalog) as (project, server):
            made = push(project, code=5)

            assert "paper30 in Zotero:" in made.out
            with server.library() as library:
                rows = [row["data"] for row in library.zotero.everything(library.zotero.items())]
            assert sum(row["itemType"] == "report" for row in rows) == 59
            assert sum(row["itemType"] == "attachment" for row in rows) == 59


class TestLinksInNotes:
    """Where a Zotero application shows the library, notes lead to their items."""

    def test_a_note_leads_to_its_item_from_the_first_push_on(self, tmp_path):
        """The first push writes the link, the second nothing; it is no change to any field."""
        with served(tmp_path) as (project, server):
            push(project)
            with server.library() as library:
                key = library.items()["guo2021adnerf"]["key"]
            note = project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
            assert f"\nzotero: zotero://select/library/items/{key}\n" in note
            before = project.files()
            push(project)
            assert project.files() == before

    def test_notes_from_before_get_the_link_too(self, tmp_path):
        """A library that is configured later is led to; a `zotero` property of the reader's own stays."""
        with served(tmp_path) as (project, _):
            config = project.folder / "litsync.yaml"
            web = config.read_text(encoding="utf-8")
            config.write_text(CONFIG, encoding="utf-8")
            push(project)
            assert "zotero:" not in project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
            project.change_note("Papers/goodfellow2014generative", "citekey:", "zotero: my own\ncitekey:")
            config.write_text(web, encoding="utf-8")
            push(project)
            assert "\nzotero: zotero://select/" in project.note("Papers/guo2021adnerf").read_text(encoding="utf-8")
            assert "zotero: my own\n" in project.note("Papers/goodfellow2014generative").read_text(encoding="utf-8")
            before = project.files()
            push(project)
            assert project.files() == before
