"""A word on the desktop when a person is needed, if `litsync[notify]` is installed.

Decides that such a word keeps nobody waiting and that its failure is nobody's business: the sync note, `litsync status` and
the log say the same.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress

_LONGEST = 200


def notify(texts: Sequence[str]) -> None:
    """Show what has to be decided, in the background."""
    first = texts[0] if len(texts[0]) <= _LONGEST else f"{texts[0][: _LONGEST - 1]}…"
    more = f"\n… and {len(texts) - 1} more" if len(texts) > 1 else ""
    threading.Thread(target=_show, args=(f"{first}{more}",), name="litsync notice", daemon=True).start()


def _show(text: str) -> None:
    try:
        from desktop_notifier.sync import DesktopNotifierSync
    except ImportError:
        return
    with suppress(Exception):  # no session, no permission, no desktop: as if nothing were installed
        DesktopNotifierSync(app_name="litsync").send("litsync needs you", text)
