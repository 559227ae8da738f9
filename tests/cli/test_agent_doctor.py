"""``lychgate doctor`` about the ssh-agent: none, gone, locked, with keys; and profiles that need it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ssh_agent
from support.ssh_agent import Agent, pretending

from .conftest import Operate

PROFILE = '[profile.{name}]\nauthenticator = "signed_jwt"\nusername = "ada"\nkey = "agent:{name}"\n'


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    with ssh_agent.running() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: Agent) -> Iterator[Path]:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.socket))
    yield tmp_path
    agent.forget()


def told(operate: Operate) -> list[tuple[str, str]]:
    said = operate("doctor", "--offline", "--json")
    return [(row["state"], row["text"]) for row in json.loads(said.out) if row["what"] == "ssh-agent"]


def need(home: Path, *names: str) -> None:
    (home / "profiles.toml").write_text("".join(PROFILE.format(name=name) for name in names))
    (home / "profiles.toml").chmod(0o600)


def test_keys_are_counted_by_kind_and_never_shown(home: Path, operate: Operate, agent: Agent) -> None:
    assert told(operate) == [("ok", "it answers, and holds no key, or is locked (it says the same then)")]
    publics = [agent.make(*what) for what in (("EdDSA", "laptop"), ("EdDSA", "desk"), ("ES256", "ship"))]
    need(home, "laptop", "gone")
    said = operate("doctor", "--offline")
    rows = told(operate)
    assert rows[0][1] == "it answers; keys that can sign a token: 1 ecdsa-sha2-nistp256, 2 ssh-ed25519"
    assert rows[1] == ("ok", "laptop: its key is there (ssh-ed25519)")
    assert rows[2][0] == "bad"
    assert 'gone: the ssh-agent has no key "gone"' in rows[2][1]
    assert said.status == 1
    assert not any(public.read_text().split()[1] in said.out for public in publics)


def test_an_agent_that_is_locked_or_missing_is_a_fault_only_where_a_profile_needs_it(
    home: Path, operate: Operate, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "gone"))
    ((state, text),) = told(operate)
    assert (state, "no ssh-agent answers at" in text) == ("note", True)
    with pretending(b"HTTP/1.1 400 Bad Request\r\n") as place:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
        assert "no ssh-agent" in told(operate)[0][1]
    monkeypatch.delenv("SSH_AUTH_SOCK")
    assert told(operate) == [("ok", "none: $SSH_AUTH_SOCK is not set")]
    need(home, "laptop")
    assert told(operate)[1][0] == "bad"
    assert "ssh-add" in told(operate)[1][1]


def test_a_locked_agent_is_named_as_one(home: Path, operate: Operate, agent: Agent) -> None:
    agent.make("EdDSA", "laptop")
    need(home, "laptop")
    with agent.locked():
        assert [state for state, text in told(operate) if "locked" in text] == ["ok", "bad"]
