"""docs/telemetry.md is true: its program tells what the page says, and so does a command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.api_server import Api, serve_api
from support.issuer import TinyIssuer

pytest.importorskip("opentelemetry.sdk.trace")

PAGE = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text(encoding="utf-8")
PROGRAM = re.findall(r"^```python\n# traced\.py\n(.*?)^```$", PAGE, re.M | re.S)[0]
SECRET = "wxyz-wxyz-wxyz"


class WithTokens(TinyIssuer):
    """One whose tokens come from ``api``."""

    def __init__(self, api: Api) -> None:
        self.api = api
        super().__init__()

    def metadata(self) -> dict[str, str]:
        return {**super().metadata(), "token_endpoint": f"{self.api.url}/token"}


def told(output: str) -> list[str]:
    """The names of the spans that were printed."""
    return re.findall(r'^    "name": "(.+)",$', output, re.M)


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "ROBOT_SECRET": SECRET, **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env, check=False)
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done


def test_its_program_tells_of_one_token_and_a_command_of_another(tmp_path: Path) -> None:
    with serve_api() as api, WithTokens(api) as issuer:
        output = run(sys.executable, "-c", PROGRAM.replace("https://auth.example.org", issuer.url)).stdout
        assert told(output) == ["GET", "POST", "lychgate.token"]
        profile = f"""[profile.climate]
            source = "client_credentials"
            issuer = {json.dumps(issuer.url)}
            client_id = "robot"
            client_secret = "env:ROBOT_SECRET"
            origins = [{json.dumps(api.url)}]
            """
        (tmp_path / "profiles.toml").write_text(profile)
        (tmp_path / "profiles.toml").chmod(0o600)
        home = {"LYCHGATE_HOME": str(tmp_path)}
        silent = run(sys.executable, "-m", "lychgate", "token", "climate", **home)
        assert (silent.stdout, silent.stderr) == (f"{api.token}\n", "")
        (tmp_path / "tokens").rename(tmp_path / "old")
        traced = run(sys.executable, "-m", "lychgate", "token", "climate", OTEL_TRACES_EXPORTER="console", **home)
        assert traced.stdout == f"{api.token}\n"
        assert told(traced.stderr) == ["GET", "POST", "lychgate.token"]
        assert api.token not in traced.stderr


def test_the_page_has_each_name_that_the_code_has() -> None:
    source = Path(__file__).parents[2] / "src" / "lychgate"
    files = [*source.glob("world/telemetry/*.py"), source / "server/running/tracing.py"]
    code = "".join(path.read_text() for path in files)
    assert set(re.findall(r"`(lychgate\.[a-z_.]+)`", PAGE)) == set(re.findall(r'"(lychgate\.[a-z_.]+)"', code))
