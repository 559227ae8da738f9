"""The administration: which page and which press is at which path, for administrators alone."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call
from lychgate.server.pages.paths import PATHS

from . import admin_audit, admin_client, admin_clients, admin_sessions, admin_user_deeds, admin_users
from .admin_desk import Act, Show, opened, pressed

Handler = Callable[[Call], Awaitable[Answer]]

# In the order in which a path is tried: an id may be any text.
PAGES: tuple[tuple[str, Show, Act | None, tuple[str, ...]], ...] = (
    ("admin", admin_audit.search, None, ()),
    ("admin_users", admin_users.users, None, ()),
    ("admin_user_new", admin_users.new, admin_users.add, ()),
    ("admin_user_edit", admin_users.edit, admin_users.change, ()),
    ("admin_user_do", admin_user_deeds.ask, admin_user_deeds.do, tuple(admin_user_deeds.DEEDS)),
    ("admin_user", admin_users.user, None, ()),
    ("admin_clients", admin_clients.listed, None, ()),
    ("admin_client_new", admin_clients.new, admin_clients.add, ()),
    ("admin_client_edit", admin_clients.edit, admin_clients.change, ()),
    ("admin_client_do", admin_client.ask, admin_client.do, tuple(admin_client.DEEDS)),
    ("admin_client", admin_client.client, None, ()),
    ("admin_sessions", admin_sessions.sessions, None, ()),
    ("admin_session_do", admin_sessions.ask, admin_sessions.end, ("end",)),
    ("admin_keys", admin_sessions.keys, None, ()),
    ("admin_keys_rotate", admin_sessions.ask_to_rotate, admin_sessions.rotate, ()),
    ("admin_audit", admin_audit.audit, None, ()),
)


class AdminRoutes:
    """The pages of an engine, by path; most paths hold an id, so that no dictionary can know them."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._root = engine, engine.base + PATHS["admin"]
        self._pages = [(_form(engine.base + PATHS[name], deeds), show, act, name) for name, show, act, deeds in PAGES]

    def methods(self, path: str) -> Mapping[str, Handler] | None:
        """What is answered at ``path`` by method, None where no page is there."""
        if not path.startswith(self._root):
            return None
        for form, show, act, _ in self._pages:
            if found := form.fullmatch(path):
                return self._handlers(show, act, found.groupdict())
        return None

    def template(self, path: str) -> str | None:
        """``path`` with its id left open, None where no page is there."""
        if not path.startswith(self._root):
            return None
        return next((self._engine.base + PATHS[name] for form, *_, name in self._pages if form.fullmatch(path)), None)

    def _handlers(self, show: Show, act: Act | None, named: Mapping[str, str]) -> Mapping[str, Handler]:
        id, deed = named.get("id", ""), named.get("deed", "")
        handlers: dict[str, Handler] = {"GET": partial(opened, self._engine, show, id, deed)}
        return handlers if act is None else handlers | {"POST": partial(pressed, self._engine, act, id, deed)}


def _form(path: str, deeds: tuple[str, ...]) -> re.Pattern[str]:
    """The pattern of a path of ``PATHS``."""
    form = re.escape(path).replace(r"\{id\}", "(?P<id>.+)")
    return re.compile(form.replace(r"\{deed\}", f"(?P<deed>{'|'.join(deeds)})"), re.S)
