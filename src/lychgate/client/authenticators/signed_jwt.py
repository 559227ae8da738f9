"""A short-lived JWT of one's own as the bearer token (RFC 7519, RFC 6750), signed by a key: UNICORE's way in."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from lychgate.client.signer import Signer, signer_of
from lychgate.client.token import Token
from lychgate.issuer import clock
from lychgate.kernel.errors import ConfigError, NotReplayable
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.http import Request, Response, origin_of
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Attempt, Now

from .authenticator import Authenticator

RESERVED = frozenset({"iat", "exp"})
LEAST, MOST = 5.0, 86400.0  # seconds of life


@dataclass(frozen=True, eq=False)
class SignedJwt(Authenticator):
    """``SignedJwt(Secret.file("~/.ssh/id_ed25519"), "ada")``: signed here, made anew before it ends.

    ``SignedJwt(SshAgent(), "ada")``: signed by the SSH agent. A missing passphrase is asked for once.
    """

    key: Annotated[Secret | str | Signer, "the private key (PEM or OpenSSH), or what signs in its place"]
    username: Annotated[str, "whose token it is: the claim sub"]
    issuer: Annotated[str, "the claim iss; by default the user"] = ""
    audience: Annotated[str, "the claim aud; nothing where the API wants none"] = ""
    passphrase: Annotated[Secret | str | None, "the passphrase of an encrypted key"] = None
    lifetime: Annotated[float, "seconds that each token lives"] = 300.0
    alg: Annotated[str, "the algorithm; by default the key's own (RS256, ES256, ES384, ES512, EdDSA)"] = ""
    kid: Annotated[str, "the key's id, where the API wants it named"] = ""
    claims: Annotated[Mapping[str, Any], "further claims"] = field(default_factory=dict, repr=False)
    _held: list[tuple[Token, float]] = field(init=False, repr=False, default_factory=list)  # and until when to use it
    _signer: Signer = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.key, str):
            object.__setattr__(self, "key", Secret(self.key))
        if isinstance(self.passphrase, str):
            object.__setattr__(self, "passphrase", Secret(self.passphrase))
        if not self.username:
            raise ConfigError("name the user whose token it is", field="username")
        if not LEAST <= self.lifetime <= MOST:
            raise ConfigError(f"the lifetime is {LEAST:.0f} to {MOST:.0f} seconds", field="lifetime")
        if taken := RESERVED & set(self.claims):
            raise ConfigError(f"{sorted(taken)[0]} is set anew in each token; see lifetime", field="claims")
        object.__setattr__(self, "_signer", signer_of(self.key, self.passphrase, self.alg))

    def current(self) -> Token | None:
        """The token, if it may still be sent. Never waits."""
        held = self._held
        return held[0][0] if held and time.time() < held[0][1] else None

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        token = self.current()
        return None if token is None else (("Authorization", f"Bearer {token.access.reveal()}"),)

    def token(self) -> Flow[Token]:
        """A token that may be sent now. Raises ``ConfigError`` for a key that cannot sign."""
        return self.current() or (yield from self._signed(0.0))

    def forget(self) -> Flow[Token | None]:
        """Drop the token; the next request signs another."""
        held = self._held[0][0] if self._held else None
        self._held.clear()
        return (yield from done(held))

    def logout(self) -> Flow[bool]:
        yield from self.forget()
        return False

    def prepare(self, request: Request) -> Flow[Request]:
        token = self.current() or (yield from self._signed(clock.offset(origin_of(request.url))))
        return self._with(request, token)

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        """Once more where the API's ``Date`` shows that our clock differs, or where the token has been replaced."""
        now = yield from Now()
        offset = clock.learn(response, now) if response.url else 0.0
        token = self._held[0][0] if self._held else None
        was = float(token.extra.get("offset", 0.0)) if token else 0.0
        carried = sent.headers.get("Authorization")
        if abs(offset - was) > clock.NEAR:
            token = yield from self._signed(offset)
        elif token is None or carried == f"Bearer {token.access.reveal()}":
            return response
        if not request.replayable:
            raise NotReplayable(
                f"{origin_of(request.url)} answered 401, and the body was a stream, which cannot be sent "
                "a second time. The token is made anew: send the request again with a fresh body."
            )
        return (yield from Attempt(self._with(request, token)))

    def _signed(self, offset: float) -> Flow[Token]:
        now = yield from Now()
        begin = int(now + offset)
        named = {"sub": self.username, "iss": self.issuer or self.username}
        claims = {**named, **({"aud": self.audience} if self.audience else {}), **self.claims}
        times = {"iat": begin, "exp": begin + int(self.lifetime)}
        header = {"typ": "JWT", **({"kid": self.kid} if self.kid else {})}
        signed = yield from self._signer.sign(header, {**claims, **times})
        token = Token(Secret(signed), expires_at=now + self.lifetime, issued_at=now, extra={"offset": offset})
        self._held[:] = [(token, now + self.lifetime - min(30.0, self.lifetime / 5))]
        return token

    def _with(self, request: Request, token: Token) -> Request:
        return request.with_header("Authorization", f"Bearer {token.access.reveal()}")
