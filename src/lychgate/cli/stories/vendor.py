"""The story of a vendor whose API follows no one standard: four schemes behind one call."""

from __future__ import annotations

import io
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import lychgate

from .stage import Stage
from .story import Story, expect
from .vendor_api import Vendor, vendor_api

if TYPE_CHECKING:
    from lychgate.compat.silo import Credential

USER = "ada"
THREADS = 20
SHORT = 2.0  # seconds that the tokens of one scene live


def play(stage: Stage) -> None:
    """Play the whole story. Raises at the first step that did not do what it said."""
    vendor = Vendor(USER, secrets.token_urlsafe(12), secrets.token_urlsafe(12))
    with _heard() as log, vendor_api(vendor):
        with stage.step(
            "Start a vendor's API on a free port: digest, a key in the query, a login, and OpenStack"
        ) as step:
            step.figures.append(f"{vendor.url} (its Keystone is a stand-in)")
        for title, path, make in _WAYS:
            with stage.step(f"Call {path} with {title}") as step:
                before = vendor.logins
                step.figures.append(_call(vendor, path, make(vendor)))
                expect("logins that it took", vendor.logins - before, _LOGINS[path])
        _one_login_for_all(stage, vendor)
        _by_fields(stage, vendor)
        _refused(stage, vendor)
        _nothing_leaked(stage, vendor, log)


def _digest(vendor: Vendor) -> Any:
    return lychgate.Digest(vendor.user, vendor.password)


def _key(vendor: Vendor) -> Any:
    return lychgate.ApiKey(vendor.key, name="key", place="query")


def _login(vendor: Vendor) -> Any:
    return lychgate.Login(
        url=f"{vendor.url}/login",
        username=vendor.user,
        password=vendor.password,
        token="data.token",
        expiry="data.ends",
        header="X-Vendor-Auth",
        format="Token {}",
    )


def _openstack(vendor: Vendor) -> Any:
    return lychgate.OpenStack(url=f"{vendor.url}/v3", username=vendor.user, password=vendor.password)


_WAYS: tuple[tuple[str, str, Callable[[Vendor], Any]], ...] = (
    ("a digest of the password", "/digest/devices", _digest),
    ("a key in the query", "/query/devices", _key),
    ("a token for a login", "/token/devices", _login),
    ("a token of OpenStack", "/cloud/devices", _openstack),
)
_LOGINS = {"/digest/devices": 0, "/query/devices": 0, "/token/devices": 1, "/cloud/devices": 1}


def _call(vendor: Vendor, path: str, what: Any) -> str:
    """The one call: whatever the scheme is, it is ``auth=``."""
    import requests

    answer = requests.get(vendor.url + path, auth=lychgate.auth(what), timeout=20)
    expect("the answer", (answer.status_code, answer.json()), (200, {"devices": 7, "user": USER}))
    return f"{answer.status_code}, {answer.json()['devices']} devices of {answer.json()['user']}"


def _one_login_for_all(stage: Stage, vendor: Vendor) -> None:
    import requests

    with stage.step(f"Let a token of {SHORT:.0f} seconds end while {THREADS} threads wait at the gate") as step:
        vendor.life = SHORT
        auth, gate = lychgate.auth(_login(vendor)), threading.Barrier(THREADS)
        time.sleep(max(0.0, auth.token().valid_for()) + 0.1)
        vendor.life, before = 3600.0, vendor.logins

        def caller(_: int) -> int:
            gate.wait(30)
            return requests.get(f"{vendor.url}/token/devices", auth=auth, timeout=30).status_code

        with ThreadPoolExecutor(THREADS) as pool:
            statuses = list(pool.map(caller, range(THREADS)))
        expect("answers of 200", statuses.count(200), THREADS)
        expect("logins that the vendor counted", vendor.logins - before, 1)
        step.figures.append(f"{THREADS} calls answered 200; logins: 1")


def _by_fields(stage: Stage, vendor: Vendor) -> None:
    from lychgate.compat.silo import http_step

    with stage.step("The same login by the fields of a Snippet Framework credential, refused once on the way") as step:
        credential, before = _credential(vendor), vendor.logins
        expect("the first step", http_step(credential, "GET", "/devices").status_code, 200)
        vendor.tokens.clear()  # the vendor forgets every token
        expect("the step after the vendor forgot", http_step(credential, "GET", "/devices").status_code, 200)
        expect("logins", vendor.logins - before, 2)
        step.figures.append(repr(credential.fields["authType"]) + ": renewed and repeated once")


def _credential(vendor: Vendor, **changed: Any) -> Credential:
    from lychgate.compat.silo import Credential

    where = {"url": f"{vendor.url}/token", "authEndpoint": f"{vendor.url}/login"}
    how = {"authHeader": "X-Vendor-Auth", "tokenFormat": "Token {}", "tokenKey": "data.token"}
    who = {"authType": "AuthToken", "username": vendor.user, "password": vendor.password}
    return Credential({**where, **how, **who, "tokenExpiresInSelector": "data.ends", "debug": True, **changed})


def _refused(stage: Stage, vendor: Vendor) -> None:
    from lychgate.compat.silo import http_step

    with stage.step("Try a wrong password, twice: the second try is not sent before its time") as step:
        before, errors = len(vendor.lines), []
        for _ in range(2):
            try:
                http_step(_credential(vendor, password="wrong-" + vendor.key), "GET", "/devices")
            except lychgate.Refused as error:
                errors.append(str(error))
        expect("refusals", len(errors), 2)
        expect("requests that the vendor saw", len(vendor.lines) - before, 1)
        step.figures.append(errors[0])


def _nothing_leaked(stage: Stage, vendor: Vendor, log: io.StringIO) -> None:
    with stage.step("Look for the password, the key and the tokens in the logs of this program, all at DEBUG") as step:
        hidden, text = [vendor.password, vendor.key, *vendor.issued], log.getvalue()
        expect("lines in the log", bool(text), True)
        expect("secrets found", sum(secret in text for secret in hidden), 0)
        step.figures.append(f"{len(hidden)} looked for, 0 found, in {len(text.splitlines())} lines")


@contextmanager
def _heard() -> Iterator[io.StringIO]:
    """Everything that any logger says, at DEBUG."""
    text, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


STORY = Story("vendor", "a vendor's API: digest, a key in the query, a login and OpenStack behind one call", play)
