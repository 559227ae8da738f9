"""HTTP Basic (RFC 7617), in UTF-8."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Annotated

from lychgate.client.static import Static
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.secret import Secret, remember


@dataclass(frozen=True, eq=False)
class Basic(Static):
    """Raises ``ConfigError`` for a name with a colon, which Basic cannot carry (RFC 7617 2)."""

    username: Annotated[str, "the user's name"]
    password: Annotated[Secret | str, "the user's password"]

    def __post_init__(self) -> None:
        if ":" in self.username:
            raise ConfigError("a user name for Basic has no colon (RFC 7617 2)", field="username")
        self._wrap("password")

    @property
    def _secret(self) -> Secret:
        return Secret.wrap(self.password)

    def _fields(self, text: str) -> tuple[tuple[str, str], ...]:
        pair = base64.b64encode(f"{self.username}:{text}".encode()).decode()
        remember(pair)
        return (("Authorization", f"Basic {pair}"),)
