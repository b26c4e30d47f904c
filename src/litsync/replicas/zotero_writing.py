"""Operations carried out in a Zotero library: items and their attached links in one stream of batches.

Decides what is sent, in which batch, and what each index of a report means for its operation. A parent stands before its
children, so both fit in one batch, and a batch is always full but the last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from litsync.core.fields import TABLE
from litsync.core.merge import still_fitting
from litsync.core.model import Action, Change, Fields, Kind, Operation, Outcome, Verdict
from litsync.core.values import FieldKind
from litsync.formats.zotero_item import Naming, changed_properties, decode, identifiers, new_item
from litsync.formats.zotero_links import Data, Owned, attached_links
from litsync.replicas.base import Memory
from litsync.replicas.zotero_remote import New, Remote, Written, chunks, derived_key
from litsync.replicas.zotero_removal import removal
from litsync.replicas.zotero_seen import Seen, item_key

_ATTEMPTS = 5
_EXISTS = 412
"""The code for an object that exists already, or is newer than the version sent."""


@dataclass(slots=True)
class _Job:
    """One operation on its way: what is still to be sent, and what came back.

    `edited` says which fields of an item from the trash are left alone.
    """

    operation: Operation
    key: str
    attempt: int = 0
    todo: deque[tuple[str, Data]] = field(default_factory=deque)
    owned: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    lost_links: bool = False
    edited: str = ""
    verdict: Verdict = Verdict.WRITTEN

    def settle_at(self, key: str) -> None:
        """The item has this key, which may be one that the library chose: its links hang on it."""
        self.key = key
        for _, data in self.todo:
            if "parentItem" in data:
                data["parentItem"] = key

    def stop(self, verdict: Verdict, reason: str) -> None:
        """Nothing more is sent for it."""
        self.verdict = verdict
        self.failures.append(reason)
        self.todo.clear()


def _next_objects(job: _Job, room: int) -> Iterator[tuple[_Job, str, Data]]:
    """What can be sent of it now: its item, or, when that is there, its links."""
    while job.todo and room:
        role, data = job.todo.popleft()
        yield job, role, data
        room = 0 if role == "item" else room - 1


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes papers into one library. `seen` holds the live items, and is kept up to date."""

    remote: Remote
    seen: Seen
    naming: Naming
    memory: Memory

    def carry_out(self, operations: Sequence[Operation]) -> Iterator[Outcome]:
        """Send everything in batches; yields each outcome as soon as all of its objects are answered."""
        queue = deque(self._job(operation) for operation in operations)
        while queue:
            batch: list[tuple[_Job, str, Data]] = []
            taken: list[_Job] = []
            while queue and len(batch) < self.remote.most:
                taken.append(queue.popleft())
                batch += _next_objects(taken[-1], self.remote.most - len(batch))
            self._send(batch)
            queue.extendleft(job for job in reversed(taken) if job.todo)
            for job in taken:
                if not job.todo:
                    yield self._outcome(job)

    # ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────

    def _job(self, operation: Operation) -> _Job:
        handle = self.memory.handle(operation.record)
        job = _Job(operation, handle["key"] if handle else "")
        if operation.action is Action.CREATE:
            return self._restoration(job) if job.key in self.seen.objects else self._creation(operation.afresh(), 0)
        if job.key not in self.seen.objects:
            job.stop(Verdict.STALE, "its item is gone")
        elif reason := self._moved_on(operation):
            job.stop(Verdict.STALE, reason)
        elif operation.action is Action.DELETE:
            self._remove(job, handle)
        else:
            self._change(job, Owned.from_json(handle))
        return job

    def _restoration(self, job: _Job) -> _Job:
        """The item that was taken out of the collection or into the trash is brought back, and says what it should."""
        record, live = job.operation.record, self.seen.objects[job.key]
        owned = Owned.from_json(self.memory.handle(record))
        said, _ = decode(record, self.seen.item(job.key), self.naming, owned, {})
        changes, job.edited = still_fitting(record, job.operation.changes, said.fields)
        job.operation = replace(job.operation, changes=changes)
        changed = changed_properties(live, changes, self.naming, owned)
        changed |= {"deleted": 0} if live.get("deleted") else {}
        job.todo.append(("item", {"key": job.key, "version": live["version"], **changed}))
        return job

    def _remove(self, job: _Job, handle: Mapping[str, Any]) -> None:
        live, owned = self.seen.objects[job.key], Owned.from_json(handle)
        data, wholly_ours = removal(live, self.remote.children_of(job.key), job.operation.changes, self.naming, owned)
        if wholly_ours and handle.get("created"):
            data = {"deleted": 1}
        job.todo.append(("item", {"key": job.key, "version": live["version"], **data}))

    def _creation(self, operation: Operation, attempt: int) -> _Job:
        fields: Fields = {change.field: change.new for change in operation.changes}
        job = _Job(operation, item_key(operation.record.key, attempt), attempt)
        job.todo.append(("item", New({**new_item(fields, self.naming), "key": job.key})))
        self._attach(job, Owned(), operation.changes)
        return job

    def _moved_on(self, operation: Operation) -> str:
        """Why the operation does not fit the live item any more; empty if it does. Sets always fit."""
        rows, now = TABLE[Kind.PAPER], self.seen.records[operation.record]
        for change in operation.changes:
            row = rows[change.field]
            if row.kind is not FieldKind.SET and not row.same(now.fields.get(change.field), change.old):
                return f"its {change.field} was changed meanwhile"
        return ""

    def _change(self, job: _Job, owned: Owned) -> None:
        live = self.seen.objects[job.key]
        changed = changed_properties(live, job.operation.changes, self.naming, owned)
        if changed:
            job.todo.append(("item", {"key": job.key, "version": live["version"], **changed}))
        self._attach(job, owned, job.operation.changes)

    def _attach(self, job: _Job, owned: Owned, changes: Sequence[Change]) -> None:
        for link in attached_links(changes, owned):
            if link.key is None:
                key = derived_key("link", job.key, link.role, str(link.data["url"]))
                job.todo.append((link.role, New({**link.data, "key": key, "parentItem": job.key})))
            elif link.key in self.seen.objects:
                version = self.seen.objects[link.key]["version"]
                job.todo.append((link.role, {"key": link.key, "version": version, **link.data}))

    # ── what came back ───────────────────────────────────────────────────────────────────────────────────────

    def _send(self, batch: list[tuple[_Job, str, Data]]) -> None:
        batch = self._still_as_seen(batch)
        if not batch:
            return
        answers = self.remote.write_items([data for _, _, data in batch])
        doubtful = [data["key"] for (_, _, data), answer in zip(batch, answers, strict=True) if answer.code == _EXISTS]
        live = self.remote.items_by_key(doubtful) if doubtful else {}
        for (job, role, data), answer in zip(batch, answers, strict=True):
            self._take(job, role, data, _settled(data, answer, live))

    def _still_as_seen(self, batch: list[tuple[_Job, str, Data]]) -> list[tuple[_Job, str, Data]]:
        """The batch without the changes to what somebody changed since the look, where no version would tell."""
        known = {
            data["key"]: self.seen.objects[data["key"]] for _, _, data in batch if data["key"] in self.seen.objects
        }
        moved = self.remote.moved_on(known)
        for job, _, data in batch:
            if data["key"] in moved:
                job.stop(Verdict.STALE, "it was changed in Zotero at the same moment")
        return [row for row in batch if row[2]["key"] not in moved]

    def _take(self, job: _Job, role: str, sent: Data, answer: Written) -> None:
        if answer.data is not None:
            before = {} if answer.whole else self.seen.objects.get(sent["key"], {})
            self.seen.add([{**before, **answer.data}])
            if role != "item":
                job.owned[role] = answer.data["key"]
            else:
                job.settle_at(answer.data["key"])
        elif role != "item":
            job.lost_links = True
            job.failures.append(f"{role.partition(' ')[0]}: {answer.reason}")
        elif answer.code == _EXISTS and isinstance(sent, New):
            self._key_taken(job, answer.reason)
        elif answer.code == _EXISTS:
            job.stop(Verdict.STALE, "it was changed in Zotero at the same moment")
        else:
            job.stop(Verdict.FAILED, answer.reason)

    def _key_taken(self, job: _Job, title: str) -> None:
        """Another work has the key: the next one is tried."""
        if job.attempt + 1 == _ATTEMPTS:
            job.stop(Verdict.FAILED, f"its keys are taken by other items ({title})")
            return
        other = self._creation(job.operation, job.attempt + 1)
        job.key, job.attempt, job.todo = other.key, other.attempt, other.todo

    def _outcome(self, job: _Job) -> Outcome:
        reason = "; ".join(job.failures)
        if job.verdict is not Verdict.WRITTEN:
            return Outcome(job.operation, job.verdict, reason=reason)
        if job.operation.action is Action.DELETE:
            if not self.seen.objects[job.key].get("deleted"):
                self.memory.remember(job.operation.record, None)
            return Outcome(job.operation, job.verdict)
        fields = self._remembered(job)
        lost = {"code", "links", "obsidian"} if job.lost_links else set()
        if missing := self._without_collection(job.operation):
            lost.add("sections")
            job.failures.append(f"the subcollection of {', '.join(missing)} is not there")
            reason = "; ".join(job.failures)
        proven = {c.field: fields.get(c.field) for c in job.operation.changes if c.field not in lost}
        if job.operation.action is Action.CREATE and "zotero" in fields:
            proven["zotero"] = fields["zotero"]
        return Outcome(job.operation, Verdict.FAILED if job.failures else Verdict.WRITTEN, proven, reason or job.edited)

    def _without_collection(self, operation: Operation) -> list[str]:
        """The sections that the item shall be in, and that have no subcollection."""
        wanted = (change.new for change in operation.changes if change.field == "sections")
        return [str(s) for value in wanted if isinstance(value, tuple) for s in value if s not in self.naming.sections]

    def _remembered(self, job: _Job) -> Fields:
        """Read the item as it is now, and remember what of it is litsync's."""
        record = job.operation.record
        handle = self.memory.handle(record) or {"created": True}
        owned = Owned.from_json(handle)
        owned = Owned({**owned.attachments, **job.owned}, owned.methods)
        read, owned = decode(record, self.seen.item(job.key), self.naming, owned, {})
        self.seen.records[record] = read
        live = self.seen.objects[job.key]
        known = {"key": job.key, "version": live["version"], "type": live["itemType"], "inside": True}
        known |= self.seen.pdf(job.key)
        self.memory.remember(record, {**known, "created": bool(handle.get("created")), **owned.to_json()})
        return read.fields


