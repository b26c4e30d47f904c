"""The shipped catalog says what the reading list and the published record say, row by row.

Both files are read with plain PyYAML, every scalar as text: this check does not rest on litsync's own reader.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CATALOG = yaml.load((ROOT / "catalog/face-video-generation.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
FACTS = yaml.load((ROOT / "tests/data/reading_list.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
SECTION = {"p": "face-video", "s": "base-models"}
CLASS_IDS = {
    "VAE": "vae",
    "Diffusion Model": "diffusion-model",
    "Glow": "glow",
    "NeRf": "nerf",
    "NeRF": "nerf",
    "GAN": "gan",
    "3DMM": "3dmm",
    "Transformer": "transformer",
    "Dense Flow warp": "dense-flow-warp",
    "pre-trained strategy": "pre-trained-strategy",
}


def paper(fact):
    """The catalog's paper for a row of the list."""
    found = [p for p in CATALOG["papers"] if p["url"] == fact["url"]]
    assert len(found) == 1, fact["url"]
    return found[0]


def split(author):
    """Family and given name of an author as the catalog has it."""
    if isinstance(author, dict):
        return f"{author['family']} | {author['given']}"
    given, _, family = author.rpartition(" ")
    return f"{family} | {given}"


def letters(title):
    """A title without case, punctuation and marks: the list types some titles in capitals."""
    plain = unicodedata.normalize("NFKC", title).casefold().replace("×", "x")
    return re.sub(r"[\W_]+", "", plain)


@pytest.mark.parametrize("fact", FACTS, ids=[f"{f['part']}{f['number']}" for f in FACTS])
class TestEveryRow:
    """One row of the list."""

    def test_the_list_says_so(self, fact):
        """Number, section, address and code link are the list's own."""
        found = paper(fact)

        assert found["number"] == fact["number"]
        assert found["sections"] == [SECTION[fact["part"]]]
        assert found.get("code", "-") == fact["code"]

    def test_the_published_record_says_so(self, fact):
        """Type, title, all authors in order, year, DOI, arXiv id and venue are verified; what is not known is left out."""
        found = paper(fact)

        assert found["type"] == fact["type"]
        assert found["title"] == fact["title"]
        assert [split(author) for author in found.get("authors", [])] == fact["authors"]
        assert found.get("date", "-")[:4] == fact["year"]
        assert found.get("doi", "-") == fact["doi"]
        assert found.get("arxiv", "-") == fact["arxiv"]
        assert found["venue"] == fact["venue"]

    def test_the_title_is_the_one_that_the_list_links(self, fact):
        """Apart from capitals, hyphens and one remark, the list names the same work."""
        linked = letters(fact["linked"]).removesuffix(letters("taught by Hung-yi Lee"))

        assert letters(paper(fact)["title"]) == linked

    def test_the_classification_is_the_lists_own(self, fact):
        """A paper has the list's classes as methods; a source has no method and is named by its base model."""
        found, ids = paper(fact), [CLASS_IDS[name] for name in fact["classes"]]
        if fact["part"] == "p":
            assert sorted(found.get("methods", [])) == sorted(ids)
        else:
            assert "methods" not in found
            assert found["id"] in CATALOG["methods"][ids[0]]["sources"]


def test_the_counts():
    """33 works, 17 papers, 16 sources, 11 code links, 9 methods, 24 edges, and nothing beside the rows."""
    papers = CATALOG["papers"]

    assert len(papers) == len(FACTS) == 33
    assert sum(p["sections"] == ["face-video"] for p in papers) == 17
    assert sum("code" in p for p in papers) == 11
    assert [m["name"] for m in CATALOG["methods"].values()] == [
        "VAE",
        "Diffusion model",
        "Glow",
        "NeRF",
        "GAN",
        "3DMM",
        "Transformer",
        "Dense flow warp",
        "Pre-trained strategy",
    ]
    assert sum(len(p.get("methods", [])) for p in papers) == 24
    assert [len(m.get("sources", [])) for m in CATALOG["methods"].values()] == [2, 3, 4, 1, 5, 1, 0, 0, 0]
    assert list(CATALOG["sections"].values()) == ["Base generative models", "Face video generation"]
    assert len({p["id"] for p in papers}) == 33


def test_sources_are_in_the_order_of_the_list():
    """Each base model names its sources as the list numbers them."""
    for fact_name, key in (("Glow", "glow"), ("GAN", "gan"), ("Diffusion Model", "diffusion-model")):
        listed = [paper(fact)["id"] for fact in FACTS if fact["classes"] == [fact_name] and fact["part"] == "s"]
        assert CATALOG["methods"][key]["sources"] == listed


def test_papers_1_5_and_10_stay_unclassified():
    """The list puts them in no class, and nobody guessed one."""
    sources = {key for method in CATALOG["methods"].values() for key in method.get("sources", [])}
    unclassified = [p["number"] for p in CATALOG["papers"] if not p.get("methods") and p["id"] not in sources]

    assert unclassified == ["1", "5", "10"]
