"""``lychgate explain``: what would be sent to a URL, by which credential, and why the others would not."""

from __future__ import annotations

import shlex
import time

import click

from lychgate.cli.holding import hold, login_command, login_until
from lychgate.cli.output import cell, say
from lychgate.cli.spans import day, left, shown
from lychgate.client.windows import windows
from lychgate.kernel.errors import LychgateError
from lychgate.kernel.http import without_query
from lychgate.world.origins import origin
from lychgate.world.profiles import open_profile, profile_names


@click.command()
@click.argument("url")
@click.option("--profile", metavar="PROFILE", help="Only this one.")
def command(url: str, profile: str | None) -> None:
    """Say what would be sent to URL and why, when it expires, and what to do next. Sends nothing, shows no secret.

    \b
    Examples:
      lychgate explain https://api.example.org/me
    """
    names = [profile] if profile else profile_names()
    if not names:
        say("There is no profile: nothing would be added.")
        say("Next: log in at an issuer:  lychgate login ISSUER")
        return
    say(f"{without_query(url)} is at {origin(url)}.")
    fitting = [name for name in names if _explained(name, url)]
    if not fitting:
        say(f"Next: name the origin in a profile:  {_widening(names[0], origin(url))}")
    elif len(fitting) > 1:
        say(f"Next: {len(fitting)} profiles go there; say which with --profile.")


def _widening(name: str, wanted: str) -> str:
    """The command that lets the profile's credential go to ``wanted`` too: what is given replaces what was there."""
    try:
        known = tuple(open_profile(name).origins or ())
    except LychgateError:
        known = ()
    return shlex.join(["lychgate", "profile", "edit", name, *(f"--origin={one}" for one in (*known, wanted))])


def _explained(name: str, url: str) -> bool:
    """Say what the profile does; whether its credential goes there."""
    import lychgate

    try:
        found = open_profile(name)
        text = lychgate.auth(name, interaction="never").explain(url)
    except LychgateError as error:
        say(f'\nprofile "{name}" cannot be used: {error}')
        return False
    if found.origins is not None and origin(url) not in found.origins:
        say(f'\nprofile "{name}" stays out: it goes to {", ".join(found.origins) or "nowhere"} alone')
        return False
    say(f"\n{text}")
    for line in _timeline(name):
        say(f"  {line}")
    return True


def _timeline(name: str) -> list[str]:
    held = hold(open_profile(name))
    if not held.logins:
        signs = "a key signs a token when it is needed" if held.gives_tokens else "it stays as it is"
        return [f"{signs}, and does not expire here"]
    token, who = held.kept()
    if token is None:
        return [f"no token is kept yet; next:  {_next(held.source, name)}"]
    lines = [f"the token of {cell(who or held.who)} came {shown(time.time() - token.issued_at)} ago"]
    if token.expires_at is not None:
        early = windows(token).renew_at - time.time()
        lines.append(f"it expires in {left(token.expires_at)}" if early > 0 else f"its time: {left(token.expires_at)}")
        lines.append(f"it is renewed {'in about ' + shown(early) if early > 0 else 'at the next request'}")
    until = login_until(token)
    if until is not None:
        lines.append(f"the login renews itself until {day(until)}")
    if token.refresh is None and getattr(held.source, "usual_store", "memory") == "file":
        lines.append(f"it cannot be renewed; when it has expired:  {login_command(name)}")
    return lines


def _next(source: object, name: str) -> str:
    return login_command(name) if getattr(source, "usual_store", "memory") == "file" else f"lychgate token {name}"
