"""The colour of each method: one rule, so that a method has the same colour wherever it is shown.

Decides colours only; knows nothing of graphs, canvases or pages. The palette keeps its colours apart for readers with
red or green blindness as well as the well-known six of Okabe and Ito do, and each can be seen on white and on a dark
ground. A method keeps its colour when others are added behind it, and most of the time when others come before it or go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from zlib import crc32

PALETTE = (
    "#0077bb", "#e69f00", "#aa4499", "#005d5d", "#d55e00", "#56b4e9",
    "#785ef0", "#9c755f", "#76b7b2", "#8a3800", "#648fff", "#6929c4",
)  # fmt: skip
"""Twelve colours, enough to tell apart; more methods than that share them evenly."""

NEUTRAL = "#8a8f98"
"""What belongs to several methods or to none: papers, which half of the time have more than one method."""


def method_colours(chosen: Mapping[str, str | None]) -> dict[str, str]:
    """The colour of every method as `#rrggbb`, in lower case.

    `chosen` holds the ids of all methods in the catalog's order, each with the colour that the catalog gives it or None.
    """
    uses: Counter[str] = Counter()
    colours: dict[str, str] = {}
    for method, given in chosen.items():
        colours[method] = given.lower() if given else _free(method, uses)
        uses[colours[method]] += given is None
    return colours


def _free(method: str, uses: Counter[str]) -> str:
    """The first of the least used colours, counted from the place that the method's id points to."""
    start = crc32(method.encode())
    turned = [PALETTE[(start + step) % len(PALETTE)] for step in range(len(PALETTE))]
    return min(turned, key=lambda colour: uses[colour])


def as_number(colour: str) -> int:
    """The colour as Obsidian's settings hold it: red, green and blue in one number."""
    return int(colour.removeprefix("#"), 16)
