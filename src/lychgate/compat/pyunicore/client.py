"""``pyunicore.client``: a site, and any other resource of its REST API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from lychgate.kernel.errors import Refused

from . import elsewhere
from .credentials import AuthenticationFailedException, Credential
from .transport import Transport

CACHE_TIME = 5.0  # seconds


class Resource:
    """``security`` is a credential or a ``Transport``; properties are kept for ``cache_time`` seconds."""

    def __init__(self, security: Any, resource_url: str, cache_time: float = CACHE_TIME) -> None:
        self.transport = security._clone() if isinstance(security, Transport) else Transport(security)
        self.resource_url, self.cache_time = resource_url, cache_time
        self._properties: dict[str, Any] = {}
        self._read_at = float("-inf")

    @property
    def properties(self) -> dict[str, Any]:
        """Raises ``lychgate.Refused`` (``.status``, ``.description``) and ``lychgate.TransientError``."""
        if self.transport.settings_changed or time.monotonic() - self._read_at >= self.cache_time:
            self._properties = self.transport.get(url=self.resource_url)
            self._read_at = time.monotonic()
        return self._properties

    @property
    def links(self) -> dict[str, str]:
        return {name: link["href"] for name, link in self.properties["_links"].items()}

    def delete(self) -> None:
        self.transport.delete(url=self.resource_url)

    def set_properties(self, props: dict[str, Any]) -> Any:
        return self.transport.put(url=self.resource_url, json=props).json()

    if not TYPE_CHECKING:  # a type checker would take every name for one

        def __getattr__(self, name: str) -> Any:
            raise elsewhere.attribute(type(self).__name__, name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.resource_url}"


class Client(Resource):
    """``Client(credential, "https://localhost:8080/DEMO-SITE/rest/core")``.

    Asks at once who it is there, unless ``check_authentication`` is false or the credential is ``Anonymous``. Raises
    ``AuthenticationFailedException`` where the site knows nobody in the credential.
    """

    def __init__(
        self, security: Any, site_url: str, check_authentication: bool = True, cache_time: float = CACHE_TIME
    ) -> None:
        super().__init__(security, site_url, cache_time)
        self.check_authentication = check_authentication and not self.transport.anonymous
        if self.check_authentication:
            self.assert_authentication()

    def assert_authentication(self) -> None:
        try:
            anonymous = self.access_info()["role"]["selected"] == "anonymous"
        except Refused as error:
            if error.status != 403 or self.transport.preferences:
                raise
            raise AuthenticationFailedException(
                str(error), error=error.error, description=error.description, status=error.status
            ) from None
        if anonymous:
            raise AuthenticationFailedException(f"{self.resource_url} knows nobody in this credential", status=200)

    def access_info(self) -> dict[str, Any]:
        """The outcome of authentication and authorization: ``dn``, ``xlogin``, ``role``."""
        found: dict[str, Any] = self.properties["client"]
        return found

    def server_version_info(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.properties["server"]["version"].split("-")[0].split("."))

    def issue_auth_token(self, lifetime: float = -1, renewable: bool = False, limited: bool = False) -> str:
        """A token that logs in in place of the credential: guard it like that.

        ``lifetime`` in seconds (-1: the server's usual one), ``renewable``: it can be used to issue another,
        ``limited``: for this server alone.
        """
        asked = {
            **({"lifetime": str(int(lifetime))} if lifetime > 0 else {}),
            **({"renewable": "true"} if renewable else {}),
            **({"limited": "true"} if limited else {}),
        }
        url = f"{self.resource_url.rstrip('/')}/token"
        reply = self.transport.get(to_json=False, url=url, params=asked, headers={"Accept": "text/plain"})
        return str(reply.text)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in elsewhere.CLASSES:
            raise elsewhere.module(f"pyunicore.client.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["AuthenticationFailedException", "Client", "Credential", "Resource", "Transport"]
