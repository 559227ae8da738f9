"""A request to a token endpoint of no standard, whose answer's header fields matter as well as its body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.issuer import clock
from lychgate.issuer.call import judge, patiently, scrubbed
from lychgate.kernel.errors import Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.steps import Now, Send


@dataclass(frozen=True, slots=True)
class Exchanged:
    """``received_at`` is our epoch time, ``offset`` the seconds that their clock is ahead of ours."""

    response: Response
    body: Mapping[str, Any] = field(repr=False)
    received_at: float = 0.0
    offset: float = 0.0


def exchange(
    request: Request, what: str, secrets: tuple[str, ...], *, tries: int = 3, empty: bool = False
) -> Flow[Exchanged]:
    """Send ``request`` and read the JSON object of its answer; ``empty`` where header fields alone may do.

    ``what`` names the endpoint in messages. Raises ``Refused`` (without any of ``secrets`` in it), ``TransientError``,
    ``ConfigError`` where the endpoint has moved.
    """

    def attempt() -> Flow[Exchanged]:
        response = yield from Send(request)
        now = yield from Now()
        offset = clock.learn(response, now)
        bare = empty and 200 <= response.status < 300 and not _is_object(response)
        return Exchanged(response, {} if bare else judge(response, what, now), now, offset)

    try:
        return (yield from patiently(attempt, tries))
    except Refused as error:
        raise scrubbed(error, secrets) from None


def _is_object(response: Response) -> bool:
    try:
        return isinstance(response.json(), dict)
    except ValueError:
        return False


def json_request(url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Request:
    """A POST of a JSON object that asks for one."""
    ours = {"Accept": "application/json", "Content-Type": "application/json"}
    return Request("POST", url, Headers({**ours, **(headers or {})}), json.dumps(body).encode())
