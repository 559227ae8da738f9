"""The pages for everybody: in, out, allow, devices, set-up, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lychgate.server.pages import message
from lychgate.server.pages.consent import Allow, NotInGroup
from lychgate.server.pages.device import DeviceAllow, DeviceCode, DeviceDone
from lychgate.server.pages.home import Home
from lychgate.server.pages.login import LogIn, SecondFactor
from lychgate.server.pages.setup import SetUp
from lychgate.server.pages.view import Frame, Notice, View
from lychgate.server.pages.words import destination

from .made_up import (
    ADA,
    FEW,
    LAYLA,
    LONG,
    LONGEST,
    MANY,
    MINUTE,
    MORE,
    NOTEBOOK,
    NOW,
    ROOT,
    RTL,
    STRANGER,
    TOOL,
    frame,
)

PASSKEY_GET = '{"challenge":"AAECAwQFBgcICQoLDA0ODw","rpId":"localhost","timeout":60000,"userVerification":"preferred"}'
BACK = "https://notebook.example.org/callback"
PENDING = (("request", "a-handle-of-the-pending-request"),)


def entries() -> Iterator[tuple[str, View, Frame]]:
    yield from _home()
    yield from _log_in()
    yield from _second_factor()
    yield from _allow()
    yield from _device()
    yield from _set_up()
    yield from _messages()


def _home() -> Iterator[tuple[str, View, Frame]]:
    yield "home-visitor", Home(), frame()
    yield "home-new", Home(needs_setup=True), frame()
    yield "home-person", Home(sessions=3, clients=1), frame(ADA)
    yield "home-administrator", Home(sessions=1), frame(ROOT)


def _log_in() -> Iterator[tuple[str, View, Frame]]:
    first = LogIn(program=NOTEBOOK, passkey=PASSKEY_GET, hidden=PENDING, leads_to=(BACK,))
    yield "login-first", first, frame()
    yield "login-bare", LogIn(), frame(contact="")
    yield "login-wrong", replace(first, state="wrong", name="ada"), frame()
    yield "login-slowed", replace(first, state="slowed", name="ada", wait=42), frame()
    yield "login-locked", replace(first, state="locked", name="ada"), frame()
    yield "login-passkey", replace(first, state="passkey"), frame()
    yield "login-expired", replace(first, state="expired", name="ada@example.org"), frame()
    yield "login-again", LogIn(state="again", name="ada@example.org"), frame()
    yield "login-device", LogIn(device="WDJB-MJHT"), frame()
    yield "login-unverified", replace(first, program=STRANGER, passkey=""), frame()
    yield "login-long", replace(first, program=LONGEST, name=LONG.email), frame(contact="the help desk, room 4")
    yield "login-rtl", replace(first, program=RTL, name=LAYLA.name), frame()


def _second_factor() -> Iterator[tuple[str, View, Frame]]:
    every = ("totp", "passkey", "recovery")
    totp = SecondFactor(using="totp", offers=every, program=NOTEBOOK, hidden=PENDING, leads_to=(BACK,))
    yield "factor-totp", totp, frame()
    yield "factor-totp-wrong", replace(totp, state="wrong"), frame()
    yield "factor-totp-used", replace(totp, state="used"), frame()
    yield "factor-totp-slowed", replace(totp, state="slowed", wait=90), frame()
    yield "factor-recovery", replace(totp, using="recovery"), frame()
    yield "factor-recovery-wrong", replace(totp, using="recovery", state="wrong", offers=("recovery",)), frame()
    yield "factor-passkey", replace(totp, using="passkey", passkey=PASSKEY_GET), frame()
    yield "factor-passkey-address", replace(totp, using="passkey"), frame()
    yield "factor-passkey-wrong", replace(totp, using="passkey", passkey=PASSKEY_GET, state="wrong"), frame()


def _allow() -> Iterator[tuple[str, View, Frame]]:
    new = Allow(
        program=NOTEBOOK,
        person=ADA,
        powers=FEW,
        goes_to=destination(BACK),
        resources=("https://api.example.org",),
        hidden=PENDING,
        leads_to=(BACK,),
    )
    away = "https://climate-engine-login.example.net/cb"
    here = "http://127.0.0.1:8888"
    yield "allow-new", new, frame()
    yield "allow-more", replace(new, powers=MORE, known=FEW), frame()
    yield "allow-unverified", replace(new, program=STRANGER, goes_to=destination(away), leads_to=(away,)), frame()
    yield "allow-here", replace(new, program=TOOL, goes_to=destination(here), leads_to=(here,), resources=()), frame()
    logo = replace(NOTEBOOK, logo="https://notebook.example.org/logo.svg")
    yield "allow-logo", replace(new, program=logo), frame()
    many = ("https://api.example.org", "https://wps.example.org/wps", "https://data.example.org/v2/archive")
    long = replace(new, program=LONGEST, person=LONG, powers=MANY, resources=many, goes_to=LONGEST.host)
    yield "allow-long", long, frame()
    yield "allow-rtl", replace(new, program=RTL, person=LAYLA, goes_to=RTL.host), frame()
    outside = NotInGroup(program=NOTEBOOK, person=ADA, groups=("climate-users",), back="https://notebook.example.org/")
    yield "not-in-group", outside, frame()
    three = ("climate-users", "مشغلون", "operators-of-the-northern-hemisphere")
    yield (
        "not-in-group-long",
        replace(outside, program=LONGEST, person=LONG, groups=three, ask="Grace, room 4"),
        frame(),
    )


def _device() -> Iterator[tuple[str, View, Frame]]:
    yield "device-typed", DeviceCode(), frame()
    yield "device-link", DeviceCode(code="WDJB-MJHT"), frame()
    yield "device-wrong", DeviceCode(state="wrong", code="WDJB-MJHX"), frame()
    yield "device-slowed", DeviceCode(state="slowed", wait=30), frame()
    asked = DeviceAllow(
        code="WDJB-MJHT",
        program=TOOL,
        person=ADA,
        powers=FEW + MORE,
        asked_at=NOW - 40_000,
        asked_from="192.0.2.7",
        resources=("https://api.example.org",),
    )
    yield "device-allow", asked, frame()
    v6 = "2001:db8:85a3:8d3:1319:8a2e:370:7348"
    far = replace(asked, program=STRANGER, asked_at=NOW - 9 * MINUTE, asked_from=v6)
    yield "device-allow-unverified", far, frame()
    yield "device-allow-long", replace(asked, program=LONGEST, person=LONG, powers=MANY), frame()
    yield "device-done", DeviceDone(program=TOOL, allowed=True), frame()
    yield "device-refused", DeviceDone(program=TOOL, allowed=False), frame()


def _set_up() -> Iterator[tuple[str, View, Frame]]:
    typed = {"name": "grace", "email": "grace@example"}
    yield "setup", SetUp(shortest=8), frame()
    yield "setup-secret", SetUp(shortest=8, problem="secret", **typed), frame()
    yield "setup-email", SetUp(shortest=8, problem="email", **typed), frame()
    yield "setup-password", SetUp(shortest=8, problem="password", **typed), frame()
    yield "setup-slowed", SetUp(shortest=8, problem="slowed", wait=60, **typed), frame()


def _messages() -> Iterator[tuple[str, View, Frame]]:
    yield "logged-out", message.logged_out(), frame()
    yield "logged-out-back", message.logged_out("https://notebook.example.org/"), frame()
    yield "log-out", message.LogOut(name=ADA.name), frame()
    yield "log-out-program", message.LogOut(name=LAYLA.name, program=RTL, leads_to=(BACK,)), frame()
    yield "not-found", message.not_found(), frame()
    yield "used-link", message.used_link(), frame()
    bad = "The redirect_uri is not one that the client registered: “https://evil.example/<script>”."
    yield "cannot-answer", message.cannot_answer(bad, "invalid_request"), frame()
    yield "forged", message.forged(), frame()
    yield "failed", message.failed(), frame()
    yield "away", message.away(), frame()
    yield "form-post", message.form_post(NOTEBOOK, "http://localhost:1/cb", {"code": "c0de", "state": '"><b>'}), frame()
    done = frame(ADA, notice=Notice(text="Your password was changed.", kind="done"))
    yield "home-done", Home(sessions=1), done
