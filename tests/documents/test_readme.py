"""The README is true: its commands and its examples run, in its order, against a real server."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", README, re.M | re.S)
PYTHON = re.findall(r"^```python\n(.*?)^```$", README, re.M | re.S)
SECRET = re.compile(r"client_secret\s+(\S{43})")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Reader:
    """Somebody who types what the README says, in an empty home, with two ports of their own."""

    home: Path
    server: int = field(default_factory=free_port)
    api: int = field(default_factory=free_port)
    secret: str = ""

    def adapt(self, text: str) -> str:
        return text.replace("127.0.0.1:8080", f"127.0.0.1:{self.server}").replace("9000", str(self.api))

    @property
    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ours = {"PATH": path, "HOME": str(self.home), "LYCHGATE_PORT": str(self.server), "ROBOT_SECRET": self.secret}
        return {"LANG": "C.UTF-8", **ours}

    def type(self, text: str) -> str:
        done = subprocess.run(
            ["sh", "-e", "-c", self.adapt(text)], cwd=self.home, env=self.environment, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, text: str, url: str) -> subprocess.Popen[bytes]:
        """A command that goes on; answers once ``url`` answers."""
        process = subprocess.Popen(
            ["sh", "-c", f"exec {self.adapt(text)}"], cwd=self.home, env=self.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx2.get(url, timeout=5)
                return process
            except httpx2.TransportError:
                time.sleep(0.05)
        process.kill()
        raise AssertionError(f"{text} did not answer at {url}")

    def run(self, code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", self.adapt(code)], cwd=self.home, env=self.environment, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def block(beginning: str, blocks: list[str]) -> str:
    found = [one for one in blocks if one.startswith(beginning)]
    assert len(found) == 1, f"the README has {len(found)} blocks that begin with {beginning!r}"
    return found[0]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("reader"))
    process = reader.start(block("lychgate serve", SHELL), f"http://127.0.0.1:{reader.server}/health")
    try:
        reader.secret = SECRET.findall(reader.type(block("echo", SHELL)))[0]
        yield reader
    finally:
        end(process)


def test_every_block_of_the_readme_is_known_to_a_test() -> None:
    assert [one.split()[0] for one in SHELL] == ["make", ".", "lychgate", "pip", "lychgate", "echo", "uvicorn"]
    assert len(PYTHON) == 3


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    for target in re.findall(r"^make (\w+)$", block("make", SHELL), re.M):
        done = subprocess.run(["make", "-n", target], cwd=PROJECT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_the_extras_that_the_readme_names_exist() -> None:
    import tomllib

    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(re.findall(r"lychgate\[(\w+)\]", README)) <= set(extras)


def test_the_story_of_a_login_plays_itself(tmp_path: Path) -> None:
    told = Reader(tmp_path).type(block("lychgate demo", SHELL))
    assert "Each step did what it said" in told


def test_the_first_example_tells_who_we_are(reader: Reader) -> None:
    assert "ada@example.org" in reader.run(block("import lychgate\nimport requests", PYTHON))


def test_the_second_example_awaits_in_two_libraries(reader: Reader) -> None:
    assert reader.run(block("import asyncio", PYTHON)).count("ada@example.org") == 2


def test_the_guard_lets_in_the_robot_and_nobody_else(reader: Reader) -> None:
    (reader.home / "app.py").write_text(reader.adapt(block("from lychgate.guard", PYTHON)))
    url = f"http://127.0.0.1:{reader.api}/"
    process = reader.start(block("uvicorn", SHELL), url)
    try:
        assert httpx2.get(url).status_code == 401
        first = block("import lychgate\nimport requests", PYTHON)
        called = first.replace('"http://127.0.0.1:8080/api/v1/users/me"', f'"{url}"').replace(".json()", ".text")
        assert reader.run(called) == "hello robot\n"
    finally:
        end(process)


def test_every_page_is_found_from_the_readme_and_no_link_leads_nowhere() -> None:
    pages = sorted((PROJECT / "docs").glob("*.md"))
    assert [page.name for page in pages if f"(docs/{page.name})" not in README] == []
    for page in [PROJECT / "README.md", *pages]:
        for link in re.findall(r"\]\(([\w./-]+)(?:#[\w-]+)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_picture_of_the_demo_shows_the_steps_that_the_demo_has() -> None:
    source = (PROJECT / "src/lychgate/cli/stories/climate.py").read_text()
    for line in re.findall(r"^    ok  (\S+ \S+)", README, re.M):
        assert line in source, line
