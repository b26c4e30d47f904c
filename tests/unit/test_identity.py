"""Which work a paper is, and which works a catalog has twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from litsync.cli import cli
from litsync.core.identity import mark_of, marks, title_key
from litsync.core.model import Kind, Name, Record, RecordId
from litsync.core.works import Works
from litsync.formats.catalog_parts import CatalogFile
from litsync.formats.catalog_yaml import read_catalog
from litsync.formats.duplicates import doubles

SHIPPED = Path(__file__).parents[2] / "catalog/face-video-generation.yaml"


@pytest.mark.parametrize(
    ("scheme", "value", "addresses"),
    [
        ("arxiv", "2103.11078", [
            "https://arxiv.org/abs/2103.11078v2", "http://export.arxiv.org/pdf/2103.11078.pdf",
            "https://www.arxiv.org/pdf/2103.11078v1", "https://huggingface.co/papers/2103.11078",
            "https://ar5iv.labs.arxiv.org/html/2103.11078"]),
        ("arxiv", "hep-th/9901001", ["http://arxiv.org/abs/hep-th/9901001", "https://arxiv.org/pdf/hep-th/9901001v3"]),
        ("doi", "10.1145/3528223.3530127", [
            "https://doi.org/10.1145/3528223.3530127", "https://dl.acm.org/doi/abs/10.1145/3528223.3530127",
            "http://dx.doi.org/10.1145/3528223.3530127", "https://dl.acm.org/doi/pdf/10.1145/3528223.3530127"]),
        ("doi", "10.1007/978-3-030-58452-8_24", [
            "https://link.springer.com/chapter/10.1007/978-3-030-58452-8_24",
            "https://link.springer.com/content/pdf/10.1007/978-3-030-58452-8_24.pdf"]),
        ("doi", "10.1038/s41586-021-03819-2", ["https://www.nature.com/articles/s41586-021-03819-2.pdf"]),
        ("doi", "10.1101/2020.01.01.123456", ["https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full.pdf"]),
        ("openreview", "HkpbnH9lx", ["https://openreview.net/forum?id=HkpbnH9lx", "https://openreview.net/pdf?id=HkpbnH9lx"]),
        ("acl", "p19-1001", ["https://www.aclweb.org/anthology/P19-1001/", "https://aclanthology.org/P19-1001.pdf"]),
        ("acl", "2020.acl-main.1", ["https://aclanthology.org/2020.acl-main.1/", "https://aclanthology.org/2020.acl-main.1.pdf"]),
        ("cvf", "guo_x_iccv_2021", [
            "https://openaccess.thecvf.com/content/ICCV2021/html/Guo_X_ICCV_2021_paper.html",
            "https://openaccess.thecvf.com/content/ICCV2021/papers/Guo_X_ICCV_2021_paper.pdf"]),
        ("neurips", "d139db6a236200b21cc7f752979132d0", [
            "https://papers.nips.cc/paper/2018/file/d139db6a236200b21cc7f752979132d0-Paper.pdf",
            "https://proceedings.neurips.cc/paper_files/paper/2018/hash/d139db6a236200b21cc7f752979132d0-Abstract.html"]),
        ("pmlr", "v139/radford21a", [
            "http://proceedings.mlr.press/v139/radford21a/radford21a.pdf", "https://proceedings.mlr.press/v139/radford21a.html"]),
        ("github", "yudongguo/ad-nerf", [
            "https://github.com/YudongGuo/AD-NeRF.git", "https://github.com/YudongGuo/AD-NeRF/tree/master"]),
        ("youtube", "abc", ["https://youtu.be/abc", "https://www.youtube.com/watch?v=abc&t=3"]),
        ("url", "example.com/a?id=1", ["https://www.example.com/a/?id=1&utm_source=x", "http://example.com/a?id=1"]),
    ],
)  # fmt: skip
def test_addresses_of_one_work(scheme, value, addresses):
    """Abstract, PDF and mirror of a work have the same mark."""
    assert {mark_of(address) for address in addresses} == {(scheme, value)}


@pytest.mark.parametrize("address", ["https://arxiv.org/abs/2103.11078", "https://aclanthology.org/P19-1001/"])
def test_a_mark_leads_back_to_the_work(address):
    """The usual address of the work can be told from its mark."""
    assert mark_of(address).address == address


@given(st.text(max_size=60))
def test_any_text_has_a_mark(text):
    """Whatever stands where an address belongs, nothing breaks."""
    assert mark_of(f"https://{text}").value is not None
    assert mark_of(text).value is not None


def test_a_doi_that_arxiv_or_the_acl_made_tells_their_id():
    """So a paper known by its arXiv id is found by the DOI that arXiv gave it."""
    assert marks({"doi": "10.48550/arXiv.2103.11078"}) == marks({"arxiv": "2103.11078v3"})
    assert marks({"url": "https://aclanthology.org/2020.acl-main.1/"}) < marks({"doi": "10.18653/v1/2020.acl-main.1"})


def test_titles_compare_without_what_people_vary():
    """Case, accents, punctuation and blanks do not count."""
    assert title_key("AD-NeRF: Réal  Time") == title_key("Ad‑nerf – real time")
    assert title_key("AD-NeRF") != title_key("AD-NeRF 2")


def test_a_known_work_is_found_by_any_of_its_ids():
    """An item saved from arXiv's page is the paper that has the arXiv id; one of its title and author probably is."""
    record = RecordId(Kind.PAPER, "a")
    works = Works.of({record: {"arxiv": "2103.11078", "title": LONG, "authors": (Name("Guo", "Yudong"),)}})

    assert works.certain({"url": "https://arxiv.org/pdf/2103.11078v2"}) == record
    assert works.certain({"doi": "10.48550/arXiv.2103.11078"}) == record
    assert works.certain({"title": LONG}) is None
    assert works.probable({"title": LONG.upper(), "authors": (Name("Guo", "Y."),)}) == record
    assert works.probable({"title": LONG, "authors": (Name("Ho"),)}) is None


