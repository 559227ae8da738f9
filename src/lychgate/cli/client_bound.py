"""Options that bind a client's tokens to their sender (RFC 9449, RFC 8705), and its security profile (FAPI 2.0)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

NAMES = {  # what --certificate-name begins with, and the metadata of RFC 8705 2.1.2 that it stands for
    "dn": "tls_client_auth_subject_dn",
    "dns": "tls_client_auth_san_dns",
    "uri": "tls_client_auth_san_uri",
    "ip": "tls_client_auth_san_ip",
    "email": "tls_client_auth_san_email",
}
FLAGS = {"dpop": "dpop_bound_access_tokens", "certificate_bound": "tls_client_certificate_bound_access_tokens"}


def bound_options() -> list[Callable[..., Any]]:
    """The options, as ``client add`` and ``client edit`` have them."""
    return [
        click.option("--dpop/--no-dpop", default=None, help="Its tokens are bound to a key, by DPoP (RFC 9449)."),
        click.option(
            "--certificate-bound/--no-certificate-bound",
            default=None,
            help="Its tokens are bound to its certificate (RFC 8705).",
        ),
        click.option(
            "--certificate-name",
            metavar="KIND:NAME",
            help="The name in its certificate, for tls_client_auth: dn:CN=..., dns:, uri:, ip: or email:.",
        ),
        click.option("--profile", metavar="PROFILE", help="Security profile that it keeps: fapi2; '' for none."),
    ]


def bound_changes(given: dict[str, Any]) -> dict[str, Any]:
    """The members of ``Client.extra`` that were given; None for what is to go."""
    changes: dict[str, Any] = {name: given[flag] or None for flag, name in FLAGS.items() if given[flag] is not None}
    if given["profile"] is not None:
        changes["profile"] = given["profile"] or None
    if given["certificate_name"] is not None:
        changes |= dict.fromkeys(NAMES.values()) | _name(given["certificate_name"])
    return changes


def _name(text: str) -> dict[str, str]:
    kind, colon, name = text.partition(":")
    if text and (not colon or kind not in NAMES or not name):
        raise click.UsageError(f"--certificate-name: {', '.join(f'{kind}:NAME' for kind in NAMES)}")
    return {NAMES[kind]: name} if text else {}
