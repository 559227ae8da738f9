"""The store as a table: each verb, and in which of three ways it is carried out.

A *point* reads a row or a few by a key, so fast that SQLite does it on the event loop. A *scan* may read a whole table.
A *write* is one transaction. A backend says how it carries out each of the three, and nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from .connection import Connection
from .verbs import browsers as browser_verbs
from .verbs import clients as client_verbs
from .verbs import codes as code_verbs
from .verbs import feed as feed_verbs
from .verbs import issuers as issuer_verbs
from .verbs import listing as listing_verbs
from .verbs import logins as login_verbs
from .verbs import notices as notice_verbs
from .verbs import outer_clients as outer_verbs
from .verbs import proofs as proof_verbs
from .verbs import realms as realm_verbs
from .verbs import tidying
from .verbs import trust as trust_verbs
from .verbs import unicore as unicore_verbs
from .verbs import user_keys as key_verbs
from .verbs import users as user_verbs

P = ParamSpec("P")
R = TypeVar("R")
Act = Callable[[Connection], Coroutine[Any, Any, R]]
Verb = Callable[Concatenate[Connection, P], Coroutine[Any, Any, R]]


class Runner(Protocol):
    """How a backend carries out what is to be done on a connection."""

    async def _point(self, act: Act[R]) -> R: ...
    async def _scan(self, act: Act[R]) -> R: ...
    async def _write(self, act: Act[R]) -> R: ...


Method: TypeAlias = "Callable[Concatenate[Any, P], CoroutineType[Any, Any, R]]"


def _point(verb: Verb[P, R]) -> Method[P, R]:
    def carry_out(self: Runner, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return self._point(lambda db: verb(db, *args, **kwargs))

    return cast("Method[P, R]", carry_out)  # to one type checker all coroutines of functions are of that type


def _scan(verb: Verb[P, R]) -> Method[P, R]:
    def carry_out(self: Runner, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return self._scan(lambda db: verb(db, *args, **kwargs))

    return cast("Method[P, R]", carry_out)


def _write(verb: Verb[P, R]) -> Method[P, R]:
    def carry_out(self: Runner, /, *args: P.args, **kwargs: P.kwargs) -> Coroutine[Any, Any, R]:
        return self._write(lambda db: verb(db, *args, **kwargs))

    return cast("Method[P, R]", carry_out)


class Repertoire:
    """Every verb of ``store.Store``. A backend derives from it and brings the three ways (``Runner``) and a life."""

    ping = _point(feed_verbs.ping)

    setting = _point(issuer_verbs.setting)
    put_setting = _write(issuer_verbs.put_setting)
    issuers = _point(issuer_verbs.issuers)
    ensure_issuer = _write(issuer_verbs.ensure_issuer)
    add_issuer = _write(realm_verbs.add_issuer)
    edit_issuer = _write(realm_verbs.edit_issuer)
    clients_of = _scan(realm_verbs.clients_of)
    remove_issuer = _write(realm_verbs.remove_issuer)
    keys = _point(issuer_verbs.keys)
    add_key = _write(issuer_verbs.add_key)
    rotate_key = _write(issuer_verbs.rotate_key)

    user = _point(user_verbs.user)
    user_by_login = _point(user_verbs.user_by_login)
    users = _scan(user_verbs.users)
    add_user = _write(user_verbs.add_user)
    edit_user = _write(user_verbs.edit_user)
    remove_user = _write(user_verbs.remove_user)
    slowed = _point(user_verbs.slowed)
    login_failed = _write(user_verbs.login_failed)
    login_succeeded = _write(user_verbs.login_succeeded)

    client = _point(client_verbs.client)
    clients = _scan(client_verbs.clients)
    add_client = _write(client_verbs.add_client)
    edit_client = _write(client_verbs.edit_client)
    remove_client = _write(client_verbs.remove_client)
    rotate_secret = _write(client_verbs.rotate_secret)
    key_sets = _scan(client_verbs.key_sets)
    touch_clients = _write(client_verbs.touch_clients)

    family = _point(login_verbs.family)
    families = _scan(login_verbs.families)
    add_family = _write(login_verbs.add_family)
    rotate = _write(login_verbs.rotate)
    revoke_family = _write(login_verbs.revoke_family)
    revoked_families = _scan(login_verbs.revoked_families)
    spend_jti = _write(login_verbs.spend_jti)
    revoke_token = _write(login_verbs.revoke_token)
    revoked_tokens = _scan(login_verbs.revoked_tokens)

    session = _point(browser_verbs.session)
    sessions = _scan(browser_verbs.sessions)
    add_session = _write(browser_verbs.add_session)
    renew_session = _write(browser_verbs.renew_session)
    see_session = _write(browser_verbs.see_session)
    end_session = _write(browser_verbs.end_session)
    consent = _point(browser_verbs.consent)
    consents = _scan(browser_verbs.consents)
    allow = _write(browser_verbs.allow)
    withdraw = _write(browser_verbs.withdraw)
    factors = _point(browser_verbs.factors)
    factor_by_handle = _point(browser_verbs.factor_by_handle)
    add_factor = _write(browser_verbs.add_factor)
    use_factor = _write(browser_verbs.use_factor)
    take_factor = _write(browser_verbs.take_factor)
    remove_factor = _write(browser_verbs.remove_factor)
    remove_factors = _write(browser_verbs.remove_factors)
    see_factor = _write(proof_verbs.see_factor)
    has_administrator = _point(proof_verbs.has_administrator)
    add_first_administrator = _write(proof_verbs.add_first_administrator)

    code = _point(code_verbs.code)
    add_code = _write(code_verbs.add_code)
    take_code = _write(code_verbs.take_code)
    device = _point(code_verbs.device)
    device_by_code = _point(code_verbs.device_by_code)
    add_device = _write(code_verbs.add_device)
    decide_device = _write(code_verbs.decide_device)
    poll_device = _write(code_verbs.poll_device)
    take_device = _write(code_verbs.take_device)
    pushed = _point(code_verbs.pushed)
    add_pushed = _write(code_verbs.add_pushed)
    drop_pushed = _write(code_verbs.drop_pushed)
    registration_token = _point(code_verbs.registration_token)
    registration_tokens = _scan(code_verbs.registration_tokens)
    add_registration_token = _write(code_verbs.add_registration_token)
    spend_registration_token = _write(code_verbs.spend_registration_token)
    remove_registration_token = _write(code_verbs.remove_registration_token)

    outer_client = _point(outer_verbs.outer_client)
    keep_outer_client = _write(outer_verbs.keep_outer_client)
    forget_outer_client = _write(outer_verbs.forget_outer_client)

    user_keys = _point(key_verbs.user_keys)
    add_user_key = _write(key_verbs.add_user_key)
    see_user_key = _write(key_verbs.see_user_key)
    remove_user_key = _write(key_verbs.remove_user_key)

    next_notice = _point(notice_verbs.next_notice)
    take_notices = _write(notice_verbs.take_notices)
    put_off_notice = _write(notice_verbs.put_off_notice)
    end_notice = _write(notice_verbs.end_notice)

    trusted = _point(trust_verbs.trusted)
    trusts = _point(trust_verbs.trusts)
    add_trust = _write(trust_verbs.add_trust)
    remove_trust = _write(trust_verbs.remove_trust)
    serving = _point(trust_verbs.serving)

    issued_token = _point(unicore_verbs.issued_token)
    issued_tokens = _scan(unicore_verbs.issued_tokens)
    add_issued_token = _write(unicore_verbs.add_issued_token)
    see_issued_token = _write(unicore_verbs.see_issued_token)
    revoke_issued_tokens = _write(unicore_verbs.revoke_issued_tokens)
    rest_session = _point(unicore_verbs.rest_session)
    add_rest_session = _write(unicore_verbs.add_rest_session)

    last_change = _point(feed_verbs.last_change)
    first_change = _point(feed_verbs.first_change)
    changes = _point(feed_verbs.changes)
    write_audit = _write(feed_verbs.record)
    audit = _scan(feed_verbs.audit)

    listed_users = _scan(listing_verbs.listed_users)
    last_logins = _scan(listing_verbs.last_logins)
    listed_clients = _scan(listing_verbs.listed_clients)
    listed_logins = _scan(listing_verbs.listed_logins)
    listed_login = _scan(listing_verbs.listed_login)
    listed_audit = _scan(listing_verbs.listed_audit)
    audit_events = _scan(listing_verbs.audit_events)
    numbers = _scan(listing_verbs.numbers)

    _drop_portion = _write(tidying.drop_portion)
    _ended_families = _scan(tidying.ended_families)
    _drop_families = _write(tidying.drop_families)
    _drop_changes = _write(tidying.drop_changes)

    async def tidy(self, now: int) -> None:
        """Many short transactions, so that nobody waits long for one of them."""
        for name, kept in tidying.PORTIONS:
            while await self._drop_portion(name, now - kept) == tidying.PORTION:
                pass
        while ended := await self._ended_families(now):
            await self._drop_families(ended, now)
        await self._drop_changes(now)
