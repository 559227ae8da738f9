"""The code blocks of our documents, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

SILO = Path(__file__).parents[2] / "docs/silo.md"


def run(text: str) -> SimpleNamespace:
    """What a block's names are after it has run."""
    names: dict[str, Any] = {"__name__": "a_page"}
    exec(compile(text, "page", "exec"), names)
    return SimpleNamespace(**names)


def example(page: Path, name: str) -> Any:
    """The class ``name`` of the block that defines it."""
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.S)
    return getattr(run(next(block for block in blocks if f"class {name}(" in block)), name)
