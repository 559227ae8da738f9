"""The token that a job gets: as narrow as whoever issues it lets it be, and never a refresh token."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lychgate.cli.holding import Held
from lychgate.cli.output import cell
from lychgate.cli.spans import left, shown, typed
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError, LychgateError

if TYPE_CHECKING:
    from lychgate.services.unicore.site import Unicore

ROUNDED = 30.0  # seconds that may have passed on the way, or been cut off


class TooShort(LychgateError):
    """The issuer's tokens do not live as long as was asked for."""


@dataclass
class JobTokens:
    """``lasting``: seconds that each must live; 0 for those that are renewed meanwhile.

    ``how`` says, once there is one, what was done to make it narrow; ``less`` whether that could be done at all.
    """

    found: Held
    scope: Sequence[str] = ()
    lasting: float = 0.0
    how: str = field(default="", init=False)
    less: bool = field(default=True, init=False)

    def first(self) -> Token:
        """Raises ``TooShort``, and what the issuer says."""
        return self._checked(self._made(None))

    def next(self, stale: Token) -> Token:
        """A token other than ``stale``."""
        return self._made(stale)

    def told(self, token: Token) -> str:
        """One line on ``token`` for a person: how long, for what, and how narrow it could be made. No secret."""
        claims = says(token)
        audience = claims.get("aud")
        named = [f"scope {cell(token.scope)}"] if token.scope else []
        named += [f"audience {cell(audience)}"] if audience else []
        what = ", ".join([left(token.expires_at), *(named or ["neither scope nor audience named"]), "no refresh token"])
        return f"the job's token: {what}; {'' if self.less else 'NOT narrowed: '}{self.how}"

    def _made(self, stale: Token | None) -> Token:
        if self.found.profile.unicore:
            return self._of_site()
        if self.found.renewing is not None:
            return self._of_login(stale)
        if self.scope:
            raise ConfigError(f'the profile "{self.found.name}" has no scopes to choose from', field="scope")
        self.how, self.less = "it is the profile's own, and nobody can be asked for a narrower one", False
        return self.found.token() if stale is None else self.found.anew(stale)

    def _of_site(self) -> Token:
        if self.scope:
            raise ConfigError("a UNICORE site's tokens have no scopes; they are limited to that site", field="scope")
        made = site_of(self.found).issue_token(lifetime=self.lasting or None, limited=True)
        self.how = (
            f"issued by {self.found.where}, good there alone, and makes no other. Keep it safe: whoever has it acts "
            "for you there until it ends"
        )
        return made

    def _of_login(self, stale: Token | None) -> Token:
        from lychgate.client.narrowing import narrowed

        login = self.found.renewing
        assert login is not None
        if stale is not None and not self.scope:
            self.found.anew(stale)
        made = self.found.run(narrowed(login, self.scope))
        if not self.scope and made.token.valid_for() < self.lasting:
            self.found.anew(made.token)
            made = self.found.run(narrowed(login, self.scope))
        self.how = made.how if made.less else f"{made.how}; --scope asks for less"
        self.less = made.less
        return made.token

    def _checked(self, token: Token) -> Token:
        left = token.valid_for(time.time())
        if left < self.lasting - ROUNDED:
            raise TooShort(
                f"a new token of {self.found.where} lives {shown(left)} only, and {shown(self.lasting)} were asked "
                f"for. One that is renewed while the job runs:  lychgate run --profile {self.found.name} --for "
                f"{typed(self.lasting)} -- COMMAND"
            )
        return token


def says(token: Token) -> Mapping[str, Any]:
    """What a JWT says of itself, believed for display alone: it came from the issuer by our own request."""
    from lychgate.oauth import jose

    try:
        return jose.peek(token.access.reveal())[1]
    except jose.BadJwt:
        return {}


def site_of(found: Held) -> Unicore:
    """The UNICORE site of a profile, with its credential."""
    import lychgate

    return lychgate.Unicore(found.profile.unicore, lychgate.auth(found.name, interaction="never"))
