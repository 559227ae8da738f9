"""``lychgate demo [STORY]``: the whole way on this machine, on real sockets, step by step."""

from __future__ import annotations

import importlib

import click

from lychgate.cli.stories import STORIES


@click.command()
@click.argument("story", default="climate", type=click.Choice(sorted(STORIES)))
@click.option("--yes", is_flag=True, help="Play the person too, where a story has one: nobody is asked anything.")
def command(story: str, yes: bool) -> None:
    """Show Lychgate at work: a server, a client, a protected API, all on this machine.

    Exit status 0 only if each step did what it says.

    \b
    Examples:
      lychgate demo
      lychgate demo climate
      lychgate demo login --yes
      lychgate demo vendor
      lychgate demo unicore
      lychgate demo wps
    """
    from rich.console import Console

    from lychgate.cli.stories.stage import Stage

    told = importlib.import_module(STORIES[story]).STORY
    stage = Stage(Console(), f"Lychgate: {told.summary}", alone=yes)
    with stage.open():
        told.play(stage)
    click.echo(f"\nEach step did what it said, in {stage.seconds():.0f} seconds.")
