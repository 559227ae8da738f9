"""``import lychgate`` is lazy and light."""

from __future__ import annotations

import subprocess
import sys

import pytest

import lychgate

HEAVY = (
    "httpx httpx2 requests aiohttp cryptography joserfc click rich starlette fastapi sqlalchemy argon2 asyncio logging"
)


def loaded_by(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_lychgate_loads_next_to_nothing() -> None:
    assert not loaded_by("import lychgate; lychgate.__version__; dir(lychgate)") & set(HEAVY.split())


def test_making_an_object_loads_no_http_library_and_no_cryptography() -> None:
    code = (
        "import lychgate\n"
        "lychgate.auth(lychgate.Bearer('abcdef'))\n"
        "lychgate.auth(lychgate.ClientCredentials(issuer='https://a.org', client_id='x', client_secret='yyyy'))\n"
    )
    assert not loaded_by(code) & set(HEAVY.split()) - {"logging"}


def test_using_it_with_requests_loads_no_other_library() -> None:
    code = (
        "import lychgate, requests\n"
        "requests.Request('GET', 'https://a.org/', auth=lychgate.auth(lychgate.Bearer('abcdef'))).prepare()\n"
    )
    assert not loaded_by(code) & {"httpx", "httpx2", "aiohttp", "asyncio", "cryptography"} - _by("import requests")


def _by(code: str) -> set[str]:
    return loaded_by(code)


@pytest.mark.parametrize("name", lychgate.__all__)
def test_each_name_of_the_face_is_there(name: str) -> None:
    assert getattr(lychgate, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        lychgate.nothing_like_it  # noqa: B018  the look-up is the test
