"""Fixtures that every test may use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.kernel import secret

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _a_word_that_is_secret_in_one_test_is_none_in_the_next() -> Iterator[None]:
    """Logs are masked in the whole process, and the passwords of tests are plain words ("other", "kept")."""
    yield
    short = [text for text in secret._live if len(text) < 16]
    if short:
        for text in short:
            del secret._live[text]
        if (masking := sys.modules.get("lychgate.world.masking")) is not None:
            masking._matcher = masking.Matcher()
