"""A UNICORE site of ours with one person, ``demouser``, who has two groups and two logins there."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lychgate.server.model import User
from lychgate.server.people import accounts
from lychgate.server.supercomputers import choices, user_keys
from support.server import ACTOR, Made, Server, running
from support.tls import Tls, certificate

USER, PASSWORD, EMAIL = "demouser", "test123", "demo@example.org"
GROUPS = ("hpc", "myproject1")
UIDS = ("demo", "demo2")


@dataclass
class Site:
    """``url`` is its REST address; over https ``ca`` is the file with the authority's certificate."""

    server: Server
    user: User
    tls: Tls | None

    @property
    def url(self) -> str:
        return f"{self.server.url}/DEMO-SITE/rest/core"

    @property
    def ca(self) -> str | None:
        return str(self.tls.ca) if self.tls else None

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    def add_key(self, public: Path) -> None:
        """Register a public key (OpenSSH or PEM) for the person."""
        text = public.read_text()
        self.server.operate(lambda engine: user_keys.add(engine, ACTOR, self.user, text))

    def server_token(self, made: Made) -> str:
        """An access token of the person's, by their password."""
        fields = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
        return self.server.token(made, **fields)


@contextmanager
def site(data: Path, *options: str, tls: bool = False, toml: str = "") -> Iterator[Site]:
    """The site, by http or (``tls``) by https with a private authority."""
    made = certificate(data.parent / "tls", "localhost", "127.0.0.1") if tls else None
    secure = ("--tls-cert", str(made.cert), "--tls-key", str(made.key)) if made else ()
    with running(data, *secure, *options, toml=toml) as server:
        user = server.user_add(EMAIL, PASSWORD, name=USER)
        changes = {"choices": choices.edited(user, {"uid": UIDS, "group": GROUPS, "role": ("user",)})}
        user = server.operate(lambda engine: accounts.edit(engine, ACTOR, user, changes))
        yield Site(server, user, made)
