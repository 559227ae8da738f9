"""The switch ``AUTH_ENABLED``: off lets everybody through as one fixed principal, loudly, on this machine alone.

``AUTH_DISABLED_ANYWHERE=true`` is the second switch, which allows more than loopback.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import LOOPBACK_NAMES

from .principal import Principal
from .refusal import unavailable

ENABLED, ANYWHERE = "AUTH_ENABLED", "AUTH_DISABLED_ANYWHERE"
HEADER = ("x-lychgate-auth", "disabled")
NOBODY = Principal(subject="auth-disabled", client="", issuer="")
_ON, _OFF = frozenset({"true", "1", "yes", "on"}), frozenset({"false", "0", "no", "off"})
_logger = logging.getLogger("lychgate.guard")


@dataclass(frozen=True, slots=True)
class Switch:
    """``on`` is the rule; off, ``anywhere`` says whether more than loopback is served."""

    on: bool = True
    anywhere: bool = False

    def let_in(self, *addresses: str | None) -> Principal:
        """The fixed principal, where both ends of a connection are on this machine, and whom a proxy there asks for.

        None is a Unix socket.
        Raises ``Refusal`` 503 elsewhere, unless the second switch allows it.
        """
        if self.anywhere or all(address is None or on_loopback(address) for address in addresses):
            return NOBODY
        raise unavailable(f"{ENABLED} is off, so this answers on loopback alone ({ANYWHERE}=true allows more)")

    def require_host(self, host: str) -> None:
        """Raises ``ConfigError`` where the guard is off and ``host``, to be listened on, is not loopback."""
        if not (self.on or self.anywhere or on_loopback(host)):
            raise ConfigError(
                f"{ENABLED} is off, and {host} is not loopback: anybody there could come in. Listen on 127.0.0.1, or "
                f"say {ANYWHERE}=true if that is what you want.",
                field=ENABLED,
            )


def switch(environment: Mapping[str, str] | None = None) -> Switch:
    """How the environment has the switches. Off is said loudly. Raises ``ConfigError`` for a value of neither kind."""
    found = os.environ if environment is None else environment
    made = Switch(_read(found, ENABLED, True), _read(found, ANYWHERE, False))
    if not made.on:
        where = "ANYWHERE" if made.anywhere else "on loopback"
        _logger.warning(
            "%s is off: EVERY CALL IS LET THROUGH %s as %r, nobody is asked for a token", ENABLED, where, NOBODY.subject
        )
    return made


def on_loopback(address: str) -> bool:
    """Whether an IP address, or a name, is this machine's own; what is neither is not."""
    if address in LOOPBACK_NAMES:
        return True
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def _read(environment: Mapping[str, str], name: str, default: bool) -> bool:
    text = environment.get(name)
    if text is None:
        return default
    folded = text.strip().lower()
    if folded not in _ON | _OFF:
        raise ConfigError(f"{name}={text!r} is neither on nor off: say true or false", field=name)
    return folded in _ON
