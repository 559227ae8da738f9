"""What others may send: the texts, bytes and JSON values that property tests read."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

few = settings(max_examples=100, deadline=None)
TEXT = st.text(max_size=60)
ANY = st.text(st.characters(), max_size=60)  # lone surrogates too: JSON has them
HEADER = st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))  # as a server reads header fields
TOKEN = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=12)  # RFC 9110 5.6.2
_NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 1e308, -0.0])
_LEAVES = st.none() | st.booleans() | _NUMBERS | ANY
JSON: st.SearchStrategy[Any] = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4), max_leaves=8
)
DEEP = "[" * 100_000  # what a reader that calls itself must survive


def objects(*names: str) -> st.SearchStrategy[Any]:
    """Any JSON value, most often an object that has some of ``names``."""
    return JSON | st.dictionaries(st.sampled_from(names), JSON, max_size=len(names))
