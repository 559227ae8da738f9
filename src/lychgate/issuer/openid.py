"""Who has logged in: the ID token, checked (OpenID Connect Core 1.0, 3.1.3.7), or the userinfo endpoint (5.3)."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from lychgate.kernel.certificate import Certificate
from lychgate.kernel.errors import LychgateError, Refused
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.http import Headers, Request, Response, origin_of
from lychgate.kernel.steps import Now, Send
from lychgate.oauth import id_token
from lychgate.oauth.access_token import NotAccepted

from . import clock
from .call import judge
from .endpoint import offered, web_address
from .key_file import unlocked
from .proof import APIS, ProofKey, carrying

_OF_SCOPES = {"email": ("email",), "profile": ("name", "preferred_username")}
NAMES = ("email", "preferred_username", "username", "name", "sub")


def checked(
    document: Mapping[str, Any], token: str, *, client_id: str, nonce: str, access: str, allow_insecure: bool = False
) -> Flow[dict[str, Any]]:
    """The claims of an ID token of the issuer whose metadata is ``document``; ``access`` came with it.

    Raises ``Refused`` where it is not to be believed, ``TransientError`` where the issuer's keys cannot be had.
    """
    from lychgate.oauth import jose  # checking alone needs the cryptography

    from .jwks import IssuerKeys

    issuer = str(document["issuer"])
    listed = document.get("id_token_signing_alg_values_supported")
    algs = [alg for alg in jose.ASYMMETRIC if not isinstance(listed, list) or alg in listed]
    try:
        header, _ = jose.peek(token)
        kid = header.get("kid")
        keys = yield from IssuerKeys(issuer, lambda: done(document), allow_insecure).find(
            kid if isinstance(kid, str) else None
        )
        header, claims = jose.verify(token, keys, algs)
        now = yield from Now()
        id_token.require(claims, issuer=issuer, client_id=client_id, nonce=nonce or None, now=now)
        _require_hash(claims, access, str(header["alg"]))
    except ValueError as error:  # NotAccepted and BadJwt are; their texts hold nothing of the token
        raise Refused(f"the id_token of {issuer} is not accepted: {error}", error="invalid_id_token") from None
    return claims


def _require_hash(claims: Mapping[str, Any], access: str, alg: str) -> None:
    if "at_hash" in claims and claims["at_hash"] != id_token.half_hash(access, alg):
        raise NotAccepted("the id_token belongs to another access token")


def userinfo(
    document: Mapping[str, Any],
    access: str,
    *,
    proof: ProofKey | None = None,
    certificate: Certificate | None = None,
    allow_insecure: bool = False,
) -> Flow[dict[str, Any]]:
    """What the issuer says about the person whose token ``access`` is; ``proof`` is the key that it is bound to.

    Raises ``Refused`` where it says nothing, ``TransientError``, ``InsecureError``.
    """
    url = offered(document, "userinfo_endpoint")
    if not url:
        raise Refused(f"{document.get('issuer')} has no userinfo endpoint")
    web_address(url, "the access token", allow_insecure=allow_insecure)
    request = Request("GET", url, Headers({"Accept": "application/json"}))

    def sent() -> Flow[Response]:
        now = (yield from Now()) + clock.offset(origin_of(url))
        return (yield from Send(carrying(request, access, proof, now), 15, certificate))

    yield from unlocked(certificate)
    response = yield from sent()
    if APIS.learn(response) and response.status == 401:
        response = yield from sent()
    return dict(judge(response, f"the userinfo endpoint {url}", (yield from Now())))


def wish(document: Mapping[str, Any], scope: Collection[str]) -> str:
    """The ``claims`` parameter (5.5) that has the ID token itself name the person, as far as ``scope`` lets it.

    For tokens that are no good at userinfo. Empty where the issuer takes no such parameter.
    """
    names = [name for word, names in _OF_SCOPES.items() if word in scope for name in names]
    able = document.get("claims_parameter_supported") is True and "openid" in scope
    return json.dumps({"id_token": dict.fromkeys(names)}, separators=(",", ":")) if able and names else ""


def about(document: Mapping[str, Any], access: str, **how: Any) -> Flow[dict[str, Any]]:
    """The same for display: nothing where nothing can be had."""
    try:
        return (yield from userinfo(document, access, **how))
    except LychgateError:
        return {}


def name_of(claims: Mapping[str, Any]) -> str:
    """How a person is called in what we show: e-mail address, name, or subject."""
    found = (claims.get(name) for name in NAMES)
    return next((text for text in found if isinstance(text, str) and text), "")


def is_about(claims: Mapping[str, Any], person: str) -> bool:
    """Whether ``person`` is one of the names in ``claims``, whatever its case."""
    folded = person.casefold()
    return any(isinstance(claims.get(name), str) and claims[name].casefold() == folded for name in NAMES)
