"""Keycloak's ClientRepresentation and our ``Client``, each made from the other.

What Keycloak has and we have not must be off, absent or empty: nobody is registered for what they will not get.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lychgate.oauth.device import GRANT as DEVICE
from lychgate.server.programs import metadata
from lychgate.server.programs.registration import refused

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import Client

METHODS = {  # what Keycloak calls an authenticator is one method of ours or more
    "client-secret": frozenset({"client_secret_basic", "client_secret_post"}),
    "client-secret-jwt": frozenset({"client_secret_jwt"}),
}
PUBLIC = frozenset({"none"})
READ = frozenset(
    "clientId name redirectUris publicClient serviceAccountsEnabled standardFlowEnabled clientAuthenticatorType "
    "attributes baseUrl protocol enabled bearerOnly".split()
)
IGNORED = frozenset(  # they change nothing here, whatever they say
    """
    id secret description rootUrl adminUrl webOrigins notBefore consentRequired frontchannelLogout fullScopeAllowed
    nodeReRegistrationTimeout registeredNodes surrogateAuthRequired alwaysDisplayInConsole defaultClientScopes
    optionalClientScopes defaultRoles origin access registrationAccessToken
    authenticationFlowBindingOverrides registrationClientUri
    """.split()
)
OFF = frozenset(  # these would be more than can be had
    "authorizationServicesEnabled implicitFlowEnabled directAccessGrantsEnabled protocolMappers "
    "authorizationSettings useTemplateConfig useTemplateScope useTemplateMappers clientTemplate".split()
)
DEVICE_ATTRIBUTE = "oauth2.device.authorization.grant.enabled"


def read(body: object, blank: Client, engine: Engine, grants: tuple[str, ...]) -> Client:
    """``blank`` as ``body`` describes it; ``grants`` are those that it may have. Raises ``OAuthError``."""
    if not isinstance(body, dict):
        raise refused("a client is described by a JSON object")
    _refuse_surplus(body)
    methods = _methods(body)
    wanted = _grants(body)
    asked = {
        "client_name": body.get("name") or blank.id,
        "redirect_uris": body.get("redirectUris"),
        "token_endpoint_auth_method": min(methods),
        "grant_types": wanted,
        "response_types": ["code"] if "authorization_code" in wanted else [],
        "client_uri": body.get("baseUrl") or None,
    }
    made = metadata.read(asked, blank, engine.config.registration_scopes, engine.fetcher, grants)
    return replace(made, methods=methods)


def _refuse_surplus(body: dict[str, Any]) -> None:
    unknown = sorted(set(body) - READ - IGNORED - OFF)
    if unknown:
        raise refused(f"unknown metadata {unknown[0][:100]!r}")
    wanted = sorted(name for name in (*OFF, "bearerOnly") if body.get(name))
    if wanted:
        raise refused(f"{wanted[0]} cannot be had here")
    if body.get("protocol", "openid-connect") != "openid-connect" or body.get("enabled", True) is not True:
        raise refused("a client that registers is enabled, and its protocol is openid-connect")


def _methods(body: dict[str, Any]) -> frozenset[str]:
    if _flag(body, "publicClient", False):
        return PUBLIC
    kind = body.get("clientAuthenticatorType") or "client-secret"
    if not isinstance(kind, str) or kind not in METHODS:
        raise refused(f"clientAuthenticatorType is one of {', '.join(METHODS)}")
    return METHODS[kind]


def _grants(body: dict[str, Any]) -> list[str]:
    attributes = body.get("attributes")
    attributes = {} if attributes is None else attributes
    if not isinstance(attributes, dict):
        raise refused("attributes is an object")
    found = ["client_credentials"] if _flag(body, "serviceAccountsEnabled", False) else []
    if _flag(body, "standardFlowEnabled", True):
        found.append("authorization_code")
    if str(attributes.get(DEVICE_ATTRIBUTE, "false")).lower() == "true":
        found.append(DEVICE)
    if set(found) - {"client_credentials"}:
        found.append("refresh_token")
    if not found:
        raise refused("standardFlowEnabled and serviceAccountsEnabled: at least one is needed")
    return found


def _flag(body: dict[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise refused(f"{name} is true or false")
    return value


def shown(client: Client, token: str) -> dict[str, Any]:
    """What is registered; ``token`` is the one that manages it. A secret is not in it: only its digest is kept."""
    kinds = [kind for kind, methods in METHODS.items() if client.methods & methods]
    return {
        "id": client.id,
        "clientId": client.id,
        "name": client.name,
        "enabled": client.active,
        "protocol": "openid-connect",
        "clientAuthenticatorType": kinds[0] if kinds else "client-secret",
        "redirectUris": list(client.redirect_uris),
        "baseUrl": client.extra.get("client_uri", ""),
        "publicClient": client.public,
        "bearerOnly": False,
        "consentRequired": True,
        "standardFlowEnabled": "authorization_code" in client.grants,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": "password" in client.grants,
        "serviceAccountsEnabled": "client_credentials" in client.grants,
        "attributes": {DEVICE_ATTRIBUTE: str(DEVICE in client.grants).lower()},
        "notBefore": client.not_before // 1000,
        "registrationAccessToken": token,
    }
