"""A profile as the commands for callers hold it: its credential, the login that is kept, who carries out flows."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import click

from lychgate.client.authenticators.authenticator import Authenticator, as_authenticator
from lychgate.client.authenticators.chain import Chain
from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.authenticators.signed_jwt import SignedJwt
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
    """``authenticator`` is the profile's credential, or None while it is being made."""

    name: str
    profile: Profile
    performer: Performer
    authenticator: Authenticator | None

    def run(self, flow: Flow[T]) -> T:
        return self.performer.run(flow)

    @property
    def logins(self) -> list[Renewing]:
        """The logins of the profile: of a chain those of its members, the one in use first; else one or none."""
        made = self.authenticator
        members = [made.chosen, *made.members] if isinstance(made, Chain) else [made]
        return list(dict.fromkeys(one for one in members if isinstance(one, Renewing)))

    @property
    def renewing(self) -> Renewing | None:
        """The login in use, or the first; None for a credential that has none."""
        chosen = self.authenticator.chosen if isinstance(self.authenticator, Chain) else None
        return next(iter(self.logins), None) if chosen is None or isinstance(chosen, Renewing) else None

    def login(self) -> Renewing:
        """The login. Raises ``ConfigError`` where the profile has none."""
        if self.renewing is None:
            raise ConfigError(f'the profile "{self.name}" has no login: its credential needs none')
        return self.renewing

    @property
    def gives_tokens(self) -> bool:
        """Whether there is a token to hand out: renewed, or signed here."""
        return hasattr(self.authenticator, "token")

    def token(self) -> Token:
        """A token that is valid now. Raises ``ConfigError`` where there is none, and what its source raises."""
        if not self.gives_tokens:
            raise ConfigError(f'the profile "{self.name}" holds no token: its credential stays as it is')
        made: Token = self.run(cast("Any", self.authenticator).token())
        return made

    def anew(self, stale: Token) -> Token:
        """A token other than ``stale``."""
        if self.renewing is not None:
            return self.run(self.renewing.renewal.after(stale))
        chosen = self.authenticator.chosen if isinstance(self.authenticator, Chain) else self.authenticator
        if isinstance(chosen, SignedJwt):
            self.run(chosen.forget())
        return self.token()

    @property
    def source(self) -> Any:
        """Where its tokens come from, or the credential itself."""
        if self.renewing is not None:
            return self.renewing.source
        return getattr(self.authenticator, "chosen", None) or self.authenticator or self.profile.what

    @property
    def who(self) -> str:
        """Whose credential it is: for display. Of a chain that has found none yet, whose it may be."""
        made = self.authenticator
        tried = made.members if isinstance(made, Chain) and made.chosen is None else [self.source]
        sources = [getattr(one, "source", one) for one in tried]
        return " or ".join(str(getattr(one, "who", "") or getattr(one, "username", "")) for one in sources)

    @property
    def where(self) -> str:
        """The issuer's host, or the first origin of a credential that comes from none."""
        issuer = getattr(self.source, "where", "") or next(iter(self.profile.origins or ()), "")
        return host_of(issuer) if issuer else ""

    @property
    def store(self) -> str:
        return self.profile.store or "file"

    def kept(self) -> tuple[Token | None, str]:
        """The token that is kept, whatever its age, and whose it is."""
        for login in self.logins:
            record = self.performer.store.load(login.renewal.key)
            token = from_record(record)
            if record is not None and token is not None:
                return token, record.who
        return None, ""


def hold(found: Profile, *, interaction: str = "never", opens: bool = True) -> Held:
    """A profile in use; by default nobody is asked anything, and an error says what to type."""
    masking.install()
    name, what = found.name, found.what
    somebody = person(interaction, command=login_command(name), opens=opens)
    performer = Performer(open_store(found.store or "file"), somebody)
    return Held(name, found, performer, None if what is None else as_authenticator(what))


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
