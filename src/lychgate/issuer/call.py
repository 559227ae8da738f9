"""A call to a protocol endpoint, and what its answer means (RFC 6749 5.2, RFC 9110 10.2.3 and 15).

Three outcomes beside success: *transient* (no answer, half an answer, 429, 5xx, a page in place of JSON), tried again
with a growing pause while tries are left; *refused* (the server's own words); *configuration* (the address is wrong).
No redirect is followed: what we send belongs to this endpoint alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urljoin

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError, Refused, TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response, origin_of, without_query
from lychgate.kernel.steps import Now, Send, Sleep
from lychgate.oauth.error import clean, read_error

from . import clock
from .key_file import unlocked
from .proof import ISSUERS

T = TypeVar("T")

FIRST_PAUSE = 0.3  # seconds before the second try; three times as long before each further one
LONGEST_PAUSE = 5.0  # seconds: who is asked to wait longer tells the caller instead
LONGEST_WISH = 86400.0  # seconds of a Retry-After that are believed
_PASSING = frozenset({"temporarily_unavailable", "server_error"})
_PASSING_STATUS = frozenset({408, 425, 429})
_CLOCK_ERRORS = frozenset({"invalid_client", "invalid_grant", "invalid_dpop_proof"})
_NONCE_ERRORS = frozenset({"use_dpop_nonce"})


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer: a JSON object. ``received_at`` is our epoch time, ``offset`` what their clock is ahead."""

    body: Mapping[str, Any] = field(repr=False)
    received_at: float
    offset: float


def call(
    url: str,
    make: Callable[[float], Request],
    what: str,
    *,
    tries: int = 3,
    timeout: float = 30.0,
    timed: bool = False,
    certificate: Certificate | None = None,
    spends: bool = False,
) -> Flow[Answer]:
    """Send what ``make(now)`` makes for ``url`` and read the answer; ``now`` is the server's epoch time as we know it.

    ``make`` runs again for each try (an assertion may be used once). ``what`` names the endpoint in messages. With
    ``timed``, a refusal is tried once more where its ``Date`` shows that our time was wrong, or where it gives the
    nonce that our proof is to hold (RFC 9449 8). ``certificate`` and ``spends`` are those of ``Send``. Raises
    ``TransientError``, ``Refused`` or ``ConfigError``.
    """
    origin = origin_of(url)

    def sent() -> Flow[Answer]:
        yield from unlocked(certificate)
        response = yield from Send(make((yield from Now()) + clock.offset(origin)), timeout, certificate, spends)
        now = yield from Now()
        ISSUERS.learn(response)
        offset = clock.learn(response, now)
        return Answer(judge(response, what, now), now, offset)

    def attempt() -> Flow[Answer]:
        lessons = {"the time": _CLOCK_ERRORS, "the nonce": _NONCE_ERRORS} if timed else {}
        while True:
            known = {"the time": clock.offset(origin), "the nonce": ISSUERS.of(origin)}
            try:
                return (yield from sent())
            except Refused as error:
                told = {"the time": clock.offset(origin), "the nonce": ISSUERS.of(origin)}
                learnt = [
                    name for name, errors in lessons.items() if error.error in errors and told[name] != known[name]
                ]
                if not learnt:
                    raise
                lessons.pop(learnt[0])  # each is learnt once

    return (yield from patiently(attempt, tries))


def patiently(attempt: Callable[[], Flow[T]], tries: int) -> Flow[T]:
    """``attempt`` up to ``tries`` times while it fails with ``TransientError``, with a growing pause in between.

    A server that asks for more patience than ``LONGEST_PAUSE`` seconds is left alone: the error goes to the caller.
    """
    pause = FIRST_PAUSE
    for left in reversed(range(tries)):
        try:
            return (yield from attempt())
        except TransientError as error:
            wished = error.retry_after
            wait = pause * random.uniform(0.5, 1.5) if wished is None else max(wished, 0.05)  # noqa: S311  jitter
            if left == 0 or wait > LONGEST_PAUSE:
                raise
        yield from Sleep(wait)
        pause *= 3
    raise AssertionError("tries is at least 1")


def judge(response: Response, what: str, now: float) -> Mapping[str, Any]:
    """The JSON object of a successful answer. Raises what ``call`` raises; ``now`` is for a Retry-After with a date."""
    status, body = response.status, _object(response)
    error = read_error(response) if body is not None else None
    if status >= 500 or status in _PASSING_STATUS or (error and error.error in _PASSING):
        said = f" ({error.error})" if error else ""
        raise TransientError(f"{what} answered {status}{said}; try again later", retry_after=retry_after(response, now))
    if error is not None:
        raise _refused(what, error.error, error.description, status)
    if 300 <= status < 400:
        raise _redirected(response, what)
    if status >= 400:
        raise Refused(f"{what} answered {status} without saying why; is the address right?", status=status)
    if body is None:
        raise TransientError(f"{what} answered {status} with something that is no JSON object; try again later")
    return body


def _refused(what: str, error: str, description: str, status: int) -> Refused:
    code, said = clean(error)[:100], clean(description)[:500]
    hint = _HINTS.get(code, "")
    return Refused(
        f"{what} refused: {code}{f' ({said})' if said else ''}{hint}", error=code, description=said, status=status
    )


_HINTS = {
    "invalid_client": ". Check client_id, client_secret and method.",
    "unauthorized_client": ". The client's registration does not allow this grant.",
    "invalid_scope": ". Check scope.",
    "invalid_target": ". Check resource and audience.",
}


def _redirected(response: Response, what: str) -> Exception:
    try:
        target = origin_of(urljoin(response.url, response.headers.get("Location", "")))
    except ValueError:
        return TransientError(f"{what} answered with a redirect to what is no URL: a portal in between?")
    if response.status in (301, 308):
        return ConfigError(f"{what} has moved to {target}; set its new address", field="token_endpoint")
    return TransientError(f"{what} answered with a redirect to {target}, which is not followed: a portal in between?")


def _object(response: Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def retry_after(response: Response, now: float) -> float | None:
    """The server's wish in seconds (RFC 9110 10.2.3), from a number or a date; None where it has none."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return min(float(text), LONGEST_WISH)
    date = clock.http_date(text)
    if date is None:
        return None
    theirs = clock.http_date(response.headers.get("Date"))
    return min(max(0.0, date - (now if theirs is None else theirs)), LONGEST_WISH)


def scrubbed(error: Refused, secrets: Iterable[str]) -> Refused:
    """The same refusal, without any of ``secrets`` that the server may have repeated in it."""
    texts = [str(error), error.error, error.description]
    for secret in secrets:
        texts = [text.replace(secret, "…") if len(secret) > 3 else text for text in texts]
    return Refused(texts[0], error=texts[1], description=texts[2], status=error.status)


def shown(url: str, client_id: str = "") -> str:
    """An endpoint as messages name it."""
    return without_query(url) + (f" (client {client_id})" if client_id else "")
