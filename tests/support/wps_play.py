"""A WPS played by the test: documents as it would write them, and a world of virtual time for the client's flows."""

from __future__ import annotations

from collections import deque
from typing import Any

from lychgate.kernel.flow import Step
from lychgate.kernel.http import Headers, Request, Response
from lychgate.services.service import Exchange
from support.play import Play

NAMES = (
    'xmlns:wps="http://www.opengis.net/wps/1.0.0" xmlns:ows="http://www.opengis.net/ows/1.1" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)
URL = "https://wps.example.org/wps"
STATUS = "https://wps.example.org/status/1.xml"


def xml(text: str, status: int = 200, **headers: str) -> Response:
    lines = {"Content-Type": "text/xml", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Response(status, Headers(lines), text.encode(), URL)


def job(state: str, percent: int | None = None, said: str = "", outputs: str = "", location: str = STATUS) -> Response:
    """An ExecuteResponse; ``state`` without its "Process"."""
    done = "" if percent is None else f' percentCompleted="{percent}"'
    return xml(
        f'<?xml version="1.0" encoding="UTF-8"?><wps:ExecuteResponse {NAMES} service="WPS" version="1.0.0" '
        f'statusLocation="{location}"><wps:Process><ows:Identifier>mean</ows:Identifier></wps:Process>'
        f"<wps:Status><wps:Process{state}{done}>{said}</wps:Process{state}></wps:Status>"
        f"<wps:ProcessOutputs>{outputs}</wps:ProcessOutputs></wps:ExecuteResponse>"
    )


def report(code: str, said: str, status: int = 200) -> Response:
    return xml(
        f'<ows:ExceptionReport {NAMES}><ows:Exception exceptionCode="{code}" locator="identifier">'
        f"<ows:ExceptionText>{said}</ows:ExceptionText></ows:Exception></ows:ExceptionReport>",
        status,
    )


class Site(Play):
    """``replies`` are the service's, one for each exchange; the last is given for ever. ``asked`` are the requests."""

    def __init__(self, *replies: Response | Exception) -> None:
        super().__init__()
        self.replies, self.exchanged = deque(replies), list[Exchange]()

    @property
    def requests(self) -> list[Request]:
        return [step.request for step in self.exchanged]

    def perform(self, step: Step[Any]) -> Any:
        if not isinstance(step, Exchange):
            return super().perform(step)
        self.exchanged.append(step)
        reply = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        if step.into is not None and reply.status == 200:
            step.into(reply.body)
        return reply
