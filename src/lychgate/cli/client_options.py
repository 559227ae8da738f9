"""The options that describe a client, for ``client add`` and ``client edit`` alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .client_bound import bound_changes, bound_options
from .client_logout import logout_changes, logout_options
from .opening import realm_option

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

LONGEST = 256 * 1024  # bytes of a file of keys or certificates
_SETS = ("methods", "grants")
_GRANTS = {  # what may be typed for a grant with a long name
    "token-exchange": "urn:ietf:params:oauth:grant-type:token-exchange",
    "jwt-bearer": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "device-code": "urn:ietf:params:oauth:grant-type:device_code",
}
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_ONE: tuple[tuple[str, str | None, Any, str], ...] = (  # flag, what stands for the value, type, help
    ("--id", None, None, "Its id; a new client's is random by default."),
    ("--name", None, None, "Its name, for people."),
    ("--owner", "WHO", None, "The person for whom it acts (e-mail address, name or id)."),
    ("--jwks", "FILE", _FILE, "File with its public keys as a JWK set."),
    ("--jwks-uri", "URL", None, "Where its public keys are; read when they are needed."),
    ("--alg", None, None, "What its tokens are signed with: ES256, RS256 or EdDSA."),
    ("--lifetime", "SECONDS", int, "Of its access tokens."),
)
_REPEATED: tuple[tuple[str, str, str], ...] = (  # flag, field of the client, help
    (
        "--method",
        "methods",
        "How it authenticates: client_secret_basic (the default), client_secret_post, "
        "client_secret_jwt, private_key_jwt, tls_client_auth or self_signed_tls_client_auth.",
    ),
    (
        "--grant",
        "grants",
        "How it gets tokens: client_credentials (the default), authorization_code, device-code, refresh_token, "
        "token-exchange, jwt-bearer or password.",
    ),
    ("--redirect-uri", "redirect_uris", "Where answers may be sent."),
    ("--scope", "scopes", "What it may ask for."),
    ("--audience", "audiences", "A URL that its tokens are for, besides this server."),
    ("--resource", "resources", "The URL of what it is: it may introspect tokens for this."),
    ("--group", "groups", "Only people of this group may use it."),
)


def _options() -> list[Callable[..., Any]]:
    one = [click.option(flag, metavar=value, type=kind, help=text) for flag, value, kind, text in _ONE]
    many = [
        click.option(flag, field, multiple=True, help=f"{text} May be repeated.") for flag, field, text in _REPEATED
    ]
    public = click.option("--public", is_flag=True, help="It can keep no secret: it authenticates by none.")
    return [*one, public, *many, *logout_options(), *bound_options(), realm_option]


def describing_options(function: Callable[..., Any]) -> Callable[..., Any]:
    return reduce(lambda inner, option: option(inner), reversed(_options()), function)


async def changes_of(engine: Engine, given: dict[str, Any], jwks: Path | None) -> dict[str, Any]:
    """The fields of a client that were given. ``''`` empties a list, and takes an owner or a URL away.

    ``extra`` holds only what changes of it, None for what is to go (see ``merged``).
    """
    changes: dict[str, Any] = {}
    for _, name, _ in _REPEATED:
        words = tuple(dict.fromkeys(word for value in given[name] for word in value.split() if word))
        if name == "grants":
            words = tuple(_GRANTS.get(word, word) for word in words)
        if given[name]:
            changes[name] = frozenset(words) if name in _SETS else words
    for name in ("name", "alg", "lifetime", "jwks_uri"):
        if given[name] is not None:
            changes[name] = given[name] if given[name] != "" else None
    if given["owner"] is not None:
        changes["owner"] = await _owner(engine, given["owner"])
    if jwks is not None:
        changes["jwks"] = text_of(jwks, "--jwks")
    extra = logout_changes(given) | bound_changes(given)
    if extra:
        changes["extra"] = extra
    if given["public"]:
        changes["methods"] = changes.get("methods", frozenset()) | {"none"}
    _refuse_twice(changes)
    return changes


def merged(changes: dict[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """``changes`` with the whole ``extra`` of a client that has ``known`` there."""
    from lychgate.server.programs.clients import extended

    return changes | {"extra": extended(known, changes["extra"])} if "extra" in changes else changes


def _refuse_twice(changes: dict[str, Any]) -> None:
    """One way to give keys replaces the other, unless both are given."""
    if changes.get("jwks") and changes.get("jwks_uri"):
        raise click.UsageError("--jwks and --jwks-uri: give one of the two")
    if changes.get("jwks"):
        changes["jwks_uri"] = None
    if changes.get("jwks_uri"):
        changes["jwks"] = None


async def _owner(engine: Engine, who: str) -> str | None:
    from lychgate.server.people import accounts

    return (await accounts.find(engine, who)).id if who else None


def text_of(path: Path, option: str = "") -> str:
    """The text of a file that ``option`` names, bounded. Raises ``UsageError`` for what is too long, or no text."""
    named = f"{option} {path}".lstrip()
    if path.stat().st_size > LONGEST:
        raise click.UsageError(f"{named}: longer than {LONGEST} bytes")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise click.UsageError(f"{named}: not text") from None
