"""The FAPI 2.0 security profile, what it asks of a client (5.3.3): pushed requests, no shared secrets, bound tokens."""

from __future__ import annotations

from typing import Protocol

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names
from lychgate.oauth.fapi import ALGS, METHODS, PROFILE


class Program(Protocol):
    """The options that matter here."""

    @property
    def security(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def token_endpoint(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def alg(self) -> str: ...


def refuse(program: Program, way: str) -> None:
    """Raise ``ConfigError`` where ``program`` is held to the profile, which does not know this way to a token."""
    if program.security:
        raise ConfigError(f"FAPI 2 knows no {way}; use authorization_code", field="security")


def require(program: Program) -> None:
    """Raise ``ConfigError`` where ``program`` is held to the profile and cannot keep it."""
    if not program.security:
        return
    check_names([program.security], [PROFILE], what="security")
    if not program.issuer or program.token_endpoint:
        raise ConfigError("FAPI 2 needs the issuer, whose metadata alone names its endpoints", field="issuer")
    if program.method not in METHODS:
        raise ConfigError(
            f"FAPI 2 knows no {program.method}: give the program a private_key, or a certificate", field="method"
        )
    if program.alg and program.alg not in ALGS:
        raise ConfigError(f"FAPI 2 signs with {', '.join(ALGS)}, not with {program.alg}", field="alg")
