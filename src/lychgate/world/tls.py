"""TLS as a client speaks it: what others' certificates are checked against, and the one of our own (RFC 8705)."""

from __future__ import annotations

import os
import ssl
from typing import NoReturn

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError

Stamp = tuple[tuple[int, int], ...]


def context(verify: ssl.SSLContext | bool | None, certificate: Certificate | None = None) -> ssl.SSLContext:
    """A context that checks by ``verify`` (None: the system's certificates) and shows ``certificate``.

    Raises ``ConfigError`` for a certificate or a key that cannot be used.
    """
    if isinstance(verify, ssl.SSLContext) and certificate is None:
        return verify
    made = _checking(verify)
    if certificate is not None:
        _show(made, certificate)
    return made


def stamp(certificate: Certificate | None) -> Stamp:
    """What changes when the certificate's files do. Raises ``ConfigError`` for one that is not there."""
    if certificate is None:
        return ()
    try:
        return tuple((found.st_mtime_ns, found.st_ino) for found in map(os.stat, certificate.pair))
    except OSError as error:
        raise _unusable(certificate, error.strerror or "it cannot be read") from None


def _checking(verify: ssl.SSLContext | bool | None) -> ssl.SSLContext:
    import httpx2

    if verify is False:
        return httpx2.create_ssl_context(verify=False)
    made = httpx2.create_ssl_context()
    if isinstance(verify, ssl.SSLContext):  # another one's cannot be copied: what it trusts can
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusted = b"".join(verify.get_ca_certs(binary_form=True))
        if trusted:
            made.load_verify_locations(cadata=trusted)
        made.check_hostname, made.verify_mode = verify.check_hostname, verify.verify_mode
        made.minimum_version, made.verify_flags = verify.minimum_version, verify.verify_flags
    return made


def _show(made: ssl.SSLContext, certificate: Certificate) -> None:
    try:
        made.load_cert_chain(*certificate.pair, password=_encrypted)
    except ssl.SSLError as error:
        raise _unusable(certificate, (error.reason or "it is no PEM").replace("_", " ").lower()) from None
    except OSError as error:
        raise _unusable(certificate, error.strerror or "it cannot be read") from None


def _encrypted() -> NoReturn:
    """In place of a question at the terminal, which nobody may be at."""
    raise ConfigError("the certificate's key is encrypted; give it without a passphrase", field="certificate_key")


def _unusable(certificate: Certificate, why: str) -> ConfigError:
    return ConfigError(f"the certificate {certificate.chain} with its key cannot be used: {why}", field="certificate")
