"""Rows C1, C10, C12, C13 and C14 of the client's attacks, on every HTTP library."""

from __future__ import annotations

import base64
import io
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

import lychgate
from lychgate.kernel.errors import InsecureError, NotReplayable
from lychgate.world.auth import Auth
from support.api_server import Api, serve_api
from support.authenticators import Fetching
from support.stacks import STACKS, Stack

SECRET = "row-c10/s3cret+of the robot%"


@pytest.fixture(params=STACKS, ids=str)
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.param
    return found.needed()


@pytest.fixture
def home() -> Iterator[Api]:
    with serve_api() as api:
        yield api


@pytest.fixture
def foreign() -> Iterator[Api]:
    with serve_api() as api:
        yield api


def api_key() -> lychgate.Authenticator:
    return lychgate.ApiKey(SECRET, prefix="ApiKey ")


def api_key_in_the_query() -> lychgate.Authenticator:
    return lychgate.ApiKey(SECRET, "key", "query")


def basic() -> lychgate.Authenticator:
    return lychgate.Basic("robot", SECRET)


def bearer() -> lychgate.Authenticator:
    return lychgate.Bearer(SECRET)


KINDS: list[Callable[[], lychgate.Authenticator]] = [api_key, api_key_in_the_query, basic, bearer]


def shapes(text: str) -> set[str]:
    """How a secret may be told: in clear, URL-encoded, in base64 wherever it stands in a longer text."""
    raw = text.encode()
    cores = {base64.b64encode(b"\0" * i + raw).decode()[-(-i * 8 // 6) : (i + len(raw)) * 8 // 6] for i in range(3)}
    safe = {core.replace("+", "-").replace("/", "_") for core in cores}
    return {text, quote(text), quote(text, safe=""), quote_plus(text)} | cores | safe


def tells(shown: str, *texts: str) -> list[str]:
    return [shape for text in texts for shape in shapes(text) if shape in shown]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", [302, 307])
def test_c1_a_302_to_another_origin_strips_every_header_and_parameter(
    stack: Stack, home: Api, foreign: Api, kind: Callable[[], lychgate.Authenticator], code: int
) -> None:
    auth = lychgate.auth(kind(), origins=[home.url])
    bare = stack.call(lychgate.auth(lychgate.Anonymous()), foreign.url + "/data")
    got = stack.call(auth, f"{home.url}/to?url={quote(foreign.url, safe='')}%2Fdata&code={code}&echo=1")
    assert (bare.status, got.status) == (200, 200)
    without, after = foreign.seen
    assert set(after.headers) - {"cookie"} <= set(without.headers)
    assert after.query == {"code": [str(code)], "echo": ["1"]}
    assert tells(repr(after), SECRET) == []
    assert tells(repr(home.seen), SECRET) != []


@pytest.mark.parametrize("kind", KINDS)
def test_c10_nothing_at_debug_in_a_repr_a_pickle_or_a_traceback_tells_a_secret(
    stack: Stack, home: Api, foreign: Api, kind: Callable[[], lychgate.Authenticator], everything: io.StringIO
) -> None:
    authenticator = kind()
    auth = lychgate.auth(authenticator, origins=[home.url])
    for url in ("/data?a=1", f"/to?url={quote(foreign.url, safe='')}%2Fdata", "/to?url=%2Fdata"):
        stack.call(auth, home.url + url, "POST", b"body")
    home.allow = lambda seen: False
    stack.call(auth, home.url + "/data")
    home_url, home.url = home.url, "http://127.0.0.1:1"
    for url in (home.url, foreign.url, home_url.replace("http", "ftp")):
        try:
            stack.call(lychgate.auth(authenticator, origins=[home.url]), url)
        except Exception as error:
            logging.getLogger("caller").exception("it failed")
            everything.write(texts_of(error))
    everything.write(f"{authenticator!r} {auth!r} {auth.explain(home_url)} {vars(auth)} {_pickled(auth)}")
    shown = everything.getvalue()
    assert "caller" in shown
    assert tells(shown, SECRET) == []
    assert tells(repr(home.seen), SECRET) != []


def test_c10_no_token_is_told_while_it_is_fetched_and_renewed(stack: Stack, home: Api, everything: io.StringIO) -> None:
    auth = lychgate.auth(Fetching(home.bearer().url + "/token"))
    for _ in range(3):
        assert stack.call(auth, home.url + "/data").status == 200
        home.token = "revoked-meanwhile"
    everything.write(f"{auth!r} {auth.token()!r} {auth.explain(home.url)}")
    assert home.issued == 3
    assert tells(everything.getvalue(), *(f"token-{number}-fresh" for number in (1, 2, 3))) == []


def test_c12_netrc_never_replaces_our_credential(
    stack: Stack, home: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password of-netrc\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for kind in KINDS:
        home.seen.clear()
        stack.call(lychgate.auth(kind()), home.url + "/data")
        (alone,) = home.seen
        stack.call(lychgate.auth(kind()), home.url + "/to?url=%2Fdata")
        assert tells(repr(alone), SECRET) != []
        assert all(
            seen.headers.get("authorization") in (None, alone.headers.get("authorization")) for seen in home.seen
        )


@pytest.mark.parametrize("kind", KINDS)
def test_c13_plain_http_off_loopback_is_refused_unless_it_is_allowed(
    stack: Stack, kind: Callable[[], lychgate.Authenticator]
) -> None:
    url = "http://api.example.invalid/data"
    for origins in (None, ["http://api.example.invalid"]):
        with pytest.raises(InsecureError, match="allow_insecure"):
            stack.call(lychgate.auth(kind(), origins=origins), url)
    assert lychgate.auth(bearer(), allow_insecure=True).headers(url)  # what would go on it, with nobody called


def test_c14_a_stream_and_a_401_is_not_replayed_and_the_error_says_so(stack: Stack, home: Api) -> None:
    fetching = Fetching(home.bearer().url + "/token")
    fetching.current = "stale"
    with pytest.raises(NotReplayable, match="second time"):
        stack.call(lychgate.auth(fetching), home.url + "/data", "POST", stream=True)
    assert len(home.at("/data")) == 1


@pytest.fixture
def everything() -> Iterator[io.StringIO]:
    """All that any logger says at DEBUG, with tracebacks."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    levels = {
        name: logging.getLogger(name).level for name in ("", "httpx", "httpcore", "urllib3", "aiohttp", "asyncio")
    }
    root.addHandler(handler)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    lychgate.mask_logs()
    yield stream
    root.removeHandler(handler)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def texts_of(error: BaseException) -> str:
    """The texts of an error of ours. A library's own error may quote the URL, and then a key that stands in it."""
    ours = isinstance(error, lychgate.LychgateError)
    return f"{error} {error!r} {''.join(traceback.format_exception(error))}" if ours else ""


def _pickled(auth: Auth) -> Any:
    try:
        return pickle.dumps(auth)
    except TypeError as error:
        return error
