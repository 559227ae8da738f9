"""The page on authenticators is true: its files run as they stand, and it fits on one screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lychgate.testing.recorder import Recorder

PAGE = (Path(__file__).parents[2] / "docs/authenticators.md").read_text(encoding="utf-8")
FILES = {match[1]: match[2] for match in re.finditer(r"^```python\n# (\S+)\n(.*?)^```$", PAGE, re.M | re.S)}
KEY = "the-key-of-the-reader"
PROFILE = '[profile.mine]\nauthenticator = "timed_key"\nkey = "env:TIMED_KEY"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def python(folder: Path, *words: str) -> str:
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    env = {**os.environ, **home, "TIMED_KEY": KEY, "PYTHONPATH": str(folder)}
    made = subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    return made.stdout


def test_it_fits_on_one_screen() -> None:
    assert len(PAGE.splitlines()) <= 60
    assert set(FILES) == {"mine.py", "use.py", "test_mine.py"}


def test_its_program_sends_the_credential(folder: Path) -> None:
    with Recorder() as api:
        text = FILES["use.py"].replace("https://api.example.org", api.url)
        (folder / "use.py").write_text(text)
        assert python(folder, "use.py") == "200\n"
        (arrived,) = api.arrived
    assert arrived.headers["x-timed-key"].count(":") == 1
    assert KEY not in str(arrived.headers)


def test_its_test_passes(folder: Path) -> None:
    assert " passed" in python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py")


def test_a_profile_may_name_it(folder: Path) -> None:
    code = (
        "import mine\nfrom lychgate.client.profile import parse\n"
        f"print(repr(parse({PROFILE!r}, 'p.toml', 'mine').what))"
    )
    assert python(folder, "-c", code) == "TimedKey(key=Secret(env:TIMED_KEY), name='X-Timed-Key')\n"
