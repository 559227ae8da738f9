"""Whoever signs our own JWTs (RFC 7515): a private key here; an agent that keeps its key to itself fits in
its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call


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

    ``field`` is the option that errors name.
    """

    key: Secret
    passphrase: Secret | None = None
    alg: str = ""
    field: str = "key"

    def sign(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> Flow[str]:
        signed: str = yield from Call(self._signed, (header, claims))  # files, a key's derivation, RSA: all may be slow
        return signed

    def _signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        from lychgate.oauth import jose  # the cryptography is loaded where something is signed

        text = self.key.reveal()
        passphrase = self.passphrase.reveal() if self.passphrase is not None else ""
        try:
            key = jose.open_private_key(text, passphrase)
        except ValueError as error:
            raise ConfigError(f"the private key cannot be used: {error}", field=self.field) from None
        try:
            return jose.sign({"alg": self.alg or jose.alg_for(key), **header}, claims, key)
        except (ValueError, KeyError) as error:
            raise ConfigError(f"the private key cannot sign: {error}", field="alg" if self.alg else "key") from None


def signer_of(key: Secret | str | Signer, passphrase: Secret | str | None, alg: str, field: str = "key") -> Signer:
    """``key`` where it signs by itself, else a signer that has it."""
    if isinstance(key, Signer):
        return key
    return KeySigner(Secret.wrap(key), None if passphrase is None else Secret.wrap(passphrase), alg, field)
