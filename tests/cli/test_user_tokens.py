"""``lychgate user token``: an operator sees and ends the tokens that a person had issued."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from support.server import running
from support.unicore import CORE, Site


def lychgate(data: Path, *words: str, status: int = 0) -> str:
    line = [sys.executable, "-m", "lychgate", *words, "--data", str(data)]
    made = subprocess.run(line, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert made.returncode == status, made.stdout + made.stderr
    return made.stdout + made.stderr


def test_an_operator_lists_and_revokes_issued_tokens(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        site = Site(server)
        ada = site.someone("ada")
        tokens = [ada.token(renewable="true", lifetime=3600), ada.token(lifetime=3600)]
        found = json.loads(lychgate(server.data, "user", "token", "list", "ada", "--json"))
        assert sorted(one["renewable"] for one in found) == [False, True]
        told = lychgate(server.data, "user", "token", "list", "ada")
        assert all(one["id"] in told for one in found)
        assert not any(token in told for token in tokens)
        renewable = next(one["id"] for one in found if one["renewable"])
        assert "1 token of" in lychgate(server.data, "user", "token", "revoke", "ada", renewable)
        assert [site.get(CORE, bearer=token).status for token in tokens] == [403, 200]
        assert "no such token" in lychgate(server.data, "user", "token", "revoke", "ada", renewable, status=1)
        lychgate(server.data, "user", "token", "revoke", "ada", status=2)
        lychgate(server.data, "user", "token", "revoke", "ada", "--all")
        assert site.get(CORE, bearer=tokens[1]).status == 403
        assert "no such token" in lychgate(server.data, "user", "token", "list", "ada")
