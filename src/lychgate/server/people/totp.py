"""Codes of an app (TOTP, RFC 6238): six digits, SHA-1, a new one every 30 s, as every app has them."""

from __future__ import annotations

import hmac

STEP = 30_000  # ms
AROUND = (0, -1, 1)  # steps: a code may come late, and clocks differ (RFC 6238 5.2)


def new_secret() -> str:
    """160 random bits (RFC 4226 4) in base32."""
    import pyotp

    return pyotp.random_base32()


def address(secret: str, name: str, issuer: str) -> str:
    """The ``otpauth`` URL that an app reads from a QR code; it holds the secret."""
    from pyotp.totp import TOTP

    return TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The step whose code this is, None where it is not of now (ms)."""
    from pyotp.totp import TOTP

    totp, given = TOTP(secret), "".join(code.split()).encode("utf-8", "replace")
    steps = [now // STEP + away for away in AROUND]
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)]
    return right[0] if right else None
