"""What a page carries on about its browser: sealed, good for some minutes, and in that browser alone.

It holds what the next step must know and the browser must not choose: who has proved the password, a challenge.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.server.engine import Engine
from lychgate.server.secrets import digest

FIELD = "ticket"  # the hidden field of the form
LIFETIME = 600_000  # ms


def make(engine: Engine, cookie: str, what: str, **data: Any) -> str:
    """A ticket for the browser with ``cookie``; ``what`` names the step that it is for."""
    text = json.dumps({"at": engine.clock(), "of": digest(cookie).hex(), **data})
    return base64.urlsafe_b64encode(engine.master.seal(text.encode(), f"ticket {what}")).decode()


def read(engine: Engine, cookie: str, what: str, ticket: str) -> dict[str, Any] | None:
    """What the ticket holds (and ``at``, its time in ms); None where it is none, is old, or another browser's."""
    try:
        sealed = base64.urlsafe_b64decode(ticket.encode("ascii"))
        found: dict[str, Any] = json.loads(engine.master.unseal(sealed, f"ticket {what}"))
    except (UnicodeEncodeError, binascii.Error, ConfigError):
        return None
    fresh = 0 <= engine.clock() - found["at"] < LIFETIME
    return found if fresh and found["of"] == digest(cookie).hex() else None
