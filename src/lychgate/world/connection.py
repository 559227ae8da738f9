"""What a credential says of the connections to its APIs, in the words of each HTTP library."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lychgate.issuer import key_file
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names

from . import tls

if TYPE_CHECKING:
    from lychgate.client.authenticators.authenticator import Authenticator, Way

LIBRARIES = ("httpx", "httpx2", "requests", "aiohttp")


def options(authenticator: Authenticator, library: str, verify: ssl.SSLContext | bool | None) -> dict[str, Any]:
    """The arguments for ``library``; ``verify`` is what holds where the credential says nothing of certificates.

    Raises ``ConfigError`` for a library that is none, and for files that cannot be used.
    """
    check_names([library], LIBRARIES, what="library")
    way, certificate = authenticator.way(), authenticator.certificate
    silent = way.checked and not way.trusted and certificate is None and verify is None
    if library == "requests":
        if certificate is not None and key_file.has_passphrase(certificate):
            raise ConfigError(
                "requests takes no passphrase for a certificate's key: use httpx2, or mount an HTTPAdapter whose "
                "init_poolmanager is given ssl_context=auth.ssl_context()",
                field=key_file.FIELD,
            )
        told = {} if way.checked and not way.trusted else {"verify": way.trusted or way.checked}
        proxies = {"proxies": {"http": way.proxy, "https": way.proxy}} if way.proxy else {}
        return {**told, **proxies, **({"cert": certificate.pair} if certificate else {})}
    proxy = {"proxy": way.proxy} if way.proxy else {}
    name = "ssl" if library == "aiohttp" else "verify"
    return proxy if silent else {name: tls.context(_verify(way, verify), certificate), **proxy}


def _verify(way: Way, otherwise: ssl.SSLContext | bool | None) -> ssl.SSLContext | bool | None:
    if not way.checked:
        return False
    if not way.trusted:
        return otherwise
    try:
        if Path(way.trusted).is_dir():
            return ssl.create_default_context(capath=way.trusted)
        return ssl.create_default_context(cafile=way.trusted)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it holds no certificate"
        raise ConfigError(f"{way.trusted} cannot be read: {why}", field="ca_path") from None
