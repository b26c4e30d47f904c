"""The stand-in for the Zotero desktop behaves as the real one was observed to."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import httpx2
import pytest
from desktop_double import Desktop
from pyzotero.zotero import Zotero

ARTICLE = {"itemType": "journalArticle", "title": "T"}


@pytest.fixture
def desktop(tmp_path):
    """A Zotero that is open."""
    with Desktop(tmp_path / "zotero") as opened:
        yield opened


@pytest.fixture
def http(desktop):
    """A caller that may write."""
    headers = {"Zotero-Server-ID": desktop.server_id, "Zotero-API-Key": desktop.grant()}
    with httpx2.Client(base_url=f"{desktop.url}/users/0/", headers=headers, timeout=30, trust_env=False) as client:
        yield client


def post(http, *entries, kind="items", **headers):
    """The report of a batch."""
    answer = http.post(kind, json=list(entries), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(true, seconds=30):
    """Wait for it."""
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.02)


class TestTransport:
    """How it answers at all."""

    def test_http_1_0_without_a_length_then_the_connection_closes(self, desktop):
        """The end of the connection is the end of the body."""
        with socket.create_connection(("127.0.0.1", desktop._port)) as raw:
            raw.sendall(b"GET /api/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.0 200")
        assert b"Content-Length" not in head
        assert body

    @pytest.mark.parametrize("host", ["example.org", ""])
    def test_a_foreign_host_is_refused(self, desktop, host):
        """400."""
        assert httpx2.get(f"{desktop.url}/", headers={"Host": host}, trust_env=False).status_code == 400

    def test_a_browser_gets_nothing(self, desktop):
        """The connection closes."""
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.get(f"{desktop.url}/", headers={"User-Agent": "Mozilla/5.0"}, trust_env=False)

    def test_a_chunked_body_is_refused(self, http):
        """400."""
        assert http.post("items", content=iter([b"[]"])).status_code == 400

    def test_switched_off_every_request_is_refused(self, desktop, http):
        """403 with those words."""
        desktop.enabled = False
        assert (http.get("items").status_code, http.get("items").text) == (403, "Local API is not enabled")

    def test_closed_nobody_listens_and_reopened_all_is_as_before(self, desktop, http):
        """Server-ID, keys, versions survive a restart."""
        version = desktop.version()
        desktop.quit()
        with pytest.raises(httpx2.ConnectError):
            http.get("items")
        desktop.start()
        assert http.get("items").headers["Zotero-Server-ID"] == desktop.server_id
        assert post(http, ARTICLE)["success"]
        assert desktop.version() == version + 1

    def test_what_is_not_there(self, desktop, http):
        """404 without Zotero's headers; settings are always empty; /api without a slash is unknown."""
        for path in ("deleted?since=0", "items/new", "keys/current"):
            answer = http.get(path)
            assert answer.status_code == 404
            assert not [name for name in answer.headers if name.startswith("zotero-")]
        assert http.get("settings").json() == {}
        assert httpx2.get(desktop.url, trust_env=False).status_code == 404

    def test_an_older_zotero_can_be_read_only(self, tmp_path):
        """Version 9 has no Server-ID and refuses writes."""
        with Desktop(tmp_path / "old", major=9) as old:
            answer = httpx2.get(f"{old.url}/users/0/collections?limit=1", trust_env=False)
            assert answer.status_code == 200
            assert "Zotero-Server-ID" not in answer.headers
            assert httpx2.post(f"{old.url}/users/0/items", json=[ARTICLE], trust_env=False).status_code == 400


