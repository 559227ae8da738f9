"""Whoever signs our own JWTs (RFC 7515): a private key here; an agent that keeps its key to itself fits in
its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.secret import Secret, fingerprint
from lychgate.kernel.steps import Ask, Call

ASKING = 300.0  # seconds that a person has for a passphrase


@runtime_checkable
class Signer(Protocol):
    """Something that holds a private key."""

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Flow[str]:
        """A compact JWT; ``alg`` is put into the header by the signer, who alone knows its key.

        Raises ``ConfigError`` where it cannot sign, ``Unavailable`` where there is no key.
        """
        ...


@dataclass(frozen=True)
class KeySigner:
    """A private key in PEM (PKCS#8, PKCS#1, SEC 1) or OpenSSH form: RSA, ECDSA P-256, P-384, P-521, Ed25519.

    ``field`` is the option that errors name. A missing passphrase is asked for, once, where a person is at a terminal.
    """

    key: Secret
    passphrase: Secret | None = None
    alg: str = ""
    field: str = "key"
    _opened: list[Any] = dataclasses.field(init=False, repr=False, compare=False, default_factory=list)

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Flow[str]:
        opened: bool = yield from Call(self._open, ("",))  # files, a key's derivation, RSA: all may be slow
        if not opened:
            where = self.key.origin or f"given in code …{fingerprint(self.key.reveal())}"
            yield from Once(f"passphrase of the key {where}", self._ask, wait=ASKING)
        signed: str = yield from Call(self._signed, (header, claims))
        return signed

    def _open(self, typed: str) -> bool:
        """Whether the key is open now; not so where its passphrase is missing."""
        from lychgate.oauth.private_key import Encrypted, open_private_key  # cryptography, where something is signed

        if self._opened:
            return True
        text = self.key.reveal()
        passphrase = typed or (self.passphrase.reveal() if self.passphrase is not None else "")
        try:
            self._opened[:] = [open_private_key(text, passphrase)]
        except Encrypted:
            return False
        except ValueError as error:
            raise ConfigError(f"the private key{self._named} cannot be used: {error}", field=self.field) from None
        return True

    def _ask(self) -> Flow[None]:
        if self._opened:
            return
        try:
            typed = yield from Ask(f"Passphrase of the key{self._named}: ", wait=ASKING)
        except LoginNeeded:
            typed = ""
        if not typed or not (yield from Call(self._open, (typed,))):
            place = self.key.origin.removeprefix("file:") if self.key.origin.startswith("file:") else "KEYFILE"
            raise ConfigError(
                f"the private key{self._named} cannot be used: it is encrypted, and no passphrase was given. Name "
                "where it is kept (passphrase: keyring:SERVICE/USER), or give the key to an agent, and name that in "
                f"its place (key: agent:):  ssh-add {place}",
                field=self.field,
            )

    def _signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        from lychgate.oauth import jose

        (key,) = self._opened
        try:
            return jose.sign({"alg": self.alg or jose.alg_for(key), **header}, claims, key)
        except (ValueError, KeyError) as error:
            raise ConfigError(f"the private key cannot sign: {error}", field="alg" if self.alg else "key") from None

    @property
    def _named(self) -> str:
        return f" {self.key.origin}" if self.key.origin else ""


def signer_of(key: Secret | str | Signer, passphrase: Secret | str | None, alg: str, field: str = "key") -> Signer:
    """``key`` where it signs by itself, else a signer that has it; kept by who uses it, since it may ask a person."""
    if isinstance(key, Signer):
        own = alg and dataclasses.is_dataclass(key) and getattr(key, "alg", None) == ""
        return dataclasses.replace(key, alg=alg) if own else key  # type: ignore[type-var]  # it is no class: it signs
    return KeySigner(Secret.wrap(key), None if passphrase is None else Secret.wrap(passphrase), alg, field)
