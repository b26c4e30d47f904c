"""Services on the web as they answer, on loopback: a real HTTP server with answers in the form of the real ones."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?x" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: id_list=...</title>
  <id>http://arxiv.org/api/x</id>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">1</opensearch:totalResults>
  {}
</feed>"""
ENTRY = """<entry>
    <id>http://arxiv.org/abs/{id}v3</id>
    <updated>2021-08-19T05:36:17Z</updated>
    <published>{published}T02:58:13Z</published>
    <title>{title}</title>
    <summary>  {summary}
</summary>
    {authors}
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">{comment}</arxiv:comment>
    {doi}
    <link href="http://arxiv.org/abs/{id}v3" rel="alternate" type="text/html"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
    <category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
  </entry>"""
NONE_SUCH = """<entry>
    <id>http://arxiv.org/api/errors#incorrect_id_format_for_x</id>
    <title>Error</title>
    <summary>incorrect id format for x</summary>
  </entry>"""


def entry(arxiv, title, authors, published="2021-03-20", **more):
    """One entry of arXiv's Atom feed."""
    doi = f'<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">{more["doi"]}</arxiv:doi>' if "doi" in more else ""
    named = "\n".join(f"<author>\n      <name>{name}</name>\n    </author>" for name in authors)
    return ENTRY.format(
        id=arxiv, title=title, authors=named, published=published, doi=doi,
        summary=more.get("summary", "We generate faces."), comment=more.get("comment", "8 pages"),
    )  # fmt: skip


def crossref(doi, title, authors, kind="proceedings-article", **more):
    """One work as Crossref describes it."""
    return {
        "DOI": doi, "type": kind, "title": [title], "publisher": "IEEE", "URL": f"http://dx.doi.org/{doi}",
        "author": [{"given": given, "family": family, "sequence": "first", "affiliation": []} for given, family in authors],
        "container-title": ["2021 IEEE/CVF International Conference on Computer Vision (ICCV)"], "page": "5764-5774",
        "published": {"date-parts": [[2021, 10]]}, "issued": {"date-parts": [[2021, 10]]}, "reference-count": 1, **more,
    }  # fmt: skip


@dataclass
class Services:
    """What the server answers. `asked` has every question, as path with query; `hooks` answer before anything else."""

    preprints: dict[str, str] = field(default_factory=dict)
    by_title: list[str] = field(default_factory=list)
    works: dict[str, dict] = field(default_factory=dict)
    found: list[dict] = field(default_factory=list)
    notes: dict[str, dict] = field(default_factory=dict)
    bibs: dict[str, str] = field(default_factory=dict)
    csl: dict[str, dict] = field(default_factory=dict)
    hooks: list = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    address: str = ""

    def answer(self, path, query):
        """Status, headers and text."""
        if path == "/api/query":
            ids = query.get("id_list", [""])[0].split(",")
            entries = [self.preprints.get(one, "") for one in ids] if "id_list" in query else self.by_title
            return 200, {"Content-Type": "application/atom+xml"}, ATOM.format("\n".join(entries))
        if path == "/works":
            return self._json({"status": "ok", "message": {"items": self.found}})
        if path.startswith("/works/"):
            work = self.works.get(unquote(path.removeprefix("/works/")).lower())
            return self._json({"status": "ok", "message": work}) if work else (404, {}, "Resource not found.")
        if path == "/notes":
            note = self.notes.get(query["id"][0])
            return self._json({"notes": [note] if note else [], "count": int(bool(note))})
        if path.endswith(".bib"):
            text = self.bibs.get(path.strip("/").removesuffix(".bib"))
            return (200, {}, text) if text else (404, {}, "not found")
        work = self.csl.get(unquote(path.strip("/")))
        return self._json(work) if work else (404, {}, "not found")

    @staticmethod
    def _json(data):
        return 200, {"Content-Type": "application/json"}, json.dumps(data)

    @property
    def config(self):
        """The part of a configuration that asks this server instead of the real services."""
        names = ("arxiv", "crossref", "doi", "openreview", "openreview_1", "acl")
        rows = "\n".join(f"  {name}: {self.address}" for name in names)
        return f"lookup:\n  contact: me@example.org\n{rows}\n"


def serve(services: Services) -> ThreadingHTTPServer:
    """Start a server that runs for as long as nobody shuts it down; the services learn their address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # http.server's name
            parts = urlsplit(self.path)
            services.asked.append(self.path)
            services.agents.add(self.headers.get("User-Agent", ""))
            given = services.hooks.pop(0) if services.hooks else None
            answer = given(self) if given else services.answer(parts.path, parse_qs(parts.query))
            if answer is None:
                return
            status, headers, text = answer
            data = text.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    services.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
