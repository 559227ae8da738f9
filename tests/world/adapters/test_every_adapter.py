"""What every adapter promises, against real servers: two origins are two ports."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.kernel.errors import InsecureError, NotReplayable
from lychgate.kernel.http import Request
from lychgate.kernel.secret import Secret
from lychgate.world.auth import Auth, auth
from support.api_server import Api, Seen
from support.authenticators import Fetching, Field, Parameter
from support.stacks import Stack

KEY = "k3y-of-the-robot/42+x"


def key_header() -> Field:
    return Field("X-API-Key", Secret(KEY))


def bearer() -> Field:
    return Field("Authorization", Secret(f"Bearer {KEY}"))


def key_parameter() -> Parameter:
    return Parameter("api_key", Secret(KEY))


def has_key(seen: Seen) -> bool:
    found = seen.headers.get("x-api-key"), seen.headers.get("authorization"), *seen.query.get("api_key", [])
    return KEY in found or f"Bearer {KEY}" in found


@pytest.fixture(params=[key_header, bearer, key_parameter], ids=lambda make: make.__name__)
def keyed(request: pytest.FixtureRequest) -> Authenticator:
    made: Authenticator = request.param()
    return made


def bound(keyed: Authenticator, *apis: Api) -> Auth:
    return auth(keyed, origins=[api.url for api in apis])


def to(target: str, code: int = 302, extra: str = "") -> str:
    return f"/to?url={quote(target, safe='')}&code={code}{extra}"


def test_a_credential_goes_on_the_request(stack: Stack, home: Api, keyed: Authenticator) -> None:
    home.allow = has_key
    got = stack.call(bound(keyed, home), home.url + "/data?a=1&b=%20x")
    assert (got.status, got.text) == (200, "yes")
    (seen,) = home.seen
    assert has_key(seen)
    assert seen.query["a"] == ["1"]
    assert seen.query["b"] == [" x"]


def test_a_token_is_fetched_before_the_first_request(stack: Stack, home: Api) -> None:
    got = stack.call(auth(Fetching(home.bearer().url + "/token")), home.url + "/data")
    assert (got.status, home.issued, len(home.at("/data"))) == (200, 1, 1)


def test_a_401_renews_once_and_replays_the_body(stack: Stack, home: Api) -> None:
    fetching = Fetching(home.bearer().url + "/token")
    fetching.current = "stale"
    got = stack.call(auth(fetching), home.url + "/data", "POST", b"the body")
    assert (got.status, home.issued) == (200, 1)
    assert [seen.body for seen in home.at("/data")] == [b"the body", b"the body"]


def test_a_second_401_is_the_answer(stack: Stack, home: Api) -> None:
    home.allow = lambda seen: False
    got = stack.call(auth(Fetching(home.url + "/token")), home.url + "/data")
    assert (got.status, home.issued, len(home.at("/data"))) == (401, 2, 2)


def test_fifty_401_at_once_cost_one_renewal(stack: Stack, home: Api) -> None:
    fetching = Fetching(home.bearer().url + "/token")
    fetching.current = "stale"
    home.token_delay = 0.3
    home.together = threading.Barrier(50)
    shared = auth(fetching)
    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: stack.call(shared, home.url + "/data").status, range(50)))
    assert (set(got), home.issued) == ({200}, 1)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_at_home_keeps_the_credential(stack: Stack, home: Api, keyed: Authenticator, code: int) -> None:
    home.allow = has_key
    got = stack.call(bound(keyed, home), home.url + to("/data", code))
    assert (got.status, got.url.partition("?")[0]) == (200, home.url + "/data")
    assert has_key(home.at("/data")[-1])


def test_a_redirect_at_home_keeps_the_credential_where_nobody_answers_401(
    stack: Stack, home: Api, keyed: Authenticator
) -> None:
    home.allow, home.refusal = has_key, 403
    assert stack.call(bound(keyed, home), home.url + to("/data")).status == 200


def test_authorization_is_there_at_once_after_a_redirect_at_home(stack: Stack, home: Api) -> None:
    assert stack.call(bound(bearer(), home), home.url + to("/data")).status == 200
    assert [has_key(seen) for seen in home.at("/data")] == [True]


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_elsewhere_loses_all_that_we_added(
    stack: Stack, home: Api, foreign: Api, keyed: Authenticator, code: int
) -> None:
    got = stack.call(bound(keyed, home), home.url + to(foreign.url + "/data", code))
    assert got.status == 200
    assert has_key(home.seen[0])
    (seen,) = foreign.seen
    assert KEY not in seen
    assert "x-api-key" not in seen.headers
    assert "authorization" not in seen.headers
    assert "api_key" not in seen.query


def test_a_redirect_elsewhere_of_a_replayed_request_loses_it_too(stack: Stack, home: Api, foreign: Api) -> None:
    def refuse_then_lead_away(seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
        if seen.path != "/data":
            return None
        return (401, {}, b"") if len(home.at("/data")) == 1 else (302, {"Location": foreign.url + "/data"}, b"")

    home.instead = refuse_then_lead_away
    fetching = Fetching(home.url + "/token", "X-API-Key", "")
    fetching.current = "stale-key"
    assert stack.call(auth(fetching), home.url + "/data").status == 200
    assert [seen.headers["x-api-key"] for seen in home.at("/data")] == ["stale-key", home.token]
    assert ["x-api-key" in seen.headers for seen in foreign.seen] == [False]


def test_a_redirect_to_another_origin_of_the_list_keeps_the_credential(
    stack: Stack, home: Api, foreign: Api, keyed: Authenticator
) -> None:
    foreign.allow = has_key
    assert stack.call(bound(keyed, home, foreign), home.url + to(foreign.url + "/data")).status == 200


def test_a_way_that_has_left_home_stays_bare_when_it_comes_back(
    stack: Stack, home: Api, foreign: Api, keyed: Authenticator
) -> None:
    home.allow = has_key
    back = foreign.url + to(home.url + "/data")
    assert stack.call(bound(keyed, home), home.url + to(back)).status == 401
    assert not any(KEY in seen for seen in [*foreign.seen, *home.at("/data")])


def test_a_refused_token_after_a_redirect_at_home_is_renewed(stack: Stack, home: Api) -> None:
    for field, prefix in (("Authorization", "Bearer "), ("X-API-Key", "")):
        name = field.lower()
        home.allow = lambda seen, name=name, prefix=prefix: seen.headers.get(name) == prefix + home.token
        fetching = Fetching(home.url + "/token", field, prefix)
        fetching.current = "stale-token"
        got = stack.call(auth(fetching), home.url + to("/data"))
        assert got.status == 200
    assert home.issued == 2


def test_a_request_to_a_strange_origin_is_refused_before_it_is_sent(
    stack: Stack, home: Api, foreign: Api, keyed: Authenticator
) -> None:
    mine = auth(keyed)
    assert stack.call(mine, home.url + "/data").status == 200
    with pytest.raises(InsecureError, match="origins="):
        stack.call(mine, foreign.url + "/data")
    assert foreign.seen == []


def test_plain_http_to_a_host_that_is_not_loopback_is_refused(stack: Stack, keyed: Authenticator) -> None:
    with pytest.raises(InsecureError, match="clear text"):
        stack.call(auth(keyed), "http://api.example.org/data")


def test_a_stream_that_was_refused_is_not_sent_again_but_the_token_is_renewed(stack: Stack, home: Api) -> None:
    fetching = Fetching(home.bearer().url + "/token")
    fetching.current = "stale"
    mine = auth(fetching)
    with pytest.raises(NotReplayable, match="stream"):
        stack.call(mine, home.url + "/data", "POST", stream=True)
    assert [seen.body for seen in home.at("/data")] == [b"ab"]
    assert stack.call(mine, home.url + "/data", "POST", stream=True).status == 200
    assert home.issued == 1


def test_netrc_never_replaces_the_credential(
    stack: Stack, home: Api, keyed: Authenticator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else-where\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    home.allow = has_key
    for path in ("/data", to("/data"), to("/data", 307)):
        assert stack.call(bound(keyed, home), home.url + path).status == 200
    assert not any(seen.headers.get("authorization", "").startswith("Basic") for seen in home.seen)


def test_a_key_that_the_server_repeats_in_its_redirect_elsewhere_is_taken_out(
    stack: Stack, home: Api, foreign: Api
) -> None:
    key = key_parameter()
    stack.call(bound(key, home), home.url + to(foreign.url + "/data", 302, "&echo=1"))
    assert [seen.query for seen in foreign.seen] == [{"code": ["302"], "echo": ["1"]}]


def test_a_credential_that_covers_the_body_is_given_the_body(stack: Stack, home: Api) -> None:
    @dataclasses.dataclass(frozen=True, eq=False)
    class Covering(Authenticator):
        signs = True

        def ready(self, request: Request) -> Request:
            covered = "a stream" if request.body is None else hashlib.sha256(request.body).hexdigest()
            return request.with_header("X-Covered", covered)

    body = "übrigens".encode() + bytes(range(256))
    held = auth(Covering(), origins=[home.url])
    stack.call(held, home.url, method="POST", body=body)
    stack.call(held, home.url, method="POST", stream=True)
    covered = [seen.headers["x-covered"] for seen in home.seen]
    assert covered == [hashlib.sha256(body).hexdigest(), "a stream"]
