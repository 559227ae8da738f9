"""``cwt.llnl_client``: ESGF's compute nodes, which register programs in the browser."""

from __future__ import annotations

from typing import Any

from .auth import KeyCloakAuthenticator


class LLNLKeyCloakAuthenticator(KeyCloakAuthenticator):
    """The Keycloak of the compute node ``base_url``. With no client at all, the person registers the program there.

    The link to the page is printed; it shows a client's id and secret once, and both are asked for. Raises
    ``ConfigError`` for what does not fit together.
    """

    def __init__(self, base_url: str, keycloak_url: str, realm: str, *args: Any, **kwargs: Any) -> None:
        self.base_url = base_url.strip("/")  # type: ignore[misc]  # the class's is the default of those without a node
        super().__init__(keycloak_url.strip("/"), realm, *args, **kwargs)
