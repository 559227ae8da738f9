"""What Traefik's documentation says of its ``forwardAuth``, played on loopback by the configuration that a page shows.

The program itself is in no package registry. Of its dynamic configuration this knows ``forwardAuth`` (``address``,
``authResponseHeaders``), ``headers.customRequestHeaders`` and routers by ``PathPrefix``, and refuses everything else.
"""

from __future__ import annotations

import contextlib
import re
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

Fields = list[tuple[str, str]]
_HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "host"}


@contextlib.contextmanager
def traefik(configuration: str) -> Iterator[str]:
    """Its URL. ``configuration`` is a file of its dynamic configuration, in TOML."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(tomllib.loads(configuration)["http"]))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _handler(http: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            router = http["routers"][_router(http["routers"], self.path)]
            fields = [field for field in self.headers.items() if field[0].lower() not in _HOP_BY_HOP]
            for name in router.get("middlewares", ()):
                ((kind, settings),) = http["middlewares"][name].items()
                if kind == "forwardAuth":
                    answer, fields = _asked(settings, self.command, self.path, self.headers["Host"], fields)
                    if answer.status_code // 100 != 2:
                        return self._hand_on(answer)
                else:
                    assert (kind, list(settings)) == ("headers", ["customRequestHeaders"])
                    fields = _replaced(fields, settings["customRequestHeaders"].items())
            url = http["services"][router["service"]]["loadBalancer"]["servers"][0]["url"]
            return self._hand_on(_send(self.command, url + self.path, fields))

        do_POST = do_GET

        def _hand_on(self, answer: httpx2.Response) -> None:
            self.send_response(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: object) -> None:
            """Tests print no access log."""

    return Handler


def _router(routers: dict[str, Any], path: str) -> str:
    """The one with the longest rule that fits, as without priorities."""
    found = sorted(routers, key=lambda name: -len(routers[name]["rule"]))
    return next(name for name in found if path.startswith(_prefix(routers[name]["rule"])))


def _prefix(rule: str) -> str:
    known = re.fullmatch(r"Host\(`[\w.]+`\)(?: && PathPrefix\(`([\w./-]+)`\))?", rule)
    assert known is not None, rule
    return known[1] or "/"


def _asked(
    settings: dict[str, Any], method: str, uri: str, host: str, fields: Fields
) -> tuple[httpx2.Response, Fields]:
    """The answer to its question, and the request's fields with those that are copied from there."""
    assert set(settings) == {"address", "authResponseHeaders"}
    told = {"Method": method, "Proto": "http", "Host": host, "Uri": uri, "For": "127.0.0.1"}
    asking = _replaced(fields, [(f"X-Forwarded-{name}", value) for name, value in told.items()])
    answer = _send("GET", settings["address"], asking)
    return answer, _replaced(fields, [(name, answer.headers.get(name, "")) for name in settings["authResponseHeaders"]])


def _replaced(fields: Fields, new: Any) -> Fields:
    """Fields of exactly these names give way; an empty value takes them away."""
    listed = list(new)
    names = {name.lower() for name, _ in listed}
    return [field for field in fields if field[0].lower() not in names] + [field for field in listed if field[1]]


def _send(method: str, url: str, fields: Fields) -> httpx2.Response:
    return httpx2.request(method, url, headers=fields, timeout=20)
