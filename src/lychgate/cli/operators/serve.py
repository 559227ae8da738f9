"""``lychgate serve``: the authorization server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.running.prepare import Prepared


@click.command()
@click.option("--host", help="Address to listen on; 127.0.0.1 by default.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 8080 by default, 0 takes a free one.")
@click.option("--data", type=click.Path(path_type=Path), help="Data folder, made where missing (mode 0700).")
@click.option("--database", metavar="URL", help="postgresql://...; by default SQLite in the data folder.")
@click.option("--issuer", metavar="URL", help="The issuer as clients know it; http://HOST:PORT by default.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer requests; 1 by default.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="PEM file with the certificate chain.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="PEM file with its private key.")
@click.option("--unicore-site", metavar="SITE", help="The UNICORE site's name, in /SITE/rest/core; DEMO-SITE.")
@click.option("--tls-client-ca", type=click.Path(path_type=Path), help="PEM file with authorities of clients.")
@click.option("--tracing", is_flag=True, default=None, help="Send OpenTelemetry traces, as the OTEL_ variables say.")
@click.option(
    "--client-certificates",
    type=click.Choice(["off", "tls", "proxy"]),
    help="Where clients' certificates come from: our own TLS, Client-Cert of a trusted proxy, or nowhere.",
)
@click.option(
    "--trusted-proxy", "trusted_proxies", metavar="ADDRESS", multiple=True, help="Whose headers are believed."
)
@click.option("--config", type=click.Path(path_type=Path), help="TOML file; by default DATA/lychgate.toml.")
@click.option("--check", is_flag=True, help="Only check the settings; start nothing.")
def command(config: Path | None, check: bool, **flags: Any) -> None:
    """Run the authorization server until Ctrl-C or SIGTERM.

    Each option is also an environment variable (LYCHGATE_PORT) and a key of the TOML file (port = 8080); a flag is
    stronger than the environment, and that than the file.

    \b
    Examples:
      lychgate serve
      lychgate serve --data /srv/lychgate --issuer https://auth.example.org
      lychgate serve --database postgresql://lychgate@db/lychgate --workers 4
      lychgate serve --check
    """
    from lychgate.server.configuration.configure import load

    settings = load({name: value for name, value in flags.items() if value != ()}, config)
    if check:
        from lychgate.server import stores

        issuer, data, database = settings.issuer_url(settings.port), shown(settings.data), settings.database_url
        click.echo(f"The settings fit: issuer {issuer}, data {data}, database {stores.shown(database)}.")
        return
    from lychgate.server.running.serving import serve

    serve(settings, lambda prepared: announce(settings, prepared))


def announce(config: Config, prepared: Prepared) -> None:
    """Say where the server is, what was made, and what to do next."""
    from importlib.metadata import version

    number = ".".join(version("lychgate").split(".")[:2])
    kind = "PostgreSQL" if config.database_url.startswith("postgresql") else "SQLite"
    click.echo(f"Lychgate {number}  issuer {prepared.issuer}   data {shown(config.data)}   {kind}")
    if prepared.listening != prepared.issuer:
        click.echo(f"  listens on    {prepared.listening}")
    if prepared.made:
        click.echo(f"  first start: made {' and '.join(prepared.made)}")
    stem = prepared.issuer.rstrip("/")
    if prepared.set_up:
        click.echo(f"  no administrator yet: open {stem}/setup and type  {prepared.set_up}  (works once)")
        click.echo("                        or:  lychgate user add you@example.org --superuser")
    click.echo(f"  documents     {stem}/docs      pages  {stem}/")
    click.echo("  stop with Ctrl-C")


def shown(path: Path) -> str:
    """A path as a person writes it."""
    home = str(Path.home())
    text = str(path)
    return "~" + text[len(home) :] if home != "/" and text.startswith(home + "/") else text
