"""The checks of an authorization request, in their order. A check returns or raises ``OAuthError``.

Until ``redirect.is_registered`` has passed, an error is a page of ours and never a redirect.
"""

from __future__ import annotations

from . import binding, client, person, proof, pushed, redirect, request_object, response, rights, wishes
from .check import Asking, Check

AUTHORIZATION: tuple[Check, ...] = (
    client.is_known,
    request_object.is_read,
    redirect.is_registered,
    redirect.mode_is_known,
    pushed.it_is_where_it_must,
    response.names_nothing_elsewhere,
    request_object.is_there_where_needed,
    response.is_a_code,
    client.may_use_codes,
    proof.is_there,
    binding.key_is_a_thumbprint,
    rights.scope_is_allowed,
    rights.resource_is_allowed,
    person.prompt_is_known,
    person.max_age_is_a_number,
    wishes.claims_are_understood,
    wishes.acr_is_read,
    wishes.subject_is_read,
)

__all__ = ["AUTHORIZATION", "Asking"]
