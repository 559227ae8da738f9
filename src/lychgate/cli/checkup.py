"""What may be wrong with this machine for a client: each check is a line for a ticket, free of secrets."""

from __future__ import annotations

import os
import platform
import stat
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from lychgate.cli.holding import hold
from lychgate.kernel.errors import ConfigError, LychgateError, Untrusted
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response
from lychgate.kernel.steps import Send
from lychgate.world import keyrings, posix
from lychgate.world.panel import host_of
from lychgate.world.places import state_folder
from lychgate.world.profiles import open_profile, profile_names, profiles_file
from lychgate.world.stores import open_store
from lychgate.world.surroundings import here

State = Literal["ok", "note", "bad"]
OFFSET = 30.0  # seconds by which a clock may be off before it is worth a word


class Finding(NamedTuple):
    """``what`` was looked at, how it stands, and a sentence."""

    what: str
    state: State
    text: str


def local() -> Iterator[Finding]:
    """All that can be told without asking anybody else."""
    yield Finding("version", "ok", f"Lychgate {version('lychgate')}, Python {platform.python_version()}")
    for check in (_files, _store, _keyring, _proxies, _certificates, _netrc, _person):
        yield from guarded(check.__name__.strip("_"), check)


def guarded(what: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What ``check`` finds; where it cannot look, that is a finding too."""
    try:
        yield from check()
    except (LychgateError, OSError) as error:
        yield Finding(what, "bad", str(error))


def _files() -> Iterator[Finding]:
    for path in (profiles_file(), state_folder() / "tokens"):
        if not path.exists():
            yield Finding("files", "ok", f"{path} is not there yet")
            continue
        mode = stat.S_IMODE(posix.mode_of(path.stat()))
        mine = not posix.MODES or path.stat().st_uid == os.geteuid()
        state: State = "ok" if mine and not mode & 0o077 else "bad" if not mine or mode & 0o022 else "note"
        remedy = "" if state == "ok" else f"; say: chmod go-rwx {path}" if mine else "; it belongs to somebody else"
        yield Finding("files", state, f"{path} has mode {mode:04o}{remedy}" if posix.MODES else f"{path} is there")


def _store() -> Iterator[Finding]:
    store = open_store("file")
    kind = getattr(store, "lock_kind", None)
    apart = "locks keep processes apart"
    said = {"flock": apart, "filelock": apart, "lease": "locks do nothing here (a network drive?): leases are used"}
    yield Finding("store", "ok", f"{_counted(len(store.keys()))} kept; {said.get(str(kind), kind)}")


def _counted(logins: int) -> str:
    return "1 login is" if logins == 1 else f"{logins} logins are"


def _keyring() -> Iterator[Finding]:
    try:
        keyrings.get(keyrings.SERVICE, "doctor")
        yield Finding("keyring", "ok", f"{keyrings.backend().name} answers")
    except ConfigError as error:
        yield Finding("keyring", "note", str(error))


def _proxies() -> Iterator[Finding]:
    found = {name: os.environ[name] for name in sorted(os.environ) if name.lower().endswith("_proxy")}
    for name, value in found.items():
        shown = value if name.lower() == "no_proxy" else _bare(value)
        yield Finding("proxy", "note", f"{name} leads through {shown}")
    if not found:
        yield Finding("proxy", "ok", "none in the environment")


def _bare(url: str) -> str:
    """A proxy's address without the name and password that it may hold."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or '?'}" + (f":{parts.port}" if parts.port else "")


def _certificates() -> Iterator[Finding]:
    named = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
             if os.environ.get(name)]  # fmt: skip
    for name in named:
        there = Path(os.environ[name]).exists()
        yield Finding("certificates", "note" if there else "bad",
                      f"{name} names {os.environ[name]}" + ("" if there else ", which is not there"))  # fmt: skip
    if not named:
        yield Finding("certificates", "ok", "those of the system")


def _netrc() -> Iterator[Finding]:
    path = Path(os.environ.get("NETRC") or os.path.expanduser("~/.netrc"))
    if path.exists():
        yield Finding("netrc", "note", f"{path} is there; it never replaces a credential of Lychgate")


def _person() -> Iterator[Finding]:
    place = here()
    ways = [name for name, there in (("a browser", place.browser), ("a terminal", place.terminal)) if there]
    who = f"a person is asked by {' or '.join(ways)}" if ways else "nobody can be asked here; log in elsewhere first"
    text = f"where this runs: {place.place}; {who}"
    yield Finding("login", "ok" if place.person else "note", text)


def profiles(ask: bool) -> Iterator[Finding]:
    """Each profile: whether it opens, and (``ask``) whether its issuer answers, and what its clock says."""
    yield from guarded("profile", partial(_profiles, ask))


def _profiles(ask: bool) -> Iterator[Finding]:
    for name in profile_names():
        try:
            found = hold(open_profile(name))
        except LychgateError as error:
            yield Finding("profile", "bad", f"{name}: {error}")
            continue
        issuer = getattr(found.source, "where", "")
        if not ask or not issuer.startswith("http"):
            yield Finding("profile", "ok", f"{name} can be read")
            continue
        try:
            before = time.time()
            response = found.run(asked(issuer))
            yield _clock(name, issuer, response.headers.get("date"), (before + time.time()) / 2)
        except Untrusted as error:
            yield Finding("certificates", "bad", f"{name}: {error}")
        except LychgateError as error:
            yield Finding("issuer", "bad", f"{name}: {error}")


def asked(issuer: str) -> Flow[Response]:
    """An issuer's metadata, as it answers."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    return (yield from Send(Request("GET", url, Headers({"Accept": "application/json"})), timeout=10))


def _clock(name: str, issuer: str, date: str | None, now: float) -> Finding:
    by = offset(date, now)
    if by is None:
        return Finding("issuer", "ok", f"{name}: {host_of(issuer)} answers; it names no time")
    off = abs(by) > OFFSET
    text = f"its clock is {abs(by):.0f} s {'ahead of' if by > 0 else 'behind'} ours" if off else "clocks agree"
    return Finding("issuer", "note" if off else "ok", f"{name}: {host_of(issuer)} answers, {text}")


def offset(date: str | None, now: float) -> float | None:
    """Seconds by which the clock that wrote a ``Date`` header is ahead of ``now``; None where it says no time."""
    try:
        return parsedate_to_datetime(date or "").timestamp() - now
    except ValueError:
        return None
