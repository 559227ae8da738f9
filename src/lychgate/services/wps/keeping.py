"""Results on this machine: in a file that is whole or not there at all, or opened where they stand."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Call
from lychgate.services.service import Exchange


def keep(request: Request, path: Path, check: Callable[[Response], None]) -> Flow[Path]:
    """The answer to ``request``, however long, in the file ``path``. What was there stays until the new one is whole.

    Raises ``ConfigError`` where it cannot be written, and what ``check`` raises for an answer that is none.
    """
    part = yield from Call(_Part, (path,))
    try:
        response = yield from Exchange(request, into=part.write)
        check(response)
        yield from Call(part.finish)
    except BaseException:
        part.drop()
        raise
    return path


def write(path: Path, data: bytes) -> Path:
    """The same for data that are here already."""
    part = _Part(path)
    try:
        part.write(data)
        part.finish()
    except BaseException:
        part.drop()
        raise
    return path


class _Part:
    """A file beside ``path`` that takes its place when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._told():
            self._name = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
            self._file = self._name.open("xb")

    def write(self, piece: bytes) -> None:
        with self._told():
            self._file.write(piece)

    def finish(self) -> None:
        with self._told():
            self._file.close()
            self._name.replace(self._path)

    def drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            self._name.unlink()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ConfigError(f"the result cannot be written: {error.strerror}", file=str(self._path)) from None


def opened(href: str, options: dict[str, Any]) -> Any:
    """A file object of fsspec. Raises ``ConfigError`` where fsspec is not installed."""
    try:
        library: Any = import_module("fsspec")
    except ImportError:
        raise ConfigError("opening a result needs fsspec and aiohttp: pip install 'lychgate[fsspec]'") from None
    return library.open(href, **options).open()


def dataset(open_file: Callable[[], Any], options: dict[str, Any]) -> Any:
    """An xarray ``Dataset``. Raises ``ConfigError`` where xarray is not installed."""
    try:
        library: Any = import_module("xarray")
    except ImportError:
        raise ConfigError("reading a result as a dataset needs xarray: pip install xarray h5netcdf") from None
    return library.open_dataset(open_file(), **options)