class TestAuthorisation:
    """Server-ID before key, the dialog, and what a grant is good for."""

    def test_the_order_of_checks(self, desktop):
        """No Server-ID 428, a wrong one 412 also for reads, no key 401 without headers; reads need nothing."""
        with httpx2.Client(base_url=f"{desktop.url}/users/0/", trust_env=False) as http:
            assert http.post("items", json=[ARTICLE]).status_code == 428
            wrong = {"Zotero-Server-ID": "wrong"}
            assert http.post("items", json=[ARTICLE], headers=wrong).status_code == 412
            assert http.get("items", headers=wrong).status_code == 412
            refused = http.post("items", json=[ARTICLE], headers={"Zotero-Server-ID": desktop.server_id})
            assert refused.status_code == 401
            assert "Zotero-Server-ID" not in refused.headers
            assert http.get("items").status_code == 200

    @pytest.mark.parametrize(("button", "remembered"), [("always", True), ("once", False)])
    def test_the_dialog_gives_a_key(self, desktop, button, remembered):
        """The request waits for the click. A key given once is spent by the first write, even a refused one."""
        clicking = threading.Thread(target=desktop.click, args=(button,))
        clicking.start()
        zotero = Zotero(0, "user", local=True)
        zotero.endpoint = desktop.url
        grant = zotero.authorize_local("test")
        clicking.join()
        assert grant["remember"] is remembered
        headers = {"Zotero-Server-ID": desktop.server_id, "Zotero-API-Key": grant["key"]}
        with httpx2.Client(base_url=f"{desktop.url}/users/0/", headers=headers, trust_env=False) as http:
            assert http.post("items", json={}).status_code == 400
            assert http.post("items", json=[ARTICLE]).status_code == (200 if remembered else 401)

    def test_a_denial_and_too_many_dialogs(self, desktop):
        """403 with `denied`; the sixth within a minute is 429 with Retry-After; one without a name is 400 and counts not."""
        url, headers = f"{desktop.url}/local/authorize", {"Zotero-Server-ID": desktop.server_id}
        with httpx2.Client(headers=headers, trust_env=False, timeout=30) as http:
            assert http.post(url, json={}).status_code == 400
            for _ in range(5):
                clicking = threading.Thread(target=desktop.click, args=("deny",))
                clicking.start()
                denied = http.post(url, json={"appName": "test"})
                clicking.join()
                assert (denied.status_code, denied.json()) == (403, {"denied": True})
            many = http.post(url, json={"appName": "test"})
            assert many.status_code == 429
            assert "Retry-After" in many.headers

    def test_a_dialog_stays_open_after_the_caller_hung_up(self, desktop):
        """It can still be clicked, and dialogs stack."""
        for _ in range(2):
            with contextlib.suppress(httpx2.ReadTimeout):
                httpx2.post(
                    f"{desktop.url}/local/authorize",
                    json={"appName": "test"},
                    headers={"Zotero-Server-ID": desktop.server_id},
                    timeout=0.3,
                    trust_env=False,
                )
        assert len(desktop.prompts) == 2
        desktop.click("deny")
        desktop.click("deny")


