"""The passphrase of a certificate's private key (RFC 7468 11, RFC 1421 4.6.1.1): named, or asked for once."""

from __future__ import annotations

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Ask, Call

from .identity import revealed

ASKING = 300.0  # seconds that a person has for it
FIELD = "certificate_passphrase"
_ENCRYPTED = ("-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED")
_typed: dict[str, Secret] = {}  # by the key's file, for this process


def unlocked(certificate: Certificate | None) -> Flow[None]:
    """Have the passphrase at hand before a connection needs it; a missing one is asked for at a terminal, once.

    Raises ``ConfigError`` where there is none, and what the secret's place raises.
    """
    if certificate is None:
        return
    if certificate.passphrase is not None:
        yield from revealed(certificate.passphrase)
    elif (place := certificate.pair[1]) not in _typed and (yield from Call(_encrypted, (place,))):
        yield from Once(f"passphrase of the key {place}", lambda: _ask(place), wait=ASKING)


def passphrase(certificate: Certificate) -> str:
    """The one that is at hand. Raises ``ConfigError`` where there is none."""
    known = certificate.passphrase or _typed.get(certificate.pair[1])
    if known is None:
        raise missing(certificate.pair[1])
    return known.reveal()


def has_passphrase(certificate: Certificate) -> bool:
    """Whether one is at hand."""
    return certificate.passphrase is not None or certificate.pair[1] in _typed


def wrong(certificate: Certificate) -> ConfigError:
    """The error for a passphrase that opens nothing; one that was mistyped is asked for anew."""
    place = certificate.pair[1]
    _typed.pop(place, None)
    return ConfigError(f"the passphrase of the certificate's key {place} is wrong", field=FIELD)


def missing(place: str) -> ConfigError:
    return ConfigError(
        f"the certificate's key {place} is encrypted, and no passphrase was given. Name where it is kept "
        f"({FIELD}: keyring:SERVICE/USER, file:PATH, env:NAME)",
        field=FIELD,
    )


def _ask(place: str) -> Flow[None]:
    if place in _typed:
        return
    try:
        typed = yield from Ask(f"Passphrase of the certificate's key {place}: ", wait=ASKING)
    except LoginNeeded:
        typed = ""
    if not typed:
        raise missing(place)
    _typed[place] = Secret(typed)


def _encrypted(place: str) -> bool:
    """Whether the file holds an encrypted key; what is wrong with it otherwise is said where it is used."""
    try:
        text = Secret.file(place).reveal()
    except ConfigError:
        return False
    return any(sign in text for sign in _ENCRYPTED)
