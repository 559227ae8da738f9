"""Digest: the examples of RFC 7616 (3.9.1; 3.9.2 as its erratum 4897 has it), and what a server may do to a client."""

from __future__ import annotations

import threading

import pytest

from lychgate.client.authenticators.digest import Digest
from lychgate.client.digest_answer import Asked, Session, answer, strongest
from lychgate.kernel.challenge import parse_challenges
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Headers, Request, Response
from support.play import Play

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
REQUEST = Request("GET", "https://api.example.org/dir/index.html?a=%2F#part")


def params(request: Request) -> dict[str, str]:
    return dict(parse_challenges([request.headers["Authorization"]])[0].params)


def challenged(text: str) -> Response:
    return Response(401, Headers([("WWW-Authenticate", line) for line in text.split("\n")]), url=REQUEST.url)


CHALLENGE = 'Digest realm="r", nonce="n1", qop="auth", algorithm=SHA-256'


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_first_example_of_the_rfc(algorithm: str, response: str) -> None:
    session = strongest(
        parse_challenges(
            [
                f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
                f'nonce="{NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
            ]
        ),
        "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )
    assert session is not None
    made = answer(session, Asked("GET", "/dir/index.html"), "Mufasa", "Circle of Life", 1)
    assert f'response="{response}"' in made
    assert f"qop=auth, nc=00000001, algorithm={algorithm}" in made


def test_the_second_example_of_the_rfc_with_userhash() -> None:
    session = strongest(
        parse_challenges(
            [
                'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
                'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
                'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
            ]
        ),
        "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert session is not None
    made = answer(session, Asked("GET", "/doe.json"), "Jäsøn Doe", "Secret, or not?", 1)
    assert 'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"' in made
    assert 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"' in made
    assert made.endswith("userhash=true")


def test_the_example_of_rfc_2617_and_a_server_of_rfc_2069() -> None:
    old = Session(
        "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "MD5", "0a4f113b", "x", frozenset({"auth"})
    )
    asked = Asked("GET", "/dir/index.html")
    assert 'response="6629fae49393a05397450978507c4ef1"' in answer(old, asked, "Mufasa", "Circle Of Life", 1)
    oldest = Session("testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", "MD5", "x", "x", named=False)
    made = answer(oldest, asked, "Mufasa", "CircleOfLife", 1)
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in made  # RFC 2069 2.4, by its erratum 749
    assert "cnonce" not in made
    assert "algorithm" not in made


def test_the_strongest_challenge_that_can_be_answered_is_chosen() -> None:
    lines = [
        'Basic realm="r", Digest realm="r", nonce="a", qop="auth", algorithm=MD5',
        'Digest realm="r", nonce="b", qop="auth", algorithm=SHA-512-256-sess',
        'Digest realm="r", nonce="c", qop="auth", algorithm=SHA-256',
        'Digest realm="r", nonce="d", qop="auth", algorithm=SHA-3',
    ]
    chosen = strongest(parse_challenges(lines), "c")
    assert chosen is not None
    assert chosen.nonce == "b"


@pytest.mark.parametrize(
    "text",
    [
        "Bearer",
        "Digest",
        'Digest realm="r"',
        'Digest realm="r", nonce="n", qop="other"',
        'Digest realm="r\x01", nonce="n"',
        'Digest realm="ü", nonce="n"',
    ],
)
def test_what_cannot_be_answered_is_given_back(text: str) -> None:
    play = Play()
    play.attempts.append(challenged(text))
    assert play.run(Digest("u", "p").authenticate(REQUEST)).status == 401
    assert len(play.attempted) == 1


def test_the_first_request_goes_bare_and_the_next_ones_are_counted() -> None:
    play, digest = Play(), Digest('a"d\\a', "p")
    play.attempts.extend([challenged(CHALLENGE), Response(200), Response(200)])
    assert play.run(digest.authenticate(REQUEST)).status == 200
    assert play.run(digest.authenticate(REQUEST)).status == 200
    bare, first, second = play.attempted
    assert "Authorization" not in bare.headers
    assert (params(first)["nc"], params(second)["nc"]) == ("00000001", "00000002")
    assert params(first)["uri"] == "/dir/index.html?a=%2F"
    assert params(first)["username"] == 'a"d\\a'
    elsewhere = Request("GET", "https://other.example.org/")
    assert digest.ready(elsewhere) == elsewhere


def test_a_stale_nonce_is_followed_by_the_new_one_and_a_wrong_password_is_tried_once() -> None:
    play, digest = Play(), Digest("u", "p")
    stale = challenged(f"{CHALLENGE.replace('n1', 'n2')}, stale=TRUE")
    play.attempts.extend([challenged(CHALLENGE), stale, Response(200)])
    assert play.run(digest.authenticate(REQUEST)).status == 200
    assert params(play.attempted[-1])["nonce"] == "n2"
    wrong = Play()
    wrong.attempts.extend([challenged(CHALLENGE), challenged(CHALLENGE)])
    assert wrong.run(Digest("u", "wrong").authenticate(REQUEST)).status == 401
    assert len(wrong.attempted) == 2


def test_a_server_that_calls_every_nonce_stale_is_not_followed_for_ever() -> None:
    play = Play()
    play.attempts.extend([challenged(f"{CHALLENGE}, stale=true")] * 10)
    assert play.run(Digest("u", "p").authenticate(REQUEST)).status == 401
    assert len(play.attempted) == 4


def test_the_next_nonce_is_taken_and_keeps_the_key_of_sess() -> None:
    play, digest = Play(), Digest("u", "p")
    told = Response(200, Headers({"Authentication-Info": 'nextnonce="n9", qop=auth'}))
    play.attempts.extend([challenged(CHALLENGE.replace("SHA-256", "SHA-256-sess")), told, Response(200)])
    play.run(digest.authenticate(REQUEST))
    play.run(digest.authenticate(REQUEST))
    last = params(play.attempted[-1])
    assert (last["nonce"], last["nc"]) == ("n9", "00000001")
    session = Session("r", "n9", "SHA-256-sess", last["cnonce"], "n1", frozenset({"auth"}))
    assert last["response"] in answer(session, Asked("GET", "/dir/index.html?a=%2F"), "u", "p", 1)


def test_a_next_nonce_in_any_answer_is_taken_once() -> None:
    play, digest = Play(), Digest("u", "p")
    told = Response(200, Headers({"Authentication-Info": 'nextnonce="n9"'}), url=REQUEST.url)
    play.attempts.extend([challenged(CHALLENGE), Response(200), told, Response(200)])
    for _ in range(3):
        play.run(digest.authenticate(REQUEST))
    digest.heard(told)  # as threads hear it, each with its own answer: the count goes on
    again = digest.ready(REQUEST)
    assert again is not None
    sent = [params(request) for request in (*play.attempted[1:], again)]
    assert [(one["nonce"], int(one["nc"])) for one in sent] == [("n1", 1), ("n1", 2), ("n9", 1), ("n9", 2)]


def test_a_nonce_that_comes_in_several_challenges_is_counted_on() -> None:
    digest, bare = Digest("u", "p"), [Play() for _ in range(2)]
    for play in bare:  # both went bare before either was challenged
        play.attempts.extend([Response(200)])
        play.run(digest.refused(REQUEST, REQUEST, challenged(CHALLENGE)))
    assert [params(play.attempted[0])["nc"] for play in bare] == ["00000001", "00000002"]
    assert len({params(play.attempted[0])["cnonce"] for play in bare}) == 1


def test_auth_int_covers_the_body_and_refuses_one_that_is_a_stream() -> None:
    only = CHALLENGE.replace('"auth"', '"auth-int"')
    made = []
    for body in (b"one", b"two"):
        play = Play()
        play.attempts.extend([challenged(only), Response(200)])
        play.run(Digest("u", "p").authenticate(Request("POST", REQUEST.url, body=body)))
        sent = params(play.attempted[-1])
        session = Session("r", "n1", "SHA-256", sent["cnonce"], "n1", frozenset({"auth-int"}))
        asked = Asked("POST", sent["uri"], body)
        assert sent["response"] in answer(session, asked, "u", "p", 1)
        made.append(sent["qop"])
    assert made == ["auth-int"] * 2
    play = Play()
    play.attempts.append(challenged(only))
    with pytest.raises(ConfigError, match="auth-int"):
        play.run(Digest("u", "p").authenticate(Request("PUT", REQUEST.url, Headers({"Transfer-Encoding": "chunked"}))))


def test_no_two_requests_of_many_threads_share_a_count() -> None:
    play, digest = Play(), Digest("u", "p")
    play.attempts.extend([challenged(CHALLENGE), Response(200)])
    play.run(digest.authenticate(REQUEST))
    made: list[str] = []

    def work() -> None:
        for _ in range(50):
            ready = digest.ready(REQUEST)
            assert ready is not None
            made.append(params(ready)["nc"])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(made) == [f"{count:08x}" for count in range(2, 402)]


@pytest.mark.parametrize("name", ["", "a:b", "a\r\nX: y"])
def test_a_name_that_no_digest_can_carry_is_refused(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Digest(name, "p")
    assert caught.value.field == "username"


def test_a_name_in_another_alphabet_goes_in_its_own_form() -> None:
    play = Play()
    play.attempts.extend([challenged(CHALLENGE), Response(200)])
    play.run(Digest("Jäsøn Doe", "p").authenticate(REQUEST))
    header = play.attempted[-1].headers["Authorization"]
    assert "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe" in header
