"""The Copernicus Data Space Ecosystem: a person's name and password at its public client, or a program's own tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.client.sources.password import Password
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call

from .preset import Preset, Store

ISSUER = "https://identity.dataspace.copernicus.eu/auth/realms/CDSE"
PUBLIC = "cdse-public"
REACH = tuple(f"https://{name}.dataspace.copernicus.eu" for name in ("catalogue", "zipper", "download", "stac"))
SENTINEL_HUB = "https://sh.dataspace.copernicus.eu"


@dataclass(frozen=True, kw_only=True, eq=False)
class WithCode(Password):
    """A password, and where the person has set it up the code of the moment (RFC 6238), which counts once."""

    totp: Annotated[Secret | str | None, "the code of the moment: command:WORDS has one made for each login"] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "totp", None if self.totp is None else Secret.wrap(self.totp))

    def request(self, grant_type: str, held: Token | None = None, /, *, tries: int = 3, **fields: str) -> Flow[Token]:
        if isinstance(self.totp, Secret):
            fields["totp"] = (yield from Call(self.totp.anew)) if self.totp.origin else self.totp.reveal()
        return (yield from super().request(grant_type, held, tries=tries, **fields))


def cdse(
    username: Annotated[str, "the e-mail address of the account"] = "",
    password: Annotated[Secret | str | None, "its password"] = None,
    *,
    totp: Annotated[Secret | str | None, "the code of the moment, where the account has a second factor"] = None,
    client_id: Annotated[str, "a program of one's own, as registered for Sentinel Hub"] = PUBLIC,
    client_secret: Annotated[Secret | str | None, "that program's secret"] = None,
    url: Annotated[str, "the issuer"] = ISSUER,
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Tokens for the catalogue and for downloads, or with a program's id and secret for Sentinel Hub.

    ``origins``: whom they may reach, in place of these. Raises ``ConfigError`` where neither pair is whole.
    """
    if client_secret is not None:
        robot = ClientCredentials(issuer=url, client_id=client_id, client_secret=client_secret)
        return Preset(robot, (SENTINEL_HUB,) if origins is None else tuple(origins), store=store)
    if not username or password is None:
        raise ConfigError("give username and password, or client_id and client_secret", field="username")
    person = WithCode(issuer=url, client_id=client_id, username=username, password=password, totp=totp)
    return Preset(person, REACH if origins is None else tuple(origins), store=store)
