"""Spans of time, typed and read."""

from __future__ import annotations

import time

import click
import pytest

from lychgate.cli.spans import day, left, shown, span

ANY = click.Option(["--min-valid"])


@pytest.mark.parametrize(
    ("typed", "seconds"), [("0", 0), ("90", 90), ("90s", 90), ("10m", 600), ("48h", 172_800), (" 2 D ", 172_800)]
)
def test_a_span_is_typed_with_its_unit(typed: str, seconds: float) -> None:
    assert span(click.Context(click.Command("x")), ANY, typed) == seconds


@pytest.mark.parametrize("typed", ["", "m", "10 minutes", "-5m", "1.5h", "１０m m"])
def test_what_is_no_span_is_answered_with_an_example(typed: str) -> None:
    with pytest.raises(click.BadParameter, match="10m"):
        span(click.Context(click.Command("x")), ANY, typed)


def test_a_job_of_no_time_is_refused_rather_than_given_the_profiles_own_token() -> None:
    from lychgate.cli.callers import run, token

    for command, words in ((token.command, ["juwels", "--for-job"]), (run.command, ["--for"])):
        for none in ("0", "0h"):
            with pytest.raises(click.BadParameter, match="no time"):
                command.make_context("x", [*words, none, *(["true"] if command is run.command else [])])


def test_a_span_is_read_in_one_unit() -> None:
    assert [shown(s) for s in (40, 720, 75_600, 777_600)] == ["40 s", "12 min", "21 h", "9 days"]
    assert left(time.time() - 1) == "expired"
    assert left(None) == "no end"
    assert left(time.time() + 720.4) == "12 min"
    assert day(0) in ("1969-12-31", "1970-01-01")
    assert [day(epoch) for epoch in (1e30, float("inf"), float("nan"))] == ["far off"] * 3
