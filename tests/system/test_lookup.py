"""`litsync add` and `litsync enrich`, asking a real server on loopback that answers as the real services do."""

from __future__ import annotations

import pytest
from cli_bench import CONFIG, Project
from services_bench import NONE_SUCH, Services, crossref, entry, serve

GENEFACE = (
    "GeneFace: Generalized and High-Fidelity Audio-Driven 3D Talking Face Synthesis",
    ["Zhenhui Ye", "Ziyue Jiang"],
)


@pytest.fixture
def services():
    """The services, empty."""
    made = Services()
    server = serve(made)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(tmp_path, services):
    """A project that asks them, with a memory of its own for answers."""
    made = Project.make(tmp_path / "project", config=CONFIG + services.config)

    class Asking(Project):
        def run(self, *arguments, stdin="", **environment):
            cache = str(tmp_path / "cache")
            return super().run(*arguments, stdin=stdin, XDG_CACHE_HOME=cache, NO_PROXY="127.0.0.1", **environment)

    return Asking(made.folder)


def catalog(project):
    """The catalog's text."""
    return (project.folder / "catalog.yaml").read_text(encoding="utf-8")


# ── add ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_arxiv_paper_is_added_in_the_style_of_the_catalog(project, services):
    """By id or address in any form; with a citekey, and the code that the authors name."""
    text = "Code is at https://github.com/yerfor/GeneFace."
    services.preprints["2301.13430"] = entry("2301.13430", *GENEFACE, published="2023-01-31", comment=text)
    before = catalog(project)
    made = project.run(
        "add", "https://arxiv.org/pdf/2301.13430v2.pdf", "--section", "Core papers", "--method", "Radiance fields"
    )

    assert made.code == 0, made.out + made.err
    assert "      + title: “GeneFace: Generalized" in made.out
    assert "Added ye2023geneface." in made.out
    assert catalog(project) == before + (
        "\n  - id: ye2023geneface\n    type: preprint\n"
        '    title: "GeneFace: Generalized and High-Fidelity Audio-Driven 3D Talking Face Synthesis"\n'
        "    authors: [Zhenhui Ye, Ziyue Jiang]\n    date: 2023-01-31\n    venue: arXiv\n"
        '    arxiv: "2301.13430"\n    url: https://arxiv.org/abs/2301.13430\n'
        "    code: https://github.com/yerfor/GeneFace\n    sections: [core]\n    methods: [nerf]\n"
    )
    assert project.run("check").code == 0
    assert services.agents == {"litsync/0.1.0 (mailto:me@example.org)"}


def test_a_preprint_whose_authors_name_its_published_version(project, services):
    """It is added as published, and keeps its arXiv id and address."""
    doi = "10.1109/ICCV1.2021.1"
    services.preprints["2104.00001"] = entry("2104.00001", "Faces", ["Ann Li"], doi=doi)
    services.works[doi.lower()] = crossref(doi, "Faces", [("Ann", "Li")])
    project.run("add", "arXiv:2104.00001")

    added = catalog(project).partition("  - id: li2021faces\n")[2]
    assert "    type: conferencePaper\n" in added
    assert "    venue: 2021 IEEE/CVF International Conference on Computer Vision (ICCV)\n" in added
    assert f"    doi: {doi}\n" in added
    assert "    url: https://arxiv.org/abs/2104.00001\n" in added
    assert "/works/10.1109%2FICCV1.2021.1?mailto=me%40example.org" in services.asked


def test_a_doi_from_crossref(project, services):
    """Markup and entities in titles are read; the abstract comes only when asked for."""
    work = crossref(
        "10.1000/x", "Faces &amp; <i>Heads</i>", [("Ann", "Li")], abstract="<jats:p>Abstract Long.</jats:p>"
    )
    services.works["10.1000/x"] = work
    project.run("add", "https://doi.org/10.1000/x", "--abstract")

    assert "    title: Faces & Heads\n" in catalog(project)
    assert "    abstract: Long.\n" in catalog(project)
    assert "    pages: 5764-5774\n    publisher: IEEE\n" in catalog(project)


def test_a_doi_that_crossref_did_not_register(project, services):
    """Whoever did is asked for CSL-JSON."""
    services.csl["10.5281/zenodo.1"] = {
        "type": "dataset", "id": "https://doi.org/10.5281/zenodo.1", "title": "Faces", "publisher": "Zenodo",
        "author": [{"family": "Li", "given": "Ann"}], "issued": {"date-parts": [[2020, 5]]}, "DOI": "10.5281/zenodo.1",
    }  # fmt: skip
    assert project.run("add", "10.5281/zenodo.1").code == 0

    assert "  - id: li2020faces\n    type: dataset\n" in catalog(project)
    assert "    venue: Zenodo\n" in catalog(project)


