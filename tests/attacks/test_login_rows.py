"""The rows of bad input that a login by a person meets on the client's side: each test is named after its row."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

import lychgate
from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.issuer import clock, discovery
from lychgate.kernel.errors import ConfigError, LoginNeeded, LychgateError, Refused
from lychgate.kernel.http import query_of
from lychgate.world.auth import Auth
from support.desk import Desk, at_desk
from support.node import free_port
from support.person import PersonAtBrowser
from support.processes import output, python, until
from support.server import Made, Server, running

EMAIL, PASSWORD = "ada@example.org", "hunter2-of-ada"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("rows") / "data") as started:
        started.user_add(EMAIL, PASSWORD)
        yield started


@pytest.fixture(scope="module")
def app(server: Server) -> Made:
    return server.client_add(
        "app",
        methods=["none"],
        grants=["authorization_code", "refresh_token"],
        redirect_uris=("http://127.0.0.1",),
        scopes=("openid", "email", "read"),
    )


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Desk]:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setattr(clock, "_offsets", {})
    discovery.forget()
    with at_desk(monkeypatch) as made:
        yield made


class Login:
    """A login under way: the program waits in a thread, the page is open, its answer is not given yet."""

    def __init__(self, desk: Desk, server: Server, **more: Any) -> None:
        options = {"client_id": "app", "redirect_port": free_port(), "wait": 60.0, **more}
        self.source = AuthorizationCode(issuer=server.issuer, **options)
        self.auth: Auth = lychgate.auth(self.source)
        self.token: Future[lychgate.Token] = desk.start(self.auth.token)
        self.server, self.page = server, desk.url()
        self.door = f"http://127.0.0.1:{self.source.redirect_port}"

    def person(self) -> PersonAtBrowser:
        return PersonAtBrowser(self.server.url).open(self.page).log_in(EMAIL, PASSWORD)

    def allowed(self) -> dict[str, str]:
        """What the issuer's redirect carries, once the person has allowed it; nobody has followed it yet."""
        person = self.person()
        if not person.left_to:  # this person has not allowed this program before
            person.allow()
        assert person.left_to.startswith(self.door)
        return person.params

    def come(self, path: str = "/", **params: str) -> httpx2.Response:
        query = f"?{urlencode(params)}" if params else ""
        return httpx2.get(f"{self.door}{path}{query}", timeout=20)

    def ends(self, params: dict[str, str]) -> lychgate.Token:
        """The right redirect still ends it."""
        assert not self.token.done()
        assert "You are logged in" in self.come(**params).text
        return self.token.result(20)


# --- row 8: PKCE downgrade


def test_8_the_client_sends_s256_whatever_the_metadata_says_and_its_code_is_worth_nothing_without_the_verifier(
    server: Server, app: Made, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {**httpx2.get(f"{server.issuer}/.well-known/openid-configuration").json()}
    document["code_challenge_methods_supported"] = ["plain"]
    document.pop("pushed_authorization_request_endpoint", None)
    monkeypatch.setitem(discovery._known, server.issuer, (time.time(), document))
    login = Login(desk, server)
    asked = query_of(login.page)
    assert asked["code_challenge_method"] == "S256"
    params = login.allowed()
    stolen = {
        "grant_type": "authorization_code",
        "code": params["code"],
        "redirect_uri": login.door,
        "client_id": "app",
    }
    assert server.post("/oauth2/token", stolen).error == "invalid_grant"
    assert login.ends(params).access


# --- row 39: mix-up


@pytest.mark.parametrize("how", ["no iss", "another issuer", "an error of another issuer"])
def test_39_an_answer_that_does_not_name_our_issuer_ends_nothing_and_sends_no_code_anywhere(
    server: Server, app: Made, desk: Desk, how: str
) -> None:
    login = Login(desk, server)
    params = login.allowed()
    mixed = {
        "no iss": {name: value for name, value in params.items() if name != "iss"},
        "another issuer": {**params, "iss": "https://evil.example"},
        "an error of another issuer": {
            "error": "access_denied",
            "state": params["state"],
            "iss": "https://evil.example",
        },
    }[how]
    assert login.come(**mixed).status_code == 400
    assert login.ends(params).access  # the code was still unspent


# --- C6: the loopback listener


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("/favicon.ico", None),
        ("/", None),
        ("/elsewhere", {}),
        ("/", {"state": "guessed"}),
        ("/", {"state": ""}),
        ("/", {"error": "access_denied", "state": "guessed"}),
        ("/", {"state": NASTY, "code": NASTY, "error": NASTY, "error_description": NASTY, "iss": NASTY}),
    ],
    ids=["favicon", "nothing", "path", "wrong state", "no state", "error", "HTML"],
)
def test_c6_a_stray_request_is_answered_and_only_the_right_one_ends_the_login(
    server: Server, app: Made, desk: Desk, path: str, changed: dict[str, str] | None
) -> None:
    login = Login(desk, server)
    params = login.allowed()
    stray = login.come(path, **({} if changed is None else {**params, **changed}))
    assert stray.status_code in (400, 404)
    assert "<script" not in stray.text
    assert "<img" not in stray.text
    assert params["code"] not in stray.text
    login.ends(params)


