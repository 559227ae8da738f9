"""An ESGF compute node on one host: a real nginx before a real WPS behind the guard, its job API, and Lychgate.

``/wps`` and ``/wps/api/job/`` are the service, ``/wps/auth`` and ``/auth`` Lychgate, which has the rest of the host
for its pages. At a node with a Keycloak, that is what ``/auth`` leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.nginx import free_port, nginx
from support.server import Server, running
from support.wps_service import Wps, wps_service

LOCATIONS = """
    client_max_body_size 10m;
    proxy_set_header Host $http_host;
    location / { proxy_pass LYCHGATE; }
    location /wps/auth { proxy_pass LYCHGATE; }
    location /auth/ { AUTH }
    location = /wps { proxy_pass SERVICE; }
    location /wps/ { proxy_pass SERVICE; }
    location /outputs/ { proxy_pass SERVICE; }
"""
KEYCLOAK = """
        proxy_pass URL/; proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-Port $server_port;
        proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Prefix /auth;
        proxy_buffer_size 32k; proxy_buffers 8 32k;
"""


@dataclass
class Node:
    """``host`` is the one URL of all of it; ``server`` and ``service`` are what stands behind."""

    host: str
    server: Server
    service: Wps

    @property
    def wps(self) -> str:
        return f"{self.host}/wps"


Guarded = Callable[[Server], Mapping[str, Any]]


@contextmanager
def compute_node(
    folder: Path, guarded: Guarded, *, toml: str = "", seconds: float = 1.0, port: int = 0, keycloak: str = ""
) -> Iterator[Node]:
    """``guarded`` gets the running server, prepares it and answers the guard's settings (see ``wps_service``).

    ``toml`` is the server's configuration, in which HOST is replaced; the process ``steps`` takes ``seconds``. ``port``
    is a free one where none is named; ``keycloak`` is the URL of what ``/auth`` leads to in place of Lychgate.
    """
    port = port or free_port()
    places = LOCATIONS.replace("AUTH", KEYCLOAK.replace("URL", keycloak) if keycloak else "proxy_pass LYCHGATE;")
    host = f"http://127.0.0.1:{port}"
    with running(folder / "data", "--issuer", host, toml=toml.replace("HOST", host)) as server:
        settings = guarded(server)
        slow = {"STEPS_SECONDS": str(seconds)}
        with (
            wps_service(folder / "wps", guard=settings, public=host, env=slow) as service,
            nginx(places.replace("LYCHGATE", server.url).replace("SERVICE", service.base), port),
        ):
            yield Node(host, server, service)
