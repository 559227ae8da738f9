"""The page of callers' commands is true: what it says to type works, in its order, in an empty home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from lychgate.client import profile
from support.server import running

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
PRESETS = re.findall(r"^\| `(\w+)` \| [A-Za-z]", PAGE.partition("## Presets")[2].partition("## Jobs")[0], re.M)
SHELL = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)


def test_what_the_page_says_to_type_works_in_its_order(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        owner = server.user_add("ada@example.org", "hunter2-of-ada")
        robot = server.client_add("robot", grants=["client_credentials"], owner=owner.id)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        env = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8", "ROBOT_SECRET": robot.secret}
        said = []
        for block in SHELL:
            done = subprocess.run(
                ["sh", "-e", "-c", block.replace("http://127.0.0.1:8080", server.url)],
                env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, f"{block}\n{done.stdout}\n{done.stderr}"
            said.append(done.stdout)
    assert "is in order" in said[0]
    assert '"email":"ada@example.org"' in said[1].replace(" ", "")
    assert "signed it" in said[1]
    assert "the job had a token" in said[2]
    assert '"email":"ada@example.org"' in said[3].replace(" ", "")
    assert "robot" in said[4]
    assert robot.secret not in "".join(said)


def test_each_preset_has_its_row() -> None:
    assert sorted(profile.PRESETS) == PRESETS