def test_c6_a_hundred_stray_requests_do_not_end_the_login(server: Server, app: Made, desk: Desk) -> None:
    login = Login(desk, server)
    params = login.allowed()
    threads = [threading.Thread(target=login.come, kwargs={"state": str(n), "code": "x"}) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    login.ends(params)


def test_c6_the_persons_no_ends_the_login_and_the_page_says_so(server: Server, desk: Desk) -> None:
    server.client_add("new", methods=["none"], grants=["authorization_code"], redirect_uris=("http://127.0.0.1",))
    login = Login(desk, server, client_id="new")
    person = login.person().send({"answer": "refuse"})
    page = login.come(**person.params)
    assert "You are not logged in" in page.text
    with pytest.raises(Refused) as caught:
        login.token.result(20)
    assert caught.value.error == "access_denied"


def test_c6_the_listener_is_on_the_loopback_address_alone_and_gone_after_the_login(
    server: Server, app: Made, desk: Desk
) -> None:
    login = Login(desk, server)
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    port = f"{login.source.redirect_port:04X}"
    assert {line[1] for line in lines if line[1].endswith(f":{port}") and line[3] == "0A"} == {f"0100007F:{port}"}
    login.ends(login.allowed())
    with pytest.raises(httpx2.ConnectError):
        login.come()


# --- C7: a busy port


def test_c7_a_busy_port_is_named_with_what_to_do_and_another_one_works(server: Server, app: Made, desk: Desk) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        source = AuthorizationCode(issuer=server.issuer, client_id="app", redirect_port=port)
        with pytest.raises(ConfigError, match=rf"port {port} on 127\.0\.0\.1 is taken .*--redirect-port"):
            lychgate.auth(source).token()
        assert desk.urls.empty()
        login = Login(desk, server)
        login.ends(login.allowed())


def test_c7_a_free_port_is_chosen_where_the_caller_asks_for_it(server: Server, app: Made, desk: Desk) -> None:
    source = AuthorizationCode(issuer=server.issuer, client_id="app", redirect_port=0)
    token = desk.start(lychgate.auth(source).token)
    person = PersonAtBrowser(server.url).open(desk.url()).log_in(EMAIL, PASSWORD)
    assert httpx2.get((person if person.left_to else person.allow()).left_to).status_code == 200
    assert token.result(20).access


# --- C8: nobody there


@pytest.mark.parametrize("stdin", ["end of file", "a pipe that never ends", "closed"])
def test_c8_without_a_terminal_a_login_fails_at_once_with_the_command_to_run(
    server: Server, app: Made, tmp_path: Path, stdin: str
) -> None:
    reads, writes = os.pipe()
    if stdin == "end of file":
        os.close(writes)
    unseen = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "CI")
    env = {name: value for name, value in os.environ.items() if name not in unseen}
    words = [sys.executable, "-m", "lychgate", "login", server.issuer, "--client-id", "app", "--profile", "mine"]
    if stdin == "closed":
        words = ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *words]
    try:
        done = subprocess.run(
            words,
            stdin=reads,
            capture_output=True,
            text=True,
            timeout=30,
            env={**env, "LYCHGATE_HOME": str(tmp_path)},
            start_new_session=True,
        )
    finally:
        os.close(reads)
        if stdin != "end of file":
            os.close(writes)
    assert done.returncode == 3, done.stderr
    assert "run:  lychgate login mine" in done.stderr


def test_c8_interaction_never_raises_the_exact_command(
    server: Server, app: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    source = AuthorizationCode(issuer=server.issuer, client_id="app", scope="openid read", user=EMAIL)
    with pytest.raises(LoginNeeded) as caught:
        lychgate.auth(source, interaction="never").token()
    assert (
        caught.value.command == f"lychgate login {server.issuer} --client-id app --scope 'openid read' --user {EMAIL}"
    )
    assert caught.value.command in str(caught.value)


def test_c8_a_hung_keyring_costs_three_seconds_and_an_error_that_says_so(tmp_path: Path) -> None:
    pytest.importorskip("keyring")
    (tmp_path / "hung.py").write_text(
        "import time\nfrom keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n    priority = 1\n"
        "    def get_password(self, service, user): time.sleep(60)\n"
        "    def set_password(self, *given): pass\n    def delete_password(self, *given): pass\n"
    )
    (tmp_path / "profiles.toml").write_text(
        '[profile.robot]\nsource = "client_credentials"\ntoken_endpoint = "http://127.0.0.1:9/token"\n'
        'client_id = "robot"\nclient_secret = "keyring:lychgate/robot"\n'
    )
    (tmp_path / "profiles.toml").chmod(0o600)
    env = {
        **os.environ,
        "LYCHGATE_HOME": str(tmp_path),
        "PYTHON_KEYRING_BACKEND": "hung.Keyring",
        "PYTHONPATH": str(tmp_path),
    }
    begun = time.monotonic()
    words = [sys.executable, "-m", "lychgate", "token", "robot"]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=40)
    assert time.monotonic() - begun < 15
    assert done.returncode == 1
    assert "keyring did not answer within 3 s" in done.stderr


