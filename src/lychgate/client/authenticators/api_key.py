"""An API key in a header field or a query parameter, with what stands before and behind it exactly as given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lychgate.client.static import Static, header_value, is_header_name
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret, remember


@dataclass(frozen=True, eq=False)
class ApiKey(Static):
    """``ApiKey(key)`` is ``X-API-Key: key``. A key in the query may be logged on its way: prefer a header."""

    key: Annotated[Secret | str, "the API key"]
    name: Annotated[str, "the header field's or the query parameter's name"] = "X-API-Key"
    place: Annotated[str, "header or query"] = "header"
    prefix: Annotated[str, "what stands before the key, spaces included"] = ""
    suffix: Annotated[str, "what stands behind the key, spaces included"] = ""

    def __post_init__(self) -> None:
        check_names([self.place], ["header", "query"], what="place")
        if not (is_header_name(self.name) if self.place == "header" else self.name):
            raise ConfigError(f"the name is none that a {self.place} can have", field="name")
        self._wrap("key")

    @property
    def _secret(self) -> Secret:
        return Secret.wrap(self.key)

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        return super().standing() if self.place == "header" else None

    def ready(self, request: Request) -> Request | None:
        if self.place == "header":
            return super().ready(request)
        return None if self._secret.origin else self._in_query(request, self._secret.reveal())

    def prepare(self, request: Request) -> Flow[Request]:
        if self.place == "header":
            return (yield from super().prepare(request))
        return self._in_query(request, (yield from self._revealed()))

    def _in_query(self, request: Request, text: str) -> Request:
        return request.with_query(self.name, self._whole(text))

    def _fields(self, text: str) -> tuple[tuple[str, str], ...]:
        return ((self.name, header_value(self._whole(text), "key")),)

    def _whole(self, text: str) -> str:
        whole = f"{self.prefix}{text}{self.suffix}"
        remember(whole)
        return whole