class TestWrites:
    """What becomes of objects that are sent."""

    def test_keys_are_given_by_the_desktop_alone(self, http):
        """A key of the client's is refused per object in a batch, and a bare 500 alone."""
        report = post(http, {**ARTICLE, "key": "ABCD2345", "version": 0}, ARTICLE)
        assert report["failed"] == {"0": {"code": 400, "message": "'primaryData' not loaded"}}
        assert len(report["success"]["1"]) == 8
        alone = http.patch("items/ABCD2345", json={**ARTICLE, "version": 0})
        assert (alone.status_code, alone.text) == (500, "")
        assert "Zotero-API-Version" not in alone.headers

    def test_versions_must_be_equal(self, http):
        """None 428, lower or higher 412, a missing object with a version 404."""
        made = post(http, ARTICLE)["successful"]["0"]
        key, version = made["key"], made["version"]
        changed = {"key": key, "title": "New"}
        report = post(
            http,
            changed,
            {**changed, "version": version - 1},
            {**changed, "version": version + 1},
            {"key": "ABCD2345", "version": 3},
            {**changed, "version": version},
        )
        assert {n: row["code"] for n, row in report["failed"].items()} == {"0": 428, "1": 412, "2": 412, "3": 404}
        assert report["successful"]["4"]["data"]["title"] == "New"

    def test_a_write_without_effect_moves_nothing(self, desktop, http):
        """It is unchanged, whatever the order of its tags."""
        made = post(http, {**ARTICLE, "tags": [{"tag": "a"}, {"tag": "b"}]})["successful"]["0"]
        same = {"key": made["key"], "version": made["version"], "title": " T ", "tags": [{"tag": "b"}, {"tag": "a"}]}
        version = desktop.version()
        assert post(http, same)["unchanged"] == {"0": made["key"]}
        assert desktop.version() == version

    def test_a_batch_goes_on_after_the_caller_hung_up(self, desktop, http):
        """Readers see it grow, and it ends complete."""
        desktop.delay = 0.05
        with pytest.raises(httpx2.ReadTimeout):
            http.post("items", json=[ARTICLE] * 20, timeout=0.3)
        assert len(http.get("items").json()) < 20
        until(lambda: len(http.get("items").json()) == 20)

    def test_a_write_token_protects_only_when_the_batch_is_done(self, desktop, http):
        """Repeated during the first, everything is made twice; afterwards it is 412."""
        desktop.delay = 0.05
        token = {"Zotero-Write-Token": "x" * 32}
        with pytest.raises(httpx2.ReadTimeout):
            http.post("items", json=[ARTICLE] * 10, timeout=0.2, headers=token)
        post(http, *[ARTICLE] * 10, **token)
        until(lambda: len(http.get("items").json()) == 20)
        assert http.post("items", json=[ARTICLE], headers=token).status_code == 412

    def test_an_empty_batch_and_51_objects_are_refused(self, http):
        """400 and 413."""
        assert http.post("items", json=[]).status_code == 400
        assert http.post("items", json=[ARTICLE] * 51).status_code == 413

    def test_what_comes_back_is_not_what_was_sent(self, http):
        """Unknown fields go to Extra, roles become author, empty fields are left out, tags have another order."""
        sent = {
            **ARTICLE,
            "title": " Two\nlines e\u0301 ",
            "bogusField": "x",
            "volume": 3,
            "DOI": "",
            "creators": [{"creatorType": "nonsense", "name": "A"}],
            "tags": [{"tag": " a "}, {"tag": "b"}, {"tag": "a"}, {"tag": "x" * 300}],
            "accessDate": "whenever",
        }
        data = post(http, sent)["successful"]["0"]["data"]
        assert data["title"] == "Two lines é"
        assert data["extra"] == "Bogus Field: x"
        assert data["volume"] == "3"
        assert data["creators"] == [{"creatorType": "author", "name": "A"}]
        assert [tag["tag"] for tag in data["tags"]] == ["x" * 300, "b", "a"]
        assert "DOI" not in data
        assert "accessDate" not in data

    def test_an_unknown_collection_and_an_empty_tag_fail_alone_and_as_a_bare_500_singly(self, http):
        """So writes go by batches."""
        report = post(http, {**ARTICLE, "collections": ["ABCD2345"]}, {**ARTICLE, "tags": [{"tag": " "}]})
        assert [row["code"] for row in report["failed"].values()] == [400, 400]
        made = post(http, ARTICLE)["successful"]["0"]
        alone = http.patch(f"items/{made['key']}", json={"version": made["version"], "collections": ["ABCD2345"]})
        assert (alone.status_code, alone.text) == (500, "")

    def test_deletions(self, desktop, http):
        """Without the library's version 428, a missing object 404, unknown ones among many are passed over; no log tells."""
        made = post(http, ARTICLE, ARTICLE)["successful"]
        assert http.delete(f"items?itemKey={made['0']['key']}").status_code == 428
        assert http.delete("items/ABCD2345", headers={"If-Unmodified-Since-Version": "1"}).status_code == 404
        version = {"If-Unmodified-Since-Version": str(desktop.version())}
        assert http.delete(f"items?itemKey={made['0']['key']},ABCD2345", headers=version).status_code == 204
        assert [row["key"] for row in http.get("items").json()] == [made["1"]["key"]]
        assert desktop.version() > int(version["If-Unmodified-Since-Version"])

    def test_put_clears_what_it_does_not_name_and_takes_out_of_the_trash(self, http):
        """PATCH keeps both."""
        made = post(http, {**ARTICLE, "volume": "3", "deleted": 1})["successful"]["0"]
        put = {"itemType": "journalArticle", "title": "New", "version": made["version"]}
        assert http.put(f"items/{made['key']}", json=put).status_code == 204
        data = http.get(f"items/{made['key']}").json()["data"]
        assert data["title"] == "New"
        assert not {"volume", "deleted"} & data.keys()


