"""Edits of tricky YAML, counted, with ruamel.yaml in the same table; then random hostile edits.

Usage: python benchmarks/yaml_edits.py [hostile edits]     (default: 10000)

kept: the result says exactly what was intended, and no byte outside the touched value moved. collateral: right data, other
bytes changed. wrong: other data, or no YAML any more, without complaint. refused: said so, and changed nothing.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from yaml_random import count, hostile_edits
from yaml_tools import litsync, ruamel
from yaml_trial import table, trial


def main() -> None:
    """Print the table and the counts; end with 1 when anything of litsync's was damaged."""
    made = {"litsync": trial(litsync), "ruamel": trial(ruamel)}
    for line in table(made):
        print(line)
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    counts: Counter[str] = Counter()
    started, seed = time.monotonic(), 0
    while sum(counts.values()) < wanted:
        counts += count(hostile_edits(seed))
        seed += 1
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("kept", "collateral", "wrong", "refused"))
    print(f"random hostile edits in {time.monotonic() - started:.0f} s: {parts} of {sum(counts.values())}")
    damaged = counts["collateral"] + counts["wrong"]
    damaged += sum(one.verdict in ("collateral", "wrong") for one in made["litsync"])
    raise SystemExit(damaged > 0)


if __name__ == "__main__":
    main()
