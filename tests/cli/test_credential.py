"""``lychgate credential``, asked by git itself, and as docker asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.peers import needs
from support.server import Made, Server, running

from .conftest import Operate


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("credential") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add("robot", grants=["client_credentials"])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, robot: Made) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("ROBOT_SECRET", robot.secret)
    (tmp_path / "profiles.toml").write_text(
        f'[profile.robot]\nsource = "client_credentials"\nissuer = "{server.issuer}"\nclient_id = "robot"\n'
        'client_secret = "env:ROBOT_SECRET"\norigins = ["https://git.example.org", "https://registry.example.org"]\n'
    )
    (tmp_path / "profiles.toml").chmod(0o600)
    return tmp_path


def fill(home: Path, question: str) -> subprocess.CompletedProcess[str]:
    """What git finds with our helper alone, and nobody to ask."""
    needs(program="git")
    helper = f"!{sys.executable} -m lychgate credential git"
    words = ["git", "-c", "credential.helper=", "-c", f"credential.helper={helper}", "credential", "fill"]
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(home), "GIT_ASKPASS": ""}
    return subprocess.run(words, input=question, env=env, cwd=home, capture_output=True, text=True, timeout=60)


def test_git_gets_a_token_for_the_origin_of_a_profile(home: Path, server: Server, robot: Made) -> None:
    done = fill(home, "protocol=https\nhost=git.example.org\npath=a/b.git\n\n")
    assert done.returncode == 0, done.stderr
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert found["username"] == "oauth2"
    assert server.is_active(found["password"], robot)


@pytest.mark.parametrize("host", ["elsewhere.example.org", "git.example.org:8443", "git.example.org.evil.example"])
def test_git_gets_nothing_for_another_host(home: Path, host: str) -> None:
    done = fill(home, f"protocol=https\nhost={host}\n\n")
    assert done.returncode != 0
    assert "password" not in done.stdout


def test_docker_gets_a_token_and_learns_which_hosts_there_are(
    home: Path, operate: Operate, server: Server, robot: Made
) -> None:
    for question in ("https://registry.example.org\n", "registry.example.org"):
        found = operate("credential", "docker", "get", stdin=question).json()
        assert (found["ServerURL"], found["Username"]) == (question.strip(), "oauth2")
        assert server.is_active(found["Secret"], robot)
    listed = operate("credential", "docker", "list")
    assert json.loads(listed.out) == {"https://git.example.org": "oauth2", "https://registry.example.org": "oauth2"}
    other = operate("credential", "docker", "get", stdin="elsewhere.example.org")
    assert (other.status, other.out) == (1, "credentials not found in native keychain\n")


@pytest.mark.parametrize("tool", ["git", "docker"])
@pytest.mark.parametrize("deed", ["store", "erase"])
def test_what_they_want_kept_or_erased_is_left_alone(home: Path, operate: Operate, tool: str, deed: str) -> None:
    said = operate("credential", tool, deed, stdin="protocol=https\nhost=git.example.org\npassword=x\n\n")
    assert (said.status, said.out, said.err) == (0, "", "")