class TestReads:
    """What a list holds."""

    def test_an_unknown_collection_answers_with_the_whole_library(self, http):
        """200."""
        made = post(http, ARTICLE)["success"]["0"]
        assert [row["key"] for row in http.get("collections/ABCD2345/items").json()] == [made]

    def test_there_is_no_page_unless_asked_for(self, http):
        """130 items in one answer; a limit pages."""
        for _ in range(3):
            post(http, *[ARTICLE] * 43)
        assert len(http.get("items").json()) == 129
        page = http.get("items?limit=100")
        assert len(page.json()) == 100
        assert 'rel="next"' in page.headers["Link"]
        assert http.get("items?sort=key").status_code == 400

    def test_what_the_owner_does_quietly_raises_no_version(self, desktop, http):
        """Trashing in the list and renaming a tag; erasing does, and leaves no trace."""
        made = post(http, {**ARTICLE, "tags": [{"tag": "a"}]}, ARTICLE)["success"]
        version = desktop.version()
        desktop.rename_tag("a", "b")
        desktop.trash_in_the_list(made["1"])
        assert desktop.version() == version
        assert [row["data"]["tags"] for row in http.get("items").json()] == [[{"tag": "b"}]]
        assert http.get(f"items?since={version}").json() == []
        desktop.erase(made["0"])
        assert desktop.version() > version
        assert http.get(f"items?since={version}&includeTrashed=1").json() == []

    def test_trashed_items_are_found_singly_only(self, desktop, http):
        """Never by `itemKey`, not even with `includeTrashed`; a child of one is in no list."""
        made = post(http, ARTICLE)["success"]["0"]
        note = post(http, {"itemType": "note", "note": "x", "parentItem": made})["success"]["0"]
        desktop.trash_in_the_list(made)
        assert http.get(f"items?itemKey={made}&includeTrashed=1").json() == []
        assert http.get(f"items/{made}").json()["data"]["deleted"] is True
        assert note not in [row["key"] for row in http.get("items").json()]
        assert {row["key"] for row in http.get("items?includeTrashed=1").json()} == {made, note}

    def test_trashing_a_collection_hides_what_is_below_and_restoring_it_does_not_bring_that_back(self, desktop, http):
        """The subcollection stays in the trash."""
        above = post(http, {"name": "above"}, kind="collections")["successful"]["0"]
        post(http, {"name": "below", "parentCollection": above["key"]}, kind="collections")
        post(http, {"key": above["key"], "version": above["version"], "deleted": True}, kind="collections")
        assert http.get("collections").json() == []
        desktop.edit(above["key"], "collections", name="above", parentCollection=False, deleted=False)
        assert [row["data"]["name"] for row in http.get("collections").json()] == ["above"]

    def test_another_data_directory_and_a_restored_backup(self, desktop, http):
        """A new Server-ID at version 0; the same one at an older version."""
        post(http, ARTICLE)
        desktop.back_up()
        post(http, ARTICLE)
        before = desktop.version()
        desktop.restore()
        answer = http.get("items")
        assert answer.headers["Zotero-Server-ID"] == http.headers["Zotero-Server-ID"]
        assert int(answer.headers["Last-Modified-Version"]) < before
        desktop.use_new_data_directory()
        assert http.get("items").status_code == 412
        assert desktop.version() == 0
