"""Secrets from elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lychgate import Secret
from lychgate.kernel.errors import ConfigError
from lychgate.world import keyrings
from support.peers import needs


def test_a_file_gives_its_text_without_the_end_of_the_line(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("from a file\n")
    secret = Secret.file(tmp_path / "s")
    assert "from a file" not in repr(secret)
    assert secret.origin == f"file:{tmp_path / 's'}"
    assert secret.reveal() == "from a file"


def test_a_missing_file_is_said_when_it_is_needed(tmp_path: Path) -> None:
    secret = Secret.file(tmp_path / "none")
    with pytest.raises(ConfigError, match="none"):
        secret.reveal()


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        Secret.file(tmp_path / "s").reveal()


def test_a_command_gives_what_it_prints_and_no_shell_reads_it() -> None:
    assert Secret.command([sys.executable, "-c", "print('$HOME; x')"]).reveal() == "$HOME; x"


def test_a_command_gets_no_standard_input() -> None:
    assert Secret.command([sys.executable, "-c", "import sys; print('<' + sys.stdin.read() + '>')"]).reveal() == "<>"


@pytest.mark.parametrize("words", [[sys.executable, "-c", "raise SystemExit(3)"], ["/no/such/command"]])
def test_a_command_that_fails_is_said(words: list[str]) -> None:
    with pytest.raises(ConfigError, match=words[0]):
        Secret.command(words).reveal()


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str], str | None]) -> None:
    """A keyring that answers as a test has it."""
    from keyring import core

    class Backend:
        def get_password(self, service: str, user: str) -> str | None:
            return answer(service, user)

    monkeypatch.setattr(core, "_keyring_backend", Backend())


def test_a_keyring_gives_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    needs(module="keyring")

    answering(monkeypatch, lambda service, user: f"{user} at {service}")
    assert Secret.keyring("lychgate", "climate").reveal() == "climate at lychgate"
    answering(monkeypatch, lambda service, user: None)
    with pytest.raises(ConfigError, match="holds nothing"):
        Secret.keyring("lychgate", "climate").reveal()


def test_a_keyring_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    needs(module="keyring")
    import keyring

    def fail(service: str, user: str) -> str:
        raise keyring.errors.NoKeyringError

    answering(monkeypatch, fail)
    with pytest.raises(ConfigError, match="NoKeyringError"):
        Secret.keyring("lychgate", "climate").reveal()


def test_a_keyring_that_hangs_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    needs(module="keyring")

    hanging = threading.Event()
    answering(monkeypatch, lambda service, user: str(hanging.wait(30)))
    monkeypatch.setattr(keyrings, "PATIENCE", 0.2)
    began = time.monotonic()
    with pytest.raises(ConfigError, match="did not answer"):
        Secret.keyring("lychgate", "climate").reveal()
    hanging.set()
    assert time.monotonic() - began < 5
