"""From a login on with what the person came for (OpenID Connect Core 3.1.2.3)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from lychgate.server.pages.paths import PATHS

from .discovery import AUTHORIZE

LOGGED_IN = "lychgate_logged_in"  # a parameter of ours: the login that was wanted has just been
THEN = "then"  # the field in which a login page carries the page of ours that was wanted, by name
REGISTRATION = "/wps/auth/client_registration/"
OWN = ("mine", "client_new", "account", "name", "password", "totp", "recovery", "passkey", "ssh_key")
DESK = ("admin", "admin_users", "admin_clients", "admin_sessions", "admin_keys", "admin_audit")
PLACES = {name: PATHS[name] for name in (*OWN, *DESK)} | {"registration": REGISTRATION}
STANDS = 600_000  # ms for which it then does


def after_login(query: str) -> str:
    """Where a browser goes on after a login: the request, of which the wish for a fresh login is now fulfilled.

    Whoever adds the mark by hand gains nothing: the wish was theirs to leave out, and ID tokens tell ``auth_time``.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, _without_login(value) if name == "prompt" else value) for name, value in pairs]
    kept = [(name, value) for name, value in kept if name != LOGGED_IN and (name != "prompt" or value)]
    return f"{AUTHORIZE}?{urlencode([*kept, (LOGGED_IN, '1')])}"


def _without_login(prompt: str) -> str:
    return " ".join(word for word in prompt.split() if word not in ("login", "select_account"))


def place(name: str) -> str | None:
    """The path of a page that a login may lead to; None for any other name, so that no form leads elsewhere."""
    return PLACES.get(name)


def desk(path: str) -> str:
    """The name of the administration's page at ``path``; of its first one where a login leads to no such page."""
    return next((name for name in DESK if PATHS[name] == path), DESK[0])
