"""How a client is shown at the command line: as a row, as JSON, and with its new secret the one time."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from lychgate.oauth.logout_metadata import OPTIONS

from .client_bound import FLAGS, NAMES
from .output import cell, show_json, when

if TYPE_CHECKING:
    from lychgate.server.model import Client, Issuer
    from lychgate.server.programs.clients import Made

TOKEN, REALMS_TOKEN = "/oauth2/token", "/protocol/openid-connect/token"
_LISTS = ("redirect_uris", "scopes", "audiences", "resources", "groups")
SHOWN = ("profile", *(one.name for one in OPTIONS), *FLAGS.values(), *NAMES.values())  # of ``Client.extra``
COLUMNS = {
    "client_id": "ID",
    "client_name": "NAME",
    "active": "ACTIVE",
    "token_endpoint_auth_methods": "METHODS",
    "owner": "OWNER",
    "last_used_at": "LAST USED",
}


def described(client: Client, issuer: Issuer) -> dict[str, Any]:
    """The client in the names of RFC 7591 where they exist; no secret, no key."""
    lists = {name: list(getattr(client, name)) for name in _LISTS}
    times = {name: when(getattr(client, name)) for name in ("created_at", "last_used_at")}
    return {
        "issuer": issuer.url,
        "client_id": client.id,
        "client_name": client.name,
        "owner": client.owner,
        "active": client.active,
        "token_endpoint_auth_methods": sorted(client.methods),
        "grant_types": sorted(client.grants),
        **lists,
        "jwks_uri": client.jwks_uri,
        "alg": client.alg,
        "lifetime": client.lifetime,
        "secrets": [{"created_at": when(one.created_at), "not_after": when(one.not_after)} for one in client.secrets],
        **times,
        **{name: client.extra[name] for name in SHOWN if name in client.extra},
    }


def show_client(client: Client, issuer: Issuer, owner: str | None) -> None:
    """For a person: ``owner`` is the e-mail address."""
    secrets = [f"until {when(one.not_after)}" if one.not_after else "no end" for one in client.secrets]
    for name, value in (described(client, issuer) | {"owner": owner, "secrets": secrets}).items():
        click.echo(f"{name:<28}{cell(value)}")


def show_made(made: Made, issuer: Issuer, as_json: bool, what: str) -> None:
    """What was done; the secret, where there is a new one, and what to type next."""
    if as_json:
        show_json(described(made.client, issuer) | ({"client_secret": made.secret} if made.secret else {}))
        return
    client = made.client
    ways = f"{cell(sorted(client.methods))}; {cell(sorted(client.grants))}"
    click.echo(f"{what} client {cell(client.name)} ({ways}).")
    click.echo(f"  client_id      {cell(client.id)}")
    if made.secret:
        click.echo(f"  client_secret  {made.secret}")
        click.echo("The secret is shown only now; nobody can read it later. Keep it in a safe place.")
        click.echo(f"Try:\n  {_next(client, issuer)}")
    elif "client_secret_jwt" in client.methods and not any(one.sealed for one in client.secrets):
        click.echo(
            f"client_secret_jwt needs a secret made from now on: lychgate client rotate-secret {cell(client.id)}"
        )


def _next(client: Client, issuer: Issuer) -> str:
    """A command that gets a token, without the secret in it: shells remember what is typed."""
    url = issuer.url.rstrip("/") + (REALMS_TOKEN if issuer.realm else TOKEN)
    if {"client_secret_basic"} <= client.methods and "client_credentials" in client.grants:
        return f"curl -u {shlex.quote(client.id)} -d grant_type=client_credentials {url}   # it asks for the secret"
    return (
        f'python -c \'import lychgate; print(lychgate.auth(lychgate.ClientCredentials(issuer="{issuer.url}", '
        f'client_id={client.id!r}, client_secret=lychgate.Secret.env("CLIENT_SECRET"))).token())\''
    )
