"""Problem details (RFC 9457): what an error looks like on the JSON API."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from lychgate.oauth.error import OAuthError
from lychgate.server.exchange import Answer, json_answer

MEDIA_TYPE = "application/problem+json"


def members(status: int, detail: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The object; ``more`` are members beyond those of RFC 9457 3.1."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail} | dict(more or {})


def problem_answer(error: OAuthError) -> Answer:
    """What is refused before the API's own routes see it."""
    answer = json_answer(members(error.status, error.description), error.status, error.headers)
    kept = [(name, value) for name, value in answer.headers if name != b"content-type"]
    return Answer(answer.status, answer.body, [*kept, (b"content-type", MEDIA_TYPE.encode())])
