"""What a service answers in place of a result, as typed errors that keep its own text whole.

But for secrets of ours: a service that shows what it was sent would bring them into logs and reports.
"""

from __future__ import annotations

from lychgate.kernel.errors import Refused
from lychgate.kernel.http import Response, without_query
from lychgate.world.masking import mask

SHOWN = 500  # characters of the service's text in a message; ``description`` holds all of it


class Unauthorized(Refused):
    """401: the service did not accept the credential, also after it had been renewed."""


class Forbidden(Refused):
    """403: the service knows who is calling and does not allow it."""


KINDS = {401: Unauthorized, 403: Forbidden}


def refusal(response: Response, what: str) -> Refused:
    """The error for an answer of 400 and more; ``what`` was asked. ``description`` is the service's text, whole."""
    text = text_of(response)
    kind = KINDS.get(response.status, Refused)
    where = f" at {without_query(response.url)}" if response.url else ""
    said = f": {shown(text)}" if text.strip() else ", and said nothing"
    led = response.headers.get("Location", "") if 300 <= response.status < 400 else ""
    on = f"; it leads to {without_query(led)}, which is not followed: is the address right?" if led else ""
    return kind(f"{what}{where} was answered {response.status}{said}{on}", description=text, status=response.status)


def text_of(response: Response) -> str:
    """The body as text, in the character set that its header names; our secrets in it are masked."""
    kind = response.headers.get("Content-Type", "")
    charset = kind.lower().partition("charset=")[2].split(";")[0].strip(' "') or "utf-8"
    try:
        return mask(response.body.decode(charset, "replace"))
    except LookupError:
        return mask(response.body.decode("utf-8", "replace"))


def shown(text: str) -> str:
    """The beginning of a text from elsewhere, on one line, without control characters."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
