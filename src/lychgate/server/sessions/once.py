"""A press that makes something counts once: the same form sent again (a reload, the back button) finds what it made.

The form carries random text, and what is made gets an id that is derived from it: nobody can choose an id by that, and
only the same person with the same form meets it again.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from lychgate.server.engine import Engine
from lychgate.server.secrets import new_secret

FIELD = "once"  # the hidden field of the form


def hidden() -> tuple[tuple[str, str], ...]:
    """The hidden field for a page's forms."""
    return ((FIELD, new_secret()),)


def id_of(engine: Engine, user: str, text: str) -> str:
    """A UUID (RFC 9562 5.4) for what the form that carried ``text`` makes for ``user`` (an id)."""
    mac = hmac.new(engine.master.derive("once"), f"{user}\n{text}".encode(), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=mac[:16], version=4))
