"""The client's half of docs/unicore.md is true: its examples and commands run against a site over https."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from support import ssh_agent
from support.peers import needs
from support.unicore_site import site

PAGE = (Path(__file__).parents[2] / "docs/unicore.md").read_text(encoding="utf-8").partition("\n# The client")[2]
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)


def test_the_clients_half_of_the_page_is_followed_from_top_to_bottom(tmp_path: Path) -> None:
    needs(module="pyunicore")
    with site(tmp_path / "data", tls=True) as demo, ssh_agent.running() as agent:
        demo.add_key(agent.make())
        (tmp_path / ".uftp").mkdir()
        demo.add_key(ssh_agent.keygen(tmp_path / ".uftp" / "id_uftp", "RS256").with_name("id_uftp.pub"))
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "SSL_CERT_FILE": str(demo.ca), **agent.env}

        def typed(*words: str) -> str:
            here = [word.replace("https://localhost:8080", demo.server.url) for word in words]
            done = subprocess.run(here, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        said = [typed(sys.executable, "-c", block) for block in PYTHON]
        assert said[0] == "demo hpc user ('hpc', 'myproject1')\nmyproject1\nETD\n"
        assert said[1:] == ["SSHKEY\nSSHKEY\n", "ETD\n", "user\n"]
        shown = typed("sh", "-e", "-c", SHELL[0])
        assert "CN=demouser at 127.0.0.1" in shown
        assert "signed here" in shown
