"""Notes that were there before litsync become those of its papers and methods, when a person asks for it.

Decides whose turn it is: papers together, methods one by one and by name, and nothing that could be two things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from litsync.config import Config
from litsync.core.model import Kind, Place, Problem
from litsync.errors import UsageError
from litsync.notes.desk import Desk, journalled, open_desk
from litsync.replicas.vault_adopt import Candidate, Candidates, adopt


@dataclass(slots=True)
class AdoptReport:
    """What could be adopted and was: `papers` and `methods` with one candidate each, `doubtful` with several.

    `adopted` are those that were; `problems` say why others were not.
    """

    papers: list[Candidate] = field(default_factory=list)
    methods: list[Candidate] = field(default_factory=list)
    doubtful: list[Candidate] = field(default_factory=list)
    adopted: list[Candidate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def adopt_notes(config: Config, keys: Sequence[str], *, dry_run: bool) -> AdoptReport:
    """Adopt the notes of these records; without any, those of all papers, and of no method: that is asked for by name."""
    with open_desk(config, dry_run=dry_run) as (desk, state):
        report = survey(desk)
        asked = {desk.record(key) for key in keys}
        wanted = [c for c in (*report.papers, *report.methods) if c.record in asked] if asked else report.papers
        missing = asked - {candidate.record for candidate in (*report.papers, *report.methods, *report.doubtful)}
        if missing:
            names = ", ".join(sorted(record.key for record in missing))
            raise UsageError(
                f"no note of the vault is to be adopted for {names}", "`litsync notes adopt -n` lists them"
            )
        if not dry_run and wanted:
            with journalled("notes adopt", desk, state) as done:
                adopt_all(desk, wanted, report)
                done += [candidate.record for candidate in report.adopted]
        return report


def survey(desk: Desk) -> AdoptReport:
    """What could be adopted in this vault."""
    found = Candidates(desk.index, desk.words).all(desk.folder, desk.items)
    counts: dict[str, int] = {}
    for candidate in found:
        for path in candidate.paths:
            counts[path] = counts.get(path, 0) + 1
    report = AdoptReport()
    for candidate in found:
        if len(candidate.paths) > 1 or counts[candidate.paths[0]] > 1:
            report.doubtful.append(candidate)
        else:
            (report.papers if candidate.record.kind is Kind.PAPER else report.methods).append(candidate)
    return report


def adopt_all(desk: Desk, wanted: Sequence[Candidate], report: AdoptReport) -> None:
    """Adopt these notes; the report says which were, and why others were not."""
    for candidate in wanted:
        (path,) = candidate.paths
        outcome = adopt(desk.folder, desk.index, candidate.record, path)
        if isinstance(outcome, str):
            message = f"was not adopted for {candidate.record.key}: {outcome}"
            report.problems.append(Problem(Place(f"{desk.settings.shown}/{path}"), message, record=candidate.record))
        else:
            desk.memory.keep(candidate.record, f"{desk.settings.shown}/{path}", outcome[0])
            report.adopted.append(candidate)
