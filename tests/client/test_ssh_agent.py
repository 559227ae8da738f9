"""JWTs signed by OpenSSH's own agent, and an agent that is missing, empty, locked, unwilling, silent or no agent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lychgate
from lychgate.client.agent_protocol import BadMessage, Identity, read_identities, read_signature, string
from lychgate.client.authenticators.signed_jwt import SignedJwt
from lychgate.client.profile import parse
from lychgate.client.ssh_agent import SshAgent
from lychgate.kernel.errors import ConfigError, TransientError, Unavailable
from lychgate.oauth import jose
from support import ssh_agent
from support.play import Play
from support.ssh_agent import KINDS, Agent, forwarding, pretending
from support.terminal import python_at_terminal


@pytest.fixture(scope="module")
def running_agent() -> Iterator[Agent]:
    with ssh_agent.running() as started:
        yield started


@pytest.fixture
def agent(running_agent: Agent, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    monkeypatch.setenv("SSH_AUTH_SOCK", str(running_agent.socket))
    yield running_agent
    running_agent.forget()


def claims(auth: SignedJwt, public: Path, alg: str) -> dict[str, Any]:
    """What a token of ``auth`` claims, once ``public`` has verified it."""
    from cryptography.hazmat.primitives import serialization as forms

    key = forms.load_ssh_public_key(public.read_bytes())
    pem = key.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    token = lychgate.auth(auth).token().access.reveal()
    header, found = jose.verify(token, [jose.import_key(pem)], [alg])
    assert header == {"alg": alg, "typ": "JWT"}
    return found


def signed(**options: Any) -> str:
    return Play(now=time.time()).run(SignedJwt(SshAgent(**options), "ada").token()).access.reveal()


@pytest.mark.parametrize("alg", KINDS)
def test_each_kind_of_key_in_the_agent_signs_a_token(agent: Agent, alg: str) -> None:
    public = agent.make(alg)
    found = claims(SignedJwt(SshAgent(), "ada", claims={"etd": "false"}), public, alg)
    assert (found["sub"], found["iss"], found["etd"]) == ("ada", "ada", "false")


def test_an_rsa_key_signs_rs512_as_well_and_no_other_kind_does(agent: Agent) -> None:
    public = agent.make("RS256")
    claims(SignedJwt(SshAgent(), "ada", alg="RS512"), public, "RS512")
    with pytest.raises(ConfigError, match="does not sign ES256"):
        signed(alg="ES256")


def test_of_several_keys_one_is_chosen_by_fingerprint_or_comment(agent: Agent) -> None:
    agent.make("EdDSA", "laptop")
    public = agent.make("ES256", "the ship's key")
    with pytest.raises(ConfigError, match="2 keys; say which") as caught:
        signed()
    assert "laptop" in str(caught.value)
    print_ = ssh_agent.run("ssh-keygen", "-lf", str(public)).split()[1]
    for name in ("the ship's key", print_, print_.removeprefix("SHA256:")):
        claims(SignedJwt(SshAgent(name), "ada"), public, "ES256")
    with pytest.raises(Unavailable, match='no key "desk"; it has: SHA256:'):
        signed(key="desk")


def test_a_profile_names_the_agent_in_place_of_a_file(agent: Agent) -> None:
    public = agent.make("EdDSA", "laptop")
    text = '[profile.x]\nauthenticator = "signed_jwt"\nusername = "ada"\nkey = "agent:laptop"\n'
    made = parse(text, "p.toml", "x").what
    assert made.key == SshAgent("laptop")
    claims(made, public, "EdDSA")


def test_a_forwarded_agent_signs_however_its_answers_are_cut(agent: Agent) -> None:
    public = agent.make("RS256")
    with forwarding(agent) as place:
        claims(SignedJwt(SshAgent(socket=str(place)), "ada"), public, "RS256")


def test_an_agent_that_asks_for_each_use_and_gets_no_yes_is_a_refusal_that_says_so(agent: Agent) -> None:
    agent.make("EdDSA", "asks", "-c")
    with pytest.raises(ConfigError, match=r"refused to sign with SHA256:.* asks: it asks its person"):
        signed()


def test_an_empty_and_a_locked_agent_say_what_to_do(agent: Agent) -> None:
    with pytest.raises(Unavailable, match=r"no key \(or is locked\).*ssh-add KEYFILE"):
        signed()
    agent.make()
    with agent.locked(), pytest.raises(Unavailable, match=r"no key \(or is locked\)"):
        signed()
    assert signed()


def test_no_agent_and_one_that_is_gone_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(Unavailable, match=r"SSH_AUTH_SOCK is not set.*ssh-agent.*ssh -A"):
        signed()
    with pytest.raises(Unavailable, match=r"no ssh-agent answers at .*gone"):
        signed(socket=str(tmp_path / "gone"))


def test_an_agent_that_hangs_is_left_after_its_time() -> None:
    with pretending(None) as place:
        begun = time.monotonic()
        with pytest.raises(TransientError, match=r"did not answer within 0\.3 s"):
            signed(socket=str(place), timeout=0.3)
        assert time.monotonic() - begun < 10


def test_a_passphrase_is_asked_for_once_at_a_terminal_and_not_shown(tmp_path: Path) -> None:
    key = ssh_agent.keygen(tmp_path / "id", passphrase="of-the-key")
    script = f"""
import lychgate
auth = lychgate.auth(lychgate.SignedJwt(lychgate.Secret.file({str(key)!r}), "ada"))
for _ in range(2):
    print("GOT", auth.token().access.reveal().count("."))
    auth.forget()
"""
    with python_at_terminal(script) as terminal:
        terminal.wait_for(r"Passphrase of the key file:\S+id: ")
        terminal.type("of-the-key\n")
        terminal.wait_for("GOT 2\nGOT 2")
        assert terminal.end() == 0
        assert "of-the-key" not in terminal.seen
        assert terminal.seen.count("Passphrase") == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\0\0\0\x01\x06",
        b"\0\0\0\x05\x0c\xff\xff\xff\xff",
        b"\0\0\0\x06\x0c\0\0\0\x01\0",
    ],
)
def test_what_is_no_agent_is_told_from_one(answer: bytes) -> None:
    with pretending(answer) as place, pytest.raises(TransientError, match="ssh-agent"):
        signed(socket=str(place), timeout=5)


def test_a_short_rsa_key_in_the_agent_is_refused_before_it_signs() -> None:
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric import rsa

    weak = rsa.generate_private_key(65537, 1024).public_key()  # ssh-add of today takes none
    line = weak.public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    import base64

    blob = base64.b64decode(line.split()[1])
    body = b"\x0c" + (1).to_bytes(4, "big") + string(blob) + string(b"old")
    with pretending(len(body).to_bytes(4, "big") + body) as place, pytest.raises(ConfigError, match="less than 2048"):
        signed(socket=str(place))


def test_what_an_agent_says_of_its_keys_is_read_strictly() -> None:
    for broken in (b"\x0c", b"\x0c\0\0\0\x01", b"\x0c\0\0\0\x02\0\0\0\0\0\0\0\0", b"\x0e"):
        with pytest.raises(BadMessage):
            read_identities(broken)
    with pytest.raises(BadMessage):
        read_signature(b"\x0e\0\0\0\x08\0\0\0\x04ssh-")
    assert read_identities(b"\x0c\0\0\0\x01" + string(string(b"ssh-rsa")) + string(b"a\x1b[2Jb"))[0].comment == "a[2Jb"
    assert Identity(string(b"ssh-rsa"), "").kind == "ssh-rsa"
