"""``cwt.llnl_client``: ESGF's compute nodes, which register programs in the browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .auth import KeyCloakAuthenticator
from .jobs import PATH, JobListWrapper, JobWrapper
from .wps_client import WPSClient

__all__ = ["JobListWrapper", "JobWrapper", "LLNLClient", "LLNLKeyCloakAuthenticator"]


class LLNLKeyCloakAuthenticator(KeyCloakAuthenticator):
    """The Keycloak of the compute node ``base_url``. With no client at all, the person registers the program there.

    The link to the page is printed; it shows a client's id and secret once, and both are asked for. Raises
    ``ConfigError`` for what does not fit together.
    """

    def __init__(self, base_url: str, keycloak_url: str, realm: str, *args: Any, **kwargs: Any) -> None:
        self.base_url = base_url.strip("/")  # type: ignore[misc]  # the class's is the default of those without a node
        super().__init__(keycloak_url.strip("/"), realm, *args, **kwargs)


class LLNLClient(WPSClient):
    """A client of LLNL's service, which lists one's jobs beside its WPS."""

    def jobs(self, limit: int = 10) -> JobListWrapper:
        """One's jobs, ``limit`` on a page. Raises ``WPSAuthError``, ``WPSClientError``, ``WPSServerError``."""
        parts = urlsplit(self.url)
        return JobListWrapper(self._wps.service, f"{parts.scheme}://{parts.netloc}{PATH}?limit={limit or 10}")
