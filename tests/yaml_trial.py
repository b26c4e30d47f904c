"""The trial of the YAML editors: every edit on every case, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from yaml_cases import CASES
from yaml_judge import Tool, tried
from yaml_tools import EDITS, at


@dataclass(frozen=True)
class Tried:
    """One edit on one case, and how it went: kept, collateral, wrong or refused."""

    case: str
    edit: str
    verdict: str


def trial(tool: Tool) -> list[Tried]:
    """Every edit on every case."""
    return [
        Tried(case, edit, tried(tool, text, at(text, wanted)))
        for case, text in CASES.items()
        for edit, wanted in EDITS.items()
    ]


def table(made: dict[str, list[Tried]]) -> Iterator[str]:
    """Lines for people: per edit how many were kept, per tool how they all went, and what the first tool did not keep."""
    names = list(made)
    yield f"{len(CASES)} cases x {len(EDITS)} edits; kept, of {len(CASES)}:"
    for edit in EDITS:
        kept = (sum(one.verdict == "kept" for one in made[name] if one.edit == edit) for name in names)
        yield f"  {edit:<22}" + "".join(f"{name:>12} {count:>4}" for name, count in zip(names, kept, strict=True))
    for name in names:
        counts, total = Counter(one.verdict for one in made[name]), len(made[name])
        parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("kept", "collateral", "wrong", "refused"))
        yield f"{name}: {parts} of {total} ({counts['kept'] / total:.1%} kept)"
    for one in made[names[0]]:
        if one.verdict != "kept":
            yield f"  {names[0]} {one.verdict}: {one.case}, {one.edit}"
