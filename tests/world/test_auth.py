"""The object that users hold, apart from any library."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import lychgate
from lychgate.kernel.errors import ConfigError, InsecureError
from lychgate.kernel.secret import Secret, fingerprint
from lychgate.world.auth import Auth, auth
from support.api_server import Api, serve_api
from support.authenticators import Fetching, Field, Parameter

TEXT = "s3cret-of-the-robot"
HERE = "http://127.0.0.1:9"


@pytest.fixture
def api() -> Iterator[Api]:
    with serve_api() as served:
        yield served


def keyed(**options: object) -> Auth:
    return auth(Field("X-API-Key", Secret(TEXT)), **options)  # type: ignore[arg-type]  # options of auth


def test_headers_are_what_goes_on_a_request() -> None:
    assert keyed().headers(f"{HERE}/x") == {"X-API-Key": TEXT}


def test_headers_can_be_awaited() -> None:
    assert asyncio.run(keyed().aheaders(f"{HERE}/x")) == {"X-API-Key": TEXT}


def test_headers_of_a_credential_that_goes_into_the_url_are_an_error() -> None:
    with pytest.raises(ConfigError, match="URL"):
        auth(Parameter("key", Secret(TEXT))).headers(f"{HERE}/x")


def test_a_token_is_fetched_kept_and_forgotten(api: Api) -> None:
    mine = auth(Fetching(api.url + "/token"))
    first = mine.token()
    assert mine.token() == first
    assert api.issued == 1
    mine.forget()
    assert asyncio.run(mine.atoken()) != first
    assert api.issued == 2


def test_fifty_cold_threads_get_one_token(api: Api) -> None:
    mine, together = auth(Fetching(api.url + "/token")), threading.Barrier(50)
    api.token_delay = 0.2

    def get() -> str:
        together.wait(10)
        return mine.token().access.reveal()

    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: get(), range(50)))
    assert (len(set(got)), api.issued) == (1, 1)


def test_a_credential_without_a_token_says_so() -> None:
    with pytest.raises(ConfigError, match="no token"):
        keyed().token()


def test_an_object_binds_itself_to_the_origin_of_its_first_request(caplog: pytest.LogCaptureFixture) -> None:
    mine = keyed()
    with caplog.at_level(logging.INFO, "lychgate"):
        mine.headers("https://api.example.org/v1")
    assert "https://api.example.org" in caplog.text
    mine.headers("https://API.example.org:443/v2")
    for strange in ("https://other.example.org/", "https://api.example.org:8443/", "https://api.example.org.evil.org/"):
        with pytest.raises(InsecureError, match="origins="):
            mine.headers(strange)


def test_of_many_first_requests_at_once_one_origin_wins() -> None:
    mine, together = keyed(), threading.Barrier(20)

    def ask(number: int) -> bool:
        together.wait(10)
        try:
            return bool(mine.headers(f"https://api{number}.example.org/"))
        except InsecureError:
            return False

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(ask, range(20))) == 1


@pytest.mark.parametrize("url", ["http://api.example.org/", "http://127.0.0.1.evil.org/", "ws://api.example.org/"])
def test_clear_text_is_refused_off_this_machine_and_binds_nothing(url: str) -> None:
    mine = keyed()
    with pytest.raises(InsecureError, match="clear text"):
        mine.headers(url)
    assert mine.headers("https://api.example.org/")


def test_clear_text_goes_where_it_is_asked_for() -> None:
    assert keyed(allow_insecure=True).headers("http://api.example.org/")


@pytest.mark.parametrize(
    "url",
    [
        "https://good.example.org\\@evil.org/",
        "https://good.example.org\t.evil.org/",
        "https://good.example.org /",
        "https://[good.example.org]/",
        "https:///path",
        "file:///etc/passwd",
        "https://good.example.org:port/",
        "",
    ],
)
def test_a_url_that_two_libraries_read_in_two_ways_gets_nothing(url: str) -> None:
    with pytest.raises(InsecureError):
        keyed(origins=["https://good.example.org"]).headers(url)


@pytest.mark.parametrize("given", ["api.example.org", "https://api.example.org/v1", "https://a@b.org", "", "https://"])
def test_what_is_no_origin_is_refused_at_once(given: str) -> None:
    with pytest.raises(ConfigError, match="origin"):
        keyed(origins=[given])


def test_one_origin_may_be_given_as_a_text() -> None:
    assert keyed(origins="https://api.example.org/").headers("https://api.example.org/x")


def test_an_origin_in_other_letters_is_the_same_one() -> None:
    assert keyed(origins=["https://bücher.example"]).headers("https://xn--bcher-kva.example/x")


def test_no_origins_at_all_means_that_nothing_is_reached() -> None:
    with pytest.raises(InsecureError):
        keyed(origins=[]).headers("https://api.example.org/")


def test_what_is_printed_holds_no_secret() -> None:
    mine = keyed()
    shown = f"{mine!r} {mine} {mine.explain(HERE)} {vars(mine)} {mine._credential!r}"
    assert TEXT not in shown
    assert fingerprint(TEXT) in shown


def test_two_objects_are_never_printed_alike() -> None:
    assert repr(keyed()) != repr(keyed())


def test_explain_says_what_would_be_sent_and_binds_nothing(api: Api) -> None:
    mine = keyed()
    assert "X-API-Key: Secret(…" in mine.explain(f"{HERE}/x?token=1")
    assert "token=1" not in mine.explain(f"{HERE}/x?token=1")
    mine.headers("https://api.example.org/")
    assert "nothing" in mine.explain("https://other.example.org/")
    assert "clear text" in mine.explain("http://api.example.org/")
    assert "kept, or fetched" in auth(Fetching(api.url + "/token")).explain(HERE)
    assert "key=Secret(…" in auth(Parameter("key", Secret(TEXT))).explain(HERE)
    assert api.seen == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("my secret key", "X-Key: Secret(…{})"),
        ("sup3rsecret v1", "X-Key: Secret(…{})"),
        ("Bearer sup3rsecret", "X-Key: Bearer Secret(…{})"),
    ],
)
def test_explain_shows_no_part_of_a_key_with_blanks(value: str, shown: str) -> None:
    said = auth(lychgate.ApiKey(value, "X-Key")).explain(HERE)
    assert shown.format(fingerprint(value.removeprefix("Bearer "))) in said
    assert not any(part in said for part in ("my secret", "sup3rsecret"))


def test_a_credential_that_is_asked_for_first_says_so_and_makes_no_header() -> None:
    digest = lychgate.Digest("ada", "of-ada-herself")
    for what in (digest, digest + lychgate.ApiKey("k3y"), lychgate.Chain(digest)):
        ours = auth(what)
        with pytest.raises(ConfigError, match="answers what an API asks for"):
            ours.headers(HERE)
        assert "bare at first" in ours.explain(HERE)  # a chain has chosen by now
    assert "bare at first" not in auth(lychgate.Anonymous()).explain(HERE)
    assert auth(lychgate.Anonymous()).headers(HERE) == {}


def test_an_object_made_in_code_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="profile"):
        pickle.dumps(keyed())
    with pytest.raises(TypeError, match="profile"):
        copy.deepcopy(keyed())


def test_an_object_of_a_profile_is_pickled_by_its_name() -> None:
    mine = Auth(keyed()._credential, profile="climate")
    content = pickle.dumps(mine)
    assert b"climate" in content
    assert TEXT.encode() not in content


@pytest.mark.parametrize("given", [requests, lychgate.Token, 3, object()])
def test_what_is_no_credential_is_a_type_error_that_names_what_is(given: object) -> None:
    with pytest.raises(TypeError, match=r"lychgate\.Bearer"):
        auth(given)  # type: ignore[arg-type]  # the mistake that is tested


def test_an_unknown_profile_and_an_unknown_word_are_said() -> None:
    with pytest.raises(ConfigError, match="climat"):
        auth("climat")
    with pytest.raises(ConfigError, match="interaction"):
        keyed(interaction="sometimes")


def test_it_is_an_auth_of_both_httpx_libraries_and_of_ours() -> None:
    import httpx
    import httpx2

    mine = keyed()
    assert isinstance(mine, httpx.Auth)
    assert isinstance(mine, httpx2.Auth)
    assert isinstance(mine, Auth)
    assert not isinstance(mine, tuple | dict)
    assert httpx.Client(auth=mine).auth is mine  # type: ignore[comparison-overlap]  # a FunctionAuth would be another
    assert httpx2.Client(auth=mine).auth is mine  # type: ignore[comparison-overlap]  # the same


def test_a_prepared_request_may_be_sent_again_and_again(api: Api) -> None:
    fetching = Fetching(api.bearer().url + "/token")
    fetching.current = "stale"
    with requests.Session() as session:
        prepared = session.prepare_request(requests.Request("GET", f"{api.url}/data", auth=auth(fetching)))
        assert [session.send(prepared).status_code for _ in range(3)] == [200, 200, 200]
    assert api.issued == 1


def test_a_response_travels_to_another_process(api: Api) -> None:
    answer = requests.get(f"{api.url}/data", auth=keyed(), timeout=10)
    there = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(answer))))
    assert there.text == "yes"
    assert there.request.hooks["response"][0](there) is there


def test_fifty_threads_share_one_object_and_one_prepared_request(api: Api) -> None:
    api.allow = lambda seen: seen.headers.get("x-api-key") == TEXT
    with serve_api() as foreign, requests.Session() as session:
        mine = keyed(origins=[api.url])
        targets = [api.url + "/data", foreign.url + "/data"]
        prepared = [
            session.prepare_request(requests.Request("GET", f"{api.url}/to", params={"url": target}, auth=mine))
            for target in targets
        ]
        with ThreadPoolExecutor(50) as pool:
            got = list(pool.map(lambda i: session.send(prepared[i % 2], timeout=10).status_code, range(100)))
        assert set(got) == {200}
        assert len(foreign.seen) == 50
        assert not any("x-api-key" in seen.headers for seen in foreign.seen)


def test_a_file_is_rewound_for_the_replay(api: Api, tmp_path: object) -> None:
    import io

    fetching = Fetching(api.bearer().url + "/token")
    fetching.current = "stale"
    answer = requests.post(f"{api.url}/data", data=io.BytesIO(b"a file"), auth=auth(fetching), timeout=10)
    assert answer.status_code == 200
    assert [seen.body for seen in api.at("/data")] == [b"a file", b"a file"]


def test_a_form_with_a_file_is_sent_again_by_httpx(api: Api) -> None:
    import io

    import httpx

    fetching = Fetching(api.bearer().url + "/token")
    fetching.current = "stale"
    answer = httpx.post(f"{api.url}/data", files={"part": io.BytesIO(b"a file")}, auth=auth(fetching), timeout=10)  # type: ignore[arg-type]  # it is one, at run time
    assert answer.status_code == 200
    assert [b"a file" in seen.body for seen in api.at("/data")] == [True, True]


def test_the_same_request_of_httpx_may_be_sent_twice(api: Api) -> None:
    import httpx

    with httpx.Client(auth=auth(Parameter("key", Secret(TEXT))), timeout=10) as client:  # type: ignore[arg-type]  # it is one
        request = client.build_request("GET", f"{api.url}/data")
        for _ in range(2):
            client.send(request)
    assert [seen.query for seen in api.seen] == [{"key": [TEXT]}, {"key": [TEXT]}]


def test_redirects_that_are_not_followed_lead_on_without_the_credential(api: Api) -> None:
    import httpx

    url = f"{api.url}/to?url=http%3A%2F%2Flocalhost%3A9%2Fx"
    answer = requests.get(url, auth=keyed(), allow_redirects=False, timeout=10)
    assert answer.next is not None
    assert "X-API-Key" not in answer.next.headers
    following = httpx.get(url, auth=keyed(), timeout=10).next_request  # type: ignore[arg-type]  # it is one
    assert following is not None
    assert "X-API-Key" not in following.headers
    assert b"x-api-key" not in {name.lower() for name, _ in following.headers.raw}
