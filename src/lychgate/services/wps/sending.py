"""Sending an Execute request; a service on Django may want its CSRF token back first."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.services.service import Exchange

from .answer import wants_login
from .description import asked


def send(request: Request, url: str, limit: int) -> Flow[Response]:
    """The answer to ``request``. One that a Django service refuses for its CSRF token is sent again with it."""
    response = yield from Exchange(request, limit=limit, spoilt=wants_login)
    if response.status != 403 or request.method != "POST" or b"CSRF" not in response.body:
        return response
    token = _token((yield from Exchange(asked(url, "GetCapabilities"), open=True)))
    if not token:
        return response
    for name, value in (("Cookie", f"csrftoken={token}"), ("X-CSRFToken", token), ("Referer", url)):
        request = request.with_header(name, value)
    return (yield from Exchange(request, limit=limit, spoilt=wants_login))


def _token(response: Response) -> str:
    for line in response.headers.all("Set-Cookie"):
        try:
            found = SimpleCookie(line)
        except CookieError:
            continue
        if "csrftoken" in found:
            return found["csrftoken"].value
    return ""
