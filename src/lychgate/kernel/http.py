"""Requests and responses as plain data, whatever library sends them (RFC 9110)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .errors import InsecureError

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Headers(Mapping[str, str]):
    """Header fields: immutable, looked up in any case, a repeated field joined by a comma (RFC 9110 5.3)."""

    __slots__ = ("_lines",)

    def __init__(self, lines: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = lines.items() if isinstance(lines, Mapping) else lines
        self._lines = tuple((str(name), str(value)) for name, value in pairs)

    def __getitem__(self, name: str) -> str:
        values = self.all(name)
        if not values:
            raise KeyError(name)
        return ", ".join(values)

    def all(self, name: str) -> list[str]:
        """Each value of a repeated field, in order (``WWW-Authenticate`` and ``Set-Cookie`` need it)."""
        folded = name.lower()
        return [value for key, value in self._lines if key.lower() == folded]

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): name for name, _ in self._lines}.values())

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self._lines})

    def lines(self) -> tuple[tuple[str, str], ...]:
        return self._lines

    def with_(self, name: str, value: str) -> Headers:
        """The same fields with ``name`` set to ``value`` alone."""
        folded = name.lower()
        kept = [(key, old) for key, old in self._lines if key.lower() != folded]
        return Headers([*kept, (name, value)])

    def __repr__(self) -> str:
        return f"Headers({sorted(self)})"  # the values may be credentials


@dataclass(frozen=True, slots=True)
class Request:
    """A request; ``body`` is None where there is none or where it is a stream.

    ``replayable`` says whether it can be sent a second time (a stream cannot).
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes | None = field(default=None, repr=False)
    replayable: bool = True

    def with_header(self, name: str, value: str) -> Request:
        return replace(self, headers=self.headers.with_(name, value))

    def with_query(self, name: str, value: str) -> Request:
        """The same request with one more query parameter, the others left byte for byte as they are."""
        parts = urlsplit(self.url)
        query = "&".join(filter(None, [parts.query, urlencode({name: value})]))
        return replace(self, url=urlunsplit(parts._replace(query=query)))

    def __repr__(self) -> str:
        return f"Request({self.method} {without_query(self.url)})"


@dataclass(frozen=True, slots=True)
class Response:
    """A response; ``body`` holds the whole body for our own requests and is empty for the caller's."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)
    url: str = ""

    def json(self) -> Any:
        """The body as JSON; raises ``ValueError`` where it is none."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the JSON is too deep") from None

    def __repr__(self) -> str:
        return f"Response({self.status} from {without_query(self.url)})"


def form_request(url: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Request:
    """A POST of a form (RFC 6749 Appendix B) that asks for JSON."""
    ours = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    return Request("POST", url, Headers({**ours, **(headers or {})}), encoded(fields).encode())


def encoded(fields: Mapping[str, str]) -> str:
    """``fields`` as a form or a query holds them (RFC 6749 Appendix B).

    Several resources, with blanks between (a URI has none), are as many parameters (RFC 8707 2).
    """
    several = {name: value.split() if name == "resource" else [value] for name, value in fields.items()}
    return urlencode(several, doseq=True)


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` in lower case, without the scheme's default port (RFC 6454 4).

    Raises ``ValueError`` for what is no URL.
    """
    parts = urlsplit(url)
    scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in (None, DEFAULT_PORTS.get(scheme)) else f"{scheme}://{shown}:{port}"


def is_loopback(url: str) -> bool:
    """Whether the URL's host is a name of this machine (``localhost``, ``127.0.0.1``, ``[::1]``)."""
    return (urlsplit(url).hostname or "") in LOOPBACK_NAMES


def require_secure(url: str, what: str, allow_insecure: bool = False) -> None:
    """Refuse to send ``what`` over a connection that anybody can read.

    Raises ``InsecureError`` for a URL that is neither https nor on loopback.
    """
    if allow_insecure or urlsplit(url).scheme.lower() == "https" or is_loopback(url):
        return
    raise InsecureError(
        f"{what} would go to {origin_of(url)} in clear text. Use https, or say allow_insecure=True "
        "if you accept that anybody on the way can read it."
    )


def without_query(url: str) -> str:
    """The URL as it may be shown: no user information, no query, no fragment (any of them may hold a secret)."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def query_of(url: str) -> dict[str, str]:
    """The query's parameters; of a repeated one the last."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
