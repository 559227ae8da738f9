"""A profile is put into the file's text, and what a person wrote there stays."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lychgate.client.profile_text import with_profile

TEXT = """# my gates
[profile.climate]  # the robot
preset = "climate_engine"
client_id = "b2628e59"

# home
[profile."auth.example.org"]
source = "authorization_code"
issuer = "https://auth.example.org"
client_id = "old"


[profile.last]
authenticator = "anonymous"
"""
NEW = {"source": "device_code", "issuer": "https://auth.example.org", "client_id": "new", "scope": ["a", "b"]}


def test_a_new_profile_is_added_at_the_end_and_the_rest_stays_byte_for_byte() -> None:
    made = with_profile(TEXT, "other", NEW)
    assert made.startswith(TEXT)
    assert tomllib.loads(made)["profile"]["other"] == NEW


def test_a_profile_that_is_there_is_replaced_where_it_stands() -> None:
    made = with_profile(TEXT, "auth.example.org", NEW)
    assert tomllib.loads(made)["profile"]["auth.example.org"] == NEW
    before, after = TEXT.split("# home")
    assert made.startswith(before + "# home\n")
    assert made.endswith(after[after.index("\n\n\n[profile.last]") :])


def test_a_file_written_in_another_way_is_written_anew_with_nothing_lost() -> None:
    made = with_profile('profile = {a = {authenticator = "anonymous"}}\n', "b", NEW)
    assert tomllib.loads(made) == {"profile": {"a": {"authenticator": "anonymous"}, "b": NEW}}


def test_an_empty_file_gets_its_first_profile() -> None:
    assert tomllib.loads(with_profile("", "a b", NEW)) == {"profile": {"a b": NEW}}


NAMES = st.text(min_size=1, max_size=8)
TABLES: Any = st.dictionaries(st.text("abc_-", min_size=1), st.text() | st.lists(st.text()), max_size=3)


@given(NAMES, TABLES, NAMES, TABLES)
def test_whatever_the_names_and_texts_two_profiles_are_read_back(
    first: str, one: dict[str, Any], second: str, two: dict[str, Any]
) -> None:
    made = with_profile(with_profile("", first, one), second, two)
    assert tomllib.loads(made)["profile"] == {first: one, second: two}
