"""Whom a client knows a person as: by their id, or pairwise (OpenID Connect Core 8.1), by a name that only we can read.

A pairwise name is the sector and the id, encrypted so that the same always gives the same (AES-SIV, RFC 5297): two
clients of different sectors cannot find out that they speak of one person, and nothing has to be kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from lychgate.server.model import Client
from lychgate.server.signing.master import Master

PLAIN = 36  # characters of an id of ours; a pairwise name is always longer
_SECTOR = 16  # bytes


class Subjects:
    """Names people, and knows them again by their names."""

    def __init__(self, master: Master) -> None:
        self._master = master
        self.user_of = lru_cache(20_000)(self._user_of)

    def of(self, client: Client, user: str) -> str:
        """What ``client`` calls the user with this id."""
        if client.extra.get("subject_type") != "pairwise":
            return user
        sector = hashlib.sha256(sector_of(client).encode()).digest()[:_SECTOR]
        sealed = self._cipher().encrypt(sector + user.encode(), [client.issuer.encode()])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _user_of(self, issuer: str, name: str) -> str | None:
        """The id of the user whom a client of ``issuer`` calls ``name``; None where nobody is called so."""
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.b64decode(name + "=" * (-len(name) % 4), altchars=b"-_", validate=True)
            whole: bytes = self._cipher().decrypt(sealed, [issuer.encode()])
            return whole[_SECTOR:].decode()
        except (binascii.Error, InvalidTag, ValueError):
            return None

    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(self._master.derive("pairwise subjects"))


def sector_of(client: Client) -> str:
    """The host that a client's pairwise names belong to (8.1), empty where it has several and has not chosen one."""
    uri = client.extra.get("sector_identifier_uri")
    hosts = {urlsplit(one).hostname or "" for one in ((uri,) if uri else client.redirect_uris)}
    return hosts.pop() if len(hosts) == 1 else ""
