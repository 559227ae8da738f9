"""Pushed authorization requests (RFC 9126): checked and kept here, then named by a ``request_uri`` of ours."""

from __future__ import annotations

from urllib.parse import urlencode

from lychgate.oauth.error import OAuthError
from lychgate.server.bound import possession
from lychgate.server.checks import AUTHORIZATION, Asking
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form, json_answer
from lychgate.server.model import Client
from lychgate.server.people.login_model import Pushed
from lychgate.server.programs import fapi
from lychgate.server.programs.authenticate import authenticate
from lychgate.server.secrets import digest, new_secret

PREFIX = "urn:ietf:params:oauth:request_uri:"
LIFETIME = 600  # seconds in which the person must have logged in and decided: each page names the request anew
AUTHENTICATION = frozenset({"client_secret", "client_assertion", "client_assertion_type"})


async def push(engine: Engine, call: Call) -> Answer:
    """POST of an authorization request by its client; answers the ``request_uri`` (RFC 9126 2.2)."""
    form = await call.form()
    client, _ = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
    jkt = (
        (await possession.proof(engine, call, algs=fapi.accepted(client))).jkt
        if possession.DPOP in call.headers
        else None
    )
    if "request_uri" in form:
        raise OAuthError("invalid_request", "request_uri cannot be pushed (RFC 9126 2.1)")
    kept = {name: value for name, value in form.items() if name not in AUTHENTICATION} | {"client_id": client.id}
    asking = Asking(engine, engine.issuer, Form(kept, form.many))
    asking.pushing = True
    for check in AUTHORIZATION:
        await check(asking)
    _bind(asking, jkt)
    named = {"request_uri": await _keep(engine, asking), "expires_in": _lifetime(asking.client)}
    return json_answer(named, 201, possession.next_nonce(engine, call))


def _bind(asking: Asking, jkt: str | None) -> None:
    """Who pushes with a proof binds the code to its key, as ``dpop_jkt`` would (RFC 9449 10.1)."""
    if jkt is None:
        return
    if asking.jkt not in (None, jkt):
        raise OAuthError("invalid_request", "dpop_jkt names another key than the proof has")
    asking.params = Form(asking.params | {"dpop_jkt": jkt}, asking.params.many)


async def renamed(engine: Engine, asking: Asking) -> str:
    """The query by which a request that passed its checks can be asked for again."""
    return urlencode({"client_id": asking.client.id, "request_uri": await _keep(engine, asking)})


async def _keep(engine: Engine, asking: Asking) -> str:
    """The ``request_uri`` of what passed its checks; only its digest is kept."""
    name, many = new_secret(), {key: list(values) for key, values in asking.params.many.items()}
    now = engine.clock()
    params = {"fields": dict(asking.params), "many": many, "at": now}
    ends = now + 1000 * _lifetime(asking.client)
    await engine.store.add_pushed(Pushed(digest(name), engine.issuer.id, asking.client.id, params, ends))
    return PREFIX + name


async def resolve(engine: Engine, form: Form) -> tuple[Form, int | None]:
    """The request that ``form`` names, and when it was pushed (ms); a form that names none is the request itself.

    Raises ``OAuthError`` invalid_request for a name that is not known (any more) or is another client's.
    """
    uri = form.get("request_uri", "")
    if not uri.startswith(PREFIX):
        return form, None
    pushed = await engine.store.pushed(digest(uri.removeprefix(PREFIX)))
    now = engine.clock()
    ours = (engine.issuer.id, form.get("client_id"))
    if pushed is None or pushed.expires_at <= now or (pushed.issuer, pushed.client) != ours:
        raise OAuthError("invalid_request", "The request_uri is not known, has expired, or is another program's.")
    many = {key: tuple(values) for key, values in pushed.params["many"].items()}
    return Form(pushed.params["fields"], many), pushed.params.get("at", pushed.expires_at - 1000 * LIFETIME)


def _lifetime(client: Client) -> int:
    return fapi.PUSHED if fapi.holds(client) else LIFETIME
