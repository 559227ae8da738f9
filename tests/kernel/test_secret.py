"""Secrets that never print themselves, and the options that hold them."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass, field
from typing import Annotated

import pytest

from lychgate.kernel import secret as module
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.options import check_names, options_of
from lychgate.kernel.secret import Secret, fingerprint, remember, remembered

TEXT = "the-secret-text"


@pytest.mark.parametrize(
    "show", [repr, str, format, "{}".format, "{!r:>40}".format, lambda s: f"{s}", lambda s: f"{[s]}"]
)
def test_no_way_of_printing_shows_it(show) -> None:
    assert TEXT not in show(Secret(TEXT))


def test_it_is_no_text_and_no_accident_makes_it_one() -> None:
    with pytest.raises(TypeError):
        "x" + Secret(TEXT)  # type: ignore[operator]  # that is the point
    with pytest.raises(TypeError):
        json.dumps(Secret(TEXT))
    with pytest.raises(TypeError):
        "".join([Secret(TEXT)])  # type: ignore[list-item]  # that is the point


@pytest.mark.parametrize("travel", [pickle.dumps, copy.deepcopy, copy.copy])
def test_it_does_not_travel(travel) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        travel(Secret(TEXT))


def test_two_prints_of_one_secret_can_be_matched() -> None:
    assert repr(Secret(TEXT)) == repr(Secret(TEXT)) == f"Secret(…{fingerprint(TEXT)})"
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("another")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


def test_a_secret_from_elsewhere_is_fetched_once_and_at_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Secret.env("SECRET_OF_TEST")
    assert repr(made) == "Secret(env:SECRET_OF_TEST)"
    with pytest.raises(ConfigError, match="SECRET_OF_TEST is not set"):
        made.reveal()
    monkeypatch.setenv("SECRET_OF_TEST", TEXT)
    assert made.reveal() == TEXT
    monkeypatch.setenv("SECRET_OF_TEST", "changed")
    assert made.reveal() == TEXT
    assert made.origin == "env:SECRET_OF_TEST"
    assert TEXT not in repr(made)


def test_only_a_text_is_a_secret_and_a_secret_is_wrapped_once() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        Secret(b"x")  # type: ignore[arg-type]  # that is the point
    made = Secret(TEXT)
    assert Secret.wrap(made) is made
    assert Secret.wrap("a").reveal() == "a"
    assert not Secret("")


def test_what_is_remembered_for_masking_is_bounded_and_short_words_are_left_out() -> None:
    before, _ = remembered()
    for number in range(1500):
        remember(f"a-secret-{number}")
    remember("abc")
    after, texts = remembered()
    assert after > before
    assert len(texts) == module._REMEMBERED
    assert "a-secret-1499" in texts
    assert "abc" not in texts


@dataclass
class Sample:
    name: Annotated[str, "whose it is"]
    key: Annotated[Secret | str | None, "asked for when absent"] = None
    words: tuple[str, ...] = ()
    numbers: list[int] = field(default_factory=list)
    _hidden: int = 0
    made: int = field(default=1, init=False)


def test_an_option_is_described_once_by_its_field() -> None:
    found = {option.name: option for option in options_of(Sample)}
    assert list(found) == ["name", "key", "words", "numbers"]
    assert found["name"].required
    assert found["name"].help == "whose it is"
    assert (found["key"].secret, found["key"].default, found["key"].flag) == (True, None, "--key")
    assert (found["words"].secret, found["words"].required, found["numbers"].default) == (False, False, [])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    check_names(["a"], ["a", "b"])
    with pytest.raises(ConfigError, match=r'unknown key "client_secrt" \(client_secret\?\)'):
        check_names(["client_secrt"], ["client_id", "client_secret"])
    with pytest.raises(ConfigError, match=r'unknown store "x" \(known: file, memory\)'):
        check_names(["x"], ["memory", "file"], what="store")
