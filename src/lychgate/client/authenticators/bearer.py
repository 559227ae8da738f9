"""A bearer token that somebody gives (RFC 6750 2.1); ``Renewing`` is for those that end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client.static import Static, header_value
from lychgate.kernel.secret import Secret


@dataclass(frozen=True, eq=False)
class Bearer(Static):
    """Sent as ``Authorization: Bearer ...``, whatever case the issuer wrote the type in."""

    token: Annotated[Secret | str, "the access token"]

    def __post_init__(self) -> None:
        self._wrap("token")

    @property
    def _secret(self) -> Secret:
        return Secret.wrap(self.token)

    def _fields(self, text: str) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {header_value(text, 'token')}"),)
