"""Nonces for proofs: the same on every node and for every process of a guard, good for a while."""

from __future__ import annotations

from lychgate.oauth.dpop_nonce import SPAN, Nonces


def test_a_nonce_is_good_on_every_node_until_the_span_after_its_own_ends() -> None:
    here, there, elsewhere = Nonces(b"k" * 32), Nonces(b"k" * 32), Nonces(b"x" * 32)
    given = here.current(10 * SPAN)
    assert there.is_good(given, 10 * SPAN)
    assert here.is_good(given, 12 * SPAN - 1)
    assert not here.is_good(given, 12 * SPAN)
    assert not here.is_good(given, 10 * SPAN - 1)
    assert not elsewhere.is_good(given, 10 * SPAN)
    assert here.current(11 * SPAN) != given
    assert not here.is_good("é\ud800", 10 * SPAN)
