"""Classifications to draw and to write down: of the shipped list, and of a catalog whose texts try everything."""

from __future__ import annotations

from pathlib import Path

from litsync.exchange.classification import Classification, classification
from litsync.replicas.catalog import check_catalog

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = Path(__file__).parents[1] / "catalog/face-video-generation.yaml"
HOSTILE = GOLDEN / "catalog.yaml"


def read(path: Path) -> Classification:
    """The classification of a catalog file."""
    catalog = check_catalog([path], path.parent)
    assert not catalog.problems
    return classification(catalog.records.values())
