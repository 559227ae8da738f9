"""Systems as data. ``tests/client/presets/recorded`` holds the documents that each row was checked against."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.secret import Secret

from .preset import Preset, Store
from .system import PERSON, System

LOGIN = ("openid", "profile", "email", "offline_access")

egi = System("EGI Check-in", "https://aai.egi.eu/auth/realms/egi", scope=(*LOGIN, "eduperson_entitlement"))

wlcg_iam = System(
    "WLCG IAM",
    "https://wlcg.cloud.cnaf.infn.it/",  # the slash is part of its name
    scope=("openid", "offline_access", "wlcg"),
)

# No refresh token without access_type, and none at a second login without prompt. A program on a person's machine has
# a secret too. Tokens for programs go by a service account's key: source = "jwt_bearer".
google = System(
    "Google",
    "https://accounts.google.com",
    reach=("https://www.googleapis.com",),
    scope=("openid", "email", "profile"),
    ways=PERSON,
    asks={"access_type": "offline", "prompt": "consent"},
    method="client_secret_post",
)

# It publishes no metadata for these. Its tokens have no end and no refresh token; it answers a refusal with 200 and
# ``error``, and a form unless JSON is asked for. The scopes of its answers have commas between them.
github = System(
    "GitHub",
    "https://github.com/login/oauth",
    reach=("https://api.github.com",),
    scope=("read:user",),
    ways=PERSON,
    ends={
        "authorization_endpoint": "authorize",
        "token_endpoint": "access_token",
        "device_authorization_endpoint": "../device/code",
        "userinfo_endpoint": "https://api.github.com/user",
    },
    method="client_secret_post",
    scope_separator=",",
)

_MICROSOFT = System(
    "Microsoft",
    "https://login.microsoftonline.com/{tenant}/v2.0",
    reach=("https://graph.microsoft.com",),
    scope=("profile", "email"),
    always=("openid", "offline_access"),  # without the second one there is no refresh token
    robot_scope=("https://graph.microsoft.com/.default",),  # a robot asks for all that an API has granted it
    method="client_secret_post",
)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def microsoft(
    client_id: Annotated[str, "the application's id"],
    client_secret: Annotated[Secret | str | None, "its secret, where it has one"] = None,
    *,
    tenant: Annotated[str, "the directory's (tenant's) id, which is part of the issuer's name"],
    way: Annotated[str, "login (in the browser), device (a code for another device), or robot (its own tokens)"] = (
        "login"
    ),
    scope: Annotated[tuple[str, ...] | str, "what to ask for; a robot asks for API/.default"] = (),
    user: Annotated[str, "who is to log in; anybody else is refused"] = "",
    redirect_port: Annotated[int, "the port that the browser comes back to; 0 takes any that is free"] = 8888,
    url: Annotated[str, "another cloud than https://login.microsoftonline.com"] = "https://login.microsoftonline.com",
    origins: Iterable[str] | None = None,
    store: Store = None,
) -> Preset:
    """Tokens of a directory of Microsoft Entra ID. ``origins``: the APIs, in place of Microsoft Graph.

    Raises ``ConfigError`` for a tenant that is no id: the issuer of ``common``, and of a domain's name, is another.
    """
    if not _ID.fullmatch(tenant):
        raise ConfigError(
            "the tenant is the directory's id (32 digits in five groups, in the portal under Overview), neither "
            "common nor a domain's name",
            field="tenant",
        )
    here = replace(_MICROSOFT, issuer=f"{url.rstrip('/')}/{tenant.lower()}/v2.0")
    options = {"way": way, "scope": scope, "user": user, "redirect_port": redirect_port}
    return here(client_id, client_secret, **options, origins=origins, store=store)  # type: ignore[arg-type]  # as above
