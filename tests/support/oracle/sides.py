"""The two servers that are asked: how a request is sent, who logs in there, and the class of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx2

from lychgate.oauth.device import GRANT as DEVICE
from support.node import oidc_provider
from support.person import PersonAtBrowser
from support.server import running

from .row import BACK, NEAR, VERIFIER, Row, Value, asked, near

SECRET = "secret-of-the-oracle-0123456789abcdef0123456789"
PUBLIC = ("app", "lone")
TOML = 'registration = "open"\n'
ENDPOINTS = {
    "authorization": "authorization_endpoint",
    "token": "token_endpoint",
    "par": "pushed_authorization_request_endpoint",
    "device": "device_authorization_endpoint",
    "introspection": "introspection_endpoint",
    "revocation": "revocation_endpoint",
    "userinfo": "userinfo_endpoint",
    "registration": "registration_endpoint",
}
LogIn = Callable[[PersonAtBrowser], None]


class Side:
    """One server: ``secrets`` of its clients by name; ``managed`` leads from registration to a client."""

    def __init__(self, url: str, secrets: dict[str, str], log_in: LogIn, managed: str) -> None:
        self.url, self.secrets, self._log_in, self.managed = url, secrets, log_in, managed
        self.http = httpx2.Client(timeout=20, trust_env=False)
        self.about = self.http.get(f"{url}/.well-known/openid-configuration").json()

    # --- what a row's fields are made of

    def code(self, client: str = "web") -> str:
        person = PersonAtBrowser(self.url)
        fields = near(client_id=client) if client in PUBLIC else asked(client_id=client)
        fields = {**fields, "scope": "openid offline_access", "prompt": "consent"}
        self._log_in(person.open(f"{self.at('authorization')}?{urlencode(self._filled(fields))}"))
        person.close()
        return person.params["code"]

    def redeemed(self, code: str, client: str = "web") -> dict[str, Any]:
        back = NEAR if client in PUBLIC else BACK
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": VERIFIER}
        return self._good(Row("", "token", form, "", sender=client))

    def token(self, name: str, client: str = "web") -> str:
        """The ``access_token``, ``refresh_token`` or ``id_token`` of a new login."""
        return str(self.redeemed(self.code(client), client)[name])

    def used_code(self) -> str:
        code = self.code()
        self.redeemed(code)
        return code

    def device_code(self, client: str = "web") -> str:
        return str(self._good(Row("", "device", {"scope": "openid"}, "", sender=client))["device_code"])

    def polled_device_code(self) -> str:
        code = self.device_code()
        self.send(Row("", "token", {"grant_type": DEVICE, "device_code": code}, "", sender="web"))
        return code

    def own_token(self) -> str:
        """An access token that the client ``web`` got for itself."""
        return str(self._good(Row("", "token", {"grant_type": "client_credentials"}, "", sender="web"))["access_token"])

    def _good(self, row: Row) -> dict[str, Any]:
        answer = self.send(row)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    # --- sending

    def at(self, endpoint: str) -> str:
        """The URL of an endpoint; ``registration/ID`` is where the client ID is managed."""
        name, _, client = endpoint.partition("/")
        return str(self.about[ENDPOINTS[name]]) + (self.managed + client if client else "")

    def send(self, row: Row) -> httpx2.Response:
        get = row.at in ("authorization", "userinfo")
        headers = {name: value(self) if callable(value) else value for name, value in row.headers.items()}
        fields = self._filled(row.fields)
        if row.sender in PUBLIC:
            fields["client_id"] = row.sender
        elif row.sender:
            headers["Authorization"] = basic(row.sender, self.secrets[row.sender])
        method, text = row.method or ("GET" if get else "POST"), urlencode(fields, doseq=True)
        if method == "GET":
            return self.http.get(f"{self.at(row.at)}?{text}" if text else self.at(row.at), headers=headers)
        kind = {"Content-Type": "application/x-www-form-urlencoded" if row.body is None else "application/json"}
        return self.http.request(
            method, self.at(row.at), content=text if row.body is None else row.body, headers=kind | headers
        )

    def _filled(self, fields: Any) -> dict[str, Any]:
        return {name: _made(value, self) for name, value in fields.items() if value is not None}

    def answers(self, row: Row) -> str:
        return kind_of(self.send(row), self.url)


def basic(name: str, secret: str) -> str:
    return httpx2.BasicAuth(quote(name, safe=""), quote(secret, safe=""))._auth_header


def _made(value: Value, side: Side) -> Any:
    return value(side) if callable(value) else value


def kind_of(answer: httpx2.Response, home: str) -> str:
    """The class of an answer: "back" with an error at the program, a "page", "goes on", or a status and its error."""
    if answer.is_redirect:
        target = answer.headers["location"]
        return "goes on" if target.startswith((home, "/")) else f"back {_error_in(target)}"
    if "html" in answer.headers.get("content-type", ""):
        return _of_page(answer)
    if answer.status_code == 200:
        inactive = answer.content and answer.json() == {"active": False}
        return "200 inactive" if inactive else "200"
    return " ".join([str(answer.status_code), _error_of(answer)]).strip()


def _of_page(answer: httpx2.Response) -> str:
    return "goes on" if answer.status_code == 200 else f"page {answer.status_code}"


def _error_in(target: str) -> str:
    parts = urlsplit(target)
    found = parse_qs(parts.query or parts.fragment)
    return found.get("error", ["with no error"])[0]


def _error_of(answer: httpx2.Response) -> str:
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = {}
    if isinstance(body, dict) and "error" in body:
        return str(body["error"])
    return answer.headers.get("www-authenticate", "").partition("error=")[2].partition(",")[0].strip('"')


# --- the two


def _at_ours(person: PersonAtBrowser) -> None:
    person.log_in("ada@example.org", "hunter2").allow()


def _at_theirs(person: PersonAtBrowser) -> None:
    person.send({"login": "ada", "password": "any"})
    if not person.left_to:
        person.send({})


@contextmanager
def both(folder: Any) -> Iterator[tuple[Side, Side]]:
    """(our server, npm's oidc-provider): each with web, other and narrow (confidential), app and lone (public)."""
    with running(folder / "ours", toml=TOML) as server, oidc_provider(folder) as theirs:
        server.user_add()
        grants = ["authorization_code", "refresh_token", DEVICE, "client_credentials"]
        secrets = {}
        for name in ("web", "other"):
            secrets[name] = server.client_add(name, grants=grants, redirect_uris=(BACK,)).secret
        secrets["narrow"] = server.client_add("narrow", grants=["authorization_code"], redirect_uris=(BACK,)).secret
        server.client_add("app", methods=["none"], grants=grants[:3], redirect_uris=(NEAR,))
        server.client_add("lone", methods=["none"], grants=grants[:1], redirect_uris=(NEAR,))
        ours = Side(server.url, secrets, _at_ours, "?client_id=")
        yield ours, Side(theirs, dict.fromkeys(secrets, SECRET), _at_theirs, "/")
