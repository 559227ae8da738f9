"""A token in a file that something else keeps fresh (a mounted service account's, an agent's): read when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client import outside
from lychgate.client.local import Local, token_from
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow


@dataclass(frozen=True, eq=False)
class File(Local):
    """``File("/run/secrets/token")``: a plain token or a JSON object; looked at each second that it is used.

    Raises ``Unavailable`` where there is no such file, ``ConfigError`` for one that anybody can change.
    """

    path: Annotated[str, "the file; ~ is the home folder"]
    token: Annotated[str, "where the token stands in a JSON object: a path with dots"] = ""
    expiry: Annotated[str, "where its end stands: seconds, an epoch or an ISO time; a path with dots"] = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", str(self.path))
        if not self.path or "\0" in self.path:
            raise ConfigError("name the file that holds the token", field="path")

    @property
    def who(self) -> str:
        return "a token"

    @property
    def where(self) -> str:
        return self.path

    def cache_key(self) -> str:
        return f"file {self.path} {self.token} {self.expiry}".rstrip()

    def _read(self) -> Flow[Token]:
        text = yield from outside.read("file", self.path)
        return (yield from token_from(text, f"the file {self.path}", self.token, self.expiry))
