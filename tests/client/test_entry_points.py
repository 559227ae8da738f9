"""Kinds of other packages, by entry points: found by name, and when one is broken, said so and no more."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lychgate.client.authenticators import AUTHENTICATORS
from lychgate.client.profile import parse
from lychgate.client.sources import SOURCES
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Request

POINTS = """\
[lychgate.authenticators]
theirs = lych_vendor:Theirs
basic = lych_vendor:Theirs
broken = lych_vendor_broken:Theirs
lost = lych_vendor:Lost
number = lych_vendor:NUMBER
[lychgate.sources]
broken = lych_vendor_broken:Theirs
"""
CODE = """\
from dataclasses import dataclass
from typing import Annotated
import lychgate

NUMBER = 5


@dataclass(frozen=True, eq=False)
class Theirs(lychgate.Authenticator):
    size: Annotated[int, "at most 3"] = 0

    def __post_init__(self):
        if self.size > 3:
            raise ValueError("size is at most 3")

    def ready(self, request):
        return request.with_header("X-Size", str(self.size))
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package, as far as Python's own metadata go."""
    about = tmp_path / "lych_vendor-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lych-vendor\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    (tmp_path / "lych_vendor.py").write_text(CODE)
    (tmp_path / "lych_vendor_broken.py").write_text("import what_is_not_installed\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("lych_vendor", "lych_vendor_broken"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def profile(kind: str, more: str = "") -> str:
    return f'[profile.mine]\nauthenticator = "{kind}"\n{more}'


def test_a_class_of_another_package_is_a_profile_and_takes_no_name_of_ours() -> None:
    made = parse(profile("theirs", "size = 2\n"), "profiles.toml", "mine").what
    sent = made.ready(Request("GET", "https://api.example.org/"))
    assert sent is not None
    assert sent.headers["X-Size"] == "2"
    assert AUTHENTICATORS.find("basic").__module__ == "lychgate.client.authenticators.basic"
    assert {"theirs", "broken"} <= set(AUTHENTICATORS)


@pytest.mark.parametrize(
    ("kind", "more", "said"),
    [
        ("broken", "", r"of the package lych-vendor .*ModuleNotFoundError: No module named 'what_is_not_installed'"),
        ("lost", "", "of the package lych-vendor .*AttributeError"),
        ("number", "", "it is no dataclass"),
        ("theirs", "size = 7\n", "size is at most 3"),
        ("their", "", r'unknown authenticator "their" \(theirs\?\)'),
    ],
)
def test_one_that_cannot_be_used_is_named_with_its_package(kind: str, more: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        parse(profile(kind, more), "profiles.toml", "mine")
    assert (caught.value.file, caught.value.line) == ("profiles.toml", 1 if more else 2)


def test_a_broken_source_leaves_the_others_alone() -> None:
    with pytest.raises(ConfigError, match='the source "broken" of the package lych-vendor'):
        SOURCES.find("broken")
    assert SOURCES.find("client_credentials").__name__ == "ClientCredentials"
