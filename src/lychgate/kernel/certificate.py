"""A program's certificate for mutual TLS (RFC 8446 4.4.2, RFC 8705): where its files are, and nothing of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .secret import Secret


@dataclass(frozen=True, slots=True)
class Certificate:
    """``chain`` is a PEM file with the certificate first; ``key`` that of its private key, empty where it is there too.

    ``passphrase`` is that of an encrypted key; without one it is asked for (``issuer/key_file.py``).
    The files are read when a connection is made, and again when they have changed.
    """

    chain: str
    key: str = ""
    passphrase: Secret | None = field(default=None, compare=False, repr=False)

    @property
    def pair(self) -> tuple[str, str]:
        """(certificate, key), as many libraries take it."""
        return self.chain, self.key or self.chain
