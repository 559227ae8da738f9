"""``lychgate inspect``: what is in a token, where it came from, and whether its issuer signed it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from lychgate.cli.output import cell, json_option, say, show_json
from lychgate.cli.spans import left
from lychgate.issuer.discovery import discover
from lychgate.issuer.jwks import IssuerKeys
from lychgate.kernel.errors import LychgateError
from lychgate.kernel.flow import Flow
from lychgate.oauth import jose

_TIMES = ("exp", "iat", "nbf", "auth_time")


@click.command()
@click.argument("token", required=False)
@click.option("--offline", is_flag=True, help="Ask nobody: decode, and do not verify.")
@json_option
def command(token: str | None, offline: bool, as_json: bool) -> None:
    """Decode a token (a JWT), and verify its signature against the keys of the issuer that it names.

    Give it on standard input rather than as an argument, which other users of the machine can see. The exit status is
    1 for a token that its issuer did not sign.

    \b
    Examples:
      lychgate token | lychgate inspect
      lychgate inspect --offline < token.txt
    """
    text = (token if token and token != "-" else sys.stdin.readline(64 * 1024)).strip()
    text = text.split(" ")[-1]  # a whole header field may be given too
    if not text:
        raise click.UsageError("there is no token: give it on standard input")
    try:
        header, claims = jose.peek(text)
    except jose.BadJwt as error:
        raise LychgateError(f"this is no JWT that can be read ({error}): an opaque token, or cut off") from None
    verdict = "not asked" if offline else _verdict(text, claims)
    if as_json:
        show_json({"header": header, "claims": claims, "signature": verdict})
    else:
        _show(header, claims, verdict)
    if verdict.startswith("NOT"):
        click.get_current_context().exit(1)


def _show(header: Mapping[str, Any], claims: Mapping[str, Any], verdict: str) -> None:
    say(f"signature   {verdict}")
    if isinstance(claims.get("exp"), int | float):
        say(f"expires     {left(float(claims['exp']))}")
    for title, table in (("header", header), ("claims", claims)):
        say(title)
        for name, value in table.items():
            say(f"  {cell(name):<14}{cell(_said(name, value))}")


def _said(name: str, value: Any) -> Any:
    if name in _TIMES and isinstance(value, int | float) and 0 < value < 1e11:
        from lychgate.cli.output import when

        return f"{value}  {when(int(value * 1000))}"
    return value if not isinstance(value, dict) else str(value)


def _verdict(token: str, claims: Mapping[str, Any]) -> str:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        return "not asked: the token names no issuer"
    from lychgate.world.perform import Performer
    from lychgate.world.person import person
    from lychgate.world.stores import open_store

    try:
        return Performer(open_store("memory"), person("never")).run(_verified(token, issuer))
    except LychgateError as error:
        return f"unknown: {error}"


def _verified(token: str, issuer: str) -> Flow[str]:
    keys = IssuerKeys(issuer, lambda: discover(issuer))
    kid = jose.peek(token)[0].get("kid")
    found = yield from keys.find(kid if isinstance(kid, str) else None)
    try:
        jose.verify(token, found, jose.ASYMMETRIC)
    except jose.BadJwt as error:
        return f"NOT VALID: {error} of {issuer}"
    return f"valid: {issuer} signed it"
