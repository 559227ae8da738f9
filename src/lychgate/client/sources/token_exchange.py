"""Token exchange (RFC 8693): a token for another API, or of somebody on whose behalf one acts, for one at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from lychgate.client.given import Given, given, name_of, text_of
from lychgate.client.oauth_client import OAuthClient
from lychgate.client.sources.source import Source
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError, LoginDead
from lychgate.kernel.flow import Flow
from lychgate.kernel.options import check_names
from lychgate.kernel.secret import Secret
from lychgate.oauth.token_exchange import GRANT, TYPES, type_name, type_uri


@dataclass(frozen=True, kw_only=True, eq=False)
class TokenExchange(OAuthClient):
    """``TokenExchange(issuer=..., client_id=..., client_secret=..., subject=File("/run/token"), audience="api")``."""

    subject: Annotated[Secret | str | Source, "the token at hand, or a source of it"]
    subject_type: Annotated[str, "what it is: access_token, id_token, jwt, ... or a URI"] = "access_token"
    actor: Annotated[Secret | str | Source | None, "the token of whoever acts for the subject"] = None
    actor_type: Annotated[str, "what that is"] = "access_token"
    requested_type: Annotated[str, "what shall come: access_token, jwt or a URI; by default the issuer's choice"] = ""
    _subject: Given = field(init=False, repr=False)
    _actor: Given | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        actor = None if self.actor is None else given(self.actor, "actor")
        object.__setattr__(self, "_subject", given(self.subject, "subject"))
        object.__setattr__(self, "_actor", actor)
        for name, ready in (("subject", self._subject), ("actor", actor)):
            if isinstance(ready, Secret):
                object.__setattr__(self, name, ready)
        for name in ("subject_type", "actor_type", "requested_type"):
            object.__setattr__(self, name, _uri(getattr(self, name), name))

    @property
    def who(self) -> str:
        return f"{self.client_id or 'a program'}, for another's token"

    def cache_key(self) -> str:
        actor = name_of(self._actor) if self._actor is not None else ""
        asked = type_name(self.requested_type)
        return self.key_of("token_exchange", subject=name_of(self._subject), actor=actor, type=asked)

    def obtain(self) -> Flow[Token]:
        fields = {"subject_token": (yield from text_of(self._subject)), "subject_token_type": self.subject_type}
        if self._actor is not None:
            fields |= {"actor_token": (yield from text_of(self._actor)), "actor_token_type": self.actor_type}
        return (yield from self.request(GRANT, tries=3, requested_token_type=self.requested_type, **fields))

    def renew(self, token: Token) -> Flow[Token]:
        if token.refresh is not None:
            try:
                return (yield from self.refresh(token))
            except LoginDead:
                pass  # the subject's token is at hand
        return (yield from self.obtain())


def _uri(name: str, field: str) -> str:
    if ":" in name or (not name and field == "requested_type"):
        return name
    try:
        check_names([name], TYPES, what=field)
    except ConfigError as error:
        raise ConfigError(str(error), field=field) from None
    return type_uri(name)
