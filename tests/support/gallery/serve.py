"""The gallery on a loopback port: ``/NAME`` is an entry, ``/`` lists them, and a form that is sent is kept."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from lychgate.server.pages.assets import assets
from lychgate.server.pages.render import headers, render
from lychgate.server.pages.view import Frame, View
from support.web import Quiet, web_server

from . import admin, own, people

ENTRIES: dict[str, tuple[View, Frame]] = {
    name: (view, frame) for module in (people, own, admin) for name, view, frame in module.entries()
}


class Gallery(Quiet):
    """What was posted is kept in ``posted``, the newest last."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement
    posted: ClassVar[list[dict[str, str]]] = []
    answer_to: ClassVar[str] = ""  # where the answer to a form leads, if anywhere

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            found = assets()[path.removeprefix("/static/")]
            self._answer(200, found.headers(), found.body)
        elif path == "/":
            links = "".join(f'<li><a href="/{name}">{html.escape(name)}</a>' for name in ENTRIES)
            self._answer(200, {"Content-Type": "text/html"}, f"<ul>{links}</ul>".encode())
        elif path[1:] in ENTRIES:
            view, frame = ENTRIES[path[1:]]
            self._answer(view.status, headers(view), render(view, frame))
        else:
            self._answer(404, {"Content-Type": "text/plain"}, b"no such entry")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.posted.append(dict(parse_qsl(body, keep_blank_values=True)))
        where = {"Location": self.answer_to} if self.answer_to else {"Content-Type": "text/plain"}
        self._answer(303 if self.answer_to else 200, where, b"sent")

    def _answer(self, status: int, fields: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def gallery() -> Iterator[str]:
    """Its URL while the block lasts."""
    with web_server(Gallery) as server:
        yield f"http://localhost:{server.server_port}"
