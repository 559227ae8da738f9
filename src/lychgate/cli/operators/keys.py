"""``lychgate keys ...``: the keys that sign tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.opening import actor, issuer_of, on_engine, realm_option
from lychgate.cli.output import json_option, short, show_json, show_table, when

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import SigningKey

TIMES = ("published_at", "signs_from", "signs_until", "removed_at")
COLUMNS = {
    "alg": "ALG",
    "state": "STATE",
    "signs_from": "SIGNS FROM",
    "signs_until": "UNTIL",
    "removed_at": "REMOVED",
    "realm": "REALM",
    "kid": "ID",
}

unicore_option = click.option("--unicore", is_flag=True, help="The UNICORE site's own keys (docs/unicore.md).")


@click.group()
def command() -> None:
    """List and rotate the keys that sign tokens.

    \b
    Examples:
      lychgate keys list
      lychgate keys rotate
      lychgate keys rotate --alg RS256 --at-once
      lychgate keys rotate --unicore
    """


def _require_alone(*others: str | None) -> None:
    if any(others):
        raise click.UsageError("--unicore takes neither --realm nor --alg: the site has one key, of its own kind")


def _state(key: SigningKey, now: int) -> str:
    if key.removed_at is not None and key.removed_at <= now:
        return "removed"
    if now < key.signs_from:
        return "published"
    return "kept" if key.signs_until is not None and key.signs_until <= now else "signs"


def _described(key: SigningKey, realm: str, now: int) -> dict[str, Any]:
    times = {name: when(getattr(key, name)) for name in TIMES}
    return {"kid": key.kid, "alg": key.alg, "realm": realm, "state": _state(key, now)} | times


@command.command("list")
@realm_option
@unicore_option
@json_option
@on_engine
async def list_(engine: Engine, realm: str | None, unicore: bool, as_json: bool) -> None:
    """List the keys: published, signing, or kept until the last token that they signed has ended.

    \b
    Examples:
      lychgate keys list
      lychgate keys list --realm compute --json
    """
    if unicore:
        from lychgate.cli import site_keys

        _require_alone(realm)
        site_keys.show(await site_keys.listed(engine), as_json)
        return
    only = None if realm is None else (await issuer_of(engine, realm)).id
    realms = {issuer.id: issuer.realm for issuer in await engine.store.issuers()}
    now = engine.clock()
    described = [_described(key, realms.get(key.issuer, ""), now) for key in await engine.store.keys(only)]
    if as_json:
        show_json(described)
        return
    rows = [one | {name: short(one[name]) for name in TIMES} for one in described]
    show_table(rows, COLUMNS, empty="There are no keys yet; the first start of the server makes one.")


@command.command()
@click.option("--alg", type=click.Choice(["ES256", "RS256", "EdDSA"]), help="By default the issuer's own.")
@click.option("--at-once", is_flag=True, help="Sign with it now: for a key that may be known to somebody else.")
@realm_option
@unicore_option
@on_engine
async def rotate(engine: Engine, alg: str | None, at_once: bool, realm: str | None, unicore: bool) -> None:
    """Make a new key. It is published now and signs an hour later (publish_ahead), so that everybody knows it by then.

    The one before it is kept until the last token that it signed has ended. The key of a UNICORE site signs a week
    later (publish_ahead of its settings), since other sites must be told of it.

    \b
    Examples:
      lychgate keys rotate
      lychgate keys rotate --alg RS256 --at-once
      lychgate keys rotate --unicore
    """
    if unicore:
        from lychgate.cli import site_keys

        _require_alone(alg, realm)
        await site_keys.rotate(engine, at_once)
        return
    from lychgate.server.signing import key_rotation

    view = engine.at(await issuer_of(engine, realm))
    key = await key_rotation.rotate(view, actor(), alg, at_once=at_once)
    click.echo(f"Made a key ({key.alg}, {key.kid}); it signs from {when(key.signs_from)}.")
