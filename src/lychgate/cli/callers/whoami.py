"""``lychgate whoami``: whom an issuer takes us for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from lychgate.cli.holding import Held, held, profile_argument
from lychgate.cli.job_tokens import says, site_of
from lychgate.cli.output import cell, json_option, say, show_json
from lychgate.client.oauth_client import OAuthClient
from lychgate.client.token import Token
from lychgate.issuer.discovery import discover
from lychgate.issuer.endpoint import by_certificate
from lychgate.issuer.openid import about, name_of
from lychgate.kernel.flow import Flow

_SHOWN = {"name": "name", "preferred_username": "user name", "email": "e-mail", "sub": "subject", "scope": "scope"}


@click.command()
@profile_argument
@json_option
def command(profile: str | None, as_json: bool) -> None:
    """Show whom the issuer takes you for: what its userinfo endpoint says, the ID token of the login, or the token.

    \b
    Examples:
      lychgate whoami
      lychgate whoami climate --json
    """
    found = held(profile)
    if found.profile.unicore:
        _at_unicore(found, as_json)
        return
    token = found.token()
    told = found.run(_about(found, token))
    claims = told or {**_of_login(token), **says(token)}
    named = _unless(token.extra.get("owner"), claims.get("sub")) or name_of({**claims, "sub": ""})
    anybody = getattr(found.source, "by_person", False)  # then only the subject says who it was
    who = named or str(claims.get("sub") or found.who if anybody else found.who)
    if as_json:
        issuer = getattr(found.source, "where", "") or found.where
        show_json({"profile": found.name, "who": who, "issuer": issuer, "claims": claims})
        return
    say(f'{cell(who)} at {found.where}, profile "{found.name}"')
    for name, label in _SHOWN.items():
        if isinstance(claims.get(name), str) and claims[name] != who:
            say(f"  {label:<10}{cell(claims[name])}")
    if anybody and not named:
        say(f"  {found.where} has told no name for this subject{_why(claims, bool(told))}.")


def _why(claims: Mapping[str, Any], told: bool) -> str:
    """Why an issuer may have told no name."""
    audience = claims.get("aud")
    return "" if told or not audience else f"; the token is for {cell(audience)} alone"


def _unless(owner: object, subject: object) -> str:
    return str(owner) if owner and owner != subject else ""


def _of_login(token: Token) -> Mapping[str, Any]:
    """What the ID token of the login, which was checked when it came, says of the person."""
    from lychgate.oauth import jose

    try:
        claims = jose.peek(str(token.extra.get("id_token", "")))[1]
    except jose.BadJwt:
        return {}
    return {name: claims[name] for name in _SHOWN if name in claims}


def _at_unicore(found: Held, as_json: bool) -> None:
    """What the site says: it alone knows what its login, group and role are."""
    info = site_of(found).access_info()
    if as_json:
        show_json({"profile": found.name, "who": info.dn, "issuer": found.profile.unicore, "claims": info.whole})
        return
    say(f'{cell(info.dn)} at {found.where}, profile "{found.name}"')
    chosen = {"login": info.uid, "group": info.group, "role": info.role, "by": info.method}
    for label, value in chosen.items():
        if value:
            say(f"  {label:<10}{cell(value)}")


def _about(found: Held, token: Token) -> Flow[dict[str, Any]]:
    source = found.source
    if not isinstance(source, OAuthClient) or not source.issuer:
        return {}
    document = yield from discover(source.issuer, allow_insecure=source.allow_insecure)
    document = by_certificate(document) if source.certificate else document
    proof, shown = (yield from source.proof_key(token)), source.shown_certificate
    how = {"proof": proof, "certificate": shown, "allow_insecure": source.allow_insecure}
    return (yield from about(document, token.access.reveal(), **how))
