"""The paths: the site's access information and token, and those of a UFTP Authserver as far as authentication goes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Answer, json_answer, read_form, text_answer

from . import access, issuing, succession
from .caller import caller_of

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Call
    from lychgate.server.facades.facade import App, Handler

TEXT = "text/plain; charset=utf-8"


def prefixes(config: Config) -> tuple[str, ...]:
    """What is ours; whatever stands below and is not answered is refused in UNICORE's form."""
    return f"/{config.unicore_site}/rest", "/rest"


def app(engine: Engine) -> App:
    async def nothing_here(scope: object, receive: object, send: object) -> None:
        raise OAuthError("invalid_request", "there is nothing at this address", status=404)

    return nothing_here


def paths(engine: Engine) -> Mapping[str, Mapping[str, Handler]]:
    """A URL with a slash too many is answered where it is, since clients follow no redirect."""
    desk = _Desk(engine)
    site = f"/{engine.config.unicore_site}/rest"
    below: dict[str, Handler] = {"token": desk.token, "certificate": desk.certificate}
    found: dict[str, Handler] = {}
    for home in (f"{site}/core", f"{site}/auth", "/rest/auth"):
        found |= {home: partial(desk.home, home), f"{home}/": partial(desk.home, home)}
        found |= {f"{home}{slash}{name}": answer for name, answer in below.items() for slash in ("/", "//")}
    return {path: {"GET": handler} for path, handler in found.items()}


class _Desk:
    """Answers for one engine; its identity is read when it is first needed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._identity = succession.Keeper(engine)

    async def home(self, home: str, call: Call) -> Answer:
        """Who one is here, and which server this is; at an Authserver too, and ours leads to no UFTP server."""
        mine = await self._identity.now()
        caller = await caller_of(self._engine, mine, call)
        whole = {
            "client": access.client(caller),
            "server": access.server(self._engine, mine),
            "_links": access.links(self._engine.named(home), "token", "certificate"),
        }
        fields = read_form(call.query).get("fields", "")
        return json_answer(access.filtered(whole, fields), headers=caller.seat.headers())

    async def token(self, call: Call) -> Answer:
        call.require_get()
        mine = await self._identity.now()
        caller = await caller_of(self._engine, mine, call)
        made = await issuing.issue(self._engine, mine, call, caller, read_form(call.query))
        return text_answer(made.text.encode(), TEXT, headers=caller.seat.headers() | made.headers())

    async def certificate(self, call: Call) -> Answer:
        """For everybody: it is what another site is given to trust this one. ``next`` asks for the one to come."""
        if issuing.flag(read_form(call.query), "next"):
            found = succession.coming(await self._identity.now(fresh=0), self._engine.clock())
            if found is None:
                raise OAuthError("invalid_request", "no other certificate is to come", status=404)
        else:
            found = await self._identity.now()
        return text_answer(found.certificate.encode(), TEXT)
