"""``lychgate profile``, ``store``, ``call`` and ``inspect`` at a real server, with a robot's profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.server import Made, Server, running

from .conftest import Operate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("profiles") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add("robot", grants=["client_credentials"], scopes=("read",))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, robot: Made) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("ROBOT_SECRET", robot.secret)
    return tmp_path


@pytest.fixture
def added(home: Path, operate: Operate, server: Server) -> Path:
    said = operate("profile", "add", "robot", "--source", "client_credentials", "--issuer", server.issuer,
                   "--client-id", "robot", "--client-secret", "env:ROBOT_SECRET",
                   "--origin", server.issuer)  # fmt: skip
    assert said.status == 0, said.err
    return home


def test_a_profile_is_added_tried_changed_and_removed(added: Path, operate: Operate, server: Server) -> None:
    assert "is in order" in operate("profile", "test", "robot").out
    assert operate("profile", "list", "--json").json() == [
        {"profile": "robot", "kind": "source", "name": "client_credentials", "origins": [server.issuer], "store": None}
    ]
    assert operate("profile", "edit", "robot", "--scope", "read", "--store", "memory").status == 0
    shown = operate("profile", "show", "robot", "--json").json()
    assert (shown["store"], shown["client_secret"]) == ("memory", "env:ROBOT_SECRET")
    assert operate("profile", "edit", "robot", "--unset", "store").status == 0
    assert "store" not in operate("profile", "show", "robot", "--json").json()
    assert operate("profile", "remove", "robot").status == 0
    assert operate("profile", "list", "--json").json() == []
    assert operate("profile", "show", "robot").status == 1


def test_an_option_of_the_kind_may_be_called_like_the_profiles_own_name(home: Path, operate: Operate) -> None:
    words = ("--authenticator", "api_key", "--key", "env:ROBOT_SECRET", "--name", "X-Mine")
    assert operate("profile", "add", "one", *words).status == 0
    assert operate("profile", "add", "both", "--authenticator", "chain", "--members", "one").status == 0
    assert operate("profile", "show", "one", "--json").json()["name"] == "X-Mine"
    assert operate("profile", "show", "both", "--json").json()["members"] == ["one"]


def test_a_preset_shows_its_options_and_becomes_a_profile(home: Path, operate: Operate, server: Server) -> None:
    told = operate("profile", "add", "me", "--preset", "egi", "--help").out
    assert "--way" in told
    assert "a code for another device" in " ".join(told.split())
    assert operate("profile", "add", "me", "--preset", "egi", "--client-id", "program", "--way", "device").status == 0
    here = ("--url", server.issuer, "--client-id", "robot", "--client-secret", "env:ROBOT_SECRET", "--way", "robot")
    assert operate("profile", "add", "it", "--preset", "egi", *here, "--origin", server.issuer).status == 0
    assert "Logged in as" in operate("login", "it").out
    refused = operate("profile", "add", "us", "--preset", "microsoft", "--client-id", "program", "--tenant", "common")
    assert refused.status == 1
    assert "directory's id" in refused.err


def test_what_others_wrote_in_the_file_stays(added: Path, operate: Operate) -> None:
    file = added / "profiles.toml"
    file.write_text('# mine\n[profile.other]\nauthenticator = "anonymous"  # for now\n\n' + file.read_text())
    assert operate("profile", "remove", "robot").status == 0
    assert file.read_text().strip() == '# mine\n[profile.other]\nauthenticator = "anonymous"  # for now'


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("add", "x"), "--preset, --source or --authenticator"),
        (("add", "x", "--source", "client_credentals"), "client_credentials?"),
        (("add", "x", "--source", "client_credentials", "--client-id", "a"), "issuer"),
        (("add", "x", "--authenticator", "api_key", "--key", "hunter2hunter2"), "typed in clear"),
        (("add", "x", "--authenticator", "api_key", "--kay", "env:A"), "--kay"),
        (("edit", "robt", "--unset", "store"), 'unknown profile "robt" (robot?)'),
        (("show", "nobody"), 'unknown profile "nobody" (known: robot)'),
        (("edit", "robot", "--unset", "stare"), 'no key "stare"'),
        (("edit", "robot", "--client-secret", "hunter2hunter2"), "typed in clear"),
        (("add", "robot", "--authenticator", "anonymous"), "already"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    added: Path, operate: Operate, arguments: tuple[str, ...], text: str
) -> None:
    before = (added / "profiles.toml").read_text()
    said = operate("profile", *arguments)
    assert said.status in (1, 2)
    assert text in said.err
    assert "hunter2" not in said.err
    assert not re.search(r"toml:\d", said.err), "no line of the file is to blame for what was typed"
    assert (added / "profiles.toml").read_text() == before


def test_a_login_is_listed_shown_moved_and_forgotten_without_its_token(
    added: Path, operate: Operate, tmp_path: Path, robot: Made
) -> None:
    token = operate("token", "robot").out.strip()
    (row,) = operate("store", "list", "--json").json()
    assert row["who"] == "robot robot"
    shown = operate("store", "show", row["id"])
    assert "read" in shown.out
    assert token not in shown.out + operate("store", "list").out
    other = str(tmp_path / "other")
    assert operate("store", "move", row["id"], "--to", other).status == 0
    assert operate("store", "list", "--json").json() == []
    assert operate("store", "list", "--store", other, "--json").json() == [row]
    assert operate("store", "forget", row["id"], "--store", other).status == 0
    assert operate("store", "list", "--store", other, "--json").json() == []
    assert operate("store", "show", row["id"]).status == 1
    assert operate("store", "list", "--store", str(tmp_path / "nowhere")).err == "Nothing is kept here.\n"
    assert not (tmp_path / "nowhere").exists(), "looking makes nothing"


def test_a_request_goes_out_with_the_profile_of_its_origin(added: Path, operate: Operate, server: Server) -> None:
    said = operate("call", "POST", f"{server.issuer}/oauth2/token")
    assert said.status == 1
    assert "415" in said.err
    assert "invalid_request" in said.out
    assert operate("call", "GET", f"{server.issuer}/health", "-i").out.startswith("200")


def test_a_token_is_decoded_and_its_signature_judged(
    added: Path, operate: Operate, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    token = operate("token", "robot").out.strip()
    said = operate("inspect", stdin=token + "\n")
    assert said.status == 0
    assert f"valid: {server.issuer} signed it" in said.out
    assert "client_id" in said.out
    head, payload, signature = token.split(".")
    wrong = operate("inspect", "--json", stdin=f"{head}.{payload}.{signature[::-1]}\n")
    assert wrong.status == 1
    assert "NOT VALID" in wrong.out
    assert "not asked" in operate("inspect", "--offline", stdin=f"Authorization: Bearer {token}\n").out
    opaque = operate("inspect", stdin="an-opaque-token-of-a-vendor\n")
    assert opaque.status == 1
    assert "opaque" in opaque.err
    assert "an-opaque" not in opaque.err
