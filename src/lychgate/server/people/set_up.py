"""The first administrator: who holds the code that the start has printed makes it, once.

The code comes of the master key and of random bytes of this database, so each start prints the same until it is used.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from lychgate.server.secrets import same
from lychgate.server.signing.master import Master
from lychgate.server.stores.store import Store

from .recovery import folded, written

SETTING = "set-up"
LENGTH = 8  # signs: 40 bits, and guesses are slowed
GUESSES = "\x1fset-up"  # what wrong codes are counted under; nobody logs in by a name with a control character


async def code(store: Store, master: Master) -> str:
    """The code of this database."""
    salt = await store.setting(SETTING) or await store.put_setting(SETTING, os.urandom(32))
    return written(hmac.new(master.derive("set-up"), salt, hashlib.sha256).digest()[:LENGTH])


async def is_right(store: Store, master: Master, given: str) -> bool:
    return same(folded(given).encode(), folded(await code(store, master)).encode())
