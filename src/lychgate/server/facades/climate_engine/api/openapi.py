"""The OpenAPI document: what FastAPI knows of the routes, and the token paths from the table of grants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from lychgate.server.facades.climate_engine.token import BASIC, TOKEN
from lychgate.server.grants import GRANTS

if TYPE_CHECKING:
    from fastapi import FastAPI

    from lychgate.server.engine import Engine

FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"
WHY: dict[int | str, str] = {
    400: "What was sent is not what this takes.",
    401: "No access token, or one that is not accepted: see WWW-Authenticate.",
    403: "The token is good, but not for this.",
    404: "There is none.",
    409: "The last administrator would be gone.",
    415: "The body is of another type than application/json.",
    422: "Fields that do not fit.",
    "default": "Anything else that goes wrong; where it may go right later, Retry-After says when.",
}
REFUSED: dict[int | str, str] = {
    400: "An error of RFC 6749 5.2: invalid_grant for a wrong name or password, say.",
    401: "The client is not who it says.",
    415: "The body is not a form.",
    429: "Too many failed logins for this name: Retry-After says when to go on.",
    "default": WHY["default"],
}
OPTIONAL = frozenset(  # parameters of grants; each other one is needed
    "scope resource audience requested_token_type actor_token actor_token_type".split()
)
CREDENTIALS = {
    "client_id": "The client, where its secret stands in the body.",
    "client_secret": "Its secret (client_secret_post).",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "client_assertion": "A JWT signed with the secret (client_secret_jwt) or a key (private_key_jwt).",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for the document."""
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    named: tuple[int | str, ...] = (*statuses, "default")
    return {status: {"description": WHY[status], "content": content} for status in named}


def document(app: FastAPI, engine: Engine) -> Callable[[], dict[str, Any]]:
    """What makes the document, once."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_document(app, engine))
        return made

    return openapi


def _document(app: FastAPI, engine: Engine) -> dict[str, Any]:
    servers = [{"url": engine.base}] if engine.base else None
    found = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, servers=servers
    )
    schemas = found["components"]["schemas"]
    schemas |= {"Problem": _PROBLEM, "Token": _TOKEN, "Error": _ERROR, "TokenRequest": _request()}
    flow = found["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]
    flow["tokenUrl"] = engine.base + TOKEN
    found["components"]["securitySchemes"] |= {"HTTPBasic": {"type": "http", "scheme": "basic"}}
    found["paths"] = {TOKEN: {"post": _token()}, BASIC: {"get": _basic()}} | found["paths"]
    return found


def _request() -> dict[str, Any]:
    """The form of a token request: one of the grants, with the parameters it reads."""
    forms = [_form(grant.name, grant.parameters) for grant in GRANTS.values()]
    return {"oneOf": forms, "discriminator": {"propertyName": "grant_type"}}


def _form(name: str, parameters: tuple[str, ...]) -> dict[str, Any]:
    texts = {parameter: {"type": "string"} for parameter in (*parameters, *CREDENTIALS)}
    for parameter, text in CREDENTIALS.items():
        texts[parameter] = {"type": "string", "description": text}
    kind = {"type": "string", "const": name}
    needed = [parameter for parameter in parameters if parameter not in OPTIONAL]
    return {
        "title": name,
        "type": "object",
        "properties": {"grant_type": kind} | texts,
        "required": ["grant_type", *needed],
    }


def _answers(*refusals: int | str) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    token = {"application/json": {"schema": {"$ref": "#/components/schemas/Token"}}}
    found = {"200": {"description": "An access token.", "content": token}}
    return found | {str(status): {"description": REFUSED[status], "content": error} for status in refusals}


def _token() -> dict[str, Any]:
    return {
        "tags": ["auth"],
        "summary": "Get an access token",
        "operationId": "token",
        "requestBody": {"required": True, "content": {FORM: {"schema": {"$ref": "#/components/schemas/TokenRequest"}}}},
        "security": [{}, {"HTTPBasic": []}],
        "responses": _answers(400, 401, 415, 429, "default"),
    }


def _basic() -> dict[str, Any]:
    return {
        "tags": ["auth"],
        "summary": "Get an access token with your name and password as HTTP Basic credentials",
        "operationId": "token_basic",
        "security": [{"HTTPBasic": []}],
        "responses": _answers(400, 429, "default"),
    }


_DESCRIPTION = """\
Get an access token at the token path and send it as `Authorization: Bearer ...`. On this page the padlock does both:
type your e-mail address and password, and leave the client's fields empty. Tokens live for some fifteen minutes; after
a 401 log out and in again with the same padlock. The password grant is for testing: programs use `client_credentials`
with a client of their own (`POST /api/v1/clients/`)."""
_PROBLEM = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_TOKEN = {
    "title": "Token",
    "type": "object",
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string", "const": "bearer"},
        "expires_at": {"type": "integer", "description": "Epoch seconds, a little before the token's own end."},
        "expires_in": {"type": "integer", "description": "Seconds until expires_at."},
    },
    "required": ["access_token", "token_type", "expires_at", "expires_in"],
}
_ERROR = {
    "title": "Error",
    "description": "RFC 6749 5.2.",
    "type": "object",
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    "required": ["error"],
}
