"""A login that ``cwt`` itself has left in its file goes on in Lychgate's store; the file stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lychgate.client.token import Token, to_record
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Load, Save
from lychgate.world.auth import Auth


def adopt(login: Auth, old: Mapping[str, Any]) -> None:
    """Take over the refresh token, or the client's id and secret, of ``old``, where ``login`` has nothing of its own.

    ``old``: a token response with ``acquired`` (a local ISO time), and ``client_id`` and ``client_secret`` of a
    registration.
    """
    credential: Any = login.credential
    renewal = getattr(credential.authenticator, "renewal", None)
    if renewal is None or renewal.token is not None or not (_text(old, "refresh_token") or _pair(old)):
        return
    credential.performer.run(_adopted(renewal, old))


def _adopted(renewal: Any, old: Mapping[str, Any]) -> Flow[None]:
    if (yield from Load(renewal.key)) is None:
        yield from Save(renewal.key, to_record(_token(old), renewal.source.who, renewal.source.where))


def _token(old: Mapping[str, Any]) -> Token:
    refresh, pair = _text(old, "refresh_token"), _pair(old)
    began = _acquired(old)
    life = old.get("expires_in")
    return Token(
        Secret(_text(old, "access_token") or "none"),
        expires_at=began + life if isinstance(life, int | float) else 0.0,
        extra={"owner": f"robot {pair['client_id']}", "registered": pair} if pair else {},
        refresh=Secret(refresh) if refresh else None,
        issued_at=began,
    )


def _pair(old: Mapping[str, Any]) -> dict[str, str]:
    found = {name: _text(old, name) for name in ("client_id", "client_secret")}
    return found if all(found.values()) else {}


def _acquired(old: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(_text(old, "acquired")).timestamp()
    except ValueError:
        return 0.0


def _text(old: Mapping[str, Any], name: str) -> str:
    found = old.get(name)
    return found if isinstance(found, str) else ""
