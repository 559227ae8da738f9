"""A profile as the commands for callers hold it: its source, the login that is kept, and who carries out the flows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.profile import Profile
from lychgate.client.token import Token, from_record
from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.kernel.flow import Flow
from lychgate.world import masking
from lychgate.world.panel import host_of
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.profiles import open_profile, profile_names
from lychgate.world.stores import open_store

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "LYCHGATE_PROFILE"


@dataclass(frozen=True)
class Held:
    """``renewing`` is None for a credential that stays as it is."""

    name: str
    profile: Profile
    performer: Performer
    renewing: Renewing | None

    def run(self, flow: Flow[T]) -> T:
        return self.performer.run(flow)

    def login(self) -> Renewing:
        """The login. Raises ``ConfigError`` where the profile has none."""
        if self.renewing is None:
            raise ConfigError(f'the profile "{self.name}" holds no token: its credential stays as it is')
        return self.renewing

    @property
    def source(self) -> Any:
        return self.renewing.source if self.renewing else self.profile.what

    @property
    def where(self) -> str:
        """The issuer's host, or the first origin of a credential that stays as it is."""
        issuer = getattr(self.source, "where", "") or next(iter(self.profile.origins or ()), "")
        return host_of(issuer) if issuer else ""

    @property
    def store(self) -> str:
        return self.profile.store or "file"

    def kept(self) -> tuple[Token | None, str]:
        """The token that is kept, whatever its age, and whose it is."""
        if self.renewing is None:
            return None, ""
        record = self.performer.store.load(self.renewing.renewal.key)
        return from_record(record), record.who if record else ""


def hold(found: Profile, *, interaction: str = "never", opens: bool = True) -> Held:
    """A profile in use; by default nobody is asked anything, and an error says what to type."""
    masking.install()
    name, what = found.name, found.what
    somebody = person(interaction, command=login_command(name), opens=opens)
    performer = Performer(open_store(found.store or "file"), somebody)
    renewing = what if isinstance(what, Renewing) else Renewing(what) if hasattr(what, "obtain") else None
    return Held(name, found, performer, renewing)


def held(name: str | None) -> Held:
    """The profile ``name``, or the only one that there is, held with nobody to be asked."""
    return hold(open_profile(name or usual_profile()))


def login_command(name: str) -> str:
    import shlex

    return shlex.join(["lychgate", "login", name])


def usual_profile() -> str:
    """The profile that is meant where none is named: ``LYCHGATE_PROFILE``, or the only one.

    Raises ``LoginNeeded`` where there is none, ``click.UsageError`` where there are several.
    """
    given = os.environ.get(VARIABLE)
    names = profile_names()
    if given or len(names) == 1:
        return given or names[0]
    if not names:
        command = "lychgate login ISSUER"
        raise LoginNeeded(f"there is no profile yet. Log in at an issuer first:  {command}", command=command)
    raise click.UsageError(f"name the profile: {', '.join(names)} (or set {VARIABLE})")


def profile_argument(function: F) -> F:
    return click.argument("profile", required=False, shell_complete=_complete)(function)


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    try:
        return [name for name in profile_names() if name.startswith(incomplete)]
    except ConfigError:
        return []


def login_until(token: Token) -> float | None:
    """When a login that is not used ends (epoch seconds); None where the issuer does not say, or it does not end."""
    for name in ("refresh_expires_in", "refresh_token_expires_in"):
        seconds = token.extra.get(name)
        if isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds > 0:
            return token.issued_at + seconds
    return None
