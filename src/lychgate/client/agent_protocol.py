"""The bytes that an SSH agent and its client exchange (draft-ietf-sshm-ssh-agent 3, RFC 4251 5, RFC 4253 6.6).

Read strictly: a length that leads out of the message is ``BadMessage``, never an index error.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

REQUEST_IDENTITIES, IDENTITIES, SIGN_REQUEST, SIGNED = 11, 12, 13, 14
FAILURES = frozenset({5, 28, 30, 102})  # SSH_AGENT_FAILURE, SSH_AGENT_EXTENSION_FAILURE, and older agents' words
RSA_SHA2_256, RSA_SHA2_512 = 2, 4  # flags of a request for a signature by an RSA key
LONGEST = 256 * 1024  # bytes of a message, as OpenSSH has it
MOST = 2048  # keys, as OpenSSH has it


class BadMessage(ValueError):
    """Not what the protocol has in this place."""


class Failure(Exception):
    """The agent answered that it will not or cannot."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A key that an agent holds; ``blob`` is its public part as SSH writes it."""

    blob: bytes = field(repr=False)
    comment: str

    @property
    def kind(self) -> str:
        """``ssh-ed25519``, ``ssh-rsa``, ``ecdsa-sha2-nistp256``; others cannot make a JWT."""
        return Reader(self.blob).text()

    @property
    def fingerprint(self) -> str:
        """As ``ssh-add -l`` shows it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def line(self) -> str:
        """The public key as it stands in ``authorized_keys``."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"

    def __str__(self) -> str:
        return f"{self.fingerprint} {self.comment}".rstrip()


class Reader:
    """Takes a message apart from its beginning."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise BadMessage("the message ends too early")
        piece, self._at = self._data[self._at : end], end
        return piece

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        return self.string().decode("utf-8", "replace")

    def integer(self) -> int:
        """A whole number above or equal to 0 (``mpint``)."""
        return int.from_bytes(self.string(), "big")


def string(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


def ask_identities() -> bytes:
    """A request for the keys that there are (3.5); messages are without the length that goes before them."""
    return bytes([REQUEST_IDENTITIES])


def read_identities(answer: bytes) -> list[Identity]:
    """Raises ``Failure`` and ``BadMessage``."""
    reader = _reader(answer, IDENTITIES)
    count = reader.number()
    if count > MOST:
        raise BadMessage("more keys than any agent holds")
    return list(_identities(reader, count))


def _identities(reader: Reader, count: int) -> Iterator[Identity]:
    for _ in range(count):
        blob = reader.string()
        yield Identity(blob, "".join(char for char in reader.text() if char.isprintable()))


def ask_signature(identity: Identity, data: bytes, flags: int = 0) -> bytes:
    """A request for a signature of ``data`` (3.6)."""
    return bytes([SIGN_REQUEST]) + string(identity.blob) + string(data) + flags.to_bytes(4, "big")


def read_signature(answer: bytes) -> tuple[str, bytes]:
    """(algorithm, signature as SSH writes it). Raises ``Failure`` and ``BadMessage``."""
    signature = Reader(_reader(answer, SIGNED).string())
    return signature.text(), signature.string()


def raw_ecdsa(signature: bytes, size: int) -> bytes:
    """SSH's two numbers (RFC 5656 3.1.2) as JWS has them: each of ``size`` bytes (RFC 7518 3.4)."""
    reader = Reader(signature)
    try:
        return reader.integer().to_bytes(size, "big") + reader.integer().to_bytes(size, "big")
    except OverflowError:
        raise BadMessage("numbers too large for the key's curve") from None


def _reader(answer: bytes, wanted: int) -> Reader:
    reader = Reader(answer)
    kind = reader.take(1)[0]
    if kind in FAILURES:
        raise Failure
    if kind != wanted:
        raise BadMessage(f"an answer of kind {kind} in place of {wanted}")
    return reader
