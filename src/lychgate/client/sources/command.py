"""A credential process: a command that prints a token, plain or as JSON (as kubectl's and cloud tools' do)."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lychgate.client import outside
from lychgate.client.local import Local, token_from
from lychgate.client.oauth_client import digest
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, eq=False)
class Command(Local):
    """``Command(["gcloud", "auth", "print-access-token"])``: run without a shell, when a token is needed or refused.

    Its token serves until its end: that of the JSON, of the JWT, or ``lifetime``. What it writes to standard error is
    shown. Raises ``Unavailable`` where there is no such command, ``ConfigError`` where it fails.
    """

    look_again: ClassVar[float] = math.inf

    command: Annotated[Sequence[str] | str, "the command's words"]
    token: Annotated[str, "where the token stands in a JSON object: a path with dots"] = ""
    expiry: Annotated[str, "where its end stands: seconds, an epoch or an ISO time; a path with dots"] = ""
    lifetime: Annotated[float, "seconds that a token lives that names no end; 0: until a 401"] = 0.0
    timeout: Annotated[float, "seconds after which the command is ended"] = 30.0

    def __post_init__(self) -> None:
        words = shlex.split(self.command) if isinstance(self.command, str) else self.command
        object.__setattr__(self, "command", tuple(words))
        if not self.command or not self.command[0]:
            raise ConfigError("name the command that prints a token", field="command")
        if not 0 < self.timeout < math.inf:
            raise ConfigError("a timeout is a number of seconds above 0", field="timeout")
        if not 0 <= self.lifetime < math.inf:
            raise ConfigError("a lifetime is a number of seconds", field="lifetime")

    @property
    def who(self) -> str:
        return "a token"

    @property
    def where(self) -> str:
        return f"the command {self.command[0]}"

    def cache_key(self) -> str:
        return f"command {self.command[0]} {digest(repr((self.command, self.token, self.expiry)))}"

    def _read(self) -> Flow[Token]:
        text = yield from outside.read("command", self.command, self.timeout)
        made = yield from token_from(text, f"what {self.command[0]} prints", self.token, self.expiry)
        if made.expires_at is not None or not self.lifetime:
            return made
        return Token(made.access, expires_at=made.issued_at + self.lifetime, issued_at=made.issued_at)
