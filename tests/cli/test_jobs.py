"""Tokens for jobs, and the commands on profiles whose credential is a chain or signs its own tokens."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.oauth import jose
from lychgate.services.unicore.site import Unicore
from support import ssh_agent
from support.server import Made
from support.ssh_agent import Agent
from support.unicore_site import EMAIL, PASSWORD, USER, Site, site

from .conftest import Operate

SHOW = 'cat "$BEARER_TOKEN_FILE"'
WATCH = """
import os, time
seen, until = [], time.time() + 20
while len(seen) < 2 and time.time() < until:
    text = open(os.environ["BEARER_TOKEN_FILE"]).read()
    if text not in seen:
        seen.append(text)
    time.sleep(0.05)
print(*seen)
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("jobs") / "data", toml="[facade.unicore]\nlifetime = 3\n") as running:
        yield running


@pytest.fixture(scope="module")
def agent(demo: Site) -> Iterator[Agent]:
    with ssh_agent.running() as running:
        demo.add_key(running.make("ES256", "laptop"))
        yield running


@pytest.fixture(scope="module")
def robot(demo: Site) -> Made:
    return demo.server.client_add("robot", grants=["client_credentials"], scopes=("read", "write"))


@pytest.fixture(scope="module")
def desk(demo: Site) -> Made:
    """A program that a person's password makes a login for, with a refresh token."""
    return demo.server.client_add(
        "desk",
        grants=["password", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
        scopes=("openid", "read", "write"),
    )


@pytest.fixture(scope="module")
def plain(demo: Site) -> Made:
    """The same, without token exchange."""
    return demo.server.client_add("plain", grants=["password", "refresh_token"], scopes=("openid", "read", "write"))


@pytest.fixture
def home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, demo: Site, agent: Agent, robot: Made, desk: Made, plain: Made
) -> Path:
    """A home with a profile of each kind."""
    for name, value in {
        "LYCHGATE_HOME": str(tmp_path), **agent.env, "ROBOT_SECRET": robot.secret, "DESK_SECRET": desk.secret,
        "PLAIN_SECRET": plain.secret,
        "PASSWORD": PASSWORD,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = f'issuer = "{demo.server.issuer}"\norigins = ["{demo.server.issuer}"]\n'
    (tmp_path / "profiles.toml").write_text(f"""
[profile.site]
preset = "unicore"
url = "{demo.url}"
username = "{USER}"
key = "agent:laptop"
[profile.by_password]
preset = "unicore"
url = "{demo.url}"
username = "{USER}"
password = "env:PASSWORD"
[profile.signed]
authenticator = "signed_jwt"
username = "{USER}"
key = "agent:laptop"
origins = ["{demo.server.issuer}"]
[profile.robot]
source = "client_credentials"
client_id = "robot"
client_secret = "env:ROBOT_SECRET"
{client}
[profile.desk]
source = "password"
client_id = "desk"
client_secret = "env:DESK_SECRET"
username = "{EMAIL}"
password = "env:PASSWORD"
scope = ["openid", "read", "write"]
{client}
[profile.plain]
source = "password"
client_id = "plain"
client_secret = "env:PLAIN_SECRET"
username = "{EMAIL}"
password = "env:PASSWORD"
scope = ["openid", "read", "write"]
{client}
[profile.variable]
source = "environment"
variable = "NOT_SET"
origins = ["{demo.server.issuer}"]
[profile.chain]
authenticator = "chain"
members = ["variable", "robot"]
[profile.signs]
authenticator = "chain"
members = ["variable", "signed"]
""")
    (tmp_path / "profiles.toml").chmod(0o600)
    return tmp_path


def claims(token: str) -> dict[str, Any]:
    return jose.peek(token.strip())[1]


@pytest.mark.parametrize(("profile", "subject"), [("signed", USER), ("chain", "robot"), ("signs", USER)])
def test_token_whoami_status_and_run_know_chains_and_signed_tokens(
    home: Path, operate: Operate, profile: str, subject: str
) -> None:
    token = operate("token", profile)
    assert (token.status, claims(token.out)["sub"]) == (0, subject), token.err
    said = operate("whoami", profile)
    assert f"{subject} at 127.0.0.1" in said.out
    ran = run("--profile", profile, "--", "sh", "-c", SHOW)
    assert claims(ran.stdout)["sub"] == subject
    rows = {row["profile"]: row for row in operate("status", "--json").json()}
    assert subject in rows[profile]["who"]
    assert "in order" in operate("profile", "test", profile).out
    assert operate("explain", "https://api.example.org/", "--profile", profile).status == 0
    again = operate("token", profile, "--min-valid", "2m")
    assert again.status == 0, again.err


def test_status_says_that_a_key_signs(home: Path, operate: Operate) -> None:
    said = operate("status")
    assert said.status == 0, said.err
    assert "signed here" in said.out


def test_a_site_issues_a_limited_token_for_a_job(home: Path, operate: Operate, demo: Site) -> None:
    said = operate("token", "site", "--for-job", "48h", "--out", str(home / "token"))
    assert (said.status, said.out) == (0, ""), said.err
    assert "48 h, audience " in said.err
    assert stat.S_IMODE((home / "token").stat().st_mode) == 0o600
    found = claims((home / "token").read_text())
    assert f"audience {found['aud']}, no refresh token; issued by 127.0.0.1" in said.err
    assert "Keep it safe: whoever has it acts for you" in said.err
    assert (home / "token").read_text() not in said.err
    assert "renewable" not in found
    by_token = Unicore(demo.url, lychgate.Bearer((home / "token").read_text()))
    assert by_token.access_info().uid == "demo"
    late = operate("token", "site", "--for-job", "400d")
    assert (late.status, "2592000" in late.err) == (1, True)


@pytest.mark.parametrize("profile", ["site", "by_password"])
def test_a_command_at_a_site_gets_an_issued_token_whatever_the_profile_is(home: Path, operate: Operate, profile: str) -> None:  # fmt: skip  # noqa: E501
    found = claims(run("--profile", profile, "--for", "2h", "--", "sh", "-c", SHOW).stdout)
    assert (found["exp"] - found["iat"], "aud" in found) == (7200, True)
    assert "login     demo" in operate("whoami", profile).out


def test_a_command_is_told_neither_of_the_password_nor_of_the_agent(home: Path) -> None:
    assert "SSH_AUTH_SOCK" not in run("--profile", "site", "--", "env").stdout
    seen = run("--profile", "by_password", "--", "env").stdout
    assert "SSH_AUTH_SOCK" in seen
    assert PASSWORD not in seen


def test_a_command_that_says_no_time_has_short_tokens_of_the_site_renewed_under_it(home: Path) -> None:
    lines = run("--profile", "site", "--", sys.executable, "-c", WATCH).stdout.split()
    assert len(set(lines)) == 2
    assert [found["exp"] - found["iat"] for found in map(claims, lines)] == [3, 3]


def test_a_program_asks_for_less_and_is_told_when_no_token_lasts(home: Path, operate: Operate) -> None:
    less = operate("token", "robot", "--for-job", "60s", "--scope", "read")
    assert claims(less.out)["scope"] == "read"
    assert "scope read, audience " in less.err
    assert claims(operate("token", "robot").out)["scope"] == "read write"
    late = operate("token", "robot", "--for-job", "48h")
    assert late.status == 1
    assert "lychgate run --profile robot --for 48h --" in late.err


def test_a_login_is_exchanged_for_less_or_asks_for_less_and_lives_on(home: Path, operate: Operate) -> None:
    exchanged = operate("token", "desk", "--for-job", "60s", "--scope", "read")
    assert exchanged.status == 0, exchanged.err
    assert claims(exchanged.out)["scope"] == "read"
    assert "no refresh token; exchanged for the login's token" in exchanged.err
    for _ in range(2):
        asked = operate("token", "plain", "--for-job", "60s", "--scope", "read")
        assert asked.status == 0, asked.err
        assert claims(asked.out)["scope"] == "read"
        assert "asked for by the login (it refused the exchange (unauthorized_client))" in asked.err, asked.err
    renewed = operate("token", "plain", "--min-valid", "100m")  # longer than any token lives, so it is renewed
    assert (renewed.status, "lives 15 min only" in renewed.err) == (1, True)
    assert "write" in claims(operate("token", "plain").out)["scope"]
    wider = operate("token", "desk", "--for-job", "60s", "--scope", "admin")
    assert (wider.status, "invalid_scope" in wider.err) == (1, True)


def test_what_has_no_scopes_says_so(home: Path, operate: Operate) -> None:
    for profile, why in (("signed", "no scopes"), ("site", "limited to that site")):
        said = operate("token", profile, "--for-job", "60s", "--scope", "read")
        assert said.status == 1
        assert why in said.err
    alone = operate("token", "signed", "--for-job", "60s").err
    assert "NOT narrowed: it is the profile's own, and nobody can be asked for a narrower one" in alone
    assert operate("token", "robot", "--scope", "read").status == 2


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "lychgate", "run", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done
