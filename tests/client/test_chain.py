"""A chain: what is not there gives way, what fails ends it."""

from __future__ import annotations

import pytest

from lychgate.client.authenticators.anonymous import Anonymous
from lychgate.client.authenticators.bearer import Bearer
from lychgate.client.authenticators.chain import Chain
from lychgate.client.sources.login import Login
from lychgate.kernel.errors import ConfigError, Refused, Unavailable
from lychgate.kernel.http import Request, Response
from lychgate.kernel.secret import Secret
from support.play import Play, answer, token

REQUEST = Request("GET", "https://api.example.org/x")
UNSET = Bearer(Secret.env("LYCHGATE_TEST_UNSET"))


def login() -> Login:
    return Login(url="https://auth.example.org/login", username="ada", password="of-the-user")


def test_what_is_not_there_gives_way_and_what_worked_is_kept_to() -> None:
    chain, play = Chain(UNSET, login(), Bearer("never")), Play(token(expires_in=60), now=__import__("time").time())
    play.attempts.extend([Response(200)] * 2)
    assert chain.ready(REQUEST) is None
    play.run(chain.authenticate(REQUEST))
    play.run(chain.authenticate(REQUEST))
    assert [sent.headers["Authorization"] for sent in play.attempted] == ["Bearer a1"] * 2
    assert chain.standing() == (("Authorization", "Bearer a1"),)
    assert play.run(chain.token()).access.reveal() == "a1"
    play.run(chain.forget())
    assert chain.standing() is None


def test_a_failure_ends_it_with_its_history() -> None:
    chain = Chain(UNSET, login(), Bearer("never"))
    with pytest.raises(Refused) as caught:
        Play(answer({"error": "denied"}, 400)).run(chain.prepare(REQUEST))
    (note,) = caught.value.__notes__
    assert "LYCHGATE_TEST_UNSET" in note
    assert "Login failed" in note


def test_where_there_is_none_each_says_why() -> None:
    with pytest.raises(Unavailable, match="LYCHGATE_TEST_UNSET"):
        Play().run(Chain(UNSET).prepare(REQUEST))


def test_what_is_no_credential_is_refused_at_once() -> None:
    with pytest.raises(ConfigError):
        Chain()
    with pytest.raises(TypeError, match="int"):
        Chain(1)


def test_the_chosen_one_answers_a_401() -> None:
    play = Play()
    play.attempts.append(Response(401))
    assert play.run(Chain(Anonymous()).authenticate(REQUEST)).status == 401
