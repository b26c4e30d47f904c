"""Logging in and out: a key is asked whose it is and what it may do, and kept where it belongs.

Decides for which place a key is kept: in a project with a web library for that library, elsewhere for the whole of zotero.org; a desktop's for the
port it listens at. It must not know how keys are stored, or print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from litsync import credentials
from litsync.config import API, LOCAL_API, Config, Target
from litsync.errors import UsageError
from litsync.replicas.zotero_keys import Rights, ask_rights, refusal
from litsync.replicas.zotero_remote import ZoteroSettings


@dataclass(frozen=True, slots=True)
class Login:
    """What a login found and did: whose key, for which library (empty: for all of the server), kept where."""

    rights: Rights
    library: str
    kept: str

    @property
    def reads_only(self) -> bool:
        """Whether the key may not write to the library it is kept for."""
        return self.library != "" and self.rights.may_write(self.library) is False


def web_settings(config: Config, key: str) -> ZoteroSettings:
    """How the web library of a configuration is reached with this key."""
    zotero = config.zotero
    kind, _, number = zotero.library.partition("/")
    return ZoteroSettings(
        target="web",
        endpoint=zotero.endpoint,
        library_type="user" if kind == "users" else "group",
        library_id=number,
        key=key,
        tag_prefix=zotero.tag_prefix,
    )


def desktop_of(config: Config | None) -> ZoteroSettings:
    """The Zotero desktop of a project, or of this machine."""
    if config is not None and config.zotero.target is Target.DESKTOP:
        return replace(web_settings(config, ""), target="desktop")
    return ZoteroSettings(target="desktop", endpoint=LOCAL_API, library_id="0")


def keep_grant(settings: ZoteroSettings, key: str, *, in_file: bool = False) -> str:
    """The key that the desktop gave is kept; returns where, in words."""
    return credentials.store_key(settings.host, key, in_file=in_file)


def desktop_settings(config: Config, *, needs_key: bool) -> ZoteroSettings:
    """How the Zotero desktop of a configuration is reached. Reading needs no key.

    Raises UsageError when one is needed, and Zotero never gave it.
    """
    found = credentials.find_key(desktop_of(config).host)
    if found is None and needs_key:
        hint = "start Zotero and run `litsync login --desktop`: Zotero asks you for permission, once"
        raise UsageError("Zotero has not been asked yet whether litsync may write to its library", hint)
    return replace(desktop_of(config), key=found.key if found else "", tag_prefix=config.zotero.tag_prefix)


def place_of(config: Config | None) -> str:
    """The place for which a key is kept."""
    if config is None or config.zotero.target is not Target.WEB:
        return urlsplit(API).netloc
    return f"{urlsplit(config.zotero.endpoint).netloc}/{config.zotero.library}"


def log_in(config: Config | None, key: str, *, in_file: bool = False) -> Login:
    """The key is kept, if its server knows it and it may read the project's library.

    Raises ZoteroError when it does not or may not, and UsageError for what cannot be a key; nothing is kept then.
    """
    if not (key.isascii() and key.isalnum()):
        raise UsageError(
            "that is not a key: keys are letters and digits",
            "copy the whole key from https://www.zotero.org/settings/keys and nothing else",
        )
    web = config is not None and config.zotero.target is Target.WEB
    settings = web_settings(config, key) if config and web else ZoteroSettings(target="web", endpoint=API, key=key)
    rights = ask_rights(settings)
    if rights is None:
        raise UsageError(
            f"{settings.server} does not tell what a key may do", f"set the variable {credentials.VARIABLE} instead"
        )
    if web and (error := refusal(rights, settings, write=False)):
        raise error
    return Login(rights, settings.path if web else "", credentials.store_key(place_of(config), key, in_file=in_file))


def log_out(config: Config | None, *, desktop: bool = False) -> list[str]:
    """No key is kept any more for the project's library and for its server; returns where one was, in words."""
    place = desktop_of(config).host if desktop else place_of(config)
    places = dict.fromkeys((place, place.partition("/")[0]))
    return [where for one in places for where in credentials.forget_key(one)]


def stored_key(config: Config) -> str:
    """The key for the web library of a configuration. Raises UsageError when none was ever given."""
    found = credentials.find_key(place_of(config))
    if found is None:
        raise UsageError(
            f"there is no key for {config.zotero.library}",
            f"run `litsync login`, or set the environment variable {credentials.VARIABLE}",
        )
    return found.key
