"""``lychgate token``, ``status``, ``whoami``, ``logout`` and ``login`` at a real server, with a robot's profile."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.kernel.record import Record
from lychgate.world.stores import open_store
from support.robot import robot_home, write_profiles
from support.server import Made, Server, poll, running

from .conftest import Operate

LIFETIME = 4  # seconds


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("callers") / "data", toml=f"lifetime = {LIFETIME}\n") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add("robot", grants=["client_credentials"], scopes=("read",))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, robot: Made) -> Path:
    """A home with one profile, ``robot``."""
    return robot_home(tmp_path, monkeypatch, server, robot)


def test_a_token_goes_to_standard_output_alone_and_is_kept(
    home: Path, operate: Operate, server: Server, robot: Made
) -> None:
    first = operate("token")
    assert first.status == 0
    assert server.is_active(first.out.strip(), robot)
    assert first.err == ""
    assert operate("token", "robot").out == first.out
    assert operate("token", "--header").out == f"Authorization: Bearer {first.out}"
    assert operate("token", "--json").json()["access_token"] == first.out.strip()


def test_a_token_with_too_little_left_is_renewed(home: Path, operate: Operate) -> None:
    first = operate("token").out
    time.sleep(1.1)
    assert operate("token", "--min-valid", "1s").out == first
    assert operate("token", "--min-valid", "3s").out != first


def test_more_than_the_issuer_gives_is_said_and_nothing_printed(home: Path, operate: Operate) -> None:
    said = operate("token", "--min-valid", "10m")
    assert (said.status, said.out) == (1, "")
    assert "10 min were asked for" in said.err


def test_status_shows_who_is_where_and_how_long(home: Path, operate: Operate, server: Server) -> None:
    before = operate("status")
    assert before.out.splitlines()[0].split() == ["PROFILE", "WHO", "WHERE", "TOKEN", "LOGIN", "UNTIL", "STORE"]
    assert before.out.splitlines()[1].split() == f"robot robot robot {server.issuer[7:]} - - file (0600)".split()
    token = operate("token").out.strip()
    row = operate("status", "--json").json()[0]
    assert (row["profile"], row["who"], row["logged_in"]) == ("robot", "robot robot", True)
    assert 0 < row["expires_at"] - time.time() <= LIFETIME
    assert token not in operate("status").out
    assert poll(lambda: "expired" in operate("status").out, LIFETIME + 3)


def test_a_login_without_a_profile_is_shown_as_well(home: Path, operate: Operate) -> None:
    operate("token")
    write_profiles(home, "")
    assert operate("status", "--json").json()[0]["who"] == "robot robot"


def test_a_profile_that_is_wrong_does_not_hide_the_others(home: Path, operate: Operate) -> None:
    bad = '\n[profile.bad]\nsource = "client_credentials"\nisuer = "x"\n'
    write_profiles(home, (home / "profiles.toml").read_text() + bad)
    said = operate("status")
    assert said.status == 1
    assert "robot robot" in said.out
    assert 'profiles.toml:10: unknown key "isuer" (issuer?)' in said.err
    write_profiles(home, bad)
    assert "no profile" not in operate("status").err, "there is one, and what is wrong with it is said"


def test_whoami_says_whom_the_issuer_takes_us_for(home: Path, operate: Operate, server: Server) -> None:
    assert operate("whoami").out.startswith(f'robot robot at {server.issuer[7:]}, profile "robot"\n')
    assert operate("whoami", "--json").json()["claims"]["client_id"] == "robot"


def test_logout_revokes_the_token_and_forgets_it(home: Path, operate: Operate, server: Server, robot: Made) -> None:
    token = operate("token").out.strip()
    assert server.is_active(token, robot)
    said = operate("logout")
    assert (said.status, said.out) == (0, f"Logged out robot robot at {server.issuer[7:]}.\n")
    assert not server.is_active(token, robot)
    assert operate("logout", "--all").out == 'Nobody is logged in with the profile "robot".\n'


def test_logout_forgets_also_where_the_issuer_cannot_be_told(home: Path, operate: Operate) -> None:
    operate("token")
    for kept in (home / "tokens").glob("*.json"):  # the same login, at an issuer that is not there
        entry = json.loads(kept.read_text())
        moved = entry | {"key": entry["key"].replace(entry["where"], "http://127.0.0.1:9")}
        kept.unlink()
    write_profiles(home, (home / "profiles.toml").read_text().replace(entry["where"], "http://127.0.0.1:9"))

    open_store("file").save(moved["key"], Record(moved["data"], moved["who"], "http://127.0.0.1:9"))
    said = operate("logout")
    assert said.status == 4
    assert "forgotten here, but 127.0.0.1:9 was not told" in said.err
    assert operate("logout").out == 'Nobody is logged in with the profile "robot".\n'


def test_login_with_a_robots_profile_gets_a_new_token(home: Path, operate: Operate) -> None:
    first = operate("token").out
    said = operate("login", "robot")
    assert said.status == 0, said.err
    assert "Logged in as robot robot at" in said.out
    assert "Try:  lychgate token robot" in said.out
    assert operate("token").out != first


def test_where_nobody_is_a_login_by_a_person_says_what_to_run_and_ends_with_3(
    home: Path, operate: Operate, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    said = operate("login", server.issuer, "--client-id", "app", "--profile", "mine")
    assert said.status == 3
    assert "this is a CI run" in said.err
    assert "lychgate login mine" in said.err
    assert operate("status", "--json").json()[-1]["who"] == "", "nobody has logged in yet"
    bare = operate("login", server.issuer)  # where the robot has a profile too, which is nobody's login
    assert (bare.status, "robot robot" in bare.out) == (3, False), bare
    assert operate("token", "mine").status == 3


def test_without_a_profile_or_with_several_it_is_said_what_to_name(
    home: Path, operate: Operate, tmp_path: Path
) -> None:
    write_profiles(home, "")
    none = operate("token")
    assert (none.status, "lychgate login ISSUER" in none.err) == (3, True)
    write_profiles(home, '[profile.a]\nauthenticator = "anonymous"\n[profile.b]\nauthenticator = "anonymous"\n')
    several = operate("token")
    assert (several.status, "a, b" in several.err) == (2, True)
    assert operate("token", "a").status == 1
    assert operate("token", "aa").status == 1
    assert operate("login", "https://auth.example.org", "--profile", "a").status == 2
