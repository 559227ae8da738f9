"""Stores in a real keyring (gnome-keyring on a D-Bus of its own), and in files that are encrypted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.client_store_contract import ClientStoreContract
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.record import Record
from lychgate.world import keyrings
from lychgate.world.sealing import PASSPHRASE, sealing_for
from lychgate.world.stores import open_store
from lychgate.world.stores.file import FileStore
from lychgate.world.stores.keyring import KeyringStore
from support.peers import needs
from support.processes import until
from support.secret_service import secret_service


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with secret_service(tmp_path_factory.mktemp("keyring")) as made:
        yield made


@pytest.fixture
def keyring(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The real one, as this process's own."""
    from keyring import core
    from keyring.backends import SecretService

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    until(lambda: answers(SecretService.Keyring()), 20)
    backend = SecretService.Keyring()
    monkeypatch.setattr(core, "_keyring_backend", backend)
    return backend


def answers(backend: Any) -> bool:
    try:
        backend.get_password("lychgate", "nothing")
    except Exception:  # whatever the bus and the daemon say while they start
        return False
    return True


class TestKeyringStore(ClientStoreContract):
    @pytest.fixture
    def store(self, keyring: Any, tmp_path: Path) -> Iterator[KeyringStore]:
        made = KeyringStore(tmp_path / "names")
        yield made
        for key in made.keys():  # noqa: SIM118  a store is no dictionary
            made.save(key, None)


class TestEncryptedStore(ClientStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileStore:
        monkeypatch.setenv(PASSPHRASE, "correct horse")
        return FileStore(tmp_path / "tokens", sealing_for(tmp_path / "tokens"))


def test_the_keyrings_folder_holds_no_secret_and_another_process_finds_the_login(keyring: Any, tmp_path: Path) -> None:
    store = KeyringStore(tmp_path)
    store.save("https://auth.example.org robot", Record({"access": "very-secret-text"}, "robot", "here"))
    assert not any(b"very-secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KeyringStore(tmp_path).load("https://auth.example.org robot") == store.load("https://auth.example.org robot")
    store.save("https://auth.example.org robot", None)
    assert KeyringStore(tmp_path).keys() == []


def test_encrypted_files_take_their_key_from_the_keyring(
    keyring: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSPHRASE, raising=False)
    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    store = open_store("encrypted")
    store.save("k", Record({"access": "very-secret-text"}))
    folder = tmp_path / "encrypted"
    assert not any(b"very-secret" in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert FileStore(folder, sealing_for(folder)).load("k") == Record({"access": "very-secret-text"})


def test_another_passphrase_is_said_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSPHRASE, "correct horse")
    FileStore(tmp_path, sealing_for(tmp_path)).save("k", Record({"n": 1}))
    monkeypatch.setenv(PASSPHRASE, "battery staple")
    with pytest.raises(ConfigError, match=r"another key.*Nothing was changed"):
        FileStore(tmp_path, sealing_for(tmp_path)).load("k")
    (tmp_path / "phrase").write_text("correct horse\n")
    monkeypatch.setenv(f"{PASSPHRASE}_FILE", str(tmp_path / "phrase"))
    assert FileStore(tmp_path, sealing_for(tmp_path)).load("k") == Record({"n": 1})


def test_a_text_that_was_never_encrypted_is_no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever can write a file could plant a login."""
    monkeypatch.setenv(PASSPHRASE, "correct horse")
    FileStore(tmp_path).save("k", Record({"access": "planted"}))
    assert FileStore(tmp_path, sealing_for(tmp_path)).load("k") is None


@pytest.mark.parametrize("name", ["keyring", "encrypted"])
def test_without_a_keyring_nothing_is_kept_in_clear(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs(module="keyring")
    from keyring import core
    from keyring.backends import fail, null

    monkeypatch.setenv("LYCHGATE_HOME", str(tmp_path))
    monkeypatch.delenv(PASSPHRASE, raising=False)
    for backend in (fail.Keyring(), null.Keyring()):
        monkeypatch.setattr(core, "_keyring_backend", backend)
        with pytest.raises(ConfigError, match="no keyring that keeps secrets"):
            open_store(name)


def test_of_a_chain_of_keyrings_none_that_keeps_plain_files_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    needs(module="keyring")
    from keyring import core

    kept: dict[str, str] = {}
    plain = type("Plain", (), {"__module__": "keyrings.alt.file", "get_password": lambda *_: "in clear"})()
    safe = type("Safe", (), {"get_password": lambda _, service, user: kept.get(user)})()
    chain = type("Chain", (), {"backends": [plain, safe], "get_password": lambda *_: "in clear"})()
    monkeypatch.setattr(core, "_keyring_backend", chain)
    assert keyrings.get("lychgate", "k") is None
    chain.backends.remove(safe)
    with pytest.raises(ConfigError, match="no keyring that keeps secrets"):
        keyrings.get("lychgate", "k")


def test_a_keyring_that_hangs_is_left_after_its_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    needs(module="keyring")
    from keyring import core

    hanging = threading.Event()

    class Hung:
        def get_password(self, service: str, user: str) -> None:
            hanging.wait(30)

    monkeypatch.setattr(core, "_keyring_backend", Hung())
    monkeypatch.setattr(keyrings, "PATIENCE", 0.2)
    began = time.monotonic()
    with pytest.raises(ConfigError, match="did not answer"):
        KeyringStore(tmp_path).load("k")
    hanging.set()
    assert time.monotonic() - began < 5
