"""A robot's profile in a home of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from .server import Made, Server


def robot_home(home: Path, monkeypatch: pytest.MonkeyPatch, server: Server, robot: Made) -> Path:
    """``home`` with one profile, ``robot``, whose secret is in the environment."""
    monkeypatch.setenv("LYCHGATE_HOME", str(home))
    monkeypatch.setenv("ROBOT_SECRET", robot.secret)
    return write_profiles(
        home,
        f'[profile.robot]\nsource = "client_credentials"\nissuer = "{server.issuer}"\n'
        f'client_id = "robot"\nclient_secret = "env:ROBOT_SECRET"\norigins = ["{server.issuer}"]\n',
    )


def write_profiles(home: Path, text: str) -> Path:
    (home / "profiles.toml").write_text(text)
    (home / "profiles.toml").chmod(0o600)
    return home
