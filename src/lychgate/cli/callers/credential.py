"""``lychgate credential``: what git and docker ask their credential helpers, answered with a token of a profile.

Sources: git's gitcredentials(7), docker's credential-helper protocol (get, store, erase, list; answers are JSON).
"""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit

import click

from lychgate.cli.holding import held
from lychgate.client.token import Token
from lychgate.kernel.errors import LychgateError
from lychgate.world.origins import origin
from lychgate.world.profiles import open_profile, profile_names

USER = "oauth2"  # what servers that take a token as a password expect as the name
LONGEST = 64 * 1024  # characters of a question
_ASKED = click.Choice(["get", "store", "erase"])
_ASKED_BY_DOCKER = click.Choice(["get", "store", "erase", "list"])
_NOTHING = "credentials not found in native keychain"  # the words by which docker tells this from a fault


@click.group()
def command() -> None:
    """Answer git and docker, which ask a helper for a password: it is a token of the profile whose origin is asked for.

    \b
    Examples:
      git config --global credential.https://git.example.org.helper '!lychgate credential git'
      docker: a program docker-credential-lychgate of one line: exec lychgate credential docker "$@"
    """


@command.command()
@click.argument("asked", type=_ASKED)
def git(asked: str) -> None:
    """Answer git. What it wants kept or erased is left alone: Lychgate keeps its own.

    \b
    Examples:
      git config credential.https://git.example.org.helper '!lychgate credential git'
    """
    parts = [line.partition("=") for line in sys.stdin.read(LONGEST).splitlines()]
    pairs = {name: value for name, _, value in parts}
    if asked != "get" or not pairs.get("host"):
        return
    token = _token(f"{pairs.get('protocol', 'https')}://{pairs['host']}")
    if token is None:
        return  # git asks its next helper, or the person
    lines = [f"username={USER}", f"password={token.bare()}"]
    if token.expires_at is not None:
        lines.append(f"password_expiry_utc={int(token.expires_at)}")
    click.echo("\n".join(lines))


@command.command()
@click.argument("asked", type=_ASKED_BY_DOCKER)
@click.pass_context
def docker(ctx: click.Context, asked: str) -> None:
    """Answer docker and podman. What they want kept or erased is left alone.

    \b
    Examples:
      echo https://registry.example.org | lychgate credential docker get
    """
    question = sys.stdin.read(LONGEST).strip()
    if asked == "list":
        click.echo(json.dumps(dict.fromkeys(_origins(), USER)))
    if asked != "get":
        return
    token = _token(question if "://" in question else f"https://{question}")
    if token is None:
        click.echo(_NOTHING)
        ctx.exit(1)
    click.echo(json.dumps({"ServerURL": question, "Username": USER, "Secret": token.bare()}))


def _token(url: str) -> Token | None:
    """A valid token of the one profile whose origins hold ``url``; None where there is none, or several."""
    try:
        wanted = origin(url)
    except (LychgateError, ValueError):
        return None
    names = [name for name in profile_names() if wanted in (open_profile(name).origins or ())]
    if len(names) != 1:
        return None
    found = held(names[0])
    return found.token() if found.gives_tokens else None


def _origins() -> list[str]:
    held_by = [one for name in profile_names() for one in open_profile(name).origins or ()]
    return sorted({one for one in held_by if urlsplit(one).scheme == "https"})
