"""How an operator's command reaches a server's data: ``--data``, ``--database`` and ``--config``, as for ``serve``.

The same may come from ``LYCHGATE_DATA``, ``LYCHGATE_DATABASE`` and ``LYCHGATE_CONFIG``; the server may run meanwhile.
"""

from __future__ import annotations

import asyncio
import functools
import getpass
import inspect
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from lychgate.server.actor import Actor
    from lychgate.server.engine import Engine
    from lychgate.server.model import Issuer

T = TypeVar("T")

_OPTIONS = (
    click.option("--data", type=click.Path(path_type=Path), help="Data folder of the server (LYCHGATE_DATA)."),
    click.option("--database", metavar="URL", help="Its database, where it is not in that folder (LYCHGATE_DATABASE)."),
    click.option("--config", type=click.Path(path_type=Path), help="Its TOML file; by default DATA/lychgate.toml."),
)


def on_engine(function: Callable[..., Awaitable[T]]) -> Callable[..., T]:
    """A command on a server's data: ``function`` gets the engine first, then the command's own parameters."""

    def opened(data: Path | None, database: str | None, config: Path | None, **given: Any) -> T:
        return asyncio.run(_run(function, {"data": data, "database": database}, config, given))

    assert inspect.iscoroutinefunction(function)
    return data_options(functools.update_wrapper(opened, function))


def data_options(function: Callable[..., T]) -> Callable[..., T]:
    """The options that say which data, for a command that opens no engine."""
    return functools.reduce(lambda inner, option: option(inner), reversed(_OPTIONS), function)


async def _run(
    function: Callable[..., Awaitable[T]], flags: dict[str, Any], config: Path | None, given: dict[str, Any]
) -> T:
    from lychgate.server.configuration.configure import load
    from lychgate.server.running.prepare import operator

    async with operator(load(flags, config)) as engine:
        return await function(engine, **given)


def actor() -> Actor:
    """The person at the command line, as the audit log names them."""
    from lychgate.server.actor import Actor

    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, in a container say
        name = "unknown"
    return Actor(f"operator {name}")


realm_option = click.option("--realm", metavar="NAME", help="A realm of this server, in place of the main issuer.")


async def issuer_of(engine: Engine, realm: str | None) -> Issuer:
    """The issuer of a realm; the main one where none is named. Raises ``Missing``."""
    from lychgate.server.issuers import realms

    return engine.issuer if realm is None else await realms.find(engine, realm)


async def people(engine: Engine, ids: Iterable[str | None]) -> dict[str, str]:
    """The e-mail addresses of users by their ids, for a table; the id itself for one who is gone."""
    wanted = {id for id in ids if id}
    found = [await engine.store.user(id) for id in wanted]
    return {id: id for id in wanted} | {user.id: user.email for user in found if user}
