"""Settings: flag over environment over file; what does not fit is refused with a clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lychgate.kernel.errors import ConfigError
from lychgate.server.configuration.configure import load


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LYCHGATE_"):
            monkeypatch.delenv(name)


def write(folder: Path, text: str) -> Path:
    path = folder / "lychgate.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_flag_is_stronger_than_the_environment_and_that_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "port = 1\nworkers = 2\nlifetime = 3\n")
    monkeypatch.setenv("LYCHGATE_PORT", "11")
    monkeypatch.setenv("LYCHGATE_WORKERS", "12")
    found = load({"data": tmp_path, "port": 21})
    assert (found.port, found.workers, found.lifetime) == (21, 12, 3)


def test_the_file_is_looked_for_in_the_data_folder_or_named(tmp_path: Path) -> None:
    named = tmp_path / "elsewhere.toml"
    named.write_text("port = 7\n")
    assert load({"data": tmp_path}).port == 8080
    assert load({"data": tmp_path}, named).port == 7


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read"):
        load({"data": tmp_path}, tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\nprt = 9\n", r'lychgate\.toml:2: unknown key "prt" \(port\?\)'),
        (
            '[facade.climate_engine]\naudience = ["x"]\n',
            r"unknown key \"facade.climate_engine.audience\" \(audiences\?\)",
        ),
        ("[facade.climate]\n", r'unknown key "facade.climate" \(climate_engine\?\)'),
        ('port = "x"\n', r"lychgate\.toml:1: port: "),
        ("port = 70000\n", "port: "),
        ("port =\n", r"lychgate\.toml: not TOML"),
        ("lifetime = 0\n", "lifetime: "),
        ("lifetime = 90000\n", "longer than longest_lifetime"),
    ],
)
def test_what_does_not_fit_in_the_file_is_named(tmp_path: Path, text: str, expected: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError, match=expected):
        load({"data": tmp_path})


@pytest.mark.parametrize(("wrong", "right"), [("ISUER", "ISSUER"), ("PROT", "PORT")])
def test_a_misspelt_variable_is_refused_with_the_nearest_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str, right: str
) -> None:
    monkeypatch.setenv(f"LYCHGATE_{wrong}", "https://a.example")
    with pytest.raises(ConfigError, match=rf"LYCHGATE_{wrong} \(LYCHGATE_{right}\?\)"):
        load({"data": tmp_path})


def test_what_kubernetes_sets_for_a_service_of_our_name_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PORT": "tcp://10.0.0.7:8080", "SERVICE_HOST": "10.0.0.7", "SERVICE_PORT": "8080"}.items():
        monkeypatch.setenv(f"LYCHGATE_{name}", value)
    monkeypatch.setenv("LYCHGATE_PORT_8080_TCP_ADDR", "10.0.0.7")
    with pytest.raises(ConfigError, match=r"Kubernetes.*enableServiceLinks"):
        load({"data": tmp_path})
    assert load({"data": tmp_path, "port": 8081}).port == 8081


def test_variables_of_the_client_are_none_of_the_servers_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.setenv("LYCHGATE_SOMETHING_ELSE", "1")
    monkeypatch.setenv("LYCHGATE_INTERACTION", "never")
    assert load({"data": tmp_path}).port == 8080


def test_lists_and_tables_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_FETCH_ALLOW", "127.0.0.1:1, 127.0.0.1:2")
    monkeypatch.setenv("LYCHGATE_FACADE__CLIMATE_ENGINE__AUDIENCES", "https://a.example,https://b.example")
    found = load({"data": tmp_path})
    assert found.fetch_allow == ("127.0.0.1:1", "127.0.0.1:2")
    assert found.facade.climate_engine.audiences == ("https://a.example", "https://b.example")


def test_a_secret_can_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://lychgate:geheim@db/lychgate\n")
    monkeypatch.setenv("LYCHGATE_DATABASE_FILE", str(tmp_path / "url"))
    assert load({"data": tmp_path}).database == "postgresql://lychgate:geheim@db/lychgate"


@pytest.mark.parametrize(
    "issuer",
    ["http://auth.example.org", "ftp://auth.example.org", "https://a.example/?x=1", "https://u@a.example", "auth"],
)
def test_an_issuer_that_cannot_be_one_is_refused(tmp_path: Path, issuer: str) -> None:
    with pytest.raises(ConfigError, match="issuer"):
        load({"data": tmp_path, "issuer": issuer})


def test_an_open_address_without_https_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--issuer https://"):
        load({"data": tmp_path, "host": "0.0.0.0"})
    assert load({"data": tmp_path, "host": "0.0.0.0", "issuer": "https://auth.example.org"}).host == "0.0.0.0"


def test_certificate_and_key_go_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="go together"):
        load({"data": tmp_path, "tls_cert": tmp_path / "c.pem"})
    with pytest.raises(ConfigError, match="there is no file"):
        load({"data": tmp_path, "tls_cert": tmp_path / "c.pem", "tls_key": tmp_path / "k.pem"})


def test_a_certificate_that_is_none_is_found_before_the_start(tmp_path: Path) -> None:
    for name in ("c.pem", "k.pem"):
        (tmp_path / name).write_text("hello")
    with pytest.raises(ConfigError, match="no certificate with its key"):
        load({"data": tmp_path, "tls_cert": tmp_path / "c.pem", "tls_key": tmp_path / "k.pem"})


def test_the_issuer_is_by_default_the_address_that_is_listened_on(tmp_path: Path) -> None:
    found = load({"data": tmp_path, "host": "::1", "port": 0})
    assert found.issuer_url(4711) == "http://[::1]:4711"
