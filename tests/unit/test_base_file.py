"""Bases are read, changed and written so that Obsidian and their reader find what they had."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from litsync.formats.base_file import MOST_COLUMNS, Column, dump_base, load_base, with_columns, with_names
from litsync.formats.property_names import property_names
from litsync.formats.yaml_text import YamlError

TEMPLATE = Path(__file__).resolve().parents[2] / "vault_template"
BASES = sorted(TEMPLATE.glob("*.base"))
NERF, FLOW = Column("nerf", "NeRF", "NeRF"), Column("dense-flow", "Dense flow", "Methods/Dense flow")


def matrix() -> dict:
    """The shipped classification, without a column."""
    return load_base((TEMPLATE / "Classification.base").read_text())


@pytest.mark.parametrize("path", BASES, ids=lambda path: path.name)
def test_the_shipped_bases_are_laid_out_as_they_are_written(path: Path) -> None:
    """Reading and writing gives the same bytes, and any reader of YAML finds the same in them."""
    text = path.read_text()
    assert dump_base(load_base(text)) == text
    assert yaml.safe_load(text)["views"]


def test_values_that_are_no_texts_stay_what_they_are() -> None:
    """Numbers, truth values and texts that look like them keep their spelling and their kind."""
    text = 'a: 1.50\nb: true\nc: "1.50"\nd: "true"\ne: []\nf: {}\ng: "yes"\nh:\n  - - 1\n    - x: 2\n'
    again = dump_base(load_base(text))
    assert yaml.safe_load(again) == yaml.safe_load(text.replace('"yes"', "yes"))
    assert again.startswith('a: 1.50\nb: true\nc: "1.50"\nd: "true"\ne: []\nf: {}\n')
    assert load_base(again) == load_base(text)


@pytest.mark.parametrize("text", ["- a\n", "a: [\n", "just text"])
def test_what_is_no_base_is_refused(text: str) -> None:
    """A file that holds something else is not taken for an empty base."""
    with pytest.raises(YamlError):
        load_base(text)


def test_an_empty_base_is_one() -> None:
    """Obsidian takes an empty file for a base, and so does litsync."""
    assert load_base("") == {}


class TestColumns:
    """The classification has one column for each method."""

    def test_methods_become_columns(self) -> None:
        """Each method has a formula, a title, a count and a place at the end of the view."""
        base = with_columns(matrix(), [NERF, FLOW])
        assert base["formulas"] == {
            "m_nerf": 'if(list(note.methods).contains(link("NeRF")), "●", "")',
            "m_dense_flow": 'if(list(note.methods).contains(link("Methods/Dense flow")), "●", "")',
        }
        assert base["properties"]["formula.m_dense_flow"] == {"displayName": "Dense flow"}
        (view,) = base["views"]
        assert view["order"][-2:] == ["formula.m_nerf", "formula.m_dense_flow"]
        assert view["summaries"]["formula.m_nerf"] == "papers"
        assert list(base) == ["filters", "formulas", "properties", "summaries", "views"]
        assert load_base(dump_base(base)) == base

    def test_nothing_new_changes_nothing(self) -> None:
        """With the same methods the base is the very same."""
        base = with_columns(matrix(), [NERF, FLOW])
        assert with_columns(base, [NERF, FLOW]) is base

    def test_what_the_reader_changed_stays(self) -> None:
        """Hidden columns stay hidden, an order of their own is kept, and views and formulas of their own too."""
        base = with_columns(matrix(), [NERF, FLOW])
        (view,) = base["views"]
        view["order"] = ["formula.m_dense_flow", "file.name"]
        view["columnSize"]["formula.m_dense_flow"] = "7"
        base["formulas"]["mine"] = "file.name"
        base["views"].append({"type": "table", "name": "Mine", "order": ["file.name"]})
        glow = Column("glow", "Glow", "Glow")
        after = with_columns(base, [NERF, FLOW, glow])
        assert after["views"][0]["order"] == ["formula.m_dense_flow", "file.name", "formula.m_glow"]
        assert after["views"][0]["columnSize"]["formula.m_dense_flow"] == "7"
        assert after["formulas"]["mine"] == "file.name"
        assert after["views"][1] == {"type": "table", "name": "Mine", "order": ["file.name"]}

    def test_columns_follow_methods_that_go_or_are_renamed(self) -> None:
        """A method that is gone leaves no trace; a renamed note is still found."""
        base = with_columns(matrix(), [NERF, FLOW])
        after = with_columns(base, [Column("nerf", "Radiance", "Radiance field")])
        assert after["formulas"] == {"m_nerf": 'if(list(note.methods).contains(link("Radiance field")), "●", "")'}
        assert after["properties"]["formula.m_nerf"] == {"displayName": "Radiance"}
        assert "dense_flow" not in dump_base(after)

    def test_a_formula_of_the_readers_is_not_taken_for_a_column(self) -> None:
        """What the reader wrote under such a name stays theirs, also when no method has it."""
        base = {"formulas": {"m_nerf": "1 + 1"}, "views": [{"name": "Classification", "order": ["formula.m_nerf"]}]}
        assert with_columns(base, []) == base
        assert with_columns(base, [NERF])["formulas"]["m_nerf"] == "1 + 1"

    def test_thousands_of_methods_do_not_make_thousands_of_columns(self) -> None:
        """A table stays one that can be read."""
        many = [Column(f"m{number}", f"M{number}", f"M{number}") for number in range(2000)]
        assert len(with_columns(matrix(), many)["formulas"]) == MOST_COLUMNS

    @pytest.mark.parametrize(
        "base", [{}, {"views": "none"}, {"formulas": [], "views": [1, {"name": "Classification"}]}]
    )
    def test_strange_bases_are_survived(self, base: dict) -> None:
        """Whatever stands where views and formulas belong, columns are added or not, and nothing breaks."""
        assert dump_base(with_columns(base, [NERF]))


class TestNames:
    """The views show properties under the reader's names."""

    NAMES = property_names(
        {"status": "reading status", "citekey": "bibkey", "venue": "off", "sources": "to-read", "year": "published"}
    )

    def renamed(self, name: str) -> str:
        """A shipped base for a vault with other names."""
        return dump_base(with_names(load_base((TEMPLATE / name).read_text()), self.NAMES))

    def test_every_mention_is_renamed(self) -> None:
        """Columns, filters, formulas, sorting and grouping: no old name is left."""
        text = self.renamed("Papers.base")
        assert 'file.hasProperty("bibkey")' in text
        assert 'filters: \'!note["reading status"] || note["reading status"] == "to-read"\'' in text
        assert "\n      property: note.reading status\n" in text
        assert "- note.published\n" in text
        assert 'list(value.asFile().properties["to-read"]).contains(file)' in text
        assert "venue" not in text
        assert "note.status" not in text
        assert "citekey" not in text

    def test_sorting_by_what_is_off_goes(self) -> None:
        """A view does not sort or group by a property that no note has."""
        off = property_names({"number": "off", "sections": "off"})
        base = with_names(load_base((TEMPLATE / "Papers.base").read_text()), off)
        text = dump_base(base)
        assert "number" not in text
        assert "sections" not in text
        assert all("property" in one for view in base["views"] for one in view["sort"])

    def test_own_names_change_nothing(self) -> None:
        """With litsync's names the base is what is shipped."""
        for path in BASES:
            base = load_base(path.read_text())
            assert with_names(base, property_names({})) == base
