"""A narrower token for somebody else, a job say: fewer scopes, no refresh token, and never kept as the login's own.

In this order: a program that asks for itself asks for less (RFC 6749 4.4); a login exchanges its token (RFC 8693) where
the issuer has that, and else asks for less by its refresh token (RFC 6749 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lychgate.kernel.errors import ConfigError, LoginNeeded, Refused
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.steps import Load, Save
from lychgate.oauth.token_exchange import GRANT

from .authenticators.renewing import Renewing
from .oauth_client import OAuthClient
from .renewal import Renewal
from .token import Token, from_record, to_record

_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The token without its refresh token, and ``how`` it came, in words for a person.

    ``less`` is whether it is narrower than the login's own, or could be.
    """

    token: Token
    how: str
    less: bool = True


def narrowed(login: Renewing, scope: Sequence[str]) -> Flow[Narrowed]:
    """A token that may do no more than ``scope``; with no scope the login's own, which is said.

    Raises ``ConfigError`` where the issuer cannot be asked for less, ``Refused`` where it gives more than that.
    """
    source = login.source
    if not scope:
        token = yield from login.token()
        return Narrowed(_bare(token), "it is the login's own", less=False)
    if not isinstance(source, OAuthClient):
        raise ConfigError(f"the tokens of {source.where} come as they are: no scope can be asked for", field="scope")
    less = replace(source, scope=tuple(scope))
    token = yield from login.token()
    made = yield from _asked(login, less, token)
    wider = set(made.token.scope) - set(scope)
    if wider:
        raise Refused(f"{source.where} gave more than was asked for: {' '.join(sorted(wider))}; it was not handed on")
    return made


def _asked(login: Renewing, less: OAuthClient, token: Token) -> Flow[Narrowed]:
    kept = token.refresh is not None or getattr(login.source, "again", None) is not None
    if not kept:
        made = yield from less.obtain()  # type: ignore[attr-defined]  # each source has it, this base of theirs has not
        return Narrowed(_bare(made), "asked for anew")
    why = "it has no token exchange"
    if (yield from _exchanges(less)):
        fields = {"subject_token": token.access.reveal(), "subject_token_type": _ACCESS_TOKEN}
        try:
            made = yield from less.request(GRANT, tries=3, **fields)
            return Narrowed(_bare(made), "exchanged for the login's token")
        except Refused as error:
            why = f"it refused the exchange ({error.error or error.status})"
    if token.refresh is None:
        raise ConfigError(f"{less.where} cannot give less: {why}, and the login has no refresh token", field="scope")
    made = yield from _by_refresh(login.renewal, less)
    return Narrowed(_bare(made), f"asked for by the login ({why})")


def _exchanges(source: OAuthClient) -> Flow[bool]:
    from lychgate.issuer.discovery import discover

    if not source.issuer:
        return False
    document: Any = yield from discover(source.issuer, allow_insecure=source.allow_insecure)
    grants = document.get("grant_types_supported")
    return isinstance(grants, list) and GRANT in grants


def _by_refresh(renewal: Renewal, less: OAuthClient) -> Flow[Token]:
    """Under the login's own lock: what the issuer has rotated is kept, beside the access token that was there.

    For a program of one thread: another one that renews the same login meanwhile would be given the narrow token.
    """

    def run() -> Flow[Token]:
        record = yield from Load(renewal.key)
        kept = from_record(record) or renewal.token
        if kept is None or kept.refresh is None:
            raise LoginNeeded(f"the login at {less.where} is gone", command=f"lychgate login {less.where}")
        made = yield from less.request("refresh_token", refresh_token=kept.refresh.reveal())
        if made.refresh is not None and made.refresh != kept.refresh:
            who = record.who if record else less.client_id
            yield from Save(renewal.key, to_record(replace(kept, refresh=made.refresh), who, less.where))
        return made

    return (yield from Once(renewal.key, run))


def _bare(token: Token) -> Token:
    return replace(token, refresh=None)
