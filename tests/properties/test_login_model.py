"""All that happens to logins, in random order, against a small oracle written from the RFCs and the design.

The acts and the oracle are ``support/model``: a code is taken once and lives a minute (RFC 6749 4.1.2, 10.5), a device
is answered by RFC 8628 3.5, refresh tokens rotate with a grace window (RFC 9700 4.14.2), either token revokes the login
(RFC 7009), whoever is disabled loses all that was given before, and each grant asks again who may have what.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import initialize, run_state_machine_as_test

from lychgate.server.secrets import new_id
from support.model.codes import Codes
from support.model.devices import Devices
from support.model.tokens import Tokens
from support.model.world import World

SEED, STEPS = 20_261_124, 10_000  # the seed of the first batch, and after how many steps there is no further one
MEMORY = Path("/dev/shm")
SEEN = (  # what must have happened for the run to mean something
    *("a login by code", "a login by device", "a refresh", "a revocation", "alive", "dead"),
    *("a code again", "the last refresh token again", "an old refresh token again"),
    *("invalid_client", "invalid_grant", "invalid_scope", "slow_down", "authorization_pending", "access_denied"),
    "expired_token",
)


SETTINGS = settings(
    max_examples=10,
    stateful_step_count=100,
    deadline=None,
    database=None,
    derandomize=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


class Logins(Codes, Devices, Tokens):
    @initialize()
    def people_and_programs(self) -> None:
        for name in ("ada", "bob"):
            self.known.persons.append(self._person(f"{name}-{new_id()}@example.org"))
        self.known.programs = [self._program(public=True), self._program(public=False)]
        self.reader = self._reader()
        for which in (0, 1):
            self.a_person_logs_in(which, which)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """On a file system in memory where there is one: what a disk does is tried elsewhere."""
    memory = str(MEMORY) if MEMORY.is_dir() else None
    with TemporaryDirectory(dir=memory, prefix="lychgate-model-") as folder:
        made = World(Path(folder) / "data")
        yield made
        made.close()


def test_ten_thousand_steps_of_logins_in_random_order_end_as_the_oracle_says(world: World) -> None:
    batch = SEED
    while world.steps < STEPS:
        print(f"seed {batch}")
        run_state_machine_as_test(seed(batch)(type("Machine", (Logins,), {"world": world})), settings=SETTINGS)
        batch += 1
    print(f"{world.steps} steps: {dict(world.seen)}")
    assert not [name for name in SEEN if not world.seen[name]], world.seen


def test_a_token_made_between_two_endings_in_one_second_is_dead_and_one_from_after_them_lives(world: World) -> None:
    machine = type("Machine", (Logins,), {"world": world})()
    machine.people_and_programs()
    began = world.now
    for _ in range(2):
        machine.tick()
        machine._a_password_is_set_anew(0)
        machine.a_person_logs_in(0, 0)
    assert world.now // 1000 == began // 1000
    assert [machine._alive(access) for access in machine.known.access] == [False, True, False, True]
    machine.teardown()
