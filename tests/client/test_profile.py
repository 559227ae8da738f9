"""Profiles: what a person types, and what each mistake is answered with (row C9)."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lychgate
from lychgate.client.authenticators.api_key import ApiKey
from lychgate.client.profile import line_of, parse
from lychgate.client.sources.client_credentials import ClientCredentials
from lychgate.kernel.errors import ConfigError
from lychgate.world.profiles import open_profile, profile_names

GOOD = """# mine
[profile.climate]
preset        = "climate_engine"
client_id     = "b2628e59"
client_secret = "env:CLIMATE_SECRET"
origins       = ["https://api.climateengine.com"]

[profile."with space"]
source = "client_credentials"
issuer = "https://auth.example.org"
client_id = "robot"
client_secret = "file:/somewhere/secret"
scope = ["a", "b"]
allow_insecure = true
store = "memory"

[profile.key]
authenticator = "api_key"
key = "env:KEY"
prefix = "Key "

[profile.key.unused]
"""


def write(home: Path, text: str, mode: int = 0o600) -> Path:
    home.mkdir(exist_ok=True)
    path = home / "profiles.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_profile_of_a_preset_is_that_preset(home: Path) -> None:
    write(home, GOOD.replace("[profile.key.unused]\n", ""))
    found = open_profile("climate")
    assert isinstance(found.what, ClientCredentials)
    assert found.what.client_id == "b2628e59"
    assert found.what.client_secret.origin == "env:CLIMATE_SECRET"  # type: ignore[union-attr]  # it is a Secret
    assert found.origins == ("https://auth.climateengine.com", "https://api.climateengine.com")
    assert profile_names() == ["climate", "with space", "key"]


def test_a_profile_of_a_source_and_of_an_authenticator(home: Path) -> None:
    write(home, GOOD.replace("[profile.key.unused]\n", ""))
    found = open_profile("with space")
    assert isinstance(found.what, ClientCredentials)
    assert (found.what.scope, found.what.allow_insecure) == (("a", "b"), True)
    assert (found.store, found.allow_insecure, found.origins) == ("memory", True, None)
    key = open_profile("key").what
    assert isinstance(key, ApiKey)
    assert key.prefix == "Key "


def test_lychgate_auth_takes_a_profiles_name_and_pickles_by_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, '[profile.key]\nauthenticator = "api_key"\nkey = "env:KEY"\norigins = ["https://api.example.org"]\n')
    monkeypatch.setenv("KEY", "the-key")
    auth = lychgate.auth("key")
    assert auth.headers("https://api.example.org/x")["X-API-Key"] == "the-key"
    again = pickle.loads(pickle.dumps(auth))
    assert again.headers("https://api.example.org/x")["X-API-Key"] == "the-key"
    assert b"the-key" not in pickle.dumps(auth)
    with pytest.raises(lychgate.InsecureError):
        auth.headers("https://elsewhere.example.org")


def test_a_profiles_tokens_are_in_files(home: Path) -> None:
    write(home, GOOD.replace("[profile.key.unused]\n", ""))
    lychgate.auth("climate")
    assert (home / "tokens").is_dir()


BASE = '[profile.a]\nsource = "client_credentials"\ntoken_endpoint = "https://x.example.org/t"\nclient_id = "robot"\n'
SECRET = 'client_secret = "env:S"\n'

MISTAKES = {
    "malformed TOML": (BASE + "client_secret = env:S\n", 5, None, "no TOML"),
    "an unknown field": (BASE + 'client_secrt = "env:S"\n', 5, "client_secrt", r'"client_secrt" \(client_secret\?\)'),
    "a wrong type": (BASE.replace('"robot"', "5") + SECRET, 4, "client_id", '"client_id" must be a text$'),
    "a number in a list": (BASE + SECRET + "scope = [5]\n", 6, "scope", '"scope" must be a text or a list of texts'),
    "a text for a switch": (BASE + SECRET + 'allow_insecure = "yes"\n', 6, "allow_insecure", "must be true or false"),
    "a list for a text": (BASE + 'client_secret = ["env:S"]\n', 5, "client_secret", "must be a text"),
    "a secret in clear": (BASE + 'client_secret = "hunter2-hunter2"\n', 5, "client_secret", "typed in clear"),
    "a secret in clear with a colon": (BASE + 'client_secret = "hunter:2"\n', 5, "client_secret", "typed in clear"),
    "a reference to nothing": (BASE + 'client_secret = "env: "\n', 5, "client_secret", "typed in clear"),
    "a keyring without a user": (BASE + 'client_secret = "keyring:x"\n', 5, "client_secret", "SERVICE/USER"),
    "nothing chosen": ("[profile.a]\nclient_id = 'x'\n", 1, None, "name one of: preset, source, authenticator"),
    "two chosen": (BASE + 'preset = "climate_engine"\n' + SECRET, 2, "source", "name one of"),
    "an unknown preset": ('[profile.a]\npreset = "climat_engine"\n', 2, "preset", r"\(climate_engine\?\)"),
    "an unknown source": ('[profile.a]\nsource = "pasword"\n', 2, "source", r"\(password\?\)"),
    "a field missing": ('[profile.a]\nauthenticator = "bearer"\n', 1, "token", '"token" is missing'),
    "fields that do not fit": (BASE, 1, "client_secret", "need a client_secret"),
    "a strange table": ("[profiles.a]\n", None, None, r'unknown table "profiles"'),
    "no table": ("profile = 5\n", None, "profile", r"begins with \[profile.NAME\]"),
    "no table inside": ("[profile]\na = 5\n", None, "profile", r"begins with \[profile.NAME\]"),
    "an unknown profile": ("[profile.b]\n", None, None, r'unknown profile "a" \(known: b\)'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_c9_a_mistake_is_answered_with_file_line_and_field(name: str) -> None:
    text, line, field, message = MISTAKES[name]
    with pytest.raises(ConfigError, match=message) as caught:
        parse(text, "profiles.toml", "a")
    assert (caught.value.file, caught.value.line) == ("profiles.toml", line)
    assert str(caught.value).startswith(f"profiles.toml:{line}: " if line else "profiles.toml: ")
    assert field is None or caught.value.field == field
    assert "hunter" not in str(caught.value)


def test_c9_a_file_that_others_can_change_is_refused(home: Path) -> None:
    for mode in (0o620, 0o602, 0o666):
        path = write(home, BASE + SECRET, mode)
        with pytest.raises(ConfigError, match="chmod 600") as caught:
            open_profile("a")
        assert caught.value.file == str(path)


def test_c9_a_file_that_others_can_read_is_read_with_a_warning(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(home, BASE + SECRET, 0o644)
    with caplog.at_level(logging.WARNING):
        open_profile("a")
    assert "chmod 600" in caplog.text


def test_c9_a_file_of_another_user_is_refused(home: Path) -> None:
    path = write(home, BASE + SECRET)
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, 12345)
    with pytest.raises(ConfigError, match="another user"):
        open_profile("a")


def test_no_file_says_where_it_would_be(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"no file .*profiles\.toml"):
        lychgate.auth("climate")
    assert profile_names() == []


def test_bytes_that_are_no_text_are_said_so(home: Path) -> None:
    write(home, "").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        open_profile("a")


def test_the_line_of_a_key_is_found_in_the_right_profile() -> None:
    assert line_of(GOOD, "climate", "client_id") == 4
    assert line_of(GOOD, "with space", "client_id") == 11
    assert line_of(GOOD, "climate") == 2
    assert line_of(GOOD, "key", "client_id") == 17
    assert line_of(GOOD, "nothing", "client_id") is None


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from('[]profile.a"=\n#, source5{}env:'), max_size=80))
def test_no_text_makes_anything_but_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text, "profiles.toml", "a")
