"""Type checkers accept a user's program that hands our object to each HTTP library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PROGRAM = Path(__file__).parent / "program.py"
WRONG = "import lychgate\n\nlychgate.auth(5).token().expires_at + 'a'\n"


def check(*words: str) -> str:
    made = subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, capture_output=True, text=True, timeout=300)
    return made.stdout + made.stderr


def test_mypy_accepts_it_at_its_strictest(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(WRONG)
    said = check("mypy", "--strict", str(PROGRAM), str(wrong))  # with the cache that make check has filled
    assert "program.py" not in said, said
    assert 'incompatible type "int"' in said, said


def test_pyright_accepts_it() -> None:
    said = check("pyright", "--pythonpath", sys.executable, str(PROGRAM))
    assert "0 errors" in said, said
