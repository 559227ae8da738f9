"""The checks of an authorization request, in their order. A check returns or raises ``OAuthError``.

Until ``redirect.is_registered`` has passed, an error is a page of ours and never a redirect.
"""

from __future__ import annotations

from . import client, person, proof, redirect, response, rights
from .check import Asking, Check

AUTHORIZATION: tuple[Check, ...] = (
    client.is_known,
    redirect.is_registered,
    redirect.mode_is_known,
    response.names_no_request_object,
    response.is_a_code,
    client.may_use_codes,
    proof.is_there,
    rights.scope_is_allowed,
    rights.resource_is_allowed,
    person.prompt_is_known,
    person.max_age_is_a_number,
)

__all__ = ["AUTHORIZATION", "Asking"]
