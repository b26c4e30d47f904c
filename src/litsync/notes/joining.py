"""An existing vault is joined, not reconfigured: what would be added is told first, and only that is added.

Decides what litsync needs in a vault that it did not make: its mark, its tables, and the types of its properties.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from litsync.config import Config
from litsync.core.model import VAULT, Kind
from litsync.errors import UsageError
from litsync.notes.adopting import AdoptReport, adopt_all, survey
from litsync.notes.desk import Desk, journalled, open_desk
from litsync.replicas.vault_files import BASES, TYPES, fitted, property_types
from litsync.replicas.vault_home import join, lineage_of, words_of
from litsync.replicas.vault_views import GRAPH, WITHOUT_SYNC_NOTE


@dataclass(frozen=True, slots=True)
class GraphFilter:
    """How the sync note is kept out of the graph: its settings `before` (None: there are none) and `after` (None: they stay).

    `is_own`: the reader has a filter of their own, which only they change.
    """

    before: bytes | None = None
    after: bytes | None = None
    is_own: bool = False


@dataclass(slots=True)
class JoinPlan:
    """What joining a vault would do, and what the first push would add to it.

    `types` are the property types that types.json lacks; `wrong_types` those that would spoil an id; `types_broken` says
    why the file cannot be read. `graph` is about its filter. `files` are the tables that are missing. `new` counts the
    notes that the first push makes. `anew`: litsync has worked with another vault, or with this one under another mark, and
    forgets what it knew of it.
    """

    notes: int
    known: int
    adopt: AdoptReport
    types: dict[str, str] = field(default_factory=dict)
    wrong_types: dict[str, str] = field(default_factory=dict)
    types_broken: str = ""
    graph: GraphFilter = GraphFilter()
    files: list[str] = field(default_factory=list)
    new: dict[Kind, int] = field(default_factory=dict)
    anew: bool = False


def join_vault(config: Config, *, dry_run: bool) -> JoinPlan:
    """Join a vault that exists already: its marker, missing tables and property types, and the notes of papers adopted.

    With `dry_run` it is only told. Every other file, setting and note stays as it is. Raises VaultError or UsageError
    when there is no folder to join.
    """
    with open_desk(config, dry_run=dry_run, joining=True) as (desk, state):
        if not desk.settings.path.is_dir():
            raise UsageError(f"{desk.settings.shown} is not there", "correct `vault` in litsync.yaml")
        plan = _join_plan(desk)
        plan.anew = desk.known not in (None, lineage_of(desk.settings))
        if dry_run:
            return plan
        join(desk.settings)
        with journalled("init --join-vault", desk, state) as done:
            for path in plan.files:
                desk.folder.create(path, _shipped(desk, path))
            _add_types(desk, plan)
            _filter_graph(desk, plan.graph)
            adopt_all(desk, plan.adopt.papers, plan.adopt)
            done += [candidate.record for candidate in plan.adopt.adopted]
        if plan.anew:
            state.forget(VAULT)
        return plan


def _join_plan(desk: Desk) -> JoinPlan:
    adopted = survey(desk)
    known = [record for record in desk.records if desk.index.paths(record)]
    taken = {*known, *(one.record for one in (*adopted.papers, *adopted.methods, *adopted.doubtful))}
    plan = JoinPlan(len(desk.index.strange()) + len(desk.index.records()), len(known), adopted)
    plan.files = [path for path in BASES if not (desk.settings.path / path).exists()]
    for record, found in desk.records.items():
        wanted = record.kind is Kind.METHOD or (record.kind is Kind.PAPER and desk.settings.wants(found))
        if wanted and record not in taken:
            plan.new[record.kind] = plan.new.get(record.kind, 0) + 1
    _compare_types(desk, plan)
    plan.graph = _graph_filter(desk)
    return plan


def _shipped(desk: Desk, path: str) -> bytes:
    settings = desk.settings
    words = words_of(settings, desk.words.title, desk.words.introduction)
    return fitted(path, (settings.template / path).read_bytes(), settings.names, words)


def _compare_types(desk: Desk, plan: JoinPlan) -> None:
    ours = property_types((desk.settings.template / TYPES).read_bytes(), desk.settings.names)["types"]
    try:
        types = json.loads(desk.folder.read(TYPES)).get("types", {})
        theirs = {str(name).casefold(): str(kind) for name, kind in types.items()}
    except FileNotFoundError:
        theirs = {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        plan.types_broken = str(error)
        return
    plan.types = {name: kind for name, kind in ours.items() if name.casefold() not in theirs}
    ids = {name for field in ("citekey", "method", "arxiv", "doi") if (name := desk.settings.names.of(field))}
    plan.wrong_types = {name: kind for name in sorted(ids) if (kind := theirs.get(name.casefold(), "text")) != "text"}


def _add_types(desk: Desk, plan: JoinPlan) -> None:
    """Add the types that are missing, and nothing else."""
    if plan.types_broken or not plan.types:
        return
    try:
        old = desk.folder.read(TYPES)
    except FileNotFoundError:
        desk.folder.create(TYPES, _json({"types": plan.types}))
        return
    settings: Any = json.loads(old)
    settings["types"] = settings.get("types", {}) | plan.types
    desk.folder.replace(TYPES, _json(settings), old)
    desk.folder.release()


def _graph_filter(desk: Desk) -> GraphFilter:
    """What is to be done about the graph's filter: an empty one is litsync's to fill, if that is wanted."""
    try:
        before = desk.folder.read(GRAPH)
        settings: Any = json.loads(before)
        search = settings.get("search", "")
    except FileNotFoundError:
        return GraphFilter(None, _json({"search": WITHOUT_SYNC_NOTE}))
    except (OSError, ValueError, AttributeError):  # what is broken is told by every push
        return GraphFilter()
    if search:
        return GraphFilter(is_own="litsync" not in str(search))
    return GraphFilter(before, _json({**settings, "search": WITHOUT_SYNC_NOTE}))


def _filter_graph(desk: Desk, graph: GraphFilter) -> None:
    """Fill the filter, unless Obsidian saved its settings meanwhile."""
    if graph.after is None:
        return
    if graph.before is None:
        with suppress(FileExistsError):
            desk.folder.create(GRAPH, graph.after)
        return
    desk.folder.replace(GRAPH, graph.after, graph.before)
    desk.folder.release()


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()
