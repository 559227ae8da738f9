"""The page of jobs is true: its batch scripts run under a scheduler's stand-in, and the tokens there are narrow."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

from lychgate.oauth import jose
from support import scheduler, ssh_agent
from support.unicore_site import site

PAGE = (Path(__file__).parents[2] / "docs" / "jobs.md").read_text(encoding="utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_batch_scripts_of_the_page_run_with_narrow_tokens(tmp_path: Path) -> None:
    with site(tmp_path / "data") as demo, ssh_agent.running() as agent:
        demo.add_key(agent.make())
        robot = demo.server.client_add("robot", grants=["client_credentials"], scopes=("read", "write"))
        env = {
            "PATH": scheduler.installed(tmp_path / "bin"), "HOME": str(tmp_path), "LANG": "C.UTF-8", **agent.env,
            "ROBOT_SECRET": robot.secret,
        }  # fmt: skip

        def type_(text: str) -> str:
            done = subprocess.run(
                ["sh", "-e", "-c", text.replace("http://127.0.0.1:8080", demo.server.url)],
                env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
            return done.stdout + done.stderr

        said = type_(SHELL[0])
        assert re.search(r"login +demo\n +group +hpc\n +role +user\n +by +SSHKEY", said), said
        assert "48 h, audience " in said
        token = tmp_path / "job-token"
        claims = jose.peek(token.read_text())[1]
        assert stat.S_IMODE(token.stat().st_mode) == 0o600
        assert (claims["exp"] - claims["iat"], "aud" in claims, "renewable" in claims) == (48 * 3600, True, False)
        type_(SHELL[1])
        assert (tmp_path / "slurm-0.out").read_text() == "the job runs as demo\n"
        type_(
            'lychgate profile add robot --source client_credentials --issuer "http://127.0.0.1:8080" '
            '--client-id robot --client-secret env:ROBOT_SECRET --origin "http://127.0.0.1:8080"'
        )
        type_(SHELL[2])
        assert "the job has a token of" in (tmp_path / "slurm-1.out").read_text()
