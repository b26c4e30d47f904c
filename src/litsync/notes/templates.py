"""The templates of new notes, tried before they are needed: with every paper and method of the catalog.

Decides what counts as a fault: what does not render, and a name that means nothing. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from litsync.config import Config
from litsync.core.model import Kind
from litsync.formats.names import file_stem
from litsync.notes.desk import known_records
from litsync.project import catalog_records, vault_settings
from litsync.replicas.base import Vocabulary
from litsync.replicas.catalog_vocabulary import vocabulary_of
from litsync.replicas.vault_bodies import Bodies, BodyError, Sources, Wording
from litsync.replicas.vault_home import VaultSettings, open_folder


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """What `template check` found: the file used for each kind, how many notes it was tried for, and what is wrong."""

    places: Mapping[Kind, str]
    tried: Mapping[Kind, int]
    faults: tuple[str, ...]
    sample: str = ""


def check_templates(config: Config, key: str | None) -> TemplateReport:
    """Try both templates with everything in the catalog; with `key`, show what the text of that record's note would be."""
    records = catalog_records(config)
    settings = vault_settings(config, create=False)
    bodies = _bodies(settings, vocabulary_of(records))
    places: dict[Kind, str] = {}
    tried: dict[Kind, int] = {}
    faults: list[str] = []
    for kind in (Kind.PAPER, Kind.METHOD):
        some = {record: found for record, found in records.items() if record.kind is kind}
        try:
            places[kind] = bodies.place(kind)
            faults += _unknown(bodies, kind)
            for record, found in some.items():
                bodies.render(record, found.fields)
                tried[kind] = tried.get(kind, 0) + 1
        except BodyError as error:
            faults.append(str(error))
    sample = ""
    if key is not None and not faults:
        (record,) = known_records(config, [key])
        sample = bodies.render(record, records[record].fields)
    return TemplateReport(places, tried, tuple(dict.fromkeys(faults)), sample)


def _unknown(bodies: Bodies, kind: Kind) -> Iterator[str]:
    from jinja2 import TemplateSyntaxError

    try:
        for name, meant in bodies.unknown_names(kind):
            advice = f": did you mean `{meant}`?" if meant else ""
            yield f"the template {bodies.place(kind)} uses `{name}`, which means nothing{advice}"
    except TemplateSyntaxError:
        return


def _bodies(settings: VaultSettings, words: Vocabulary) -> Bodies:
    def link(kind: Kind, key: str) -> str:
        named = kind is Kind.METHOD and key in words.methods
        return file_stem(words.methods[key].name if named else key)

    sources = Sources(settings.bodies, open_folder(settings), settings.template)
    return Bodies(sources, Wording(words, link))
