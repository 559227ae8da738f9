"""``lychgate keys ...`` and ``lychgate audit``."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from .conftest import Operate


def test_a_rotated_key_is_published_an_hour_before_it_signs_and_the_old_one_is_kept(operate: Operate):
    first = operate("keys", "list", "--json").json()
    assert [key["state"] for key in first] == ["signs"]
    assert operate("keys", "rotate").status == 0
    old, new = sorted(operate("keys", "list", "--json").json(), key=lambda key: key["signs_from"])
    assert (old["state"], new["state"]) == ("signs", "published")
    assert new["signs_from"] == old["signs_until"]
    ahead = datetime.fromisoformat(new["signs_from"]) - datetime.fromisoformat(new["published_at"])
    assert ahead.total_seconds() == 3600
    assert old["removed_at"] > old["signs_until"]


def test_a_key_that_is_known_to_others_is_replaced_at_once(operate: Operate):
    assert operate("keys", "rotate", "--alg", "EdDSA", "--at-once").status == 0
    assert [key["state"] for key in operate("keys", "list", "--json").json() if key["alg"] == "EdDSA"] == ["signs"]
    assert operate("keys", "rotate", "--alg", "HS256").status == 2


def test_a_unicore_sites_key_is_not_rotated_before_there_is_one_and_has_no_choice_of_kinds(operate: Operate):
    refused = operate("keys", "rotate", "--unicore")
    assert refused.status != 0
    assert "the first request to it makes one" in refused.err
    assert "no key yet" in operate("keys", "list", "--unicore").err
    for wrong in (("--alg", "ES256"), ("--realm", "other")):
        assert operate("keys", "rotate", "--unicore", *wrong).status == 2


def test_no_private_part_is_shown(operate: Operate):
    listed = operate("keys", "list", "--json").json()
    assert all("sealed" not in key and "d" not in key for key in listed)


def test_the_audit_log_says_who_did_what_and_never_with_what(operate: Operate):
    operate("user", "add", "ada@example.org", "--password-stdin", stdin="a-password-of-ada\n")
    made = operate("client", "add", "--id", "seen", "--json").json()
    rows = operate("audit", "--json").json()
    assert [row["event"] for row in rows if row["event"] in ("user.add", "client.add")] == ["user.add", "client.add"]
    assert rows[-1]["client"] == "seen"
    assert rows[-1]["detail"]["by"].startswith("operator ")
    assert "a-password-of-ada" not in json.dumps(rows)
    assert made["client_secret"] not in json.dumps(rows)


def test_the_audit_log_is_filtered_by_client_person_event_and_time(operate: Operate):
    assert {row["client"] for row in operate("audit", "--client", "seen", "--json").json()} == {"seen"}
    assert {row["event"] for row in operate("audit", "--user", "ada@example.org", "--json").json()} == {"user.add"}
    assert {row["event"] for row in operate("audit", "--event", "keys.rotate", "--json").json()} == {"keys.rotate"}
    assert operate("audit", "--since", "1h", "--json").json() != []
    assert operate("audit", "--since", "2999-01-01", "--json").json() == []
    assert len(operate("audit", "--limit", "1", "--json").json()) == 1
    assert operate("audit", "--since", "yesterday").status == 2


def test_following_the_audit_log_shows_what_comes(operate: Operate, data: Path):
    command = [sys.executable, "-m", "lychgate", "audit", "-f", "--json", "--event", "user.edit", "--data", str(data)]
    following = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        operate("user", "edit", "ada@example.org", "--role", "followed")
        assert following.stdout is not None
        assert json.loads(following.stdout.readline())["event"] == "user.edit"
    finally:
        following.terminate()
        following.wait(10)
        assert following.stdout is not None
        following.stdout.close()
