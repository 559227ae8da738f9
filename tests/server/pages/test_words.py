"""Times, spans and places as a person reads them."""

from __future__ import annotations

import pytest

from lychgate.server.pages.words import address, destination, initial, iso, moment, near, shown, soon, span

NOW = 1_790_000_000_000
DAY = 86_400_000


def test_a_moment_names_its_zone() -> None:
    assert moment(NOW) == "21 Sep 2026, 14:13 UTC"
    assert iso(NOW) == "2026-09-21T14:13Z"


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (0, "just now"),
        (-40_000, "40 seconds ago"),
        (-60_000, "1 minute ago"),
        (3 * DAY, "in 3 days"),
        (-3 * 3_600_000, "3 hours ago"),
        (100 * DAY, "30 Dec 2026"),
    ],
)
def test_a_near_time_is_told_from_now(away: int, words: str) -> None:
    assert near(NOW + away, NOW) == words


def test_a_span_is_told_in_its_largest_unit() -> None:
    assert [span(n) for n in (0, 1, 42, 60, 7200)] == ["0 seconds", "1 second", "42 seconds", "1 minute", "2 hours"]


def test_what_ends_within_a_week_ends_soon() -> None:
    assert soon(NOW + 6 * DAY, NOW)
    assert soon(NOW - 1, NOW)
    assert not soon(NOW + 8 * DAY, NOW)
    assert not soon(None, NOW)


def test_a_strangers_text_is_one_line_of_bounded_length() -> None:
    assert shown("a\r\nb\u202ec\u2066d\x00e") == "a b c d e"
    assert shown("نمی\u200cخواهم") == "نمی\u200cخواهم"
    assert len(shown("x" * 10_000)) == 120
    assert shown("x" * 120) == "x" * 120


def test_a_program_without_a_logo_has_a_letter() -> None:
    assert [initial(name) for name in ("ada", " “ß”", "مناخ", "!!", "")] == ["A", "SS", "م", "?", "?"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://notebook.example.org/callback", "notebook.example.org"),
        ("https://user@notebook.example.org:8443/x", "notebook.example.org:8443"),
        ("http://127.0.0.1:8888", "a program on this computer (127.0.0.1:8888)"),
        ("http://[::1]:8888/cb", "a program on this computer ([::1]:8888)"),
        ("org.example.app:/cb", "the app on this device that opens “org.example.app:”"),
        ("http://localhost.evil.example/cb", "localhost.evil.example"),
    ],
)
def test_where_an_answer_goes_is_said_in_words(url: str, words: str) -> None:
    assert destination(url) == words


def test_only_a_mail_address_becomes_a_link() -> None:
    assert address("help@example.org") == "help@example.org"
    assert address("the help desk, room 4") == ""
    assert address("Grace <g@example.org>") == ""
