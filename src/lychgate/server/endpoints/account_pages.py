"""The routes of set-up, of second factors and of "my account"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call
from lychgate.server.pages.paths import PATHS

from . import account, account_factors, account_keys, second_factor, set_up
from .personal import opened, pressed

Handler = Callable[[Call], Awaitable[Answer]]


def paths(engine: Engine) -> dict[str, Mapping[str, Handler]]:
    found: dict[str, Mapping[str, Handler]] = {
        PATHS["second_factor"]: {
            "GET": partial(second_factor.show, engine),
            "POST": partial(second_factor.prove, engine),
        },
        PATHS["log_in_passkey"]: {"POST": partial(second_factor.by_passkey, engine)},
        PATHS["account"]: {"GET": partial(opened, engine, account.show, "account")},
    }
    if not engine.issuer.realm:  # one service, one first administrator
        found[PATHS["setup"]] = {"GET": partial(set_up.show, engine), "POST": partial(set_up.make, engine)}
    steps = {
        "name": (account.ask_for_name, account.change_name),
        "password": (account.ask_for_password, account.change_password),
        "totp": (account_factors.ask_for_totp, account_factors.add_totp),
        "recovery": (account_factors.ask_for_codes, account_factors.make_codes),
        "passkey": (account_factors.ask_for_passkey, account_factors.add_passkey),
        "totp_remove": (account_factors.ask_to_remove, account_factors.remove),
        "ssh_key": (account_keys.ask_for_key, account_keys.add_key),
        "ssh_key_remove": (account_keys.ask_to_remove_key, account_keys.remove_key),
        "passkey_remove": (account_factors.ask_to_remove, account_factors.remove),
    }
    for name, (ask, do) in steps.items():
        then = "account" if name.endswith("_remove") else name
        found[PATHS[name]] = {"GET": partial(opened, engine, ask, then), "POST": partial(pressed, engine, do, then)}
    return found
