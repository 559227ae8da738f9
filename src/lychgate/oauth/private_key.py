"""Private keys as people keep them: PEM (PKCS#8, PKCS#1, SEC 1) and OpenSSH files, encrypted or not."""

from __future__ import annotations

from typing import Any

from .jose import Key, import_key, is_weak

NEW_KEY = "ssh-keygen -t ed25519"


class Encrypted(ValueError):
    """The key is encrypted, and no passphrase was given."""


def open_private_key(text: str, passphrase: str = "") -> Key:
    """The key in ``text``, opened by ``passphrase`` where it is encrypted.

    Raises ``ValueError``, which says what is wrong with it and what to do, and holds nothing of it; ``Encrypted`` where
    a passphrase is missing.
    """
    from cryptography.hazmat.primitives import serialization as forms

    _look(text)
    found = _opened(text.strip().encode() + b"\n", passphrase)
    plain = found.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    key = import_key(plain)
    if is_weak(key):
        raise ValueError(f"an RSA key of less than 2048 bits is accepted nowhere; make a new one:  {NEW_KEY}")
    return key


def _look(text: str) -> None:
    """Raise ``ValueError`` for what people take for a private key."""
    begin = text.lstrip()[:200]
    if begin.startswith("PuTTY-User-Key-File"):
        raise ValueError("it is a key of PuTTY; convert it:  puttygen KEY -O private-openssh -o NEW")
    if begin.startswith(("ssh-", "ecdsa-", "sk-")) or "BEGIN PUBLIC KEY" in begin or "BEGIN SSH2 PUBLIC" in begin:
        raise ValueError("it is the public key; give the private one (the file without .pub)")


def _opened(raw: bytes, passphrase: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as forms

    load = forms.load_ssh_private_key if b"OPENSSH PRIVATE KEY" in raw else forms.load_pem_private_key
    try:
        try:
            return load(raw, None)
        except TypeError:  # it is encrypted
            if not passphrase:
                raise Encrypted("it is encrypted: give its passphrase") from None
            return load(raw, passphrase.encode())
    except Encrypted:
        raise
    except UnsupportedAlgorithm as error:
        if "bcrypt" in str(error):
            raise ValueError("an encrypted OpenSSH key needs the package bcrypt: pip install 'lychgate[ssh]'") from None
        raise ValueError(f"it is of a kind that is not known here; make a new one:  {NEW_KEY}") from None
    except ValueError:
        wrong = passphrase and b"PRIVATE KEY" in raw
        why = "the passphrase is wrong or it is damaged" if wrong else "it is no private key in PEM or OpenSSH form"
        raise ValueError(why) from None
