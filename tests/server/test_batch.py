"""Work done in a row: each caller gets its own answer, its own error, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from lychgate.server.signing.batch import Batch


def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def test_each_gets_its_own_answer_or_error() -> None:
    async def story() -> list[int | BaseException]:
        batch = Batch(halve)
        return await asyncio.gather(*(batch(number) for number in range(6)), return_exceptions=True)

    found = asyncio.run(story())
    assert found[::2] == [0, 1, 2]
    assert [str(error) for error in found[1::2]] == ["1 is odd", "3 is odd", "5 is odd"]


def test_what_nobody_waits_for_any_more_is_not_done() -> None:
    done = []

    async def story() -> None:
        batch = Batch(done.append)
        gone, kept = asyncio.ensure_future(batch(1)), asyncio.ensure_future(batch(2))
        gone.cancel()
        await kept
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(story())
    assert done == [2]


def test_it_works_again_after_it_has_worked() -> None:
    async def story() -> list[int]:
        batch = Batch(halve)
        return [await batch(2), await batch(4), *await asyncio.gather(batch(6), batch(8))]

    assert asyncio.run(story()) == [1, 2, 3, 4]