def _settled(sent: Data, answer: Written, live: Mapping[str, Data]) -> Written:
    """A create that is refused because the object exists may be our own, whose answer was lost."""
    found = live.get(sent["key"])
    if answer.code != _EXISTS or found is None:
        return answer
    if not isinstance(sent, New):
        return Written(found) if _holds(found, sent) else answer
    if found.get("deleted"):
        return Written(None, 409, "its item is in Zotero's trash: restore it there, or empty the trash")
    if "parentItem" in sent:
        ours = found.get("parentItem") == sent["parentItem"] and found.get("url") == sent.get("url")
        return Written(found) if ours else Written(None, 409, "another object has its key")
    one, other = identifiers(found), identifiers(sent)
    same = any(one.get(name) == value for name, value in other.items())
    return Written(found) if same else Written(None, _EXISTS, str(found.get("title", "")))


def _holds(found: Data, sent: Data) -> bool:
    """Whether a live object has everything that was sent: then the write came through, and only its answer was lost."""
    return all(_comparable(found.get(name)) == _comparable(value) for name, value in sent.items() if name != "version")


def _comparable(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(one, dict) and "tag" in one for one in value):
        return {one["tag"] for one in value}
    return bool(value) if value in (0, 1) else value


def _settled_collection(sent: Data, answer: Written, live: Mapping[str, Data]) -> Written:
    """A collection that exists as it was sent is our own, whose answer was lost."""
    found = live.get(sent["key"])
    if answer.code != _EXISTS or found is None:
        return answer
    parent = found.get("parentCollection") or False
    return Written(found) if (found["name"], parent) == (sent["name"], sent["parentCollection"]) else answer


def write_collections(remote: Remote, rows: Sequence[tuple[Operation, Data]]) -> Iterator[tuple[Outcome, Data | None]]:
    """Create or rename collections; with each outcome comes the collection as it is now."""
    answers = [
        answer for some in chunks(rows, remote.most) for answer in remote.write_collections([data for _, data in some])
    ]
    live = remote.collections() if any(answer.code == _EXISTS for answer in answers) else {}
    for (operation, sent), refused in zip(rows, answers, strict=True):
        answer = _settled_collection(sent, refused, live)
        name = operation.changes[0]
        if answer.data is not None:
            data = {**sent, **answer.data}
            yield Outcome(operation, Verdict.WRITTEN, {name.field: data.get("name")}), data
        elif answer.code == _EXISTS and isinstance(sent, New):
            yield Outcome(operation, Verdict.STALE, reason="it appeared in Zotero meanwhile"), None
        else:
            verdict = Verdict.STALE if answer.code == _EXISTS else Verdict.FAILED
            yield Outcome(operation, verdict, reason=answer.reason), None
