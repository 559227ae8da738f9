"""Recovery codes: random text for a person to put away; a keyed digest of it is all that is kept.

Also the code of the first start, which is made from the master key and needs no keeping at all.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from lychgate.server.signing.master import Master

SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 5 bits each; nothing that is taken for something else
MADE = 10  # codes at once
LENGTH = 12  # signs of one: 60 bits


def new_code() -> str:
    return written(os.urandom(LENGTH))


def written(data: bytes) -> str:
    """A sign for each byte, in groups of four: ``Q7K2-M9XW``."""
    signs = "".join(SIGNS[byte % len(SIGNS)] for byte in data)
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def folded(code: str) -> str:
    """A code as it is compared: in any case, with or without what groups its signs."""
    return "".join(sign for sign in code.upper() if sign in SIGNS)


def handle(master: Master, user: str, code: str) -> bytes:
    """What is kept of a code; without the master key it cannot be tried."""
    text = f"{user}\n{folded(code)}".encode()
    return hmac.new(master.derive("recovery codes"), text, hashlib.sha256).digest()