@pytest.mark.parametrize("old", [False, True])
def test_a_submission_at_openreview(project, services, old):
    """From both versions of its API, whose values stand differently."""
    said = {
        "title": "Faces", "authors": ["Ann Li", "Bo Xu"], "abstract": "Long.", "venue": "ICLR 2024 poster",
        "_bibtex": "@inproceedings{\nli2024faces,\ntitle={Faces},\nauthor={Ann Li and Bo Xu},\n"
        "booktitle={The Twelfth International Conference on Learning Representations},\nyear={2024},\n"
        "url={https://openreview.net/forum?id=abc}\n}",
    }  # fmt: skip
    services.notes["abc"] = {
        "id": "abc",
        "cdate": 1695000000000,
        "content": said if old else {k: {"value": v} for k, v in said.items()},
    }
    assert project.run("add", "https://openreview.net/pdf?id=abc").code == 0

    added = catalog(project).partition("  - id: li2024faces\n")[2]
    assert added.startswith(
        "    type: conferencePaper\n    title: Faces\n    authors: [Ann Li, Bo Xu]\n    date: 2024\n"
    )
    assert "    venue: The Twelfth International Conference on Learning Representations\n" in added


def test_a_paper_of_the_acl_anthology(project, services):
    """From the BibTeX that it gives; the citekey is the catalog's own."""
    services.bibs["P19-1001"] = (
        '@inproceedings{li-xu-2019-faces,\n    title = "Faces in Text",\n    author = "Li, Ann  and\n      Xu, Bo",\n'
        '    booktitle = "Proceedings of ACL",\n    month = jul,\n    year = "2019",\n    address = "Florence, Italy",\n'
        '    url = "https://aclanthology.org/P19-1001/",\n    doi = "10.18653/v1/P19-1001",\n    pages = "1--10"\n}\n'
    )
    assert project.run("add", "https://www.aclweb.org/anthology/P19-1001.pdf").code == 0

    assert "  - id: li2019faces\n" in catalog(project)
    assert "    date: 2019-07\n    venue: Proceedings of ACL\n    pages: 1-10\n" in catalog(project)


def test_a_title_adds_a_work_only_if_it_is_that_title(project, services):
    """ArXiv and Crossref are asked; what has the title is one work, and what only resembles it is listed."""
    title = "Faces of the deep"
    services.by_title = [
        entry("2104.00001", title, ["Ann Li"]),
        entry("2104.00002", "Faces of the deep sea", ["Bo Xu"]),
    ]
    services.found = [crossref("10.1000/x", "Faces of the Deep", [("Ann", "Li")])]
    assert project.run("add", "faces of the deep").code == 0
    assert '    doi: 10.1000/x\n    arxiv: "2104.00001"\n' in catalog(project)

    before = catalog(project)
    made = project.run("add", "Faces of deep")
    assert made.code == 3
    assert "several works may be meant by Faces of deep; add one by its id:\n" in made.out
    assert "    2104.00002  Faces of the deep sea, Xu, 2021\n" in made.out
    assert catalog(project) == before


def test_what_nobody_knows(project, services):
    """It is said, and everything else is added."""
    services.preprints["2104.00001"] = entry("2104.00001", "Faces", ["Ann Li"])
    services.preprints["2104.99999"] = NONE_SUCH
    made = project.run("add", "2104.99999", "2104.00001", "--json")

    assert made.code == 3
    assert made.json["added"] == ["li2021faces"]
    assert [(one["asked"], one["paper"]) for one in made.json["answers"]] == [
        ("2104.99999", ""),
        ("2104.00001", "li2021faces"),
    ]


def test_a_paper_that_is_there_is_not_doubled(project, services):
    """It is filled in where the catalog says nothing, and says so."""
    services.preprints["1406.2661"] = entry(
        "1406.2661", "Generative Adversarial Networks", ["Ian J. Goodfellow"], "2014-06-10"
    )
    before = catalog(project)
    made = project.run("add", "1406.2661")

    assert made.code == 0
    assert "~ goodfellow2014generative\n      + url: “https://arxiv.org/abs/1406.2661”" in made.out
    line = '    arxiv: "1406.2661"\n'
    assert catalog(project) == before.replace(line, line + "    url: https://arxiv.org/abs/1406.2661\n")
    assert "goodfellow2014generative is in the catalog already" in project.run("add", "1406.2661").out


def test_a_dry_run_only_looks(project, services):
    """What would be added is shown."""
    services.preprints["2104.00001"] = entry("2104.00001", "Faces", ["Ann Li"])
    before = project.files()
    made = project.run("add", "2104.00001", "--dry-run")

    assert "+ li2021faces" in made.out
    assert project.files() == before


