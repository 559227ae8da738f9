"""The part of a client's metadata that is OpenID Connect's own (Registration 2 and 2.1, RFC 9101 10.5), by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lychgate.oauth import jose
from lychgate.server.engine import Engine
from lychgate.server.fetcher import NotFetched
from lychgate.server.model import Client
from lychgate.server.people.subjects import sector_of

from .registration import ALGS, check_text, refused

TAGGED = ("client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri")  # what may be there in several languages
LOCALIZED = "localized"  # where they are kept
CHOICES: Mapping[str, tuple[str, ...]] = {
    "id_token_signed_response_alg": ALGS,
    "userinfo_signed_response_alg": ALGS,
    "request_object_signing_alg": jose.ASYMMETRIC,
    "token_endpoint_auth_signing_alg": (*jose.SYMMETRIC, *jose.ASYMMETRIC),
    "subject_type": ("public", "pairwise"),
    "application_type": ("web", "native"),
}
MOST = 100  # names in other languages
_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,8}")  # RFC 5646 2.1, roughly


def check(made: Mapping[str, Any]) -> None:
    """Refuse a choice that there is not. Raises ``OAuthError`` invalid_client_metadata."""
    for name, choices in CHOICES.items():
        if name in made and made[name] not in choices:
            raise refused(f"{name} is one of {', '.join(choices)}")


def is_tagged(name: str) -> bool:
    """Whether it is the name of a text in another language: ``client_name#de`` (RFC 7591 2.2)."""
    stem, mark, tag = name.partition("#")
    return bool(mark) and stem in TAGGED and _TAG.fullmatch(tag) is not None


def tagged(given: Mapping[str, Any]) -> dict[str, str]:
    """The texts of ``given`` that are in other languages; their URLs are for the caller to check."""
    found = {name: value for name, value in given.items() if is_tagged(name)}
    if len(found) > MOST or not all(isinstance(value, str) and len(value) <= 2000 for value in found.values()):
        raise refused(f"at most {MOST} texts in other languages, of at most 2000 characters")
    for name, value in found.items():
        if name.startswith("client_name#"):
            check_text(name, value)
    return found


def in_language(client: Client, name: str, languages: str) -> str | None:
    """``name`` of the client in the first of ``languages`` (ui_locales: tags with spaces between) that it has."""
    known = {key.lower(): value for key, value in client.extra.get(LOCALIZED, {}).items()}
    for language in languages.lower().split():
        for tag in (language, language.partition("-")[0]):
            if (found := known.get(f"{name}#{tag}")) is not None:
                return str(found)
    return None


async def check_sector(engine: Engine, client: Client) -> None:
    """Pairwise names need one sector (Core 8.1), and a document that names it must list each redirect URI (5).

    Raises ``OAuthError`` invalid_client_metadata.
    """
    uri = client.extra.get("sector_identifier_uri")
    if uri:
        listed = await _listed(engine, uri)
        missing = [one for one in client.redirect_uris if one not in listed]
        if missing:
            raise refused("sector_identifier_uri: a redirect URI of this client is not in the list there")
    elif client.extra.get("subject_type") == "pairwise" and not sector_of(client):
        raise refused("subject_type pairwise needs redirect URIs of one host, or a sector_identifier_uri")


async def _listed(engine: Engine, uri: str) -> list[Any]:
    try:
        found = json.loads(await engine.fetcher.get(uri))
    except NotFetched as error:
        raise refused(f"sector_identifier_uri: {error}") from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise refused("sector_identifier_uri: there is no JSON list there")
    return found
