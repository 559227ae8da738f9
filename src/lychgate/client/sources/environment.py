"""A token in an environment variable, looked at again as the program goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client import outside
from lychgate.client.local import Local, token_from
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, eq=False)
class Environment(Local):
    """``Environment("API_TOKEN")``. Raises ``Unavailable`` where it is not set or empty."""

    variable: Annotated[str, "the environment variable"] = "BEARER_TOKEN"

    def __post_init__(self) -> None:
        if not self.variable or "=" in self.variable or "\0" in self.variable:
            raise ConfigError("this is no name of an environment variable", field="variable")

    @property
    def who(self) -> str:
        return "a token"

    @property
    def where(self) -> str:
        return f"${self.variable}"

    def cache_key(self) -> str:
        return f"environment {self.variable}"

    def _read(self) -> Flow[Token]:
        text = yield from outside.read("variable", self.variable)
        return (yield from token_from(text, f"the environment variable {self.variable}"))
