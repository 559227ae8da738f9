"""OpenSSH's server: one of our own on a loopback port, for the one person who runs the tests, by a key of theirs."""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.peers import missing, needs
from support.processes import until
from support.ssh_agent import Agent, keygen

PATIENCE = 90.0  # seconds for what is run at the other side
REFUSED = 255  # ssh's status where there was no login
SEPARATE = Path("/run/sshd")  # where a sshd that runs as root shuts the half of itself in that talks to strangers
SETTINGS = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowAgentForwarding yes
"""


@dataclass(frozen=True)
class Machine:
    """The other side. ``folder`` holds its settings and host key, ``port`` is where it listens for ``person``."""

    folder: Path
    port: int
    person: str

    def ssh(self, agent: Agent, script: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Log in with the keys in ``agent`` and run ``script`` there; the option ``-A`` takes the agent along."""
        known = self.folder / "known_hosts"
        set_up = {"UserKnownHostsFile": known, "StrictHostKeyChecking": "yes", "BatchMode": "yes", "LogLevel": "ERROR"}
        words = [word for name, value in set_up.items() for word in ("-o", f"{name}={value}")]
        done = subprocess.run(
            ["ssh", "-F", "none", *words, "-p", str(self.port), *options, f"{self.person}@127.0.0.1", script],
            env={**os.environ, **agent.env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        if done.returncode == REFUSED and "account is locked" in (self.folder / "log").read_text():
            missing(f"sshd lets {self.person} in not at all: the account is locked")
        return done


def command(words: Sequence[str | Path], **env: str | Path) -> str:
    """``words`` for the shell at the other side, with ``env`` set."""
    return shlex.join(["env", *(f"{name}={value}" for name, value in env.items()), *map(str, words)])


@contextlib.contextmanager
def running(folder: Path, public: Path) -> Iterator[Machine]:
    """A machine that whoever has the key of ``public`` may log in to, as the person who runs the tests."""
    program, person = _program(), _person()
    keygen(folder / "host")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "sshd_config").write_text(SETTINGS.format(port=port, folder=folder, authorized=public))
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [program, "-D", "-e", "-f", str(folder / "sshd_config")], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        until(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()
        yield Machine(folder, port, person)
    finally:
        process.terminate()
        process.wait(10)


def _program() -> str:
    """Where it is: outside the path of who is not root. As root it needs a folder, which its service else makes."""
    needs(program="ssh")
    found = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if found is None:
        missing("the program sshd is not installed (openssh-server)")
    if os.geteuid() == 0:
        SEPARATE.mkdir(mode=0o755, exist_ok=True)
    return found


def _person() -> str:
    """Who runs the tests: a sshd that is not root lets in nobody else, and starts their shell."""
    try:
        account = pwd.getpwuid(os.geteuid())
    except KeyError:
        missing("sshd lets in nobody whose account has no name")
    if Path(account.pw_shell).name in ("nologin", "false"):
        missing(f"sshd lets {account.pw_name} in to no shell")
    return account.pw_name


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as there:
        there.settimeout(5)
        return there.recv(4) == b"SSH-"
    return False
