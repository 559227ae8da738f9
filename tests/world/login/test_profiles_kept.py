"""Profiles are kept in a file that many may write at once, and that its owner alone can read."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lychgate.kernel.errors import ConfigError
from lychgate.world import profiles
from lychgate.world.profiles import open_profile, profile_names, save_profile
from support.processes import output, python

TABLE = {"source": "authorization_code", "issuer": "https://auth.example.org", "client_id": "app"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_profile_is_kept_and_opened_again(home: Path) -> None:
    old = os.umask(0)
    try:
        path = save_profile("auth.example.org", TABLE)
    finally:
        os.umask(old)
    assert path == home / "profiles.toml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert open_profile("auth.example.org").what.client_id == "app"
    assert profiles.profile_table("auth.example.org") == TABLE
    assert profiles.profile_table("another") == {}


def test_a_link_into_another_folder_stays_a_link(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (tmp_path / "dotfiles.toml").write_text("# mine\n")
    (home / "profiles.toml").symlink_to(tmp_path / "dotfiles.toml")
    save_profile("a", TABLE)
    assert (home / "profiles.toml").is_symlink()
    assert (tmp_path / "dotfiles.toml").read_text().startswith("# mine\n")


def test_a_file_with_a_mistake_is_left_alone(home: Path) -> None:
    home.mkdir()
    (home / "profiles.toml").write_text("[profile.a\n")
    with pytest.raises(ConfigError, match="TOML"):
        save_profile("b", TABLE)
    assert (home / "profiles.toml").read_text() == "[profile.a\n"


def test_eight_threads_and_four_processes_lose_no_profile(home: Path) -> None:
    code = """
        import sys
        from lychgate.world.profiles import save_profile
        for n in range(10):
            save_profile(f"{sys.argv[1]}-{n}", {"authenticator": "anonymous"})
        """
    others = [python(code, f"process{n}") for n in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: save_profile(f"thread-{n}", {"authenticator": "anonymous"}), range(40)))
    for other in others:
        output(other)
    assert len(profile_names()) == 80
    assert len(tomllib.loads((home / "profiles.toml").read_text())["profile"]) == 80
