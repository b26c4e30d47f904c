"""The forms in which a bibliography is written, by the names that commands and the configuration give them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from litsync.core.model import Fields
from litsync.exchange.bibliography.bibtex_write import Flavour, write_bibtex
from litsync.exchange.bibliography.csl import write_csl
from litsync.exchange.bibliography.ris import write_ris

Writer = Callable[[Iterable[tuple[str, Fields]]], str]
"""Papers, each with its citation key, to text; the same text for the same papers."""

FORMS: Mapping[str, Writer] = {
    "bibtex": lambda papers: write_bibtex(papers, Flavour.BIBTEX),
    "biblatex": lambda papers: write_bibtex(papers, Flavour.BIBLATEX),
    "csl-json": write_csl,
    "ris": write_ris,
}
"""The writer of each form."""
