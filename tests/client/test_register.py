"""Authenticators and sources of a program's own: their names, and what cannot be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pytest

import lychgate
from lychgate.client.authenticators import AUTHENTICATORS
from lychgate.client.profile import parse
from lychgate.client.sources import SOURCES
from lychgate.kernel.errors import ConfigError


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for table in (AUTHENTICATORS, SOURCES):
        monkeypatch.setattr(table, "_added", {})


@dataclass(frozen=True, eq=False)
class Mine(lychgate.Authenticator):
    key: Annotated[lychgate.Secret | str, "the key"]


@dataclass(frozen=True, eq=False)
class MySource:
    place: Annotated[str, "where"] = "here"
    who = where = "mine"

    def cache_key(self) -> str:
        return "mine"

    def obtain(self) -> Any: ...

    def renew(self, token: Any) -> Any: ...


def test_profiles_know_them_by_their_names() -> None:
    assert lychgate.register("my_scheme")(Mine) is Mine
    lychgate.register("my_source")(MySource)
    assert isinstance(parse('[profile.x]\nauthenticator = "my_scheme"\nkey = "env:X"\n', "p", "x").what, Mine)
    assert isinstance(parse('[profile.x]\nsource = "my_source"\n', "p", "x").what, MySource)
    with pytest.raises(ConfigError) as caught:
        parse('[profile.x]\nauthenticator = "my_scheme"\nkee = "env:X"\n', "p", "x")
    assert caught.value.field == "kee"
    assert "my_scheme" in AUTHENTICATORS
    assert "my_source" in SOURCES


def test_a_name_is_taken_once_and_ours_are_never_replaced() -> None:
    lychgate.register("my_scheme")(Mine)
    lychgate.register("my_scheme")(Mine)  # a module that is loaded again
    other = type("Other", (Mine,), {})
    for name in ("my_scheme", "bearer"):
        with pytest.raises(ConfigError, match="already"):
            lychgate.register(name)(other)


def test_what_is_neither_is_refused() -> None:
    for wrong in (int, type("Plain", (), {})):
        with pytest.raises(TypeError, match="neither"):
            lychgate.register("mine")(wrong)
    with pytest.raises(ConfigError):
        lychgate.register("my scheme")
