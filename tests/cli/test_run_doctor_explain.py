"""``lychgate run``, ``doctor`` and ``explain`` with a robot's profile at a real server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.kernel.record import Record
from lychgate.world.stores import open_store
from support.robot import robot_home
from support.server import Made, Server, poll, running
from support.terminal import at_terminal

from .conftest import Operate

LIFETIME = 3  # seconds
WATCH = """
import os, sys, time
seen, until = [], time.time() + 15
while len(seen) < 3 and time.time() < until:
    text = open(os.environ["BEARER_TOKEN_FILE"]).read()
    if text not in seen:
        seen.append(text)
    time.sleep(0.05)
print(len(seen), oct(os.stat(os.environ["BEARER_TOKEN_FILE"]).st_mode & 0o777), os.environ["BEARER_TOKEN_FILE"])
sys.exit(7)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("run") / "data", toml=f"lifetime = {LIFETIME}\n") as started:
        yield started


@pytest.fixture(scope="module")
def robot(server: Server) -> Made:
    return server.client_add("robot", grants=["client_credentials"], scopes=("read",))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, robot: Made) -> Path:
    """A home with one profile, ``robot``."""
    return robot_home(tmp_path, monkeypatch, server, robot)


def test_a_command_finds_a_token_in_a_private_file_that_is_renewed_and_then_gone(home: Path, server: Server) -> None:
    done = lychgate("run", "--", sys.executable, "-c", WATCH)
    count, mode, file = done.stdout.split()
    assert (done.returncode, int(count), mode) == (7, 3, "0o600")
    assert not Path(file).exists()
    assert not Path(file).parent.exists()
    aud = re.escape(server.issuer)
    line = rf"lychgate: the job's token: \d s, scope read, audience {aud}, no refresh token; NOT narrowed"
    assert re.match(line, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1


def test_the_command_sees_neither_the_profiles_secret_nor_an_older_token(
    home: Path, robot: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEARER_TOKEN", "an-older-token")
    monkeypatch.setenv("LYCHGATE_PASSPHRASE", "correct horse")
    monkeypatch.setenv("OF_THE_USER", "kept")
    seen = lychgate("run", "--", "env").stdout
    assert "OF_THE_USER=kept" in seen
    assert "BEARER_TOKEN_FILE=" in seen
    assert not any(text in seen for text in (robot.secret, "an-older-token", "correct horse"))


def test_what_a_scheduler_sends_reaches_the_command_and_the_file_is_removed(home: Path, tmp_path: Path) -> None:
    note = tmp_path / "note"
    script = f'trap "exit 9" TERM; echo $BEARER_TOKEN_FILE > {note}; while true; do sleep 0.1; done'
    with subprocess.Popen([sys.executable, "-m", "lychgate", "run", "--", "sh", "-c", script]) as started:
        poll(lambda: note.exists() and note.read_text().strip())
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=20) == 9
    assert not Path(note.read_text().strip()).exists()


def test_ctrl_c_is_left_to_the_terminal_which_tells_the_command_itself(home: Path, tmp_path: Path) -> None:
    """A second one from us would be too many; so a command in a group that the terminal leaves out gets none."""
    note = tmp_path / "note"
    script = (
        "import os, signal, sys, time\nos.setpgid(0, 0)\ncount, over = [], []\n"
        "signal.signal(signal.SIGINT, lambda *_: count.append(1))\n"
        "signal.signal(signal.SIGUSR1, lambda *_: over.append(1))\n"
        f"open({str(note)!r}, 'w').write(os.environ['BEARER_TOKEN_FILE'])\n"
        "until = time.time() + 20\nwhile not over and time.time() < until:\n    time.sleep(0.05)\n"
        "sys.exit(10 + len(count))\n"
    )
    ours = "import fcntl, os, sys, termios\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\nos.execv(sys.argv[1], sys.argv[1:])"
    run = ("-m", "lychgate", "run", "--", sys.executable, "-c", script)
    with at_terminal(sys.executable, "-c", ours, sys.executable, *run) as seen:  # its keys are signals to us
        poll(lambda: note.exists() and note.read_text().strip(), seconds=30)
        seen.type("\x03")
        seen.wait_for(r"\^C")
        seen.process.send_signal(signal.SIGUSR1)
        assert seen.end() == 10, seen.seen
    assert not Path(note.read_text()).exists()


def test_a_command_that_is_not_there_is_said_and_ends_as_shells_have_it(home: Path) -> None:
    done = lychgate("run", "--", "no-such-program-here")
    assert done.returncode == 127
    assert "no-such-program-here: No such file" in done.stderr


def test_a_login_that_ends_before_the_job_is_refused_at_the_start(home: Path, operate: Operate) -> None:
    operate("token")
    store = open_store("file")
    (key,) = store.keys()
    record = store.load(key)
    assert record is not None
    data = {**record.data, "refresh": "r", "extra": {"refresh_expires_in": 3600}}
    store.save(key, Record(data, record.who, record.where))
    said = operate("run", "--for", "48h", "--", "touch", str(home / "ran"))
    assert said.status == 3
    assert 'the login of "robot" ends in 60 min, before the 48 h' in said.err
    assert "lychgate login robot" in said.err
    assert not (home / "ran").exists()


def test_the_doctor_finds_what_is_in_order_and_what_is_not(
    home: Path, operate: Operate, monkeypatch: pytest.MonkeyPatch, robot: Made
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ada:hunter2hunter2@proxy.example.org:3128")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    said = operate("doctor", "--json")
    assert said.status == 1
    found = {(row["what"], row["state"]): row["text"] for row in json.loads(said.out)}
    assert "which is not there" in found["certificates", "bad"]
    assert "clocks agree" in found["issuer", "ok"]
    assert "proxy.example.org:3128" in said.out
    assert "hunter2" not in said.out
    assert robot.secret not in said.out
    (home / "profiles.toml").chmod(0o666)
    assert "can change it" in operate("doctor", "--offline").out


def test_the_doctor_is_content_with_a_machine_in_order(
    home: Path, operate: Operate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert operate("doctor").status == 0


def test_what_would_be_sent_is_explained_without_the_token(home: Path, operate: Operate, server: Server) -> None:
    before = operate("explain", f"{server.issuer}/me?secret=hunter2hunter2")
    assert "no token is kept yet; next:  lychgate token robot" in before.out
    assert "hunter2" not in before.out
    token = operate("token").out.strip()
    after = operate("explain", f"{server.issuer}/me").out
    assert "it expires in" in after
    assert token not in after
    other = operate("explain", "https://elsewhere.example.org/me").out
    assert "stays out" in other
    kept = f"--origin={server.issuer}"  # what is given replaces what was there
    assert f"lychgate profile edit robot {kept} --origin=https://elsewhere.example.org" in other


def lychgate(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "lychgate", *arguments]
    began = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=dict(os.environ), check=False)
    assert time.monotonic() - began < 60
    return done
