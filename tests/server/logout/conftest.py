"""One server for all that logs out, and one place where clients hear of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.receiver import Receiver, receiving
from support.relying import EMAIL, PASSWORD
from support.server import Server, running

TOML = 'registration = "open"\nregistration_scopes = ["read"]\nlifetime = 2\nfetch_allow = ["{}"]\n'


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture(scope="package")
def op(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Server]:
    """Access and ID tokens live for two seconds; an administrator, ada and bob have the same password."""
    with running(tmp_path_factory.mktemp("op"), toml=TOML.format(receiver.place)) as started:
        started.user_add(EMAIL, PASSWORD, name="ada")
        started.user_add("bob@example.org", PASSWORD, name="bob")
        started.user_add("root@example.org", PASSWORD, name="root", superuser=True)
        yield started
