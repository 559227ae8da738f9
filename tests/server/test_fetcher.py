"""Fetching what a registration names, without being led inside (rows 17 and 27 of the bad inputs)."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lychgate.oauth import client_auth, jose
from lychgate.server import fetcher
from lychgate.server.fetcher import Fetcher, NotFetched, is_public
from lychgate.server.programs.client_keys import read_set
from support.server import poll, running
from support.web import Quiet, web_server


@contextmanager
def site(answers: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """A site on the loopback address: HOST:PORT and the paths it was asked for; answers are (status, headers, body)."""
    asked: list[str] = []

    class Handler(Quiet):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, headers, body = answers[self.path]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for part in [body] if isinstance(body, bytes) else body:
                try:
                    self.wfile.write(part)
                except OSError:
                    return

    with web_server(Handler) as server:
        yield f"127.0.0.1:{server.server_port}", asked


def get(url: str, *allow: str) -> bytes:
    return asyncio.run(Fetcher(allow).get(url))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_inner_addresses_are_known_in_every_dress(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/jwks", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest", "file:///etc/passwd", "gopher://example.org/", "https://u:p@example.org/",
        "https://", "https://example.org:99999/", "https://example.org/#x", "javascript:alert(1)", "https://[fe80::1%25lo]/",
    ],
)  # fmt: skip
def test_a_url_that_leads_inside_or_is_none_is_refused_by_its_look(url: str) -> None:
    with pytest.raises(NotFetched):
        Fetcher().check(url)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
def test_a_name_that_leads_inside_is_refused_before_a_packet_leaves(host: str) -> None:
    with site({"/": (200, {}, b"{}")}) as (place, asked):
        port = place.split(":")[1]
        with pytest.raises(NotFetched):
            get(f"https://{host}:{port}/")
        assert asked == []


def test_a_name_that_changes_its_mind_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding, which no real name server here can be made to do: 127.0.0.2 plays the public address."""
    looked: list[str] = []
    real = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != "rebind.example":
            return real(host, *args, **kwargs)
        looked.append(name)
        return real("127.0.0.2" if len(looked) == 1 else "127.0.0.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(fetcher, "is_public", lambda address: str(address) == "127.0.0.2")
    with socket.create_server(("127.0.0.1", 0)) as inner:
        inner.setblocking(False)
        with pytest.raises(NotFetched):
            get(f"https://rebind.example:{inner.getsockname()[1]}/jwks")
        with pytest.raises(BlockingIOError):
            inner.accept()
    assert looked == ["rebind.example"]


def test_what_is_allowed_by_name_is_fetched_plain_too() -> None:
    with site({"/jwks": (200, {}, b'{"keys":[]}')}) as (place, _):
        assert get(f"http://{place}/jwks", place) == b'{"keys":[]}'


def test_no_redirect_is_followed() -> None:
    with site({"/": (302, {"Location": "/inside"}, b""), "/inside": (200, {}, b"secret")}) as (place, asked):
        with pytest.raises(NotFetched, match="answered 302"):
            get(f"http://{place}/", place)
        assert asked == ["/"]


def test_a_long_answer_is_cut_off() -> None:
    parts = (b"a" * 65536 for _ in range(10_000))
    with site({"/": (200, {}, parts)}) as (place, _):
        with pytest.raises(NotFetched, match="longer than"):
            get(f"http://{place}/", place)
        assert next(parts)


def test_a_packed_answer_is_not_unpacked() -> None:
    import gzip

    bomb = gzip.compress(b"\0" * 50_000_000)
    with site({"/": (200, {"Content-Encoding": "gzip"}, bomb)}) as (place, _):
        assert get(f"http://{place}/", place) == bomb


def test_a_slow_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetcher, "TIME", 0.5)

    def drip() -> Iterator[bytes]:
        for _ in range(20):
            time.sleep(0.1)
            yield b" "

    with site({"/": (200, {}, drip())}) as (place, _):
        began = time.monotonic()
        with pytest.raises(NotFetched, match="did not answer within"):
            get(f"http://{place}/", place)
        assert time.monotonic() - began < 1.5


def test_a_set_with_a_private_a_shared_or_a_weak_key_is_refused() -> None:
    from joserfc.jwk import OctKey, RSAKey

    good = jose.generate("ES256")
    assert len(read_set(json.dumps({"keys": [good.as_dict(private=False)]}))) == 1
    for bad in (
        good.as_dict(private=True),
        OctKey.generate_key(256).as_dict(private=True),
        RSAKey.generate_key(1024, auto_kid=False).as_dict(private=False),
    ):
        with pytest.raises(ValueError, match=r"public keys only|2048 bits"):
            read_set(json.dumps({"keys": [bad]}))
    for text in ("[]", "{}", "null", "{", '{"keys": 1}'):
        with pytest.raises(ValueError):  # noqa: PT011  json's own error is a ValueError too
            read_set(text)


def test_a_clients_keys_are_fetched_once_and_again_when_it_has_a_new_one(tmp_path: Path) -> None:
    one, two = jose.generate("ES256"), jose.generate("ES256")
    public = [key.as_dict(private=False) | {"kid": kid} for key, kid in ((one, "1"), (two, "2"))]
    answers = {"/jwks": (200, {}, json.dumps({"keys": public[:1]}).encode())}
    with site(answers) as (place, asked), running(tmp_path / "d", toml=f'fetch_allow = ["{place}"]\n') as server:
        made = server.client_add(methods=("private_key_jwt",), jwks_uri=f"http://{place}/jwks")

        def status(key: jose.Key, kid: str) -> int:
            signed = client_auth.assertion(made.id, key, "ES256", server.issuer, time.time(), kid=kid)
            fields = {"grant_type": "client_credentials"} | client_auth.assertion_fields(signed)
            return server.post("/oauth2/token", fields).status

        assert [status(one, "1"), status(one, "1")] == [200, 200]
        assert asked == ["/jwks"]
        answers["/jwks"] = (200, {}, json.dumps({"keys": public}).encode())
        assert status(two, "2") == 401, "within ten seconds a strange kid must not make us fetch"
        assert asked == ["/jwks"]
        poll(lambda: status(two, "2") == 200, 15)
        assert asked == ["/jwks", "/jwks"]
