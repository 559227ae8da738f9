"""A login at an OpenID Connect server as UNICORE's commandline client configures it (``oidc.endpoint``, ...)."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import lychgate
from lychgate.client.oauth_client import digest
from lychgate.client.token import Token
from lychgate.compat.cwt import state
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.record import Record
from lychgate.kernel.steps import Call
from lychgate.world import locks
from lychgate.world.runs import Lock

USUAL = "~/.ucc/refresh-tokens"
REQUIRED = ("oidc.endpoint", "oidc.username", "oidc.clientID", "oidc.clientSecret")
_OFF = frozenset({"false", "no", "off", "0"})


def login(config: Mapping[str, Any]) -> lychgate.Auth:
    """Raises ``ConfigError`` for what is missing or unknown."""
    missing = [name for name in REQUIRED if not config.get(name)]
    if missing:
        raise ConfigError(f"{missing[0]} is missing", field=missing[0])
    if config.get("oidc.grantType", "password") != "password":
        raise ConfigError("oidc.grantType: only password is known here", field="oidc.grantType")
    posts = str(config.get("oidc.authentication", "POST")).upper() == "POST"
    source = UccPassword(
        token_endpoint=config["oidc.endpoint"],
        client_id=config["oidc.clientID"],
        client_secret=config["oidc.clientSecret"],
        method="client_secret_post" if posts else "client_secret_basic",
        username=config["oidc.username"],
        password=_password(config),
        scope=config.get("oidc.scope", "openid"),
        otp=str(config.get("oidc.otp") or ""),
    )
    if str(config.get("oidc.storeRefreshToken", True)).lower() in _OFF:
        return lychgate.auth(source, store="memory")
    path = Path(config.get("oidc.refreshTokenFile") or USUAL).expanduser()
    return lychgate.auth(source, store=RefreshTokens(path, source.where, source.username))


def _password(config: Mapping[str, Any]) -> lychgate.Secret:
    given = config.get("oidc.password")
    if given is not None:
        return lychgate.Secret(given)
    prompt = f"Password of {config['oidc.username']} at the OIDC server: "
    made = lychgate.Secret.lazy(lambda: getpass.getpass(prompt), "asked for at the terminal")
    assert isinstance(made, lychgate.Secret)
    return made


@dataclass(frozen=True, kw_only=True, eq=False)
class UccPassword(lychgate.Password):
    """The password grant with a second factor's code in the field ``otp``."""

    otp: Annotated[str, "the code, or QUERY to be asked for it"] = ""

    def obtain(self) -> Flow[Token]:
        if not self.otp:
            return (yield from super().obtain())
        code: str = self.otp
        if code == "QUERY":
            code = yield from Call(getpass.getpass, ("OTP: ",))
        password = yield from Call(lychgate.Secret.wrap(self.password).reveal)
        return (yield from self.request("password", tries=1, username=self.username, password=password, otp=code))


class RefreshTokens:
    """UCC's file as a store: ``{endpoint: {"refresh_token": ...}}``, for its owner alone. A user's name is noted beside
    it, so that the login of one is never taken for another's."""

    blocks = True

    def __init__(self, path: Path, endpoint: str, username: str) -> None:
        self._path, self._endpoint, self._username = path, endpoint, username

    def load(self, key: str) -> Record | None:
        """A record of a token that has ended: it is renewed before anything is sent."""
        found = state.read(self._path).get(self._endpoint)
        entry = found if isinstance(found, dict) else {}
        refresh = entry.get("refresh_token")
        if not isinstance(refresh, str) or entry.get("username", self._username) != self._username:
            return None
        data = {"access": "ended", "expires_at": 0, "issued_at": 0, "refresh": refresh}
        return Record(data, self._username, self._endpoint)

    def save(self, key: str, record: Record | None) -> None:
        with state.alone(self._path):
            whole = state.read(self._path)
            refresh = record.data.get("refresh") if record else None
            if refresh:
                whole[self._endpoint] = {"refresh_token": refresh, "username": self._username}
            else:
                whole.pop(self._endpoint, None)
            state.write(self._path, whole)

    def keys(self) -> list[str]:
        return []

    def lock(self, key: str) -> Lock | None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return locks.lock(self._path.with_name(f".{self._path.name}.{digest(self._endpoint)}"))

    def __repr__(self) -> str:
        return f"RefreshTokens({self._path})"
