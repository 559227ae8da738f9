"""Distinguished names (RFC 4514), told apart as X.500 does: neither case nor the number of spaces matters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Name

LONGEST = 1000  # characters
_KINDS = {"E": "1.2.840.113549.1.9.1", "EMAIL": "1.2.840.113549.1.9.1", "EMAILADDRESS": "1.2.840.113549.1.9.1"}
_KINDS |= {"SERIALNUMBER": "2.5.4.5", "S": "2.5.4.8", "GN": "2.5.4.42", "GIVENNAME": "2.5.4.42", "SN": "2.5.4.4"}
_SEPARATOR = re.compile(r"(?<!\\)\s*([,+])\s*")
_KIND = re.compile(r"(?<!\\)([,+]|^)\s*([A-Za-z0-9.-]+)\s*=\s*")


def canonical(text: str) -> str:
    """One spelling for all of a name; the order of its parts is kept. Raises ``ValueError`` for what is no name."""
    return written(read(text))


def read(text: str) -> Name:
    """The name that ``text`` writes, most specific part first (RFC 4514 2.1). Raises ``ValueError``."""
    from cryptography.x509 import Name, ObjectIdentifier

    plain = _SEPARATOR.sub(r"\1", text.strip())
    plain = _KIND.sub(lambda found: f"{found[1]}{found[2].upper()}=", plain)
    kinds = {kind: ObjectIdentifier(oid) for kind, oid in _KINDS.items()}
    try:
        if not plain or len(plain) > LONGEST or not plain.isprintable():
            raise ValueError
        return Name.from_rfc4514_string(plain, kinds)
    except ValueError:
        raise ValueError("not a distinguished name, as CN=..., O=..., C=...") from None


def written(name: Name) -> str:
    """The canonical spelling of a name, as of a certificate's subject."""
    parts = [sorted(f"{one.oid.dotted_string}={_folded(one.value)}" for one in rdn) for rdn in name.rdns]
    return ",".join("+".join(rdn) for rdn in reversed(parts))


def _folded(value: str | bytes) -> str:
    text = value if isinstance(value, str) else value.hex()
    plain = " ".join(text.split()).casefold()
    return re.sub(r"([\\,+])", r"\\\1", plain)
