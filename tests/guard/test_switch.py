"""``AUTH_ENABLED``: what it means, how loudly, and where."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from lychgate.guard import Guard, Refusal
from lychgate.guard.call import Call
from lychgate.guard.switch import on_loopback, switch
from lychgate.kernel.errors import ConfigError

API = "https://api.example.org"


@pytest.mark.parametrize("text", ["false", "0", "no", "off", "False", "OFF", " No "])
def test_off_in_any_case_is_off_and_said_loudly(text: str, caplog: pytest.LogCaptureFixture) -> None:
    assert not switch({"AUTH_ENABLED": text}).on
    assert "EVERY CALL IS LET THROUGH" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING


@pytest.mark.parametrize("environment", [{}, *({"AUTH_ENABLED": text} for text in ("true", "1", "yes", "ON"))], ids=str)
def test_unset_and_on_are_on(environment: dict[str, str]) -> None:
    assert switch(environment).on


@pytest.mark.parametrize("text", ["", "maybe", "fasle", "2", "none"])
def test_any_other_value_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_ENABLED", text)
    with pytest.raises(ConfigError, match="AUTH_ENABLED"):
        Guard("https://auth.example.org", API)


@pytest.mark.parametrize(
    "address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "localhost.evil.example", "0.0.0.0", ""]
)
def test_off_serves_nobody_from_elsewhere_unless_a_second_switch_says_so(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTH_ENABLED", "false")
    with pytest.raises(Refusal) as refused:
        Guard("https://auth.example.org", API).admit(Call(addresses=(address, "127.0.0.1")))
    assert refused.value.status == 503
    monkeypatch.setenv("AUTH_DISABLED_ANYWHERE", "true")
    assert Guard("https://auth.example.org", API).admit(Call(addresses=(address,))).subject == "auth-disabled"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "localhost"])
def test_loopback_is_known_in_its_forms(address: str) -> None:
    assert on_loopback(address)


def test_the_second_switch_alone_opens_nothing() -> None:
    assert switch({"AUTH_DISABLED_ANYWHERE": "true"}).on


def test_what_is_required_is_not_asked_of_the_fixed_principal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_ENABLED", "false")
    guard: Any = Guard("https://auth.example.org", API, scope="read", role="admin")
    assert guard.admit(Call(addresses=("127.0.0.1",))).scopes == frozenset()
