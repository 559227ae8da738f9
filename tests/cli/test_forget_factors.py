"""``lychgate user forget-factors``"""

from __future__ import annotations

from .conftest import Operate


def test_who_has_no_second_factor_is_told_so(operate: Operate):
    operate("user", "add", "lost@example.org", "--password-stdin", stdin="hunter2\n")
    said = operate("user", "forget-factors", "lost@example.org")
    assert (said.status, said.out) == (0, "lost@example.org has no second factor.\n")
    assert operate("user", "forget-factors", "nobody@example.org").status == 1
