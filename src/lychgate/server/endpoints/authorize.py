"""The authorization endpoint (RFC 6749 3.1, RFC 9207, OpenID Connect Core 3.1.2): who is it, do they allow it, a code.

A GET changes nothing that exists and may be repeated. The request stays what the client sent: each page carries it on
as it came, and each step checks it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from lychgate.oauth import authorization as messages
from lychgate.oauth.error import OAuthError
from lychgate.server import policy
from lychgate.server.checks import AUTHORIZATION, Asking
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, read_form
from lychgate.server.model import AuditRow, User
from lychgate.server.pages import words
from lychgate.server.pages.consent import Allow, NotInGroup
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import cannot_answer, form_post
from lychgate.server.pages.scopes import powers
from lychgate.server.pages.view import Person
from lychgate.server.people.acr import SEVERAL, acr_of
from lychgate.server.people.login_model import Code, Consent
from lychgate.server.people.second_factors import needed
from lychgate.server.secrets import digest, new_id, new_secret
from lychgate.server.sessions.browser import Browser, browser_of
from lychgate.server.supercomputers.choice_scope import chosen_claims

from . import par
from .onward import LOGGED_IN, STANDS
from .program import program, program_of

LIFETIME = 60_000  # ms that a code lives
CARRIED = "request"  # the field in which a page carries the request on


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that passed all checks, in the browser that brought it; ``query`` is the request as it came."""

    asking: Asking
    browser: Browser
    query: str

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        return ((CARRIED, self.query),)


async def authorize(engine: Engine, call: Call) -> Answer:
    """GET or POST of an authorization request."""
    raw = call.query if call.method != "POST" else await call.body()
    return await begin(engine, call, raw.decode("latin-1"), "")


async def allow(engine: Engine, call: Call) -> Answer:
    """POST of the person's answer from the consent page."""
    form = await call.form()
    browser = await browser_of(engine, call)
    if not browser.sent(form):
        return browser.forged()
    return await begin(engine, call, form.get(CARRIED, ""), form.get("answer", ""))


async def begin(engine: Engine, call: Call, query: str, answer: str) -> Answer:
    """The next step of the request in ``query``: a page, or the redirect with its end."""
    browser = await browser_of(engine, call)
    strange = browser.fresh and call.method == "POST"  # another site's form: it comes without cookies, and sets none
    browser.fresh = browser.fresh and not strange
    try:
        asking = await _read(engine, query)
    except OAuthError as error:
        return browser.page(cannot_answer(error.description, error.error))
    try:
        await _check(asking)
        if asking.signed or strange:  # it may expire while the person decides: it goes by our own name for it
            query = await par.renamed(engine, asking)
        if strange:
            return browser.go(f"{call.path}?{query}")
        return await _next(Pending(asking, browser, query), answer)
    except OAuthError as error:
        if not asking.answerable:
            return browser.page(cannot_answer(error.description, error.error))
        sent = messages.failure(error.error, error.description, asking.state, asking.issuer.url)
        return _back(asking, browser, sent)


async def _read(engine: Engine, query: str) -> Asking:
    form, pushed_at = await par.resolve(engine, read_form(query.encode("latin-1", "replace")))
    asking = Asking(engine, engine.issuer, form)
    asking.pushed_at = pushed_at
    return asking


async def _check(asking: Asking) -> None:
    for check in AUTHORIZATION:
        await check(asking)


async def pending_of(browser: Browser, query: str) -> Pending | None:
    """The request that a page carried on, None where it does not pass the checks (any more)."""
    try:
        asking = await _read(browser.engine, query)
        await _check(asking)
    except OAuthError:
        return None
    return Pending(asking, browser, query)


async def _next(pending: Pending, answer: str) -> Answer:
    asking, browser = pending.asking, pending.browser
    if _login_wanted(pending):
        if "none" in asking.prompt:
            raise OAuthError("login_required", "nobody is logged in here, or not as recently or as whom it is asked")
        return browser.page(log_in_page(pending))
    user = browser.user
    assert user is not None
    if asking.client.groups and set(asking.client.groups).isdisjoint(user.groups):
        return browser.page(_not_in_group(pending, user))
    policy.may_have_tokens(asking.client, user)
    chosen_claims(asking.scope, user)
    if "none" not in asking.prompt and await _surer_login_wanted(pending, user):
        return browser.page(log_in_page(pending, state="again", name=user.name))
    if asking.acr_essential and (browser.session is None or acr_of(browser.session.amr) not in asking.acr):
        raise OAuthError("unmet_authentication_requirements", "nobody can log in here in the way that is essential")
    if answer == "refuse":
        raise OAuthError("access_denied", "the person refused", status=400)
    consent = await asking.engine.store.consent(user.id, asking.issuer.id, asking.client.id)
    if answer != "allow" and _consent_wanted(asking, consent):
        if "none" in asking.prompt:
            raise OAuthError("consent_required", "the person has to allow this first")
        return browser.page(_consent_page(pending, user, consent))
    return await _grant(pending, user, consent)


