"""A login that oidc-agent keeps: asked over its socket, one JSON object each way (oidc-agent API, plain requests)."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lychgate.client import outside
from lychgate.client.local import Local, token_from
from lychgate.client.oauth_client import digest
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError, LoginNeeded, TransientError, Unavailable
from lychgate.kernel.flow import Flow

LEAST = 60  # seconds of life that the agent's token shall have left


@dataclass(frozen=True, eq=False)
class OidcAgent(Local):
    """``OidcAgent("unicore")`` by the account's short name, or ``OidcAgent(issuer="https://...")``.

    Raises ``Unavailable`` where no agent runs, ``LoginNeeded`` where it has not loaded the account.
    """

    look_again: ClassVar[float] = math.inf

    account: Annotated[str, "the account's short name in the agent"] = ""
    issuer: Annotated[str, "the issuer, in place of an account"] = ""
    scope: Annotated[tuple[str, ...] | str, "what to ask for; nothing means what the account has"] = ()
    audience: Annotated[str, "the API's name that the token is for"] = ""
    socket: Annotated[str, "the agent's socket; by default $OIDC_SOCK"] = ""
    timeout: Annotated[float, "seconds that the agent has for its answer (it may ask its person)"] = 30.0

    def __post_init__(self) -> None:
        scope = tuple(self.scope.split()) if isinstance(self.scope, str) else tuple(self.scope)
        object.__setattr__(self, "scope", scope)
        if bool(self.account) == bool(self.issuer):
            raise ConfigError("name the account, or the issuer", field="account")
        if not 0 < self.timeout < math.inf:
            raise ConfigError("a timeout is a number of seconds above 0", field="timeout")

    @property
    def who(self) -> str:
        return f"account {self.account}" if self.account else f"the login at {self.issuer}"

    @property
    def where(self) -> str:
        return "oidc-agent"

    def cache_key(self) -> str:
        return f"oidc-agent {self.account or self.issuer} {digest(repr((self.scope, self.audience, self.socket)))}"

    def _read(self) -> Flow[Token]:
        answer = yield from outside.read("agent", self.socket, json.dumps(self._asked()), self.timeout)
        try:
            said = json.loads(answer)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise TransientError("oidc-agent answered with something that is no JSON object")
        if said.get("status") != "success":
            raise self._failure(str(said.get("error") or "it gave no reason")[:200])
        return (yield from token_from(answer, "oidc-agent's answer", "access_token", "expires_at"))

    def _asked(self) -> dict[str, object]:
        named = {"account": self.account} if self.account else {"issuer": self.issuer}
        more = {"scope": " ".join(self.scope), "audience": self.audience}
        asked = {name: value for name, value in more.items() if value}
        hint = {"min_valid_period": LEAST, "application_hint": "lychgate"}
        return {"request": "access_token", **named, **hint, **asked}

    def _failure(self, why: str) -> LoginNeeded | Unavailable:
        if self.account:
            command = f"oidc-add {self.account}"
            return LoginNeeded(f'oidc-agent has no token of "{self.account}": {why}. Try:  {command}', command=command)
        return Unavailable(f"oidc-agent has no token of {self.issuer}: {why}", field="issuer")
