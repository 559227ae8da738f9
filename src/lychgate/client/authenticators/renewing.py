"""A token that renews itself (RFC 6750): one login for every thread, task, loop and process that uses it.

One that is bound to a key goes along with a proof for each request (RFC 9449 7); what an API says is wrong with a proof
(its clock, a nonce) is mended first, and only then is the token doubted.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Annotated

from lychgate.client import proving
from lychgate.client.renewal import Renewal
from lychgate.client.sources.source import Source
from lychgate.client.token import BOUND, Token
from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import NotReplayable
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.steps import Attempt, Now

from .authenticator import Authenticator

log = logging.getLogger("lychgate.client")

GAP = 5.0  # seconds in which no token is renewed for a 401, after a renewal did not help against one


@dataclass(frozen=True, eq=False)
class Renewing(Authenticator):
    """``source`` says where tokens come from; ``renewal`` is the login in use."""

    source: Annotated[Source, "where tokens come from"]
    renewal: Renewal = field(init=False, repr=False)
    _unhelpful: list[float] = field(init=False, repr=False, default_factory=lambda: [0.0])

    def __post_init__(self) -> None:
        object.__setattr__(self, "renewal", Renewal(self.source))

    @property
    def signs(self) -> bool:  # type: ignore[override]  # as the source has its tokens
        return bool(getattr(self.source, "dpop", False))

    @property
    def certificate(self) -> Certificate | None:
        return getattr(self.source, "shown_certificate", None)

    def current(self) -> Token | None:
        """The token, if nothing has to be done before it is sent. Never waits."""
        return self.renewal.current()

    def token(self) -> Flow[Token]:
        """A token that may be sent now. Raises what the source raises."""
        return self.renewal.valid()

    def forget(self) -> Flow[Token | None]:
        """Drop the login, from the store too; answers the token that was there."""
        return self.renewal.forget()

    def logout(self) -> Flow[bool]:
        """Drop the login and tell its issuer; whether the issuer has a way to be told.

        Raises ``TransientError`` or ``Refused`` where it was not told; the login is forgotten here all the same.
        """
        from lychgate.client.ending import end

        token = yield from self.forget()
        return token is not None and (yield from end(self.source, token))

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        renewal = self.renewal
        return renewal.fields if time.time() < renewal.fresh_until else None

    def ready(self, request: Request) -> Request | None:
        bound, now = self.renewal.bound, time.time()
        if bound is None or now >= self.renewal.fresh_until:
            return super().ready(request)
        return proving.proved(request, *bound, now)

    def prepare(self, request: Request) -> Flow[Request]:
        token = yield from self.renewal.valid()
        return (yield from self._with(request, token))

    def heard(self, response: Response) -> None:
        if self.renewal.bound is not None:
            proving.heard(response)

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """Renew if the refused token is still the current one, then attempt once more.

        Raises ``NotReplayable``, after the renewal, for a body that is gone.
        """
        sent, response = yield from self._mended(request, sent, response)
        if response.status != 401 or proving.wants_nonce(response) or (yield from Now()) < self._unhelpful[0]:
            return response
        fresh = yield from self.renewal.after(self._token_of(sent))
        if not request.replayable:
            raise NotReplayable(
                f"{origin_of(request.url)} answered 401, and the body was a stream, which cannot be sent "
                "a second time. The token is renewed: send the request again with a fresh body."
            )
        sent = yield from self._with(request, fresh)
        sent, response = yield from self._mended(request, sent, (yield from Attempt(sent)))
        if response.status == 401:
            if self.certificate is not None:
                log.warning(
                    "%s refused a new token. If it is bound to %s, the connection must show that certificate: "
                    "verify=auth.ssl_context() for httpx and httpx2, cert=auth.certificate for requests",
                    origin_of(request.url),
                    self.certificate.chain,
                )
            self._unhelpful[0] = (yield from Now()) + GAP
        return response

    def _mended(self, request: Request, sent: Request, response: Response) -> Flow[tuple[Request, Response]]:
        """The same token with a better proof, where the answer says what was wrong with the one that was sent."""
        for _ in range(proving.LESSONS):
            bound = self.renewal.bound
            if bound is None or response.status != 401 or not proving.learnt(sent, response, (yield from Now())):
                break
            if not request.replayable:
                raise NotReplayable(
                    f"{origin_of(request.url)} wants another proof, and the body was a stream, which cannot be sent a "
                    "second time. What it wants is known now: send the request again with a fresh body."
                )
            sent = proving.proved(request, *bound, (yield from Now()))
            response = yield from Attempt(sent)
            proving.heard(response)
        return sent, response

    def _with(self, request: Request, token: Token) -> Flow[Request]:
        bound = self.renewal.bound
        if bound is not None:
            return proving.proved(request, *bound, (yield from Now()))
        for name, value in self.renewal.carried(token):
            request = request.with_header(name, value)
        return request

    def _token_of(self, sent: Request) -> Token | None:
        """The token that a request carried: only that one is called stale by a 401."""
        from lychgate.kernel.secret import Secret

        if hasattr(self.source, "fields"):
            held = self.renewal.fields
            return self.renewal.token if held and all(sent.headers.get(name) == value for name, value in held) else None
        scheme, _, text = sent.headers.get("Authorization", "").partition(" ")
        return Token(Secret(text)) if scheme in ("Bearer", BOUND) and text else None
