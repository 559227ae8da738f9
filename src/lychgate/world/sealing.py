"""What is written, encrypted (AES-256-GCM, NIST SP 800-38D), by a key in the keyring or from a passphrase.

The passphrase is ``LYCHGATE_PASSPHRASE`` (or a file that ``LYCHGATE_PASSPHRASE_FILE`` names) and becomes a key by
scrypt (RFC 7914: N = 2^15, r = 8, p = 1: 32 MiB, about 0.1 s, once for a process); its salt lies beside the records.
"""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
from pathlib import Path

from lychgate.kernel.errors import ConfigError

from . import keyrings
from .atomic import write_private

PASSPHRASE = "LYCHGATE_PASSPHRASE"
_USER = "key of the encrypted logins"
_MARK = b"lychgate-sealed-1:"
_NONCE, _KEY, _SALT = 12, 32, 16  # bytes
_SALT_FILE = "salt"


class Sealing:
    """Seals and opens by one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(key)

    def seal(self, text: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        return _MARK + nonce + self._cipher.encrypt(nonce, text, _MARK)

    def open(self, raw: bytes) -> bytes | None:
        """The text. None for what was never sealed; raises ``ConfigError`` where another key sealed it."""
        if not raw.startswith(_MARK):
            return None
        from cryptography.exceptions import InvalidTag

        body = raw[len(_MARK) :]
        try:
            return self._cipher.decrypt(body[:_NONCE], body[_NONCE:], _MARK)
        except (InvalidTag, ValueError):
            raise ConfigError(
                "a kept login was encrypted with another key: give the passphrase that it was kept with, or unlock "
                "the keyring that holds its key. Nothing was changed."
            ) from None

    def __repr__(self) -> str:
        return "Sealing()"


def sealing_for(folder: Path) -> Sealing:
    """The sealing of the records in ``folder``: by the passphrase where one is given, else by the keyring's key.

    Raises ``ConfigError`` where there is neither.
    """
    passphrase = _passphrase()
    if passphrase is not None:
        return Sealing(_derived(passphrase, _salt(folder)))
    kept = keyrings.get(keyrings.SERVICE, _USER)
    if kept is None:
        keyrings.put(keyrings.SERVICE, _USER, base64.b64encode(secrets.token_bytes(_KEY)).decode())
        kept = keyrings.get(keyrings.SERVICE, _USER)  # whoever wrote last: two processes may begin at once
    try:
        return Sealing(base64.b64decode(kept or "", validate=True))
    except ValueError:
        raise ConfigError(f'the keyring\'s entry "{_USER}" at "{keyrings.SERVICE}" is no key of ours') from None


def _passphrase() -> str | None:
    named = os.environ.get(f"{PASSPHRASE}_FILE")
    if not named:
        return os.environ.get(PASSPHRASE) or None
    try:
        return Path(named).read_text(encoding="utf-8").rstrip("\r\n") or None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"the passphrase's file {named} cannot be read") from None


def _derived(passphrase: str, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=_KEY, n=2**15, r=8, p=1).derive(passphrase.encode())


def _salt(folder: Path) -> bytes:
    """The folder's salt, made by whoever comes first."""
    path = folder / _SALT_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            mine = folder / f".{_SALT_FILE}-{os.getpid()}-{secrets.token_hex(4)}"
            write_private(mine, secrets.token_bytes(_SALT))
            with contextlib.suppress(FileExistsError):
                os.link(mine, path)
            mine.unlink()
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot keep logins in {folder}: {error.strerror}") from None
