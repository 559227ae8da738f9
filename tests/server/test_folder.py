"""The data folder: private, of one account, with one server on it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lychgate.kernel.errors import ConfigError
from lychgate.server.running import folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folder_and_key_are_made_for_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        data = tmp_path / "a" / "data"
        assert folder.ready(data) is True
        _, made = folder.load_master(data, None, make=True)
    finally:
        os.umask(before)
    assert made
    assert (mode(data), mode(data / folder.KEY)) == (0o700, 0o600)
    assert folder.ready(data) is False


def test_a_loose_folder_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    folder.ready(tmp_path)
    assert mode(tmp_path) == 0o700


def test_the_key_is_made_once_and_the_same_afterwards(tmp_path: Path) -> None:
    one, made = folder.load_master(tmp_path, None, make=True)
    two, again = folder.load_master(tmp_path, None, make=True)
    assert (made, again) == (True, False)
    assert one.derive("x") == two.derive("x")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_a_wrong_size_is_refused(tmp_path: Path, size: int) -> None:
    (tmp_path / folder.KEY).write_bytes(b"x" * size)
    (tmp_path / folder.KEY).chmod(0o600)
    with pytest.raises(ConfigError, match=f"{size} bytes, not 32"):
        folder.load_master(tmp_path, None, make=True)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    folder.load_master(tmp_path, None, make=True)
    (tmp_path / folder.KEY).chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        folder.load_master(tmp_path, None, make=True)


def test_a_key_named_elsewhere_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        folder.load_master(tmp_path, tmp_path / "elsewhere", make=True)
    (tmp_path / "elsewhere").write_bytes(b"k" * 32)
    folder.load_master(tmp_path, tmp_path / "elsewhere", make=True)
    assert not (tmp_path / folder.KEY).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_account_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 12345, 12345)
    with pytest.raises(ConfigError, match="belongs to another account"):
        folder.ready(data)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ConfigError, match="data folder"):
        folder.ready(tmp_path / "data")


def test_the_lock_is_held_by_one_and_names_it(tmp_path: Path) -> None:
    held = folder.lock(tmp_path)
    with pytest.raises(ConfigError, match=rf"another server \(process {os.getpid()}\)"):
        folder.lock(tmp_path)
    held.close()
    folder.lock(tmp_path).close()