@pytest.mark.parametrize("address", ["https://example.org/paper", "https://github.com/a/b"])
def test_an_address_that_tells_no_work_is_refused(project, services, address):
    """No page of any other site is ever fetched."""
    made = project.run("add", address)

    assert made.code == 2
    assert "is no address that tells a work" in made.err
    assert services.asked == []


def test_offline_it_says_so(tmp_path):
    """In words, with a code of its own, and nothing is written."""
    config = CONFIG + "lookup: {arxiv: http://127.0.0.1:9}\n"
    project = Project.make(tmp_path / "p", config=config)
    before = catalog(project)
    made = project.run("add", "2104.00001", XDG_CACHE_HOME=str(tmp_path / "c"), NO_PROXY="127.0.0.1")

    assert made.code == 9
    assert "arXiv cannot be reached at 127.0.0.1: is this machine offline?" in made.err
    assert catalog(project) == before


# ── enrich ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def known(services):
    """The services know both papers of the catalog."""
    doi = "10.1109/ICCV48922.2021.00573"
    services.preprints["2103.11078"] = entry("2103.11078", "AD-NeRF: Audio Driven", ["Yudong Guo"])
    services.preprints["1406.2661"] = entry(
        "1406.2661", "Generative Adversarial Networks", ["Ian J. Goodfellow"], "2014-06-10"
    )
    services.works[doi.lower()] = crossref(doi, "AD-NeRF: Audio Driven", [("Y.", "Guo")])
    services.found = [
        crossref("10.48550/arXiv.1406.2661", "Generative Adversarial Nets", [("Ian", "Goodfellow")], "posted-content"),
        crossref("10.1000/other", "Generative Adversarial Nets", [("Another", "Author")]),
        crossref(
            "10.1145/3422622", "Generative adversarial nets", [("Ian", "Goodfellow")], "journal-article", volume="63"
        ),
    ]
    return services


def test_enrich_shows_a_plan_and_writes_nothing(project, known):
    """Gaps are filled, nothing is replaced, and a preprint that was published is only named."""
    before = project.files()
    made = project.run("enrich")

    assert made.code == 0, made.out + made.err
    assert (
        "Would fill in 2 papers:\n  ~ guo2021adnerf\n      + pages: “5764-5774”\n      + publisher: “IEEE”\n"
        in made.out
    )
    assert "  ~ goodfellow2014generative\n      + url: “https://arxiv.org/abs/1406.2661”\n" in made.out
    assert (
        "Published since, and still preprints in the catalog (1):\n  goodfellow2014generative: type “journalArticle”"
        in made.out
    )
    assert "Nothing was written: --apply does. --published takes over where preprints appeared." in made.out
    assert project.files() == before
    assert [one for one in known.asked if one.startswith("/api/query")] == [
        "/api/query?id_list=2103.11078%2C1406.2661&max_results=2"
    ]


def test_enrich_applies_without_asking_again(project, known):
    """What was shown is what is written, in the bytes of the new lines only; then there is nothing left to do."""
    project.run("enrich")
    asked = len(known.asked)
    before = catalog(project)
    made = project.run("enrich", "--apply", "--json")
    after = catalog(project)

    assert made.code == 0
    assert len(known.asked) == asked
    assert [one["record"] for one in made.json["operations"]] == [
        "paper:guo2021adnerf",
        "paper:goodfellow2014generative",
    ]
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert sorted(set(after.splitlines()) - set(before.splitlines())) == [
        "    pages: 5764-5774", "    publisher: IEEE", "    url: https://arxiv.org/abs/1406.2661",
    ]  # fmt: skip
    assert "Nothing to fill in." in project.run("enrich", "--apply").out


def test_a_preprint_becomes_its_published_version_only_on_request(project, known):
    """Type, venue, date, DOI and the rest change together."""
    project.run("enrich", "goodfellow2014generative", "--published", "--apply")
    changed = catalog(project).partition("  - id: goodfellow2014generative\n")[2]

    assert "    type: journalArticle\n" in changed
    assert "    doi: 10.1145/3422622\n" in changed
    assert "    volume: 63\n" in changed
    assert '    arxiv: "1406.2661"\n' in changed


def test_a_service_that_cannot_be_asked_does_not_stop_the_others(project, known):
    """What the others know is shown; that something is missing is said, with a code of its own."""
    known.hooks += [lambda _: (403, {}, "no")]
    made = project.run("enrich", "--json")

    assert made.code == 9
    assert made.json["failures"] == [{"message": "arXiv refused the question (403)", "hint": "nothing was changed"}]
    assert [one["record"] for one in made.json["operations"]] == ["paper:guo2021adnerf"]


def test_enrich_names_what_is_no_paper(project):
    """A misspelt citekey is a mistake."""
    made = project.run("enrich", "nobody2020")

    assert made.code == 2
    assert "the catalog has no paper nobody2020" in made.err
