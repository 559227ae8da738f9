"""A person's login at the external Keycloak: the code grant with state, PKCE and nonce (RFC 6749 4.1, RFC 7636).

The answer must name Keycloak as its issuer (RFC 9207), and the ID token is checked (OpenID Connect Core 3.1.3.7).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lychgate.issuer import openid
from lychgate.issuer.discovery import discover
from lychgate.issuer.endpoint import named
from lychgate.issuer.identity import Identity
from lychgate.issuer.token import endpoint, request_token
from lychgate.kernel.errors import LychgateError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.oauth import pkce
from lychgate.oauth.authorization import Mismatch, read_response, request_params, with_params
from lychgate.oauth.error import clean
from lychgate.server.endpoints.onward import REGISTRATION
from lychgate.server.sessions.browser import Browser, browser_of

from . import carried
from .outward import outward
from .places import CALLBACK, NO_LOGIN, again

if TYPE_CHECKING:
    from lychgate.server.configuration.keycloak_settings import ExternalKeycloak
    from lychgate.server.engine import Engine
    from lychgate.server.exchange import Answer, Call
    from lychgate.server.pages.message import Message

SCOPE = ("openid", "profile", "email")
FIELDS = 20  # parameters that come back at most
PROMISE = "authorization_response_iss_parameter_supported"

log = logging.getLogger("lychgate.server.esgf")


async def log_in(engine: Engine, call: Call) -> Answer:
    """To Keycloak's login and back to ``CALLBACK``: whatever ``next`` says is not gone to."""
    browser = await browser_of(engine, call)
    keycloak = engine.config.facade.esgf.keycloak
    try:
        url = named(await outward(engine, discover(keycloak.issuer)), "authorization_endpoint")
    except LychgateError as error:
        return browser.page(failed(error))
    state, nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(24), pkce.new_verifier()
    params = request_params(
        client_id=keycloak.client_id,
        redirect_uri=_back(engine),
        state=state,
        code_challenge=pkce.challenge(verifier),
        scope=SCOPE,
        nonce=nonce,
    )
    answer = browser.go(with_params(url, params))
    answer.status = 302
    return carried.carry(browser, answer, carried.LOGIN, state=state, nonce=nonce, verifier=verifier)


async def called_back(engine: Engine, call: Call) -> Answer:
    """The answer of Keycloak, once: who has logged in is then carried to the registration."""
    browser = await browser_of(engine, call)
    begun = carried.carried(browser, carried.LOGIN)
    if begun is None:
        return browser.page(NO_LOGIN)
    try:
        claims = await outward(engine, _believed(engine, _params(call), begun))
    except Mismatch:
        return browser.page(NOT_OURS)  # the login that was begun here may still come back
    except LychgateError as error:
        return carried.drop(browser, browser.page(_why(error)))
    return _known(browser, claims)


def _known(browser: Browser, claims: Mapping[str, Any]) -> Answer:
    name = claims.get("preferred_username")
    about = {"sub": claims["sub"], "name": name if isinstance(name, str) and name else claims["sub"]}
    email = claims.get("email")
    about["email"] = email if isinstance(email, str) else ""
    answer = browser.go(browser.engine.base + REGISTRATION)
    return carried.carry(browser, answer, carried.PERSON, **about)


def _back(engine: Engine) -> str:
    return engine.issuer.url.rstrip("/") + CALLBACK


def _params(call: Call) -> dict[str, str]:
    """The parameters of the redirect, each once. Raises ``Mismatch``."""
    try:
        pairs = parse_qsl(call.query.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        raise Mismatch("the redirect has too many parameters") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Mismatch("the redirect has a parameter twice")
    return found


def _believed(engine: Engine, params: Mapping[str, str], begun: Mapping[str, str]) -> Flow[dict[str, Any]]:
    """The claims of the ID token for the redirect's code. Raises ``Mismatch`` for a redirect that is not ours."""
    keycloak = engine.config.facade.esgf.keycloak
    _require_state(params, begun)
    document = yield from discover(keycloak.issuer)
    promised = document.get(PROMISE) is True
    found = read_response(params, state=begun["state"], issuer=keycloak.issuer, iss_expected=promised)
    form = {
        "grant_type": "authorization_code",
        "code": found.code,
        "redirect_uri": _back(engine),
        "code_verifier": begun["verifier"],
    }
    at = yield from endpoint(keycloak.issuer)
    reply = (yield from request_token(at, _ourselves(keycloak), form, tries=1)).reply
    if not reply.id_token:
        raise Refused(f"{keycloak.issuer} answered no id_token")
    access = reply.access_token
    claims = yield from openid.checked(
        document, reply.id_token, client_id=keycloak.client_id, nonce=begun["nonce"], access=access
    )
    if "preferred_username" in claims:
        return claims
    told = yield from openid.about(document, access)
    return {**told, **claims} if told.get("sub") == claims["sub"] else claims  # OpenID Connect Core 5.3.2


def _require_state(params: Mapping[str, str], begun: Mapping[str, str]) -> None:
    """Before anything is fetched for a stranger. Raises ``Mismatch``."""
    given = params.get("state", "").encode("utf-8", "surrogatepass")
    if not secrets.compare_digest(given, begun["state"].encode()):
        raise Mismatch("the redirect has another state than our request")


def _ourselves(keycloak: ExternalKeycloak) -> Identity:
    secret = Secret(keycloak.client_secret.get_secret_value())
    return Identity(keycloak.client_id, "client_secret_basic", secret)


def _why(error: LychgateError) -> Message:
    if isinstance(error, Refused) and error.error == "access_denied":
        said = f" It said: {clean(error.description)[:200]}." if error.description else ""
        return again("You were not logged in", f"The login was refused there.{said} Start again.", 403, error.error)
    return failed(error)


def failed(error: LychgateError) -> Message:
    """The page for a fault of Keycloak, or of what is set here; the operator reads more in the log."""
    log.warning("the registration front could not use Keycloak: %s", error)
    return AWAY if isinstance(error, TransientError) else WRONG


NOT_OURS = again(
    "This answer belongs to no login of yours",
    "It is not the answer to the login that was begun in this browser, so it was ignored. Nothing was changed. Start "
    "again, in one window.",
    400,
)
AWAY = again(
    "The login service cannot be reached",
    "People log in at another service, which does not answer at this moment. Nothing was changed. Start again in a "
    "minute.",
    503,
)
WRONG = again(
    "The login could not be finished",
    "The service where people log in answered in a way that cannot be used. Nothing was changed. Start again; if it "
    "fails again, tell the operator of this service.",
    502,
)
