"""TLS as a client speaks it: what others' certificates are checked against, and the one of our own (RFC 8705)."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime

from lychgate.issuer import key_file
from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import ConfigError, TransientError, Untrusted

FILE, FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"  # where OpenSSL's and our own connections look for other authorities
_UNKNOWN = frozenset({2, 18, 19, 20, 21})  # OpenSSL's numbers for: nobody here knows who signed it
_WHEN = frozenset({9, 10})  # not yet valid, or no more

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


def unreached(place: str, error: BaseException) -> TransientError:
    """What to raise for a connection to ``place`` (an origin) that ended in ``error``."""
    found = next((one for one in _chain(error) if isinstance(one, ssl.SSLCertVerificationError)), None)
    if found is None:
        return TransientError(f"no answer from {place} ({type(error).__name__}); try again later")
    unknown, advice = found.verify_code in _UNKNOWN, ""
    if unknown:
        advice = f". If a private CA signed it, name the CA's file in the environment:  {FILE}=/path/to/ca.pem"
    elif found.verify_code in _WHEN:
        advice = f" (by this machine's clock it is {datetime.now(UTC):%Y-%m-%d %H:%M} UTC)"
    why = found.verify_message.rstrip(".")
    return Untrusted(f"the certificate of {place} is not trusted here: {why}{advice}", unknown=unknown)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _checking(verify: ssl.SSLContext | bool | None) -> ssl.SSLContext:
    import httpx2

    if verify is False:
        return httpx2.create_ssl_context(verify=False)
    made = _usual()
    if isinstance(verify, ssl.SSLContext):  # another one's cannot be copied: what it trusts can
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trusted = b"".join(verify.get_ca_certs(binary_form=True))
        if trusted:
            made.load_verify_locations(cadata=trusted)
        made.check_hostname, made.verify_mode = verify.check_hostname, verify.verify_mode
        made.minimum_version, made.verify_flags = verify.minimum_version, verify.verify_flags
    return made


def _usual() -> ssl.SSLContext:
    """By the system's authorities, or those that the environment names. Raises ``ConfigError`` for files unfit."""
    import httpx2

    try:
        return httpx2.create_ssl_context()
    except (OSError, ValueError) as error:
        name = next((name for name in (FILE, FOLDER) if os.environ.get(name)), FILE)
        why = "it is not there" if isinstance(error, FileNotFoundError) else "it holds no certificate that can be read"
        raise ConfigError(f"{name} names {os.environ.get(name, 'a file')}, but {why}", field="ca_path") from None


def _show(made: ssl.SSLContext, certificate: Certificate) -> None:
    asked: list[str] = []

    def passphrase() -> str:
        asked.append(key_file.passphrase(certificate))
        return asked[0]

    try:
        made.load_cert_chain(*certificate.pair, password=passphrase)
    except ssl.SSLError as error:
        if asked and error.reason != "KEY_VALUES_MISMATCH":
            raise key_file.wrong(certificate) from None
        raise _unusable(certificate, (error.reason or "it is no PEM").replace("_", " ").lower()) from None
    except OSError as error:
        raise _unusable(certificate, error.strerror or "it cannot be read") from None


def _unusable(certificate: Certificate, why: str) -> ConfigError:
    return ConfigError(f"the certificate {certificate.chain} with its key cannot be used: {why}", field="certificate")
