"""A small issuer and API on a loopback port that counts token requests."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Issuer:
    """``POST /token`` answers after ``delay`` seconds with a token; anything else is the API: 200 for a token it made.

    Refresh tokens rotate: one is good for one request, a used one is refused with ``invalid_grant``.
    ``requests`` is the number of token requests, ``served`` that of calls answered 200.
    """

    def __init__(self, token: str = "", delay: float = 0.0, expires_in: int = 3600) -> None:
        self.requests = self.served = 0
        self.delay, self.expires_in, self.token = delay, expires_in, token
        self.good, self.refreshes = set[str](), {"refresh-0"}
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.url, self.api = f"{self.origin}/token", f"{self.origin}/data"

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.requests += 1
            number = self.requests
        time.sleep(self.delay)
        with self.lock:
            reply: dict[str, Any] = {"token_type": "Bearer", "expires_in": self.expires_in}
            if form.get("grant_type") == "refresh_token":
                if form.get("refresh_token") not in self.refreshes:
                    return 400, {"error": "invalid_grant"}
                self.refreshes = {f"refresh-{number}"}
                reply["refresh_token"] = f"refresh-{number}"
            reply["access_token"] = self.token or f"access-{number}"
            self.good.add(reply["access_token"])
            return 200, reply

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply(*issuer.answer(dict(urllib.parse.parse_qsl(body))))

        def do_GET(self) -> None:
            with issuer.lock:
                good = self.headers.get("Authorization", "").removeprefix("Bearer ") in issuer.good
                issuer.served += good
            self.reply(200 if good else 401, {"data": 1})

        def reply(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *line: Any) -> None: ...

    return Handler
