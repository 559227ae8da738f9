"""My account's second factors: code app, recovery codes, passkeys; added after a fresh login, removed by password."""

from __future__ import annotations

from lychgate.server.exchange import Form
from lychgate.server.pages.paths import PATHS
from lychgate.server.pages.proofs import AddPasskey, AddTotp, RecoveryCodes, RemoveFactor
from lychgate.server.pages.qr import qr
from lychgate.server.pages.view import View
from lychgate.server.people import enrol, passkeys, totp
from lychgate.server.people.login_model import Factor
from lychgate.server.secrets import new_secret
from lychgate.server.sessions import ticket
from lychgate.server.stores.store import Missing, Taken

from .account import must_log_in, removal, wrong_password
from .personal import Visit
from .second_page import party_of

STEP = "new factor"  # what the ticket is for
NO_NAME = "At this address there are no passkeys: they need the service's name in place of a number."
OLD = "This page was open for too long. Here is a new one."


async def ask_for_totp(visit: Visit) -> View:
    """GET: a secret that nothing keeps until its code has come."""
    return must_log_in(visit, "totp") or _totp_page(visit, totp.new_secret())


def _totp_page(visit: Visit, secret: str, problem: str = "") -> AddTotp:
    issuer = visit.engine.issuer.url.partition("://")[2].strip("/")
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    image = qr(totp.address(secret, visit.user.email, issuer))
    return AddTotp(secret=groups, qr=image, problem=problem, hidden=_ticket(visit, secret=secret))


def _ticket(visit: Visit, **data: str) -> tuple[tuple[str, str], ...]:
    made = ticket.make(visit.engine, visit.browser.cookie, STEP, user=visit.user.id, **data)
    return ((ticket.FIELD, made),)


def _read(visit: Visit, form: Form, name: str) -> str | None:
    """What this person's page carried under ``name``."""
    found = ticket.read(visit.engine, visit.browser.cookie, STEP, form.get(ticket.FIELD, ""))
    return found.get(name) if found is not None and found["user"] == visit.user.id else None


async def add_totp(visit: Visit, form: Form) -> View | str:
    if first := must_log_in(visit, "totp"):
        return first
    secret = _read(visit, form, "secret")
    if secret is None:
        return _totp_page(visit, totp.new_secret(), OLD)
    try:
        if await enrol.add_totp(visit.engine, visit.actor, visit.user, secret, form.get("code", "")):
            return PATHS["account"]
    except Taken:
        return PATHS["account"]
    return _totp_page(visit, secret, "This is not the code of now. Wait for the next one, and type that.")


async def ask_for_codes(visit: Visit) -> View:
    factors = await visit.engine.store.factors(visit.user.id)
    left = sum(factor.kind == "recovery" for factor in factors)
    return must_log_in(visit, "recovery") or RecoveryCodes(left=left)


async def make_codes(visit: Visit, form: Form) -> View:
    if first := must_log_in(visit, "recovery"):
        return first
    return RecoveryCodes(codes=await enrol.renew_codes(visit.engine, visit.actor, visit.user))


async def ask_for_passkey(visit: Visit) -> View:
    return must_log_in(visit, "passkey") or await _passkey_page(visit)


async def _passkey_page(visit: Visit, problem: str = "", name: str = "") -> AddPasskey:
    party, challenge = party_of(visit.browser), new_secret()
    if party is None:
        return AddPasskey(options="", problem=NO_NAME)
    known = await visit.engine.store.factors(visit.user.id)
    options = passkeys.to_make(party, visit.user, known, challenge)
    return AddPasskey(options=options, problem=problem, name=name, hidden=_ticket(visit, challenge=challenge))


async def add_passkey(visit: Visit, form: Form) -> View | str:
    if first := must_log_in(visit, "passkey"):
        return first
    party, challenge = party_of(visit.browser), _read(visit, form, "challenge")
    name = form.get("name", "").strip()[:100]
    if party is None or challenge is None:
        return await _passkey_page(visit, OLD, name)
    try:
        made = passkeys.made(visit.engine, party, visit.user, challenge, name or "Passkey", form.get("credential", ""))
        await enrol.add(visit.engine, visit.actor, made)
    except passkeys.NotProved:
        return await _passkey_page(visit, "The browser's answer does not fit. Try again.", name)
    except Taken:
        return await _passkey_page(visit, "This passkey is known already. Use another device or key.", name)
    return PATHS["account"]


async def ask_to_remove(visit: Visit) -> View:
    """GET: the code app, or with ``id`` a passkey."""
    return _removal(visit, await _meant(visit, visit.call.query_value("id")))


async def _meant(visit: Visit, id: str) -> Factor:
    kind = "totp" if visit.call.path.endswith(PATHS["totp_remove"]) else "passkey"
    for factor in await visit.engine.store.factors(visit.user.id):
        if factor.kind == kind and (kind == "totp" or factor.id == id):
            return factor
    raise Missing("there is no such factor")


def _removal(visit: Visit, factor: Factor, problem: str = "") -> RemoveFactor:
    app = factor.kind == "totp"
    page, what = ("totp_remove", "the code app") if app else ("passkey_remove", f"the passkey “{factor.name}”")
    consequence = "Your login asks for what is left; with no other second factor the password alone is enough again."
    return removal(visit, page, factor.id, what, consequence, problem)


async def remove(visit: Visit, form: Form) -> View | str:
    """POST with the password."""
    factor = await _meant(visit, form.get("id", ""))
    if problem := await wrong_password(visit, form.get("password", "")):
        return _removal(visit, factor, problem)
    await enrol.remove(visit.engine, visit.actor, factor)
    return PATHS["account"]
