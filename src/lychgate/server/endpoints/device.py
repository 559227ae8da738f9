"""The device login: where a device asks (RFC 8628 3.1), and where a person types its code and decides (3.3).

A code is looked up only for a person who has just logged in, and five wrong ones slow them: guessing is no use.
"""

from __future__ import annotations

from dataclasses import replace

from lychgate.oauth import device as messages
from lychgate.oauth import scope as scopes
from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, json_answer
from lychgate.server.model import AuditRow, Client, User
from lychgate.server.pages.consent import NotInGroup
from lychgate.server.pages.device import DeviceAllow, DeviceCode, DeviceDone
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import cannot_answer
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.scopes import powers
from lychgate.server.pages.view import Person
from lychgate.server.people.login_model import DeviceLogin
from lychgate.server.programs.authenticate import authenticate
from lychgate.server.secrets import digest, new_secret
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.stores.store import Taken
from lychgate.server.supercomputers.choice_scope import chosen_claims

from .program import program_of

LIFETIME = 600  # seconds in which a person has to decide
FRESH = 600_000  # ms: a login older than this is asked for again
GUESSES = 5
CODE = "device"  # the field in which a page carries the user code on


async def start(engine: Engine, call: Call) -> Answer:
    """POST of a device's request; answers the two codes (RFC 8628 3.2)."""
    form = await call.form()
    client, _ = await authenticate(engine, engine.issuer, call.authorization, form, call.certificate)
    policy.may_use_grant(client, messages.GRANT)
    asked = scopes.parse(form.get("scope", ""))
    scope = policy.login_scope(asked, client, engine.issuer.scopes)
    audience = policy.audience(client, engine.issuer.url, form.many.get("resource", ()), engine.issuer.audiences)
    secret, now = new_secret(), engine.clock()
    device = DeviceLogin(
        digest(secret),
        "",
        engine.issuer.id,
        client.id,
        scope,
        audience,
        created_at=now,
        expires_at=now + 1000 * LIFETIME,
        address=call.address,
    )
    code = await _keep(engine, device)
    page = engine.issuer.url.rstrip("/") + PATHS["device"]
    return json_answer(messages.reply(secret, code, page, LIFETIME))


async def _keep(engine: Engine, device: DeviceLogin) -> str:
    for _ in range(10):
        code = messages.new_user_code()
        try:
            await engine.store.add_device(replace(device, user_code=messages.fold_user_code(code)))
        except Taken:
            continue
        return code
    raise OAuthError("temporarily_unavailable", "too many devices are waiting; try again soon")


async def show(engine: Engine, call: Call) -> Answer:
    """GET: where the code is typed; one that came by a link is only filled in."""
    browser = await browser_of(engine, call)
    given = call.query_value("user_code")
    return browser.page(DeviceCode(code=_shown(messages.fold_user_code(given)[:8]) if given else ""))


async def look_up(engine: Engine, call: Call) -> Answer:
    """POST of the code: a login if there is no fresh one, then the question."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    code = messages.fold_user_code(form.get("user_code", ""))[:8]
    found = await _found(engine, browser, code)
    if isinstance(found, Answer):
        return found
    device, client, user = found
    try:
        chosen_claims(device.scope, user)
    except OAuthError as error:
        return browser.page(cannot_answer(f"{error.description[:1].upper()}{error.description[1:]}.", error.error))
    return browser.page(
        DeviceAllow(
            code=_shown(code),
            program=program_of(client),
            person=Person(name=user.name, email=user.email),
            powers=powers(device.scope, {}),
            asked_at=device.created_at,
            asked_from=device.address,
            resources=tuple(one for one in device.audience if one != engine.issuer.url),
            hidden=((CODE, code),),
        )
    )


async def decide(engine: Engine, call: Call) -> Answer:
    """POST of the person's answer."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    found = await _found(engine, browser, messages.fold_user_code(form.get(CODE, ""))[:8])
    if isinstance(found, Answer):
        return found
    device, client, user = found
    allowed = form.get("answer") == "allow"
    session = browser.session
    assert session is not None
    decided = replace(
        device,
        state="allowed" if allowed else "refused",
        user=user.id,
        session=session.id,
        auth_time=session.auth_time,
        extra={"amr": list(session.amr), "decided_at": engine.clock()},
    )
    row = AuditRow(
        engine.clock(), engine.issuer.id, "device", "ok" if allowed else "access_denied", client.id, user.id,
        messages.GRANT, address=call.address, request_id=call.id,
    )  # fmt: skip
    if not await engine.store.decide_device(decided, engine.clock(), [row]):
        return browser.page(DeviceCode(state="wrong"))
    return browser.page(DeviceDone(program=program_of(client), allowed=allowed))


async def _found(engine: Engine, browser: Browser, code: str) -> tuple[DeviceLogin, Client, User] | Answer:
    """The device that waits with ``code``, for the person logged in; or the page that has to come first."""
    user, session, now = browser.user, browser.session, engine.clock()
    if user is None or session is None or now - session.auth_time > FRESH:
        return browser.page(_log_in(user, code))
    guessed = f"device code by {user.id}"
    if (await engine.store.slowed(guessed)).failures >= GUESSES:
        return browser.page(DeviceCode(state="slowed", wait=policy.FAILURE_WINDOW // 1000))
    device = await engine.store.device_by_code(code, now)
    client = await engine.authority.client(device.issuer, device.client) if device else None
    if device is None or client is None or device.issuer != engine.issuer.id:
        await engine.store.login_failed(guessed, now)
        return browser.page(DeviceCode(state="wrong"))
    if client.groups and set(client.groups).isdisjoint(user.groups):
        return browser.page(
            NotInGroup(
                program=program_of(client), person=Person(name=user.name, email=user.email), groups=client.groups
            )
        )
    policy.may_have_tokens(client, user)
    return device, client, user


def _log_in(user: User | None, code: str) -> LogIn:
    carried = ((CODE, code),)
    if user is None:
        return LogIn(device=_shown(code), hidden=carried)
    return LogIn(state="again", name=user.name, device=_shown(code), hidden=carried)


def _shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}" if len(code) == 8 else code
