"""A credential of the Snippet Framework as a profile: ``authenticator = "silo"``, and its fields as keys.

``lychgate.auth("vendor")`` puts it on the requests of any HTTP library, ``Credential.profile("vendor")`` is for
``http_step``. Proxy and certificates of the credential hold for its token requests, for ``lychgate call`` and
``lychgate proxy``, and for the caller's requests where they are handed on: ``httpx2.Client(**auth.connection())``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from lychgate.client.authenticators.authenticator import Authenticator, Way
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Attempt, Call

from .authenticator import get_authmethod
from .connection import proxy_of
from .credential import Credential
from .fields import FIELDS, Field

_KINDS: dict[str, Any] = {"string": str, "boolean": bool, "number": float}


class _Silo(Authenticator):
    """What an authenticator of the Snippet Framework puts on a session, put on any request."""

    def __post_init__(self) -> None:
        """Raises ``ConfigError`` for a field that does not fit; secrets are fetched when they are needed."""
        Credential({name: value for name, value in self._given().items() if not isinstance(value, Secret)})

    @staticmethod
    def asks(table: Mapping[str, Any]) -> list[str]:
        """The fields that a person is asked for, given what they said so far: those that the type shows of its own.

        An override unlocks them all, and ``proxy`` its own; what every type has is asked for by no more than its flag.
        """
        kind, override = str(table.get("authType", "")), str(table.get("authOverride", ""))
        of_the_proxy = [name for name in FIELDS if name.startswith("proxy") and name != "proxy" and table.get("proxy")]
        shown = [name for name, field in FIELDS.items() if field.visible(kind, override) and (field.seen or override)]
        return list(dict.fromkeys(["authType", "url", *shown, *of_the_proxy]))

    def _given(self) -> dict[str, Any]:
        held = {name: getattr(self, name) for name in FIELDS}
        return {name: value for name, value in held.items() if value != FIELDS[name].default}

    @cached_property
    def credential(self) -> Credential:
        return Credential(self._given())

    @cached_property
    def _method(self) -> Any:
        return get_authmethod(self.credential)

    def way(self) -> Way:
        """The credential's proxy and certificates."""
        fields = self.credential.fields
        return Way(proxy_of(fields) or "", fields["ca_path"], fields["sslverifypeer"])

    def wishes(self) -> list[str]:
        proxy, trusted, checked = (getattr(self, name) for name in ("proxy", "ca_path", "sslverifypeer"))
        return Way("a proxy" if proxy else "", trusted, checked).wishes()

    def prepare(self, request: Request) -> Flow[Request]:
        return (yield from Call(self._dressed, (request,)))

    def refused(self, request: Request, sent: Request, response: Response) -> Flow[Response]:
        if not (yield from Call(self._worth_while, (sent, response))):
            return response
        return (yield from Attempt((yield from Call(self._dressed, (request,)))))

    def _worth_while(self, sent: Request, response: Response) -> bool:
        import requests

        heard = requests.Response()
        heard.status_code, heard.request = response.status, requests.Request(sent.method, sent.url).prepare()
        heard.request.headers.update(dict(sent.headers))
        return not self._method.check_result(heard) and bool(self._method.renewable(heard))

    def _dressed(self, request: Request) -> Request:
        import requests

        session = requests.Session()
        session.trust_env = False  # no .netrc
        session.headers.clear()
        session.headers.update({**self.credential.headers(), **self.credential.plain_headers()})
        self._method.authenticate()
        self._method.modify_request(session)
        self._method.modify_session(session)
        made = session.prepare_request(requests.Request(request.method, request.url))
        ours = [(name, str(value)) for name, value in made.headers.items() if name.lower() != "content-length"]
        for name, value in dict(session.params).items():
            request = request.with_query(str(name), str(value))
        return dataclasses.replace(request, headers=Headers(_over(request.headers, ours)))


def _over(theirs: Headers, ours: list[tuple[str, str]]) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in ours}
    return [*(line for line in theirs.lines() if line[0].lower() not in names), *ours]


def _option(field: Field) -> tuple[str, Any, Any]:
    kind = Secret | str if field.secret else _KINDS[field.kind]
    return (
        field.name,
        Annotated[kind, field.sentence],
        dataclasses.field(default=field.default, repr=not field.hidden),
    )


_OPTIONS = [_option(field) for field in FIELDS.values()]
Silo: Any = dataclasses.make_dataclass("Silo", _OPTIONS, bases=(_Silo,), frozen=True, eq=False)
