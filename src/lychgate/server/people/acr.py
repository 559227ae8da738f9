"""How sure a login is: ``acr`` (OpenID Connect Core 2), made of ``amr`` (RFC 8176), how people proved who they are."""

from __future__ import annotations

from collections.abc import Collection

ONE = "1"  # one proof
SEVERAL = "2"  # more than one ("mfa")
OFFERED = (ONE, SEVERAL)  # what a login here can come to; discovery's list


def acr_of(amr: Collection[str]) -> str | None:
    """The class of a login; None where nobody noted how it was proved."""
    if not amr:
        return None
    return SEVERAL if "mfa" in amr else ONE
