"""How the person is to be asked (OpenID Connect Core 3.1.2.1): prompt and max_age."""

from __future__ import annotations

from lychgate.oauth.error import OAuthError

from .check import Asking

PROMPTS = frozenset({"none", "login", "consent", "select_account"})


async def prompt_is_known(asking: Asking) -> None:
    prompt = frozenset(asking.params.get("prompt", "").split())
    if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise OAuthError("invalid_request", f"prompt is of {', '.join(sorted(PROMPTS))}, and none stands alone")
    asking.prompt = prompt


async def max_age_is_a_number(asking: Asking) -> None:
    text = asking.params.get("max_age")
    if text is None:
        asking.max_age = asking.client.extra.get("default_max_age")
        return
    if not text.isascii() or not text.isdigit() or len(text) > 10:
        raise OAuthError("invalid_request", "max_age is a number of seconds")
    asking.max_age = int(text)
