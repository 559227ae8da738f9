"""``lychgate proxy``: a server on this machine that adds a credential, for tools that know nothing of it."""

from __future__ import annotations

import click

from lychgate.cli.aim import aim
from lychgate.cli.holding import usual_profile
from lychgate.cli.output import say
from lychgate.kernel.errors import ConfigError


@click.command()
@click.argument("target", required=False)
@click.option("--profile", metavar="PROFILE", help="By default the only one.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="By default any that is free.")
def command(target: str | None, profile: str | None, port: int) -> None:
    """Forward requests from this machine to TARGET, an origin, and add the profile's credential to them.

    Only who gives the password that is printed here is served; it is made anew at each start. TARGET is by default the
    profile's only origin. Stop with Ctrl-C.

    \b
    Examples:
      lychgate proxy https://api.example.org --profile climate
      lychgate proxy --port 8099
    """
    import lychgate
    from lychgate.world.forwarder import USER, Forwarder

    name = profile or usual_profile()
    where = aim(name, target)
    credential = lychgate.auth(name, interaction="never")
    try:
        server = Forwarder(credential, where, port)
    except OSError as error:
        raise ConfigError(f"port {port} cannot be listened on ({error.strerror}); choose another with --port") from None
    say(f"{server.url} leads to {where} with the profile {name!r}.")
    say(f"user {USER}, password {server.password}   (shown once, good until this ends)")
    say("stop with Ctrl-C", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("stopped", err=True)
    finally:
        server.server_close()
