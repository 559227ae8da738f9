"""A client's certificate as a proxy hands it on: the field ``Client-Cert`` (RFC 9440), or PEM as some write it."""

from __future__ import annotations

import base64
import binascii
import ssl
from urllib.parse import unquote

FIELD = "client-cert"  # RFC 9440 2.2
LONGEST = 16 * 1024  # characters of the field
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def read(value: str) -> bytes | None:
    """The certificate of a field in DER: base64 between colons (2.1), or PEM with escapes as nginx writes it
    (``$ssl_client_escaped_cert``). None where there is none; what the bytes are nobody has looked at yet."""
    text = value.strip()
    if not 2 < len(text) <= LONGEST:
        return None
    if text.startswith(":") and text.endswith(":"):
        try:
            return base64.b64decode(text[1:-1], validate=True) or None
        except binascii.Error:
            return None
    return from_pem(unquote(text))


def from_pem(text: str) -> bytes | None:
    """The first certificate of a PEM text in DER; None where there is none."""
    begin = text.find(_BEGIN)
    end = text.find(_END, begin)
    try:
        return ssl.PEM_cert_to_DER_cert(text[begin : end + len(_END)]) if 0 <= begin < end else None
    except ValueError:
        return None
