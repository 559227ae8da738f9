"""HTTP Digest (RFC 7616, and the older servers of RFC 2617): the password itself never goes over the wire."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from lychgate.client.digest_answer import Asked, Session, answer, strongest
from lychgate.kernel.challenge import parse_challenges
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Attempt

from .authenticator import Authenticator

_SPACES = 64  # origins whose challenges are remembered


@dataclass(frozen=True, eq=False)
class Digest(Authenticator):
    """The first request to an origin goes bare and is challenged; from then on each carries its answer at once.

    Raises ``ConfigError`` for a name with a colon or a control character, which a digest cannot carry.
    """

    username: Annotated[str, "the user's name"]
    password: Annotated[Secret | str, "the user's password"]
    signs: ClassVar[bool] = True
    challenged: ClassVar[bool] = True
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)
    _spaces: dict[str, tuple[Session, int]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        if ":" in self.username or not self.username.isprintable() or not self.username:
            raise ConfigError("a user name for Digest has no colon and no control character", field="username")
        object.__setattr__(self, "password", Secret.wrap(self.password))

    @property
    def _secret(self) -> Secret:
        return Secret.wrap(self.password)

    def ready(self, request: Request) -> Request | None:
        if origin_of(request.url) not in self._spaces:
            return request
        return None if self._secret.origin else self._answered(request, self._secret.reveal())

    def prepare(self, request: Request) -> Flow[Request]:
        if origin_of(request.url) not in self._spaces:
            return request
        return self._answered(request, (yield from self._revealed()))

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """Answer the challenge, once more where the nonce went stale meanwhile. A wrong password is tried once."""
        for _ in range(3):
            session = strongest(parse_challenges(response.headers.all("WWW-Authenticate")), secrets.token_hex(16))
            if session is None:
                break
            password = yield from self._revealed()
            response = yield from Attempt(self._answered(request, password, session))
            self._learn(origin_of(request.url), response)
            if response.status != 401:
                return response
            if not _stale(response):
                break
        with self._lock:
            self._spaces.pop(origin_of(request.url), None)
        return response

    def heard(self, response: Response) -> None:
        """A server may name the next nonce in any answer."""
        if "Authentication-Info" in response.headers and response.url:
            self._learn(origin_of(response.url), response)

    def _answered(self, request: Request, password: str, asked: Session | None = None) -> Request:
        """``asked`` is a challenge that has just come; without one the last one of the origin is answered again."""
        origin = origin_of(request.url)
        counted = self._counted(origin, asked)
        if counted is None:
            return request
        session, count = counted
        if session.qop == "auth-int" and request.body is None and _streams(request):
            raise ConfigError(f"{origin} wants the body's hash (auth-int): give the body as bytes, not as a stream")
        what = Asked(request.method, _uri(request.url), request.body or b"")
        return request.with_header("Authorization", answer(session, what, self.username, password, count))

    def _counted(self, origin: str, asked: Session | None) -> tuple[Session, int] | None:
        """What is answered, and how often its nonce will have been used: a nonce may come in many challenges."""
        with self._lock:
            held = self._spaces.get(origin)
            if asked is not None and (held is None or not held[0].is_of(asked)):
                if len(self._spaces) >= _SPACES:
                    self._spaces.clear()
                held = asked, 0
            if held is not None:
                self._spaces[origin] = held = (held[0], held[1] + 1)
            return held

    def _learn(self, origin: str, response: Response) -> None:
        """The nonce that the server wants next (RFC 7616 3.5), where it says so."""
        told = parse_challenges([f"Digest {response.headers.get('Authentication-Info', '')}"])
        nonce = told[0].params.get("nextnonce", "") if told else ""
        if not (nonce and nonce.isascii() and nonce.isprintable()):
            return
        with self._lock:
            held = self._spaces.get(origin)
            if held is not None and held[0].nonce != nonce:
                self._spaces[origin] = (replace(held[0], nonce=nonce), 0)

    def _revealed(self) -> Flow[str]:
        from lychgate.issuer.identity import revealed

        return revealed(self._secret)


def _uri(url: str) -> str:
    """The path with its query, byte for byte."""
    parts = urlsplit(url)
    rest = url.partition("#")[0][len(parts.scheme) + 3 + len(parts.netloc) :]
    return rest if rest.startswith("/") else f"/{rest}"


def _streams(request: Request) -> bool:
    headers = request.headers
    return "Transfer-Encoding" in headers or headers.get("Content-Length", "0").strip() != "0"


def _stale(response: Response) -> bool:
    challenges = parse_challenges(response.headers.all("WWW-Authenticate"))
    return any(c.scheme == "digest" and c.params.get("stale", "").lower() == "true" for c in challenges)
