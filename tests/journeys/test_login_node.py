"""A login node that has no key: by a real `ssh -A` the agent at home signs, and `lychgate` there logs in."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lychgate.oauth import jose
from support import ssh_agent, sshd
from support.sshd import command
from support.unicore_site import USER, Site, site

ALGS = {"EdDSA": "home", "RS256": "office", "ES384": "laptop"}  # and the comment of the key, by which it is chosen
LYCHGATE = (sys.executable, "-m", "lychgate")
BY_EACH_KEY = """
import json, sys, lychgate
made = {}
for comment in sys.argv[3:]:
    signed = lychgate.SignedJwt(lychgate.SshAgent(comment), sys.argv[2])
    info = lychgate.Unicore(sys.argv[1], signed).access_info()
    made[comment] = [info.method, info.uid, signed.current().access.reveal()]
print(json.dumps(made))
"""


@pytest.fixture(scope="module")
def agent() -> Iterator[ssh_agent.Agent]:
    with ssh_agent.running() as running:
        yield running


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, agent: ssh_agent.Agent) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("login-node") / "data", tls=True) as running:
        for alg, comment in ALGS.items():
            running.add_key(agent.make(alg, comment))
        yield running


@pytest.fixture(scope="module")
def node(demo: Site, agent: ssh_agent.Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Machine]:
    with sshd.running(tmp_path_factory.mktemp("node"), agent.folder / "home.pub") as machine:
        yield machine


@pytest.fixture
def there(demo: Site, tmp_path: Path) -> dict[str, str | Path]:
    """The person's home at the node: empty, so without any key."""
    home = {"HOME": tmp_path, "LYCHGATE_HOME": tmp_path / "lychgate", "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    return home | {"SSL_CERT_FILE": demo.ca or ""}


def test_a_forwarded_agent_logs_in_at_the_site_where_there_is_no_key(
    demo: Site, node: sshd.Machine, agent: ssh_agent.Agent, there: dict[str, str | Path], tmp_path: Path
) -> None:
    add = (*LYCHGATE, "profile", "add", "juwels", "--preset", "unicore", "--url", demo.url)
    steps = [
        command([*add, "--username", USER, "--key", "agent:home"], **there),
        command([*LYCHGATE, "whoami", "juwels"], **there),
        command([*LYCHGATE, "token", "juwels", "--for-job", "48h", "--out", tmp_path / "job-token"], **there),
    ]
    done = node.ssh(agent, " && ".join(steps), "-A")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SSHKEY" in done.stdout
    claims = jose.peek((tmp_path / "job-token").read_text().strip())[1]
    assert (claims["sub"], claims["exp"] - claims["iat"], "aud" in claims) == (f"CN={USER}", 48 * 3600, True)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "PRIVATE KEY" in path.read_text()]
    alone = node.ssh(agent, steps[1], "-a")
    assert alone.returncode != 0
    assert "ssh -A" in alone.stderr


def test_each_kind_of_key_signs_through_the_forwarded_agent(
    demo: Site, node: sshd.Machine, agent: ssh_agent.Agent, there: dict[str, str | Path]
) -> None:
    words = [sys.executable, "-c", BY_EACH_KEY, demo.url, USER, *ALGS.values()]
    done = node.ssh(agent, command(words, **there), "-A")
    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads(done.stdout)
    assert {tuple(one[:2]) for one in made.values()} == {("SSHKEY", "demo")}
    assert {jose.peek(made[comment][2])[0]["alg"] for comment in ALGS.values()} == set(ALGS)