def paper(key, **fields):
    """A record of the catalog."""
    authors = tuple(Name(name) for name in fields.pop("authors", ()))
    return Record(RecordId(Kind.PAPER, key), {"citekey": key, "authors": authors or None, **fields})


LONG = "Audio Driven Neural Radiance Fields for Talking Head Synthesis"


@pytest.mark.parametrize(
    ("papers", "found"),
    [
        ([paper("a", doi="10.1000/X"), paper("b", url="https://doi.org/10.1000/x")],
         [(("a", "b"), True, "the same DOI 10.1000/x")]),
        ([paper("a", arxiv="2103.11078"), paper("b"), paper("c", url="https://arxiv.org/pdf/2103.11078v2"),
          paper("d", doi="10.48550/arXiv.2103.11078")], [(("a", "c", "d"), True, "the same arXiv id 2103.11078")]),
        ([paper("a", url="https://x.org/p/"), paper("b", url="http://www.x.org/p")],
         [(("a", "b"), True, "the same address x.org/p")]),
        ([paper("a", title=LONG, authors=["Guo"], type="preprint", arxiv="2103.11078"),
          paper("b", title=LONG.upper(), authors=["Guo", "Chen"], type="conferencePaper", doi="10.1000/1")],
         [(("a", "b"), False, "the same title: a preprint and its published version")]),
        ([paper("a", title="Introduction", authors=["Guo"]), paper("b", title="Introduction", authors=["Ho"])], []),
        ([paper("a", title="Introduction", authors=["Guo"]), paper("b", title="Introduction.", authors=["Guo"])],
         [(("a", "b"), False, "the same title and authors")]),
        ([paper("a", title="Introduction"), paper("b", title="Introduction", authors=["Guo"])], []),
        ([paper("a", title=LONG), paper("b", title=LONG, authors=["Guo"])],
         [(("a", "b"), False, "the same title and authors")]),
        ([paper("a", arxiv="2103.11078", title=LONG), paper("b", arxiv="2103.11078", title=LONG)],
         [(("a", "b"), True, "the same arXiv id 2103.11078")]),
    ],
)  # fmt: skip
def test_works_that_are_there_twice(papers, found):
    """A shared id is certain; a title counts with its first author, or when it tells enough by itself."""
    assert [(one.citekeys, one.certain, one.reason) for one in doubles(papers)] == found


def test_the_shipped_catalog_has_nothing_twice():
    """Its 33 papers are 33 works."""
    assert doubles(read_catalog([CatalogFile("c.yaml", SHIPPED.read_bytes())]).records.values()) == ()


def test_check_names_them(tmp_path):
    """In words and as JSON, and a catalog that has a work twice is still no broken catalog."""
    path = tmp_path / "c.yaml"
    path.write_text(
        'papers:\n- {id: a, title: One, arxiv: "2103.11078"}\n- {id: b, title: Two, doi: 10.48550/arXiv.2103.11078}\n'
    )
    words = CliRunner().invoke(cli, ["check", str(path)], standalone_mode=False)
    said = CliRunner().invoke(cli, ["check", str(path), "--json"], standalone_mode=False)

    assert words.return_value == 0
    assert "The same work twice (1):\n  a, b: the same arXiv id 2103.11078\n" in words.output
    assert json.loads(said.output)["doubles"] == [
        {"papers": ["a", "b"], "certain": True, "reason": "the same arXiv id 2103.11078"}
    ]
