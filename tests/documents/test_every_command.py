"""Each ``lychgate ...`` that a document or a message tells somebody to type is a command, with options that it has."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lychgate.cli import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
WORDS = re.compile(r"(?<![\w/.:=@-])lychgate((?: +[^\s|;&()`'\"]+)+)")
OF_A_KIND = {"profile add", "profile edit"}  # their further options are those of the kind


def told(text: str) -> Iterator[list[str]]:
    """The words behind each ``lychgate`` in the shell blocks and between backquotes."""
    shell = " ; ".join(re.sub(r"\s#.*", "", block.replace("\\\n", " ")) for block in BLOCK.findall(text))
    spans = " ; ".join(
        one.replace("\n", " ") for one in SPAN.findall(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    )
    for line in re.split(r"[;\n]", shell + "\n" + spans):
        for found in WORDS.findall(line):
            yield found.split()


def fault(words: list[str]) -> str:
    """What is wrong with a command; empty where nothing is."""
    if words[0].startswith("-") or words[0] not in COMMANDS:
        return "" if not re.fullmatch(r"[a-z][a-z-]*", words[0]) else f"no command {words[0]}"
    found, path, rest = importlib.import_module(COMMANDS[words[0]].module).command, [words[0]], words[1:]
    while isinstance(found, click.Group) and rest and re.fullmatch(r"[a-z][a-z-]*", rest[0]):
        if rest[0] not in found.commands:
            return f"no command {' '.join([*path, rest[0]])}"
        found, path, rest = found.commands[rest[0]], [*path, rest[0]], rest[1:]
    if isinstance(found, click.Group) or " ".join(path) in OF_A_KIND:
        return ""
    ours = rest[: rest.index("--")] if "--" in rest else rest
    known = {flag for param in found.params for flag in (*param.opts, *param.secondary_opts)} | {
        "-h",
        "--help",
        "--debug",
    }
    unknown = [
        one
        for one in (word.partition("=")[0].rstrip(".,") for word in ours)
        if one[:1] == "-" and one[1:] and one not in known
    ]
    return f"{' '.join(path)} has no {unknown[0]}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_that_is_told_exists_with_its_options(page: Path) -> None:
    commands = list(told(page.read_text(encoding="utf-8")))
    assert [(" ".join(words), fault(words)) for words in commands if fault(words)] == []


def test_each_command_that_a_message_or_a_page_tells_exists_with_its_options() -> None:
    texts = [path.read_text("utf-8") for kind in ("py", "html") for path in (ROOT / "src").rglob(f"*.{kind}")]
    commands = [found.split() for text in texts for line in text.splitlines() for found in WORDS.findall(line)]
    assert len(commands) > 200
    assert [(" ".join(words), fault(words)) for words in commands if fault(words)] == []


def test_a_command_that_is_not_there_would_be_found() -> None:
    assert fault(["client", "initial-tokens"]) == "no command client initial-tokens"
    assert fault(["token", "climate", "--heder"]) == "token has no --heder"
    assert sum(len(list(told(page.read_text(encoding="utf-8")))) for page in PAGES) > 100
