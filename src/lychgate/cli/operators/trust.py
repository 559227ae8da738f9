"""``lychgate trust ...``: whom the server trusts besides itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.client_options import text_of
from lychgate.cli.opening import actor, issuer_of, on_engine, realm_option
from lychgate.cli.output import json_option, short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.trusted.trust_model import Trust

COLUMNS = {"kind": "KIND", "name": "NAME", "keys": "KEYS", "subject": "SUBJECT", "expires_at": "UNTIL", "id": "ID"}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Say whom this server trusts besides itself: at first nobody.

    The tokens of a trusted ISSUER may be exchanged for ours, by clients that are registered for token-exchange or
    jwt-bearer. A trusted service, named by its distinguished name (DN) and known by its certificate, may speak for
    people at the UNICORE facade. A server that runs knows it at its next request.

    \b
    Examples:
      lychgate trust add https://login.example.org --subject email --audience https://api.example.org
      lychgate trust add "CN=Workflow service, O=Example, C=EU" workflow.pem
      lychgate trust list
      lychgate trust remove https://login.example.org
    """


@command.command()
@click.argument("name", metavar="ISSUER|DN")
@click.argument("certificate", type=_FILE, required=False)
@click.option("--jwks", type=_FILE, help="File with the issuer's public keys as a JWK set.")
@click.option("--jwks-uri", metavar="URL", help="Where its keys are.  [default: where its own discovery says]")
@click.option("--alg", "algs", multiple=True, help="What it signs with.  [default: any asymmetric]. May be repeated.")
@click.option("--audience", "audiences", multiple=True, help="Taken in its tokens besides us. May be repeated.")
@click.option("--client", "clients", multiple=True, help="Only this client may present its tokens. May be repeated.")
@click.option(
    "--subject",
    type=click.Choice(["sub", "email", "name", "none"]),
    help="Which user of ours its subject is: by our id or login name (sub), by verified e-mail address, by "
    "preferred_username (name), or none.  [default: sub]",
)
@realm_option
@json_option
@on_engine
async def add(
    engine: Engine,
    name: str,
    certificate: Path | None,
    jwks: Path | None,
    realm: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Trust another ISSUER, or the service that a CERTIFICATE (PEM; or its public key) names.

    \b
    Examples:
      lychgate trust add https://login.example.org --subject email --audience https://api.example.org
      lychgate trust add "CN=Workflow service, O=Example, C=EU" workflow.pem
    """
    from lychgate.server.trusted import trust

    issuer = await issuer_of(engine, realm)
    chosen = {field: value for field, value in given.items() if value}
    if certificate is None:
        if "://" not in name:
            raise click.UsageError("give an issuer's URL, or a distinguished name and its CERTIFICATE")
        text = None if jwks is None else text_of(jwks)
        made = await trust.add_issuer(engine, actor(), issuer, name, jwks=text, **chosen)
    elif chosen or jwks is not None:
        raise click.UsageError("a service is known by its certificate alone: no other option goes with it")
    else:
        made = await trust.add_service(engine, actor(), issuer, name, text_of(certificate))
    if as_json:
        show_json(_described(made))
    else:
        click.echo(f"{issuer.url} now trusts {made.name}.\nUndo: lychgate trust remove {made.id}")


@command.command("list")
@realm_option
@json_option
@on_engine
async def list_(engine: Engine, realm: str | None, as_json: bool) -> None:
    """List whom it trusts.

    \b
    Examples:
      lychgate trust list
      lychgate trust list --json
    """
    shown = [_described(one) for one in await engine.store.trusts((await issuer_of(engine, realm)).id)]
    if as_json:
        show_json(shown)
        return
    rows = [one | {"expires_at": short(one["expires_at"])} for one in shown]
    show_table(rows, COLUMNS, empty="It trusts nobody. Next: lychgate trust add ISSUER, or DN CERTIFICATE")


@command.command()
@click.argument("name", metavar="ISSUER|DN|ID")
@realm_option
@on_engine
async def remove(engine: Engine, name: str, realm: str | None) -> None:
    """Trust it no more. What its tokens were exchanged for lives on to its own end.

    \b
    Example:
      lychgate trust remove https://login.example.org
    """
    from lychgate.server.trusted import trust

    found = await trust.find(engine, await issuer_of(engine, realm), name)
    await trust.remove(engine, actor(), found)
    click.echo(f"Trusts {found.name} no more.")


def _described(trust: Trust) -> dict[str, Any]:
    keys = "a JWK set" if trust.jwks else trust.jwks_uri or ("this server's" if not trust.certificate else "")
    service = trust.kind == "service"
    return {
        "id": trust.id,
        "kind": trust.kind,
        "name": trust.name,
        "keys": "its certificate" if trust.expires_at else keys or "its public key",
        "algs": list(trust.algs),
        "audiences": list(trust.audiences),
        "clients": list(trust.clients),
        "subject": None if service else trust.subject,
        "expires_at": when(trust.expires_at),
        "created_at": when(trust.created_at),
    }
