"""Bad requests to us and to npm's oidc-provider: the class of each answer, alike but where the table says why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.oracle import authorization, others, registration, token
from support.oracle.row import Row
from support.oracle.sides import Side, both

ROWS = [*authorization.ROWS, *token.ROWS, *others.ROWS, *registration.ROWS]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    with both(tmp_path_factory.mktemp("oracle")) as made:
        yield made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.at}: {row.says}")
def test_a_bad_request_is_answered_as_the_peer_does_or_the_table_says_why_not(
    sides: tuple[Side, Side], row: Row
) -> None:
    ours, theirs = sides
    assert (ours.answers(row), theirs.answers(row)) == (row.ours, row.theirs or row.ours)


def test_each_difference_has_its_reason_and_no_request_stands_twice() -> None:
    assert all(bool(row.theirs) == bool(row.why) for row in ROWS)
    assert len({(row.at, row.says) for row in ROWS}) == len(ROWS)
