"""Saved searches, and settings of the library: kept for other clients, with versions like everything else."""

from __future__ import annotations

import pytest

from .conftest import fresh_key

CONDITIONS = [{"condition": "title", "operator": "contains", "value": "NeRF"}]
SERVER_KEYS = "gives searches keys of its own, like everything"
NO_SETTINGS = "answers settings with an empty object, and takes none"


@pytest.fixture
def searches(zotero):
    """Makes saved searches, which are deleted at the end."""
    made = []

    def make(*entries, **options):
        response = zotero.call("POST", "searches", json=list(entries), **options)
        assert response.status_code == 200, response.text
        made.extend(response.json()["success"].values())
        return response.json()

    yield make
    zotero.call("DELETE", "searches", params={"searchKey": ",".join(made)}, version=zotero.version())


@pytest.mark.differs_on_desktop(SERVER_KEYS)
def test_a_search_through_all_its_life(zotero, searches):
    """Made with a key of the client's, read, renamed, deleted; the log names it."""
    key = fresh_key()
    made = searches({"key": key, "version": 0, "name": " Recent ", "conditions": CONDITIONS})["successful"]["0"]
    assert (made["data"]["name"], made["data"]["conditions"]) == ("Recent", CONDITIONS)
    assert zotero.get(f"searches/{key}").json() == made
    assert key in zotero.get("searches", format="keys").text.split()
    assert zotero.get("searches", since=made["version"] - 1, format="versions").json() == {key: made["version"]}
    renamed = zotero.call("PATCH", f"searches/{key}", json={"name": "New"}, version=made["version"])
    assert renamed.status_code == 204
    assert zotero.get(f"searches/{key}").json()["data"]["conditions"] == CONDITIONS
    since = zotero.version()
    assert zotero.call("DELETE", f"searches/{key}").status_code == 428
    assert zotero.call("DELETE", f"searches/{key}", version=since).status_code == 204
    assert zotero.get(f"searches/{key}").status_code == 404
    assert zotero.get("deleted", since=since).json()["searches"] == [key]


@pytest.mark.differs_on_desktop(SERVER_KEYS)
def test_searches_obey_the_preconditions_of_batches(searches):
    """Stale and existing 412, none 428, the same again `unchanged`."""
    key = fresh_key()
    entry = {"key": key, "name": "One", "conditions": CONDITIONS}
    version = searches({**entry, "version": 0})["successful"]["0"]["version"]
    report = searches({**entry, "version": 0}, entry, {**entry, "version": version})
    assert {index: fault["code"] for index, fault in report["failed"].items()} == {"0": 412, "1": 428}
    assert report["unchanged"] == {"2": key}


@pytest.mark.differs_on_desktop("takes what the web server refuses, or refuses it in other words")
def test_refused_searches(searches):
    """No name, no conditions, conditions without their parts: 400."""
    report = searches(
        {"conditions": CONDITIONS},
        {"name": "x"},
        {"name": "x", "conditions": []},
        {"name": "x", "conditions": [{"condition": "title", "value": "y"}]},
        {"name": "x", "conditions": "title"},
        {"name": "x", "conditions": CONDITIONS, "colour": "red"},
        {"name": "", "conditions": CONDITIONS},
    )
    assert {fault["code"] for fault in report["failed"].values()} == {400}
    assert len(report["failed"]) == 7


@pytest.fixture
def setting(zotero):
    """The name of a setting that the library has not got; it is deleted at the end."""
    name = f"lastPageIndex_u_{fresh_key()}"
    yield name
    zotero.call("DELETE", f"settings/{name}", version=zotero.version())


@pytest.mark.differs_on_desktop(NO_SETTINGS)
def test_a_setting_needs_a_version_and_moves_with_it(zotero, setting):
    """None 428, above 0 for a new one 412, 0 makes it; a stale one 412; the same value changes nothing."""
    path = f"settings/{setting}"
    assert zotero.call("PUT", path, json={"value": 12}).status_code == 428
    assert zotero.call("PUT", path, json={"value": 12}, version=1).status_code == 412
    before = zotero.version()
    assert zotero.call("PUT", path, json={"value": 12}, version=0).status_code == 204
    assert zotero.get(path).json() == {"value": 12, "version": before + 1}
    assert zotero.call("PUT", path, json={"value": 13, "version": 0}).status_code == 412
    assert zotero.call("PUT", path, json={"value": 12, "version": before + 1}).status_code == 204
    assert zotero.get(path).json()["version"] == before + 1
    assert zotero.get("settings", since=before).json() == {setting: {"value": 12, "version": before + 1}}
    assert zotero.get("settings", since=before + 1).json() == {}


@pytest.mark.differs_on_desktop(NO_SETTINGS)
def test_settings_written_together_have_one_version(zotero, setting):
    """An object of several; one that is not known refuses them all."""
    other = f"lastPageIndex_u_{fresh_key()}"
    before = zotero.version()
    refused = zotero.call("POST", "settings", json={setting: {"value": 1}, "unknown": {"value": "x"}})
    assert (refused.status_code, zotero.version()) == (400, before)
    assert zotero.get(f"settings/{setting}").status_code == 404
    assert zotero.call("POST", "settings", json={setting: {"value": 1}, other: {"value": 2}}).status_code == 204
    shown = zotero.get("settings", since=before).json()
    assert {name: row["version"] for name, row in shown.items()} == {setting: before + 1, other: before + 1}
    zotero.call("DELETE", f"settings/{other}", version=zotero.version())


@pytest.mark.differs_on_desktop(NO_SETTINGS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tagColors", []),
        ("tagColors", "red"),
        ("unsupportedSetting", "x"),
        ("feeds", []),
        ("lastRead_g1_ABCD2345", "x"),
    ],
)
def test_refused_settings(zotero, name, value):
    """Unknown names, and values of the wrong kind."""
    response = zotero.call("PUT", f"settings/{name}", json={"value": value}, version=0)
    assert response.status_code == 400


@pytest.mark.differs_on_desktop(NO_SETTINGS)
def test_a_deleted_setting_is_in_the_log(zotero, setting):
    """And an unknown one cannot be deleted."""
    zotero.call("PUT", f"settings/{setting}", json={"value": 1}, version=0)
    since = zotero.version()
    assert zotero.call("DELETE", f"settings/{setting}", version=since).status_code == 204
    assert zotero.get(f"settings/{setting}").status_code == 404
    assert zotero.get("deleted", since=since).json()["settings"] == [setting]
    assert zotero.call("DELETE", "settings/tagNothing", version=since).status_code == 404
