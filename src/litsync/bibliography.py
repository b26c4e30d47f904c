"""The catalog as a bibliography, with the citation keys that Zotero has, and the file `bibliography:` kept current.

Decides when that file is written: when what it would say is not what it says, and never when somebody else wrote in it. How an
entry looks is for `exchange.bibliography`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from litsync.config import Config
from litsync.core.model import CATALOG, ZOTERO, Difference, Fields, Kind, Record, RecordId, Waiting
from litsync.errors import LitsyncError, UsageError
from litsync.replicas.files import Displaced, Folder, content_hash
from litsync.replicas.trouble import in_words
from litsync.state import State
from litsync.sync import Result

_FACT, _KEYS = "bibliography", "zotero citekeys"
_HEAD = "% Written by litsync from the catalog, which is the place for edits. {}\n"
_OURS = re.compile(rb"% Written by litsync from the catalog[^\n]*? ([0-9a-f]{32})\n")


def zotero_citekeys(state: State) -> dict[str, str]:
    """The other citation keys that Zotero was last seen to have and the catalog does not know yet, by citekey."""
    return dict(state.fact(_KEYS) or {})


def _note_citekeys(state: State, result: Result) -> None:
    """Remember the keys of the papers that this cycle looked at in Zotero; of the others what is known stays."""
    if result.plan is None or ZOTERO in result.unreachable:
        return
    rows: list[Waiting | Difference] = [*result.plan.waiting, *result.plan.differences]
    seen = {row.record.key: row.value for row in rows if row.field == "zotero_citekey" and row.replica == ZOTERO}
    scope = result.scope
    known = {key: one for key, one in zotero_citekeys(state).items() if scope is not None and _paper(key) not in scope}
    state.set_fact(_KEYS, known | {key: one for key, one in seen.items() if isinstance(one, str)} or None)


def rename_citekey(state: State, old: str, new: str) -> None:
    """What is known of a paper's citation key in Zotero is known of it under its new citekey."""
    known = zotero_citekeys(state)
    if old in known:
        known[new] = known.pop(old)
        state.set_fact(_KEYS, known)


def _paper(citekey: str) -> RecordId:
    return RecordId(Kind.PAPER, citekey)


def rendered(papers: Iterable[tuple[str, Fields]], form: str, keys: Mapping[str, str]) -> str:
    """The papers in the form, with the citation keys that Zotero has, in the order of these; `keys` are known beside theirs."""
    # Imported here: a cycle without a bibliography needs no writers.
    from litsync.exchange.bibliography.forms import FORMS

    named = [(keys.get(key) or str(fields.get("zotero_citekey") or key), fields) for key, fields in papers]
    return FORMS[form](sorted(named, key=lambda row: (row[0].casefold(), row[0])))


def papers_of(records: Mapping[RecordId, Record]) -> list[tuple[str, Fields]]:
    """The papers of a catalog, by citekey."""
    return [(one.key, record.fields) for one, record in records.items() if one.kind is Kind.PAPER]


def with_own_keys(papers: Iterable[tuple[str, Fields]], files: Iterable[Path]) -> list[tuple[str, Fields]]:
    """The papers with what the catalog's files say of them under keys of the reader's own that bibliographies know."""
    from litsync.formats.catalog_bytes import without_mark
    from litsync.formats.catalog_own import own_keys

    own: dict[str, Fields] = {}
    for file in files:
        own |= own_keys(without_mark(file.read_bytes())) if file.is_file() else {}
    return [(key, {**own.get(key, {}), **fields}) for key, fields in papers]


def keep_current(config: Config, state: State) -> Callable[[Result], None]:
    """What a cycle calls when it has ended: the bibliography follows, if one is configured. Citation keys are remembered."""
    wanted = config.bibliography
    files = tuple(config.resolve(shown) for shown in config.catalog)
    kept = Kept(config.resolve(wanted.file), wanted.file, wanted.format, files) if wanted else None

    def follow(result: Result) -> None:
        _note_citekeys(state, result)
        if kept is None:
            return
        try:
            kept.follow(state, changed=result.scope is None or bool(result.scope))
        except LitsyncError as error:
            result.unreachable["bibliography"] = error

    return follow


@dataclass(frozen=True, slots=True)
class Kept:
    """The file that is kept current: where it is, what messages call it, its form, and the files of the catalog."""

    path: Path
    shown: str
    form: str
    catalog: tuple[Path, ...] = ()

    def follow(self, state: State, *, changed: bool) -> None:
        """Bring the file up to date after a cycle; nothing is read when nothing `changed` and the file is there.

        Raises UsageError when the file is somebody else's, or was edited.
        """
        setting = [self.shown, self.form]
        if not changed and state.fact(_FACT) == setting and self.path.exists():
            return
        state.set_fact(_FACT, None)  # until it is done: what could not be written is tried again
        states = state.records(None)
        here = {record: one for record, one in states.items() if record.kind is Kind.PAPER and CATALOG in one.homes}
        papers = [
            (record.key, {name: one.target for name, one in found.fields.items()}) for record, found in here.items()
        ]
        body = rendered(with_own_keys(papers, self.catalog), self.form, zotero_citekeys(state)).encode()
        self._put(_HEAD.format(content_hash(body)).encode() + b"\n" + body)
        state.set_fact(_FACT, setting)

    def _put(self, data: bytes) -> None:
        folder = Folder(self.path.parent.resolve(), self.path.parent.resolve() / ".litsync-tmp")
        try:
            now = self.path.read_bytes() if self.path.exists() else None
            if now == data:
                return
            if now is None:
                folder.create(self.path.name, data)
            elif not _is_ours(now) or not isinstance(folder.replace(self.path.name, data, now), Displaced):
                raise self._refusal
        except OSError as error:
            raise UsageError(
                f"{self.shown}: {in_words(error)}", "mend that, or name another file in `bibliography`"
            ) from error
        finally:
            folder.release()
            folder.clear()

    @property
    def _refusal(self) -> UsageError:
        return UsageError(
            f"{self.shown} is left alone: it was not written by litsync, or was edited since",
            "name another file in `bibliography`; or import what is in it, delete it, and push again",
        )


def _is_ours(data: bytes) -> bool:
    """Whether litsync wrote all of it: its first line tells the hash of the rest."""
    head = _OURS.match(data)
    return head is not None and content_hash(data[head.end() + 1 :]).encode() == head[1]
