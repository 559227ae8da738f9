"""``lychgate guard``: a small server that a proxy asks about each request."""

from __future__ import annotations

import socket
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lychgate.guard import Guard
    from lychgate.kernel.secret import Secret

LOOPBACK = ("127.0.0.0/8", "::1/128")


@click.command()
@click.option("--issuer", "issuers", multiple=True, metavar="URL", help="An issuer that is trusted; may be repeated.")
@click.option("--keycloak", "realms", multiple=True, metavar="URL", help="The same, for a realm of a Keycloak.")
@click.option("--audience", "audiences", multiple=True, required=True, help="What tokens for this API name in aud.")
@click.option("--require", "required", multiple=True, metavar="WHAT", help="scope:S, role:R, role:CLIENT/R, group:G.")
@click.option("--introspect-as", metavar="CLIENT", help="Ask the issuers about tokens, as this client.")
@click.option("--secret", metavar="REFERENCE", help="That client's secret: env:NAME, file:PATH, ...")
@click.option("--no-keys", is_flag=True, help="Only ask the issuers; do not check by their keys.")
@click.option("--resource", metavar="URL", help="The API's URL; by default the audience where it is a URL.")
@click.option("--bound", type=click.Choice(["any", "dpop", "mtls"]), help="Only tokens that are bound to their sender.")
@click.option(
    "--origin", "origins", multiple=True, metavar="URL", help="Where callers reach the API, as proofs name it."
)
@click.option("--client-cert", is_flag=True, help="The proxy says in Client-Cert with which certificate a client came.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4180, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--proxy", "proxies", multiple=True, metavar="ADDRESS", help="Who may ask, besides this machine.")
def command(
    issuers: tuple[str, ...],
    realms: tuple[str, ...],
    audiences: tuple[str, ...],
    required: tuple[str, ...],
    introspect_as: str | None,
    secret: str | None,
    no_keys: bool,
    resource: str | None,
    bound: str | None,
    origins: tuple[str, ...],
    client_cert: bool,
    host: str,
    port: int,
    proxies: tuple[str, ...],
) -> None:
    """Answer a proxy's question whether a request may pass: nginx's auth_request, Traefik's and Caddy's forward-auth.

    Each --require must be met; a|b in one of them is: a or b. Who calls stands in the answer's X-Auth-... headers.

    \b
    Examples:
      lychgate guard --issuer https://auth.example.org --audience https://data.example.org
      lychgate guard --keycloak https://sso.example.org/realms/x --audience data --require 'role:staff|group:lab'
    """
    if not issuers and not realms:
        raise click.UsageError("name an issuer with --issuer, or a Keycloak's realm with --keycloak")
    asking = None if introspect_as is None else (introspect_as, _secret(secret))
    senders: dict[str, Any] = {"bound": {None: False, "any": True}.get(bound, bound), "origins": origins or None}
    senders["proxies"] = (*LOOPBACK, *proxies) if client_cert else ()
    guard = _guard(issuers, realms, audiences, required, asking, not no_keys, resource=resource, **senders)
    guard.switch.require_host(host)
    _serve(guard, host, port, proxies)


def _secret(text: str | None) -> Secret:
    from lychgate.client.keys import reference

    if text is None:
        raise click.UsageError("--introspect-as needs --secret")
    return reference("secret", text)


def _guard(
    issuers: tuple[str, ...],
    realms: tuple[str, ...],
    audiences: tuple[str, ...],
    required: tuple[str, ...],
    asking: tuple[str, Secret | str] | None,
    keys: bool,
    **how: Any,
) -> Guard:
    from lychgate.guard import Guard, Issuer, keycloak
    from lychgate.guard.requirement import parse

    trusted = [Issuer(url=url, keys=keys, introspect=asking) for url in issuers]
    trusted += [keycloak(url, keys=keys, introspect=asking) for url in realms]
    needed = [parse(text) for text in required]
    return Guard(trusted, audiences, requires=reduce(and_, needed) if needed else None, **how)


def _serve(guard: Guard, host: str, port: int, proxies: tuple[str, ...]) -> None:
    import uvicorn

    from lychgate.guard.forward import ForwardApp
    from lychgate.guard.sender import networks

    app = ForwardApp(guard, networks([*LOOPBACK, *proxies]))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=512) as listening:
        shown = f"[{host}]" if ":" in host else host
        where = f"http://{shown}:{listening.getsockname()[1]}"
        click.echo(f"Lychgate's guard  {where}  for {', '.join(guard.published.issuers)}")
        click.echo("  stop with Ctrl-C")
        settings = uvicorn.Config(
            app, proxy_headers=False, server_header=False, access_log=False, log_level="warning", lifespan="off"
        )
        uvicorn.Server(settings).run(sockets=[listening])
