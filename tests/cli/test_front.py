"""``lychgate`` itself: help, errors and exit statuses."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lychgate.cli import COMMANDS

from .conftest import Operate


def test_alone_it_says_what_it_is_and_how_to_go_on(operate: Operate):
    said = operate()
    assert said.status == 0
    assert "lychgate serve" in said.out
    assert len(said.out.splitlines()) < 20


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_and_of_those_inside_it_ends_in_examples(operate: Operate, command: str):
    for words in _commands((command,), importlib.import_module(COMMANDS[command].module).command):
        said = operate(*words, "--help")
        assert said.status == 0
        assert re.fullmatch(r"Examples?:(\n    .+)+\n", said.out.rpartition("\n\n  ")[2]), words


def _commands(words: tuple[str, ...], found: click.Command) -> Iterator[tuple[str, ...]]:
    yield words
    for name, inner in getattr(found, "commands", {}).items():
        yield from _commands((*words, name), inner)


def test_used_wrongly_is_2_with_the_command_to_read_on(operate: Operate):
    for wrong in (("nope",), ("user", "nope"), ("client", "add", "--nope"), ("client", "rotate-secret")):
        said = operate(*wrong)
        assert said.status == 2, wrong
        assert said.err.startswith("lychgate: ")
        assert "--help)" in said.err


def test_a_group_alone_shows_its_help_and_a_misspelt_command_the_nearest(operate: Operate):
    alone = operate("profile")
    assert (alone.status, alone.out) == (2, "")
    assert alone.err.startswith("Usage: lychgate profile")
    assert "Did you mean 'token'?" in operate("tokn").err


def test_a_search_that_finds_nobody_does_not_say_that_there_is_nobody(operate: Operate):
    operate("client", "add", "--id", "somebody")
    assert operate("client", "list", "--search", "zzz").err == "No client fits.\n"
    assert operate("user", "list", "--search", "zzz").err == "Nobody fits.\n"


def test_a_traceback_is_shown_only_with_debug(operate: Operate, tmp_path: Path):
    broken = tmp_path / "data"
    broken.write_text("not a folder")
    plain = operate("user", "list", "--data", str(broken))
    assert plain.status == 1
    assert plain.err.count("\n") == 1
    assert "Traceback" in operate("user", "list", "--data", str(broken), "--debug").err


def test_a_database_that_is_away_is_4_try_again_later(operate: Operate, tmp_path: Path):
    said = operate("user", "list", "--data", str(tmp_path), "--database", "postgresql://nobody:pw@127.0.0.1:9/x")
    assert said.status == 4
    assert said.err.count("\n") == 1
    assert "pw" not in said.err


def test_a_reader_that_has_seen_enough_is_no_error(data: Path, operate: Operate):
    operate("client", "add", "--id", "piped")
    line = f"{sys.executable} -m lychgate client list --data {data} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


def test_configuration_comes_from_a_file_that_is_named(operate: Operate, tmp_path: Path):
    file = tmp_path / "server.toml"
    file.write_text(f'data = "{tmp_path / "there"}"\npassword_min_length = 20\n')
    said = operate("user", "add", "a@example.org", "--password-stdin", "--config", str(file), stdin="hunter2\n")
    assert said.status == 1
    assert "20 characters" in said.err
    file.write_text("passwrd_min_length = 20\n")
    assert (
        'unknown key "passwrd_min_length" (password_min_length?)' in operate("user", "list", "--config", str(file)).err
    )
