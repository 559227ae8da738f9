"""Fixtures that every test may use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from lychgate.kernel import secret

# A busy machine is no defect of ours. In CI hypothesis also chooses its examples by the test alone (its own profile).
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

TESTS = Path(__file__).parent
sys.path.insert(0, str(TESTS))

# Started once for all that talk to them (a Keycloak takes longest), or at the one port that the documents name.
TOGETHER = ("tests/peers/", "tests/compat/", "tests/journeys/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests share a server, so that one process runs them all; some folders' tests share more."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "together" if nodeid.startswith(TOGETHER) else nodeid.partition("::")[0]

    return ByFile(config, log)


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
