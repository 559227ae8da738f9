"""Small authenticators for tests of what stands round them."""

from __future__ import annotations

from dataclasses import dataclass

from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.client.token import Token
from lychgate.kernel.flow import Flow, Once
from lychgate.kernel.http import Request, Response, form_request
from lychgate.kernel.record import Record
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Attempt, Load, Save, Send


@dataclass(frozen=True)
class Field(Authenticator):
    """A secret in a header of any name."""

    name: str
    value: Secret

    def standing(self) -> tuple[tuple[str, str], ...]:
        return ((self.name, self.value.reveal()),)


@dataclass(frozen=True)
class Parameter(Authenticator):
    """A secret in the query."""

    name: str
    value: Secret

    def ready(self, request: Request) -> Request:
        return request.with_query(self.name, self.value.reveal())


class Fetching(Authenticator):
    """Fetches its token from an endpoint, keeps it, renews it once for everybody when it is refused."""

    def __init__(self, url: str, name: str = "Authorization", prefix: str = "Bearer ") -> None:
        self.url, self.field, self.prefix = url, name, prefix
        self.current: str | None = None

    def standing(self) -> tuple[tuple[str, str], ...] | None:
        return None if self.current is None else ((self.field, self.prefix + self.current),)

    def prepare(self, request: Request) -> Flow[Request]:
        text = self.current or (yield from Once("token", lambda: self._renewed(None)))
        return request.with_header(self.field, self.prefix + text)

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        refused = sent.headers[self.field].removeprefix(self.prefix)
        yield from Once("token", lambda: self._renewed(refused))
        return (yield from Attempt((yield from self.prepare(request))))

    def token(self) -> Flow[Token]:
        text = self.current or (yield from Once("token", lambda: self._renewed(None)))
        return Token(Secret(text))

    def forget(self) -> Flow[None]:
        self.current = None
        yield from Save("token", None)

    def _renewed(self, refused: str | None) -> Flow[str]:
        kept = yield from Load("token")
        if kept is not None and kept.data["token"] != refused:
            self.current = kept.data["token"]
            return kept.data["token"]
        answer = yield from Send(form_request(self.url, {"grant_type": "client_credentials"}))
        text = str(answer.json()["access_token"])
        Secret(text)
        yield from Save("token", Record({"token": text}))
        self.current = text
        return text
