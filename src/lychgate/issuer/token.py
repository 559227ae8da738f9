"""The token endpoint seen from outside (RFC 6749 3.2, RFC 8705 5, RFC 9449 5): where it is, and a request to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lychgate.kernel.errors import ConfigError, InsecureError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, form_request, origin_of, require_secure
from lychgate.oauth import dpop
from lychgate.oauth.token import Reply, read_reply

from .call import call, scrubbed, shown
from .discovery import discover
from .endpoint import by_certificate
from .identity import Identity, revealed
from .proof import ISSUERS

_SECRET_FIELDS = (
    "client_secret",
    "client_assertion",
    "password",
    "refresh_token",
    "code",
    "code_verifier",
    "assertion",
    "subject_token",
    "actor_token",
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``issuer`` is the one whose metadata named ``url``; empty where no metadata was asked."""

    url: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """A reply, when it came (our epoch time), and by how much the server's clock is ahead (seconds)."""

    reply: Reply = field(repr=False)
    received_at: float
    offset: float

    @property
    def expires_at(self) -> float | None:
        """The token's end by our own clock: counted from our receipt, else the server's time set right."""
        if self.reply.expires_in is not None:
            return self.received_at + self.reply.expires_in
        return None if self.reply.expires_at is None else self.reply.expires_at - self.offset


def endpoint(
    issuer: str, url: str = "", *, allow_insecure: bool = False, with_certificate: bool = False
) -> Flow[Endpoint]:
    """The token endpoint: what ``issuer``'s metadata names, or ``url`` where it belongs to that issuer.

    An endpoint belongs to an issuer of its own origin, or if the issuer's metadata names it; it may have another
    for clients ``with_certificate``. Raises ``InsecureError`` for a foreign one and for plain http, and what
    ``discover`` raises.
    """
    if url:
        require_secure(url, "The client's secret", allow_insecure)
        if not issuer or origin_of(url) == origin_of(issuer):
            return Endpoint(url)
    document = yield from discover(issuer, allow_insecure=allow_insecure)
    document = by_certificate(document) if with_certificate else document
    named = document.get("token_endpoint")
    if not isinstance(named, str) or not named:
        raise ConfigError(f"the metadata of {issuer} names no token_endpoint", field="issuer")
    require_secure(named, "The client's secret", allow_insecure)
    if url and url != named:
        raise InsecureError(
            f"the token endpoint {shown(url)} does not belong to the issuer {issuer}, whose metadata names "
            f"{shown(named)}; nothing was sent. Leave token_endpoint out, or issuer."
        )
    return Endpoint(named, issuer)


def request_token(at: Endpoint, who: Identity, fields: Mapping[str, str], *, tries: int = 3) -> Flow[Granted]:
    """One token request, tried up to ``tries`` times while it fails for the moment.

    Raises ``Refused`` with the server's own words, ``TransientError``, ``ConfigError``.
    """
    text = yield from revealed(who.key)
    sent: set[str] = {text}

    def make(now: float) -> Request:
        headers, ours = who.present(text, at.url, at.issuer, now)
        if who.proof is not None:
            headers[dpop.HEADER] = who.proof.proof("POST", at.url, now, nonce=ISSUERS.of(origin_of(at.url)))
        sent.update(_secrets_of({**fields, **ours}))
        return form_request(at.url, {**fields, **ours}, headers)

    what = f"the token endpoint {shown(at.url, who.client_id)}"
    spends = "refresh_token" in fields
    try:
        answer = yield from call(
            at.url, make, what, tries=tries, timed=who.timed, certificate=who.certificate, spends=spends
        )
    except Refused as error:
        raise scrubbed(error, sent) from None
    try:
        reply = _usable(read_reply(answer.body), what, bound=who.proof is not None)
        return Granted(reply, answer.received_at, answer.offset)
    except ValueError as error:
        raise TransientError(f"{what} answered without a token: {error}") from None


def _secrets_of(fields: Mapping[str, str]) -> Iterable[str]:
    return (fields[name] for name in _SECRET_FIELDS if name in fields)


def _usable(reply: Reply, what: str, *, bound: bool) -> Reply:
    """A token that we know how to send (RFC 6749 7.1, RFC 6750 2.1, RFC 9449 5)."""
    kind = reply.token_type.lower()
    if bound and kind == "bearer":
        raise Refused(f"{what} does not bind tokens to a key: it answered a bearer token. Leave dpop out for that one.")
    if kind != ("dpop" if bound else "bearer"):
        hint = "; it binds tokens to a key: say dpop" if kind == "dpop" else "; only bearer is understood here"
        raise Refused(f"{what} answered a token of the type {reply.token_type[:50]!r}{hint}")
    if not all(0x20 < ord(c) < 0x7F for c in reply.access_token):
        raise ValueError("its access_token has characters that no header can carry")
    return reply