# --- what is left behind


def test_c5_a_program_killed_while_it_waits_for_the_person_blocks_nobody(
    server: Server, app: Made, tmp_path: Path
) -> None:
    code = f"""
        import lychgate
        from lychgate.client.sources.authorization_code import AuthorizationCode
        from lychgate.world import browser, surroundings
        from lychgate.world.surroundings import Surroundings
        browser.open_page = lambda url, wsl=False: print("OPEN", flush=True) or True
        surroundings.here = lambda: Surroundings("desktop", browser=True)
        lychgate.auth(AuthorizationCode(issuer={server.issuer!r}, client_id="app", redirect_port=0)).token()
        """
    waiting = python(code, env={"LYCHGATE_HOME": str(tmp_path)})
    assert waiting.stdout is not None
    assert "OPEN" in waiting.stdout.readline()
    waiting.send_signal(signal.SIGKILL)
    waiting.communicate(timeout=10)
    other = python(
        code.replace(".token()", ".forget()"), env={"LYCHGATE_HOME": str(tmp_path), "LYCHGATE_INTERACTION": "never"}
    )
    begun = time.monotonic()
    output(other)
    assert time.monotonic() - begun < 25


def test_one_login_in_flight_for_all_processes_of_a_user(server: Server, app: Made, desk: Desk, tmp_path: Path) -> None:
    login = Login(desk, server)
    code = f"""
        import lychgate
        from lychgate.client.sources.authorization_code import AuthorizationCode
        from lychgate.world import surroundings
        from lychgate.world.surroundings import Surroundings
        surroundings.here = lambda: Surroundings("desktop", browser=True)
        source = AuthorizationCode(issuer={server.issuer!r}, client_id="app", redirect_port=0)
        print(lychgate.auth(source).token().access.reveal())
        """
    others = [python(code, env={"LYCHGATE_HOME": str(tmp_path), "BROWSER": "/bin/false"}) for _ in range(3)]
    said = [
        next((line for line in other.stderr or () if "Another program is logging in" in line), "") for other in others
    ]
    assert all(said)  # each of them waits for the lock by now
    token = login.ends(login.allowed())
    for other in others:
        out, err = other.communicate(timeout=30)
        assert out.strip() == token.access.reveal(), err
        assert "Open this page" not in err


# --- C10: a whole login, and no secret in any log or text


def test_c10_nothing_of_a_login_is_in_the_logs_at_debug(
    server: Server, app: Made, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    login = Login(desk, server, scope="openid email")
    params = login.allowed()
    token = login.ends(params)
    refused = ""
    try:
        again = Login(desk, server, scope="openid", user="somebody-else@example.org")
        again.come(**again.allowed())
        again.token.result(20)
    except Refused:
        refused = traceback.format_exc()
    secrets = {
        "access": token.access.reveal(),
        "code": params["code"],
        "state": params["state"],
        "id_token": token.extra["id_token"],
    }
    main = threading.main_thread().name  # where the person's browser is played
    logs = "\n".join(record.getMessage() for record in caplog.records if record.threadName != main)
    assert "/oauth2/token" in logs
    texts = [logs, repr(token), repr(login.auth), repr(login.source), refused]
    for name, secret in secrets.items():
        assert all(secret not in text for text in texts), name
    assert "somebody-else@example.org was asked for" in refused


def test_killing_the_server_in_the_middle_of_a_login_leaves_nothing_that_blocks_the_next(
    desk: Desk, tmp_path: Path
) -> None:
    data, port = tmp_path / "killed", free_port()
    with running(data, "--port", str(port)) as first:
        first.user_add(EMAIL, PASSWORD)
        first.client_add(
            "app", methods=["none"], grants=["authorization_code", "refresh_token"], redirect_uris=("http://127.0.0.1",)
        )
        login = Login(desk, first)
        params = login.allowed()
        first.process.kill()
        first.process.wait(10)
        page = login.come(**params)
        assert "You are not logged in" in page.text
        with pytest.raises(LychgateError):
            login.token.result(60)
    with running(data, "--port", str(port)) as second:
        until(lambda: second.get("/health").status == 200)
        login = Login(desk, second)
        login.ends(login.allowed())
