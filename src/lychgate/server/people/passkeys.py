"""Passkeys (WebAuthn Level 3) by the library webauthn: asked for, registered, proved.

A relying party is a host's name, never an address: at http://127.0.0.1 there are none, at http://localhost there are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lychgate.kernel.http import LOOPBACK_NAMES
from lychgate.server.engine import Engine
from lychgate.server.model import User
from lychgate.server.secrets import digest, new_id

from .login_model import Factor

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

KIND = "passkey"
LONGEST = 20_000  # characters of a browser's reply


@dataclass(frozen=True, slots=True)
class Party:
    """The relying party: ``id`` is the host, ``origin`` where its pages come from."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Proved:
    """A passkey that proved itself: ``factor`` as it was kept, ``amr`` how (RFC 8176), the counter that it sent."""

    factor: Factor
    amr: tuple[str, ...]
    counter: int


class NotProved(Exception):
    """The reply is none, or not by the passkey that it names, or not to what was asked."""


def party_of(engine: Engine, host: str) -> Party | None:
    """The relying party where ``host`` is the Host field; None where an address stands for a name."""
    parts = urlsplit(engine.issuer.url)
    if parts.hostname in LOOPBACK_NAMES:
        parts = urlsplit(f"{parts.scheme}://{host}")
    name = parts.hostname or ""
    return None if _is_address(name) else Party(name, f"{parts.scheme}://{parts.netloc}")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return not name
    return True


def to_make(party: Party, user: User, known: Iterable[Factor], challenge: str) -> str:
    """The JSON by which a browser makes a passkey (PublicKeyCredentialCreationOptionsJSON)."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    chosen = AuthenticatorSelectionCriteria(
        resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
    )
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=party.id,
        user_id=user.id.encode(),
        user_name=user.name,
        challenge=challenge.encode(),
        authenticator_selection=chosen,
        exclude_credentials=_named(known),
    )
    return options_to_json(options)


def to_use(party: Party, known: Iterable[Factor], challenge: str) -> str:
    """The JSON by which a browser uses one (PublicKeyCredentialRequestOptionsJSON); of nobody ``known``: any."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge.encode(),
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def _named(known: Iterable[Factor]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=bytes.fromhex(_kept(one)["id"])) for one in known if one.kind == KIND]


def _kept(factor: Factor) -> dict[str, str]:
    """The credential's id and public key in hex: neither is a secret (WebAuthn 13.4)."""
    found: dict[str, str] = json.loads(factor.sealed)
    return found


def made(engine: Engine, party: Party, user: User, challenge: str, name: str, credential: str) -> Factor:
    """The passkey of a browser's reply. Raises ``NotProved``."""
    from webauthn import verify_registration_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        found = verify_registration_response(
            credential=_within(credential),
            expected_challenge=challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise NotProved from error
    kept = {"id": found.credential_id.hex(), "key": found.credential_public_key.hex()}
    return Factor(
        new_id(), user.id, KIND, name, digest(found.credential_id.hex()), json.dumps(kept).encode(),
        found.sign_count, engine.clock(),
    )  # fmt: skip


async def proved(engine: Engine, party: Party, challenge: str, credential: str) -> Proved:
    """The passkey that answered. Whose it is, and whether this came before, is not looked at. Raises ``NotProved``."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import parse_authentication_credential_json
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        reply = parse_authentication_credential_json(_within(credential))
        factor = await engine.store.factor_by_handle(KIND, digest(reply.raw_id.hex()))
        if factor is None:
            raise NotProved
        found = verify_authentication_response(
            credential=reply,
            expected_challenge=challenge.encode(),
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes.fromhex(_kept(factor)["key"]),
            credential_current_sign_count=factor.counter,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise NotProved from error
    held = "hwk" if found.credential_device_type == "single_device" else "swk"
    return Proved(factor, (held, "user", "mfa"), found.new_sign_count)


def _within(credential: str) -> str:
    if len(credential) > LONGEST:
        raise NotProved
    return credential
