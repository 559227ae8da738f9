"""``lychgate user ...``"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
