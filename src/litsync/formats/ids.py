"""Ids for what comes from outside without one: citekeys for papers, ids for methods.

Decides how a method's name becomes an id; citekeys are `citekeys`' matter. Must not know where a newcomer came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from litsync.core.model import Fields
from litsync.formats.citekeys import DEFAULT_PATTERN, Citekeys, spelled


class Ids:
    """Gives out ids, none twice and none that is taken."""

    def __init__(self, papers: Iterable[str], methods: Iterable[str], pattern: str = DEFAULT_PATTERN) -> None:
        """`papers` and `methods` are the ids in use."""
        self._citekeys, self._pattern = Citekeys(papers, pattern), pattern
        self._methods = set(methods)

    def give(self, fields: Fields) -> str:
        """A citekey that no paper has, for a paper with these fields."""
        return self._citekeys.give(fields)

    def keep(self, wanted: str, fields: Fields) -> str:
        """The citekey that a paper brings along if it is free, else one by the rule."""
        return self._citekeys.keep(wanted, fields)

    def rule(self, fields: Fields) -> str:
        """What the rule makes of the fields, taken or not."""
        return spelled(fields, self._pattern)

    def method_id(self, name: str) -> str:
        """An id that no method has, for a method of this name: `Dense flow warp` is `dense-flow-warp`."""
        from anyascii import anyascii

        stem = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower()).strip("-")[:60] or "method"
        key = next(key for n in count(1) if (key := stem if n == 1 else f"{stem}-{n}") not in self._methods)
        self._methods.add(key)
        return key
