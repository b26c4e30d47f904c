"""Links lead where Obsidian takes them, and are written so that they lead to the right note."""

from __future__ import annotations

import pytest

from litsync.replicas.vault_links import Links

NOTES = (
    "Methods/NeRF.md",
    "Methods/Dense flow.md",
    "Deep/Errand/Dense flow.md",
    "Deep/Own.md",
    "Papers/v1.0.md",
    "Cafe\u0301.md",
)


@pytest.mark.parametrize(
    ("target", "source", "path"),
    [
        ("NeRF", "Papers/a.md", "Methods/NeRF.md"),
        ("nerf", "Papers/a.md", "Methods/NeRF.md"),
        ("NeRF.md", "Papers/a.md", "Methods/NeRF.md"),
        ("NeRF#Papers", "Papers/a.md", "Methods/NeRF.md"),
        ("Methods/NeRF", "Papers/a.md", "Methods/NeRF.md"),
        ("v1.0", "Papers/a.md", "Papers/v1.0.md"),
        ("caf\u00e9", "Papers/a.md", "Cafe\u0301.md"),
        ("Dense flow", "Papers/a.md", "Methods/Dense flow.md"),
        ("Dense flow", "Deep/Own.md", "Deep/Errand/Dense flow.md"),
        ("Errand/Dense flow", "Papers/a.md", "Deep/Errand/Dense flow.md"),
        ("errand/dense FLOW", "Papers/a.md", "Deep/Errand/Dense flow.md"),
        ("ethods/NeRF", "Papers/a.md", None),
        ("./Own", "Deep/x.md", "Deep/Own.md"),
        ("./Own", "Papers/x.md", None),
        ("../Methods/NeRF", "Deep/x.md", "Methods/NeRF.md"),
        ("/Methods/NeRF", "Deep/x.md", "Methods/NeRF.md"),
        ("/NeRF", "Deep/x.md", None),
        ("#Heading", "Deep/x.md", None),
        ("Missing", "Deep/x.md", None),
        ("", "Deep/x.md", None),
    ],
)
def test_a_link_leads_where_obsidian_takes_it(target: str, source: str, path: str | None) -> None:
    """Case, composition, headings, folders and relative paths are read by Obsidian's rules; aliases lead nowhere."""
    assert Links(NOTES).find(target, source) == path


def test_a_link_is_a_bare_name_unless_others_share_it() -> None:
    """The whole path is written only where the name alone would be doubtful, and leads back to the note."""
    links = Links(NOTES)
    assert links.text("Methods/NeRF.md") == "NeRF"
    for path in ("Methods/Dense flow.md", "Deep/Errand/Dense flow.md"):
        assert links.text(path) == path.removesuffix(".md")
        assert links.find(links.text(path), "Deep/Own.md") == path
