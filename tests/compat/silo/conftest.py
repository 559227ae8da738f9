"""A vendor's API for each test; the classes that a test registers are gone after it, and so is what it turned on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from lychgate.compat.silo import authenticator, masking, tokens
from lychgate.world.masking import Matcher
from support.vendor import Vendor, vendor_api


@pytest.fixture(scope="package")
def _one_vendor() -> Iterator[Vendor]:
    with vendor_api() as started:
        yield started


@pytest.fixture
def vendor(_one_vendor: Vendor) -> Vendor:
    return _one_vendor.fresh()


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    known = dict(authenticator._registered)
    monkeypatch.setattr(masking, "_on", False)
    monkeypatch.setattr(masking, "_known", {})
    monkeypatch.setattr(masking, "_matcher", Matcher(lambda text: masking.MASK))
    monkeypatch.setattr(tokens, "_KEY", str(next(_numbers)).encode())  # no test finds the token of another
    yield
    authenticator._registered.clear()
    authenticator._registered.update(known)


_numbers = itertools.count()