def _login_wanted(pending: Pending) -> bool:
    asking, session = pending.asking, pending.browser.session
    if session is None:
        return True
    if asking.subject is not None and asking.subject != asking.engine.subjects.of(asking.client, session.user):
        return True
    now = asking.engine.clock()
    if LOGGED_IN in asking.params and now - session.auth_time < STANDS:
        return False
    if not asking.prompt.isdisjoint({"login", "select_account"}):  # a login after the push fulfils what was pushed
        return asking.pushed_at is None or session.auth_time < asking.pushed_at
    if asking.max_age is None or (asking.pushed_at is not None and asking.pushed_at <= session.auth_time):
        return False
    return now - session.auth_time > 1000 * asking.max_age


async def _surer_login_wanted(pending: Pending, user: User) -> bool:
    """Whether this login is not as sure as asked (``acr``), and this person could log in so: they have a factor."""
    asking, session = pending.asking, pending.browser.session
    if SEVERAL not in asking.acr or session is None or acr_of(session.amr) in asking.acr:
        return False
    return await needed(asking.engine, user)


def _consent_wanted(asking: Asking, consent: Consent | None) -> bool:
    """Nothing that a client registered can spare it the question: only what this person has allowed before."""
    if "consent" in asking.prompt:
        return True
    return consent is None or not set(asking.powers) <= set(consent.scope)


async def _grant(pending: Pending, user: User, consent: Consent | None) -> Answer:
    """A code for what was allowed, and the way back with it."""
    asking, browser, engine = pending.asking, pending.browser, pending.asking.engine
    session = browser.session
    assert session is not None
    now, client, text = engine.clock(), asking.client, new_secret()
    if consent is None or not set(asking.powers) <= set(consent.scope):
        whole = tuple(dict.fromkeys((*(consent.scope if consent else ()), *asking.powers)))
        await engine.store.allow(Consent(user.id, asking.issuer.id, client.id, whole, now))
    code = Code(
        digest(text),
        asking.issuer.id,
        client.id,
        user.id,
        new_id(),
        asking.redirect_uri,
        asking.scope,
        asking.audience,
        session.id,
        asking.challenge,
        session.auth_time,
        now,
        now + LIFETIME,
        None,
        _extra(asking, session.amr),
    )
    row = AuditRow(
        now, asking.issuer.id, "code", "ok", client.id, user.id, "authorization_code", None, code.family,
        browser.call.address, browser.call.id,
    )  # fmt: skip
    await engine.store.add_code(code, [row])
    told = {"session_state": session.id} if asking.issuer.realm else {}  # as Keycloak does
    return _back(asking, browser, messages.success(text, asking.state, asking.issuer.url) | told)


def _extra(asking: Asking, amr: tuple[str, ...]) -> dict[str, object]:
    made: dict[str, object] = {"amr": list(amr), "redirect_given": "redirect_uri" in asking.params}
    made |= {name: asking.params[name] for name in ("nonce", "dpop_jkt") if name in asking.params}
    if asking.claims:
        made["claims"] = {place: list(named) for place, named in asking.claims.items()}
    return made


def _back(asking: Asking, browser: Browser, params: dict[str, str]) -> Answer:
    """To the client, as its response_mode says."""
    uri = asking.redirect_uri
    if asking.mode == "form_post":
        return browser.page(form_post(program_of(asking.client, uri), uri, params))
    if asking.mode == "fragment":
        return browser.go(f"{uri}#{urlencode(params)}")
    return browser.go(messages.with_params(uri, params))


def log_in_page(pending: Pending, **state: object) -> LogIn:
    """The login page that goes on with ``pending`` afterwards."""
    asking = pending.asking
    given: dict[str, object] = {"name": asking.params.get("login_hint", "")} | state
    return LogIn(
        program=program(asking),
        hidden=pending.carried,
        leads_to=(asking.redirect_uri,),
        **given,  # type: ignore[arg-type]  # fields of LogIn by name
    )


def _consent_page(pending: Pending, user: User, consent: Consent | None) -> Allow:
    asking = pending.asking
    known = tuple(one for one in asking.powers if consent is not None and one in consent.scope)
    new = tuple(one for one in asking.powers if one not in known)
    return Allow(
        program=program(asking),
        person=Person(name=user.name, email=user.email),
        powers=powers(new, {}),
        known=powers(known, {}),
        goes_to=words.destination(asking.redirect_uri),
        resources=tuple(one for one in asking.audience if one != asking.issuer.url),
        hidden=pending.carried,
        leads_to=(asking.redirect_uri,),
    )


def _not_in_group(pending: Pending, user: User) -> NotInGroup:
    client = pending.asking.client
    return NotInGroup(
        program=program(pending.asking),
        person=Person(name=user.name, email=user.email),
        groups=client.groups,
        hidden=pending.carried,
    )
