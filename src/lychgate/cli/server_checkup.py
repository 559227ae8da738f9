"""What may be wrong with a server of ours: its settings, folder, key, certificate and port. Nothing is changed by it.

Each finding is a line for a ticket, free of secrets.
"""

from __future__ import annotations

import fcntl
import shutil
import socket
import stat
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lychgate.cli.checkup import OFFSET, Finding, State, asked, guarded, offset
from lychgate.cli.holding import hold
from lychgate.client.profile import Profile
from lychgate.kernel.errors import ConfigError, LychgateError, Untrusted
from lychgate.kernel.http import LOOPBACK_NAMES

if TYPE_CHECKING:
    from lychgate.server.config import Config

LEAST = 200 * 1024 * 1024  # bytes that should be free
SOON = 21  # days before an end that is worth a word
DAY = 86_400


def of_settings(config: Config, file: Path) -> Iterator[Finding]:
    """What can be told from the settings, the folder and the network; ``file`` is the TOML file, there or not."""
    found = str(file) if file.exists() else f"no file ({file})"
    yield Finding("settings", "ok", f"{found}, data {config.data}, issuer {config.issuer_url(config.port)}")
    runs = running(config.data)
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("files", partial(_files, config, file)),
        ("room", partial(_room, config.data)),
        ("certificate", partial(_certificate, config)),
        ("port", partial(_port, config, runs)),
    ]
    for what, check in checks:
        yield from guarded(what, check)


def running(data: Path) -> bool:
    """Whether a server holds the folder."""
    from lychgate.server.running import folder

    try:
        with open(data / folder.LOCK, encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _files(config: Config, file: Path) -> Iterator[Finding]:
    from lychgate.server.running import folder

    if not config.data.exists():
        yield Finding("files", "note", f"{config.data} is not there yet: the first start makes it")
        return
    own = config.data.stat().st_uid
    private = [config.data, *(config.data / name for name in (folder.KEY, "lychgate.db", "lychgate.db-wal"))]
    private += [path for path in (config.tls_key,) if path is not None]
    for path in (one for one in private if one.exists()):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            yield Finding(
                "files", "bad", f"{path} has mode {mode:04o}, and others see into it; say: chmod go-rwx {path}"
            )
        elif path.stat().st_uid not in (own, 0):
            yield Finding("files", "bad", f"{path} belongs to another account than {config.data}")
        else:
            yield Finding("files", "ok", f"{path} has mode {mode:04o}")
    if file.exists() and file.stat().st_mode & 0o022:
        yield Finding("files", "bad", f"{file} can be changed by others; say: chmod go-w {file}")


def _room(data: Path) -> Iterator[Finding]:
    there = next(place for place in (data, *data.absolute().parents) if place.exists())
    free = shutil.disk_usage(there).free
    text = f"{free // 1024**2} MB are free at {there}"
    yield Finding("room", "ok" if free > LEAST else "bad", text)


def _certificate(config: Config) -> Iterator[Finding]:
    if config.tls_cert is None or config.tls_key is None:
        secure = urlsplit(config.issuer or "").scheme == "https"
        text = (
            "none here: what stands in front of the server holds it" if secure else "none: plain http on this machine"
        )
        yield Finding("certificate", "ok", text)
        return
    from cryptography.x509 import load_pem_x509_certificates

    first = load_pem_x509_certificates(config.tls_cert.read_bytes())[0]  # the settings fit, so there is one
    yield ends("certificate", f"that in {config.tls_cert}", first.not_valid_after_utc.timestamp())


def ends(what: str, name: str, end: float) -> Finding:
    """How long something is good still; ``end`` in epoch seconds."""
    left = (end - time.time()) / DAY
    if left <= 0:
        return Finding(what, "bad", f"{name} ended {-left:.0f} days ago")
    return Finding(what, "note" if left < SOON else "ok", f"{name} ends in {left:.0f} days")


def _port(config: Config, runs: bool) -> Iterator[Finding]:
    if config.port == 0:
        yield Finding("port", "note", "0: each start takes a free one, and so has another issuer unless one is set")
        return
    place = f"{config.host}:{config.port}"
    if runs:
        yield from _answers(config, place)
        return
    from lychgate.server.running.listening import listen

    try:
        listen(config.host, config.port).close()
        yield Finding("port", "ok", f"{place} is free; no server runs on {config.data}")
    except ConfigError as error:
        yield Finding("port", "bad", str(error))


def _answers(config: Config, place: str) -> Iterator[Finding]:
    """A server runs on the folder: whether it is there where these settings say."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.host, config.host)  # noqa: S104  what it listens on
    try:
        socket.create_connection((host, config.port), 3).close()
        yield Finding("port", "ok", f"a server runs on {config.data}, and {place} is taken")
    except OSError as error:
        why = error.strerror or "no answer"
        yield Finding("port", "bad", f"a server runs on {config.data}, but not at {place} ({why}): on other settings?")


def of_issuer(url: str, runs: bool) -> Iterator[Finding]:
    """Whether the issuer answers at its own URL, as itself, and by a clock like ours."""
    yield from guarded("issuer", partial(_issuer, url, runs))


def _issuer(url: str, runs: bool) -> Iterator[Finding]:
    if urlsplit(url).hostname in LOOPBACK_NAMES and not runs:
        yield Finding("issuer", "ok", f"{url} is on this machine alone, and no server runs")
        return
    state: State = "bad" if runs else "note"
    try:
        before = time.time()
        response = hold(Profile("doctor", None, store="memory")).run(asked(url))
        document = response.json()
    except Untrusted as error:  # those who know its CA may be content
        yield Finding("certificate", "note" if error.unknown else "bad", str(error))
        return
    except (LychgateError, ValueError) as error:
        yield Finding("issuer", state, f"{url} does not answer as an issuer: {error}")
        return
    named = document.get("issuer") if isinstance(document, dict) else None
    if response.status != 200 or named != url:
        yield Finding(
            "issuer", "bad", f"{url} answers {response.status}, and not as itself: what stands in front of it?"
        )
        return
    off = offset(response.headers.get("date"), (before + time.time()) / 2)
    yield Finding("issuer", "ok", f"{url} answers as itself")
    if off is not None and abs(off) > OFFSET:
        yield Finding("clock", "bad", f"{url} is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} this machine")
