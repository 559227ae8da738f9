"""One request and its answer, between ASGI and the endpoints: read once, strictly, and within limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import to_json

from lychgate.oauth.error import OAuthError

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY = 64 * 1024  # bytes of a form
FIELDS = 100
REPEATABLE = frozenset({"resource", "audience", "grants", "methods"})  # RFC 8707 2, RFC 8693 2.1; boxes to tick
_OPEN = frozenset({"grant_type", "scope", "resource"})
_known: dict[bytes, Form] = {}  # forms of open fields alone: the same few come over and over
_FORM = b"application/x-www-form-urlencoded"


class Call:
    """A request as the endpoints see it. ``address`` is the caller's, ``id`` goes into answer, audit and log.

    ``certificate`` is the one by which the caller proved at the start of the connection who it is, in DER.
    """

    __slots__ = ("_lines", "_receive", "address", "certificate", "headers", "id", "method", "path", "query")

    def __init__(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes], address: str, id: str) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.headers, self.address, self.id = headers, address, id
        self.certificate: bytes | None = scope.get("client_certificate")
        self._receive, self._lines = receive, scope.get("headers", ())

    def require_get(self) -> None:
        """Refuse a HEAD where a GET makes something (a token, say): whoever asks for no body wants nothing made.

        Raises ``OAuthError``, 405.
        """
        if self.method == "HEAD":
            raise OAuthError("invalid_request", "use GET: it makes a token", status=405, headers={"Allow": "GET"})

    def header(self, name: bytes) -> str | None:
        """A header's value; ``name`` in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def header_lines(self, name: bytes) -> list[str]:
        """Each value of a header that may stand more than once, in order; ``name`` in lower case."""
        return [value.decode("latin-1") for key, value in self._lines if key == name]

    def query_value(self, name: str) -> str:
        """The first value of a query parameter, empty where there is none: for pages, which take a link as it comes."""
        try:
            pairs = parse_qsl(self.query.decode("latin-1"), max_num_fields=FIELDS)
        except ValueError:  # more fields than any link of ours has
            return ""
        return next((value for key, value in pairs if key == name), "")

    @property
    def authorization(self) -> str | None:
        return self.header(b"authorization")

    async def body(self, limit: int = BODY) -> bytes:
        """The whole body. Raises ``OAuthError`` (status 413) where it is longer than ``limit`` bytes."""
        declared = self.headers.get(b"content-length", b"")
        if declared and int(declared) > limit:
            raise _too_long(limit)
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            return _within(message.get("body", b""), limit)
        return await self._rest(message, limit)

    async def _rest(self, message: MutableMapping[str, Any], limit: int) -> bytes:
        found = bytearray()
        while message["type"] == "http.request":
            found += message.get("body", b"")
            _within(found, limit)
            if not message.get("more_body"):
                return bytes(found)
            message = await self._receive()
        raise OAuthError("invalid_request", "the connection ended before the body did")

    async def form(self) -> Form:
        """The fields of a form in the body. Raises ``OAuthError`` invalid_request for anything else."""
        kind = self.headers.get(b"content-type", b"")
        if kind != _FORM and kind.split(b";")[0].strip().lower() != _FORM:
            raise OAuthError("invalid_request", f"send a body of type {_FORM.decode()}", status=415)
        if self.query:
            raise OAuthError("invalid_request", "parameters belong in the body, not in the URL")
        return read_form(await self.body())


class Form(dict[str, str]):
    """The fields of a form, each once and none empty; ``many`` holds those that may be repeated. Never changed."""

    __slots__ = ("many",)

    def __init__(self, fields: Mapping[str, str], many: Mapping[str, tuple[str, ...]] | None = None) -> None:
        super().__init__(fields)
        self.many = many or {}


def read_form(body: bytes) -> Form:
    """A form's fields (RFC 6749 3.2): one without a value counts as absent, one that stands twice is refused."""
    known = _known.get(body)
    if known is not None:
        return known
    form = _read_form(body)
    if _OPEN.issuperset(form) and len(body) < 200 and len(_known) < 500:
        _known[body] = form
    return form


def _read_form(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except (UnicodeDecodeError, ValueError):
        raise OAuthError("invalid_request", f"the body is not a form in UTF-8 of at most {FIELDS} fields") from None
    fields = dict(pairs)
    many = _repeated(pairs) if len(fields) != len(pairs) or not REPEATABLE.isdisjoint(fields) else {}
    if b"%00" in body or b"\0" in body:
        raise OAuthError("invalid_request", "a parameter holds a NUL character")
    if "" in fields.values():
        fields = {name: value for name, value in fields.items() if value}
    return Form(fields, many)


def _repeated(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    seen: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        if name in seen and name not in REPEATABLE:
            raise OAuthError("invalid_request", "a parameter stands twice")
        seen[name] = (*seen.get(name, ()), value)
    many = {name: tuple(filter(None, values)) for name, values in seen.items() if name in REPEATABLE}
    return {name: values for name, values in many.items() if values}


def _within(found: bytes | bytearray, limit: int) -> bytes:
    if len(found) > limit:
        raise _too_long(limit)
    return bytes(found)


def _too_long(limit: int) -> OAuthError:
    return OAuthError("invalid_request", f"the body is longer than {limit} bytes", status=413, headers=CLOSE)


CLOSE = {"Connection": "close"}


class Answer:
    """An answer to send whole. ``headers`` are in addition to those of its kind."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.status, self.body, self.headers = status, body, headers

    async def send(self, send: Send, id: str) -> None:
        length = str(len(self.body)).encode()
        headers = [*self.headers, (b"content-length", length), (b"x-request-id", id.encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})

    @property
    def closes(self) -> bool:
        """Whether the connection ends with this answer."""
        return self.status >= 400 and (b"connection", b"close") in self.headers

    def wire(self, id: str) -> bytes:
        """Header fields, the empty line and the body, as HTTP/1.1 has them (RFC 9112 5, 6)."""
        fields = b"".join([b"%b: %b\r\n" % field for field in self.headers])
        if fields.count(b"\n") != len(self.headers) or fields.count(b"\r") != len(self.headers):
            raise ValueError("a header field would be split")
        return b"%bcontent-length: %d\r\nx-request-id: %b\r\n\r\n%b" % (fields, len(self.body), id.encode(), self.body)


_JSON = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]


def json_answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON that nobody may keep."""
    return Answer(status, to_json(body), _with(_JSON, headers))


def raw_json(body: bytes) -> Answer:
    """JSON that is encoded already and that nobody may keep."""
    return Answer(200, body, _JSON)


def public_json(body: bytes, max_age: int) -> Answer:
    """JSON that anybody may read, from any origin, and keep for ``max_age`` seconds."""
    return Answer(
        200,
        body,
        [
            (b"content-type", b"application/json"),
            (b"cache-control", f"public, max-age={max_age}".encode()),
            (b"access-control-allow-origin", b"*"),
            (b"x-content-type-options", b"nosniff"),
        ],
    )


def text_answer(body: bytes, kind: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, body, _with([(b"content-type", kind.encode()), *_JSON[1:]], headers))


def error_answer(error: OAuthError) -> Answer:
    """The body of RFC 6749 5.2 with the error's status and headers."""
    return json_answer(error.body(), error.status, error.headers)


def _with(kind: list[tuple[bytes, bytes]], headers: Mapping[str, str] | None) -> list[tuple[bytes, bytes]]:
    if not headers:
        return kind
    return [*kind, *((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items())]
