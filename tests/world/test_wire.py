"""Our own requests on real sockets: bounded, never redirected, never shared with a child."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lychgate.kernel.errors import TransientError, Untrusted
from lychgate.kernel.http import Headers, Request, Response
from lychgate.testing import faults
from lychgate.testing.chaos import ChaosIssuer
from lychgate.world import masking
from lychgate.world import wire as wire_module
from lychgate.world.wire import Wire
from support.tls import Tls, certificate

Sender = Callable[..., Response]


@pytest.fixture(params=["blocking", "awaiting"])
def send(request: pytest.FixtureRequest) -> Sender:
    if request.param == "blocking":
        return lambda wire, wanted, seconds=2: wire.send(wanted, seconds)
    return lambda wire, wanted, seconds=2: asyncio.run(wire.asend(wanted, seconds))


@pytest.fixture
def issuer() -> Iterator[ChaosIssuer]:
    with ChaosIssuer() as made:
        yield made


def post(issuer: ChaosIssuer) -> Request:
    return Request("POST", issuer.token_endpoint, Headers({"X-Twice": "a"}), b"grant_type=x")


def test_status_headers_and_body_come_whole(issuer: ChaosIssuer, send: Sender) -> None:
    issuer.plan(faults.answer({"a": 1}, 418, Retry_After="7"))
    got = send(Wire(), post(issuer))
    assert (got.status, got.headers["retry-after"], got.json()) == (418, "7", {"a": 1})
    assert issuer.seen[0].fields == {"grant_type": "x"}


@pytest.mark.parametrize("fault", [faults.dropped(), faults.half()], ids=["none", "half"])
def test_no_whole_answer_is_a_transient_error(issuer: ChaosIssuer, send: Sender, fault: faults.Fault) -> None:
    issuer.plan(fault, fault)
    with pytest.raises(TransientError, match="no answer from"):
        send(Wire(), post(issuer))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://no-such-host.invalid/"])
def test_nobody_there_is_a_transient_error(send: Sender, url: str) -> None:
    with pytest.raises(TransientError):
        send(Wire(), Request("GET", url))


def test_a_certificate_that_is_not_trusted_is_told_from_a_server_that_is_away(
    send: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificate(tmp_path, "localhost")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with shaking_hands(tls) as port:
        with pytest.raises(Untrusted, match=rf"localhost:{port} is not trusted here.*SSL_CERT_FILE=") as caught:
            send(Wire(), Request("GET", f"https://localhost:{port}/"))
        assert caught.value.unknown
        monkeypatch.setenv("SSL_CERT_FILE", str(tls.ca))
        with pytest.raises(Untrusted, match=r"not valid for '127\.0\.0\.1'") as caught:
            send(Wire(), Request("GET", f"https://127.0.0.1:{port}/"))
        assert not caught.value.unknown
        with pytest.raises(TransientError, match="no answer from"):
            send(Wire(), Request("GET", f"https://localhost:{port}/"))


@contextlib.contextmanager
def shaking_hands(tls: Tls) -> Iterator[int]:
    """A server that shows its certificate, and says no more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.cert, tls.key)

    def serve() -> None:
        while True:
            try:
                connection, _ = ear.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                context.wrap_socket(connection, server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as ear:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield ear.getsockname()[1]
        ear.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_a_redirect_is_not_followed(issuer: ChaosIssuer, send: Sender) -> None:
    issuer.plan(faults.Fault(302, {"Location": issuer.api}, b""))
    assert send(Wire(), post(issuer)).status == 302
    assert len(issuer.seen) == 1


def test_an_answer_without_end_is_cut(issuer: ChaosIssuer, send: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    issuer.plan(faults.status(200, body=b"x" * (wire_module.LIMIT + 1)))
    with pytest.raises(TransientError, match="longer than"):
        send(Wire(), post(issuer))


def test_an_answer_that_drips_in_ends(send: Sender) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not stop.wait(0.05):
                try:
                    peer.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    begun = time.monotonic()
    wire = Wire()
    request = Request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")
    with pytest.raises(TransientError, match="drips"):
        send(wire, request, 0.2)
    assert time.monotonic() - begun < 5
    stop.set()
    thread.join(5)
    listener.close()


def test_nothing_of_a_netrc_is_sent(
    issuer: ChaosIssuer, send: Sender, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = os.path.join(tmp_path, "netrc")
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login somebody password something\n")
    os.chmod(netrc, 0o600)
    monkeypatch.setenv("NETRC", netrc)
    send(Wire(), post(issuer))
    assert "authorization" not in issuer.seen[0].headers


def test_a_child_opens_connections_of_its_own(issuer: ChaosIssuer) -> None:
    wire = Wire()
    wire.send(post(issuer), 2)
    before = wire._clients[None]
    child = os.fork()
    if child == 0:
        fresh = not wire._clients
        answered = wire.send(post(issuer), 5).status == 400
        os._exit(0 if fresh and answered else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert wire._clients[None] is before
    assert wire.send(post(issuer), 2).status == 400


def test_a_token_in_an_answers_header_is_in_no_log(
    issuer: ChaosIssuer, send: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    """The library tells each answer's header at DEBUG, before anybody can know which of it is a token."""
    masking.install()
    issuer.plan(faults.answer({"a": 1}, 201, X_Subject_Token="a-token-just-made"))
    with caplog.at_level(logging.DEBUG):
        assert send(Wire(), post(issuer)).headers["X-Subject-Token"] == "a-token-just-made"
    assert "receive_response_headers.complete" in caplog.text
    assert "a-token-just-made" not in caplog.text


def test_a_secret_in_the_header_of_what_is_fetched_for_somebody_else_is_in_no_log_either(
    issuer: ChaosIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    masking.install()
    issuer.plan(faults.answer({"a": 1}, 201, Set_Cookie="session=a-secret-of-theirs"))
    with caplog.at_level(logging.DEBUG):
        answer = asyncio.run(Wire().afetch(post(issuer), 5, "127.0.0.1", 4096))
    assert answer.headers["Set-Cookie"] == "session=a-secret-of-theirs"
    assert "receive_response_headers.complete" in caplog.text
    assert "a-secret-of-theirs" not in caplog.text
