"""``lychgate user ...``"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from support.peers import needs
from support.terminal import at_terminal

from .conftest import Operate


@pytest.fixture
def ada(operate: Operate) -> str:
    """One person, made once for the module."""
    if "ada@example.org" not in operate("user", "list").out:
        operate("user", "add", "ada@example.org", "--name", "ada", "--password-stdin", stdin="hunter2\n")
    return "ada@example.org"


def test_a_person_is_added_with_roles_groups_and_a_second_name(operate: Operate):
    said = operate(
        "user", "add", "Grace@example.org", "--name", "grace", "--role", "a", "--role", "b", "--group", "g",
        "--password-stdin", "--json", stdin="hunter2\n",
    )  # fmt: skip
    made = said.json()
    assert (made["email"], made["name"], made["roles"], made["groups"]) == (
        "Grace@example.org",
        "grace",
        ["a", "b"],
        ["g"],
    )
    assert "hunter2" not in said.out + said.err


def test_without_a_terminal_the_password_is_never_waited_for(operate: Operate):
    said = operate("user", "add", "nobody@example.org", stdin="")
    assert said.status == 2
    assert "--password-stdin" in said.err
    assert said.err.count("\n") == 1


def test_an_empty_standard_input_is_no_password(operate: Operate):
    assert operate("user", "add", "nobody@example.org", "--password-stdin", stdin="").status == 2


@pytest.mark.parametrize("email", ["nobody", "a@b@c", "a b@example.org", "a@example.org\n", "a\0@example.org", ""])
def test_what_is_no_address_is_refused_with_one_line(operate: Operate, email: str):
    said = operate("user", "add", email, "--password-stdin", stdin="hunter2\n")
    assert said.status == 1
    assert said.err.startswith("lychgate: ")
    assert said.err.count("\n") == 1


def test_a_short_password_is_refused_and_not_repeated(operate: Operate):
    said = operate("user", "add", "short@example.org", "--password-stdin", stdin="qzx\n")
    assert said.status == 1
    assert "6 characters" in said.err
    assert "qzx" not in said.err


def test_a_name_in_use_is_refused_in_any_case_and_across_names_and_addresses(operate: Operate, ada: str):
    for email, name in (("ADA@example.org", "x"), ("other@example.org", "Ada"), ("other@example.org", ada)):
        said = operate("user", "add", email, "--name", name, "--password-stdin", stdin="hunter2\n")
        assert said.status == 1, (email, name)
        assert "already" in said.err


def test_editing_changes_what_is_given_and_leaves_the_rest(operate: Operate, ada: str):
    assert operate("user", "edit", ada, "--role", "reader", "--role", "writer").status == 0
    assert operate("user", "edit", "ada", "--group", "staff").status == 0
    found = operate("user", "list", "--search", "ada@", "--json").json()[0]
    assert (found["roles"], found["groups"], found["name"]) == (["reader", "writer"], ["staff"], "ada")
    assert operate("user", "edit", ada, "--role", "").status == 0
    assert operate("user", "list", "--search", "ada@", "--json").json()[0]["roles"] == []


def test_claims_are_set_in_part_and_taken_away_again(operate: Operate, ada: str):
    def claims() -> dict[str, object]:
        found = operate("user", "list", "--search", "ada@", "--json").json()[0].get("claims", {})
        return {name: value for name, value in found.items() if name != "updated_at"}

    wanted = ("given_name=Ada", "address.locality=London", "address.country=GB", "phone_number_verified=true")
    assert operate("user", "edit", ada, *(word for claim in wanted for word in ("--claim", claim))).status == 0
    address = {"locality": "London", "country": "GB"}
    assert claims() == {"given_name": "Ada", "address": address, "phone_number_verified": True}
    assert operate("user", "edit", ada, "--claim", "address.country=", "--claim", "given_name=").status == 0
    assert claims() == {"address": {"locality": "London"}, "phone_number_verified": True}
    for wrong in ("sub=x", "email=x@example.org", "given_name", "address.x=y", "phone_number_verified=maybe"):
        assert operate("user", "edit", ada, "--claim", wrong).status == 1


def test_editing_nothing_and_editing_nobody_are_told_apart(operate: Operate, ada: str):
    assert operate("user", "edit", ada).status == 2
    assert operate("user", "edit", "nobody", "--role", "x").status == 1


def test_the_list_is_plain_in_a_pipe_and_searches_names_and_addresses(operate: Operate, ada: str):
    listed = operate("user", "list")
    assert listed.out.splitlines()[0].split() == [
        "EMAIL", "NAME", "ACTIVE", "SUPERUSER", "ROLES", "GROUPS", "CREATED",
    ]  # fmt: skip
    assert "\x1b" not in listed.out
    assert ada in listed.out
    assert operate("user", "list", "--search", "nobody-like-this").out == ""


def test_disabling_and_enabling_say_what_they_did(operate: Operate, ada: str):
    assert "Undo: lychgate user enable ada@example.org" in operate("user", "disable", ada).out
    assert operate("user", "list", "--search", "ada@", "--json").json()[0]["active"] is False
    assert operate("user", "enable", ada).status == 0
    assert operate("user", "list", "--search", "ada@", "--json").json()[0]["active"] is True


def test_the_last_administrator_can_be_neither_disabled_nor_demoted_nor_removed(operate: Operate):
    operate("user", "add", "root@example.org", "--superuser", "--password-stdin", stdin="hunter2\n")
    for tried in (
        ("disable", "root@example.org"),
        ("edit", "root@example.org", "--no-superuser"),
        ("remove", "root@example.org", "--yes"),
    ):
        said = operate("user", *tried)
        assert said.status == 1, tried
        assert "last active administrator" in said.err
    operate("user", "add", "second@example.org", "--superuser", "--password-stdin", stdin="hunter2\n")
    assert operate("user", "remove", "root@example.org", "--yes").status == 0
    assert operate("user", "disable", "second@example.org").status == 1


def test_removing_asks_first(operate: Operate, ada: str):
    said = operate("user", "remove", ada, stdin="n\n")
    assert said.status == 1
    assert f"Remove {ada}, their logins" in said.err
    nobody = operate("user", "remove", ada)
    assert (nobody.status, "say --yes" in nobody.err) == (2, True)
    assert ada in operate("user", "list").out


def test_what_a_terminal_would_obey_is_not_printed(operate: Operate):
    said = operate("user", "add", "esc@example.org", "--name", "\x1b[2J", "--password-stdin", stdin="hunter2\n")
    assert said.status == 1
    assert "\x1b" not in said.out + said.err


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(data: Path):
    command = [sys.executable, "-m", "lychgate", "user", "add", "typed@example.org", "--data", str(data)]
    with at_terminal(*command) as terminal:
        terminal.wait_for("Password: ")
        terminal.type("sesame-sesame\n")
        terminal.wait_for("The same again: ")
        terminal.type("sesame-sesame\n")
        terminal.wait_for("Added typed@example.org")
        assert terminal.end() == 0
        assert "sesame" not in terminal.seen


def test_at_a_terminal_a_list_is_a_table(data: Path, ada: str):
    with at_terminal(sys.executable, "-m", "lychgate", "user", "list", "--data", str(data)) as terminal:
        assert terminal.end() == 0
        assert "EMAIL" in terminal.seen


def test_an_address_is_verified_until_it_changes(operate: Operate):
    operate("user", "add", "lovelace@example.org", "--password-stdin", stdin="hunter2\n")

    def verified(who: str) -> bool:
        return bool(operate("user", "list", "--search", who, "--json").json()[0]["verified"])

    assert not verified("lovelace@example.org")
    assert operate("user", "edit", "lovelace@example.org", "--verified").status == 0
    assert verified("lovelace@example.org")
    assert operate("user", "edit", "lovelace@example.org", "--email", "hopper@example.org", "--verified").status == 0
    assert verified("hopper@example.org")
    assert operate("user", "edit", "hopper@example.org", "--email", "lovelace@example.org").status == 0
    assert not verified("lovelace@example.org")


# --- keys and choices


def public_key(made: object) -> str:
    text: bytes = made.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)  # type: ignore[attr-defined]  # one of several kinds of key
    return text.decode()


def pem(line: str) -> str:
    found = forms.load_ssh_public_key(line.encode())
    return found.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo).decode()


def test_keys_of_each_kind_come_as_openssh_or_pem_and_are_listed_and_removed(
    operate: Operate, ada: str, tmp_path: Path
):
    kinds = {
        "ED25519": ed25519.Ed25519PrivateKey.generate(),
        "RSA": rsa.generate_private_key(65537, 2048),
        **{f"ECDSA {curve.key_size}": ec.generate_private_key(curve) for curve in (ec.SECP256R1(), ec.SECP384R1())},
        "ECDSA 521": ec.generate_private_key(ec.SECP521R1()),
    }
    for name, made in kinds.items():
        line, file = public_key(made), tmp_path / f"{name}.pub"
        file.write_text(f"{line} {name} of ada\n")
        said = operate("user", "key", "add", ada, str(file))
        assert said.out.startswith(f"Added {name.split()[0]} SHA256:"), said.err
        again = operate("user", "key", "add", ada, "-", stdin=pem(line))
        assert again.status == 1, "it is the same key"
        assert "already" in again.err
    listed = operate("user", "key", "list", ada, "--json").json()
    assert [one["name"] for one in listed] == [f"{name} of ada" for name in kinds]
    for one in listed:
        assert operate("user", "key", "remove", ada, one["fingerprint"]).status == 0
    assert operate("user", "key", "list", ada, "--json").json() == []
    assert operate("user", "key", "remove", ada, listed[0]["fingerprint"]).status == 1


def test_a_fingerprint_is_the_one_that_ssh_shows(operate: Operate, ada: str, tmp_path: Path):
    needs(program="ssh-keygen")
    file = tmp_path / "id.pub"
    file.write_text(public_key(ed25519.Ed25519PrivateKey.generate()) + " laptop\n")
    theirs = subprocess.run(["ssh-keygen", "-lf", str(file)], capture_output=True, text=True, check=True).stdout.split()
    assert theirs[1] in operate("user", "key", "add", ada, str(file)).out
    shown = operate("user", "show", ada, "--json").json()["keys"][-1]
    assert (shown["fingerprint"], shown["kind"], shown["name"]) == (theirs[1], theirs[3].strip("()"), "laptop")


def test_row_36_a_weak_or_wrong_key_is_refused_with_what_to_do(operate: Operate, ada: str):
    weak = public_key(rsa.generate_private_key(65537, 1024))
    odd = pem_of(ec.generate_private_key(ec.SECP256K1()))
    private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNza\n-----END OPENSSH PRIVATE KEY-----\n"
    good = public_key(rsa.generate_private_key(65537, 2048))
    for text, told in (
        (weak, "1024 bits"), (pem(weak), "1024 bits"), (odd, "is not accepted"), (private, "private key"),
        ("", "one key at a time"), (f"{good}\n{good}\n", "one key at a time"), ("ssh-rsa AAAA", "no public key"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "is not accepted"), ("x" * 70_000, "too long"),
        ("no-pty " + good, "no public key"),
        ("sk-ssh-ed25519@openssh.com AAAA", "security token"), ("ssh-rsa-cert-v01@openssh.com AAAA", "certificate"),
    ):  # fmt: skip
        said = operate("user", "key", "add", ada, "-", stdin=text)
        assert said.status == 1, text[:60]
        assert told in said.err, (text[:60], said.err)
        assert "b3BlbnNza" not in said.err


def pem_of(made: object) -> str:
    found: bytes = made.public_key().public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]  # as above
    return found.decode()


def test_what_a_person_may_choose_is_set_in_part_and_shown(operate: Operate, ada: str):
    given = ("--uid", "ada,ada2", "--group", "hpc,bio", "--role", "user", "--supplementary", "x+y")
    assert operate("user", "map", ada, *given).status == 0
    whole = {"uid": ["ada", "ada2"], "group": ["hpc", "bio"], "role": ["user"], "supplementary": ["x", "y"]}
    assert operate("user", "list", "--search", "ada@", "--json").json()[0]["choices"] == whole
    assert operate("user", "map", ada, "--uid", "", "--group", "bio", "--json").json() == {
        "group": ["bio"], "role": ["user"], "supplementary": ["x", "y"],
    }  # fmt: skip
    assert "bio" in operate("user", "show", ada).out
    for wrong in ("a b", "a:b", "a+b", 'a"b', "é", "a\nb", "x" * 101):
        said = operate("user", "map", ada, "--uid", wrong)
        assert said.status == 1, wrong
    assert operate("user", "map", ada, "--json").json()["group"] == ["bio"], "a refusal changes nothing"
