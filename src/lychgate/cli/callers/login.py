"""``lychgate login``: a person logs in, and programs go on with that."""

from __future__ import annotations

import dataclasses
import time
from typing import Any
from urllib.parse import urlsplit

import click

from lychgate.cli.api_target import asked
from lychgate.cli.holding import Held, hold, login_until
from lychgate.cli.output import cell, json_option, say, show_json
from lychgate.cli.spans import day, shown
from lychgate.cli.target import Target, beside, completed, target
from lychgate.client.profile import Profile
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import options_of


@click.command()
@click.argument("what", metavar="[PROFILE|ISSUER|API]", required=False)
@click.option("--device", is_flag=True, help="Show a code to confirm on any device.")
@click.option("--no-browser", is_flag=True, help="Open no browser; only print the link.")
@click.option("--client-id", help="The program's id at the issuer; by default it registers itself.")
@click.option("--scope", "scopes", multiple=True, help="What to ask for; may be repeated.")
@click.option("--resource", "resources", multiple=True, help="The API's URL that the tokens are for; may be repeated.")
@click.option("--audience", help="The API's name that the tokens are for.")
@click.option("--user", help="Who is to log in; anybody else is refused.")
@click.option("--dpop", is_flag=True, help="Bind the login to a key of its own: stolen tokens are of no use (DPoP).")
@click.option("--offline", is_flag=True, help="A login that goes on while you are away (offline_access).")
@click.option("--redirect-port", type=click.IntRange(0, 65535), help="The port the browser comes back to (8888).")
@click.option("--origin", "origins", multiple=True, help="An API that the tokens may go to; may be repeated.")
@click.option("--profile", "name", help="The profile's name; by default the issuer's host.")
@click.option(
    "--as", "account", metavar="NAME", help="A login beside others at the same issuer, by a name of your own."
)
@json_option
def command(what: str | None, device: bool, no_browser: bool, name: str | None, as_json: bool, **given: Any) -> None:
    """Log in as yourself: in the browser, or by a code on another device.

    \b
    Examples:
      lychgate login https://auth.example.org
      lychgate login https://api.example.org
      lychgate login https://auth.example.org --client-id wps --redirect-port 8000
      lychgate login climate --device
      lychgate login https://auth.example.org --offline --scope openid --scope read
      lychgate login https://auth.example.org --as work
    """
    if what and "@" in urlsplit(what).netloc:
        raise click.UsageError("the address holds a name or a password: write it as https://host/path")
    interaction = "always" if device or no_browser else "auto"
    account = given["account"]
    wish = hold(Profile(name or account or "login", None)).run(asked(what, name or account, _options(**given)))
    if wish.note and not as_json:
        say(wish.note)
    found = beside(wish.what, wish.name, wish.options) if account else target(wish.what, wish.name, wish.options)
    asking = hold(
        Profile(found.name, None, store=found.table.get("store")), interaction=interaction, opens=not no_browser
    )
    found = asking.run(completed(found))
    opened = found.open()
    held = hold(_by_device(opened) if device else opened, interaction=interaction, opens=not no_browser)
    found.keep()
    before, whose = held.kept()
    token = held.run(held.login().renewal.login())
    _tell(found, held, token, whose if before else "", as_json)


def _options(
    client_id: str | None,
    scopes: tuple[str, ...],
    resources: tuple[str, ...],
    audience: str | None,
    user: str | None,
    dpop: bool,
    offline: bool,
    redirect_port: int | None,
    origins: tuple[str, ...],
    account: str | None,
) -> dict[str, Any]:
    """The options that were given, as a profile has them."""
    words = [word for scope in scopes for word in scope.split()]
    words += [word for word in ("openid", "offline_access") if offline and word not in words]
    return {
        "client_id": client_id,
        "scope": words,
        "resource": list(resources) if len(resources) > 1 else next(iter(resources), None),
        "audience": audience,
        "user": user,
        "dpop": dpop or None,
        "redirect_port": redirect_port,
        "origins": list(origins),
        "account": account,
    }


def _by_device(profile: Profile) -> Profile:
    """The same login by a device code."""
    from lychgate.client.interactive import Interactive
    from lychgate.client.sources.device_code import DeviceCode

    source = profile.what
    if not isinstance(source, Interactive):
        raise ConfigError(f'the profile "{profile.name}" has no login by a person', field="source")
    options = {option.name: getattr(source, option.name) for option in options_of(DeviceCode)}
    return dataclasses.replace(profile, what=DeviceCode(**options))


def _tell(found: Target, held: Held, token: Token, before: str, as_json: bool) -> None:
    who, until = str(token.extra.get("owner") or held.source.who), login_until(token)
    if as_json:
        told = {"profile": found.name, "who": who, "issuer": held.source.where, "expires_at": token.expires_at}
        show_json({**told, "login_until": until, "renews": token.refresh is not None, "store": held.store})
        return
    if before and before != who:
        say(f"This takes the place of the login of {cell(before)}.")
    say(f'Logged in as {cell(who)} at {held.where}, profile "{cell(found.name)}".')
    say(f"{_lasts(held, token, until)} Try:  lychgate token {found.name}")


def _lasts(held: Held, token: Token, until: float | None) -> str:
    if token.refresh is None and getattr(held.source, "again", None):
        end = "" if token.expires_at is None else f" ends in {shown(token.expires_at - time.time())} and"
        return f"The token{end} cannot renew itself; --offline may help."
    return f"The login renews itself until {day(until)}." if until else "The login renews itself."
