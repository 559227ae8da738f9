"""Making a data folder and a database ready: what the first start does, and every later one finds done."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from lychgate.kernel.errors import ConfigError
from lychgate.server import clock
from lychgate.server.engine import CHECK, MAIN, Engine, open_engine
from lychgate.server.facades import FACADES
from lychgate.server.issuers.realms import url_of
from lychgate.server.keys import new_key
from lychgate.server.model import AuditRow, Issuer
from lychgate.server.people import set_up
from lychgate.server.stores import migrate, open_store

from . import folder

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.signing.master import Master
    from lychgate.server.stores.store import Store


@dataclass
class Prepared:
    """What was found and made: the issuer's URL, and a line for each thing that is new.

    ``listening`` is the URL that is listened on, where a server starts. ``set_up`` is the code by which the first
    administrator is made, empty where there is one; it is shown at the start and nowhere else.
    """

    issuer: str
    listening: str = ""
    made: list[str] = field(default_factory=list)
    set_up: str = field(default="", repr=False)


async def prepare(config: Config, port: int | None = None, *, start: bool = False) -> Prepared:
    """Make ready whatever is missing. ``port`` is the one taken, where a server starts; else the issuer is left alone.

    ``start`` is whether a server starts now, which leaves a row in the audit log.

    Raises ``ConfigError`` for a folder, key or database that does not fit.
    """
    folder.ready(config.data)
    master, new_master = folder.load_master(config.data, config.master_key_file, make=True)
    await asyncio.get_running_loop().run_in_executor(None, migrate, config.database_url)
    store = open_store(config.database_url)
    await store.open()
    try:
        if not master.fits(await store.put_setting(CHECK, master.check_value())):
            if new_master:
                (config.data / folder.KEY).unlink(missing_ok=True)
            raise ConfigError("the master key is not the one that this database was made with: put the right file back")
        prepared = await _fill(config, store, master, port, new_master)
        if start:
            await _note_start(store)
        return prepared
    finally:
        await store.close()


async def _fill(config: Config, store: Store, master: Master, port: int | None, new_master: bool) -> Prepared:
    known = next((issuer for issuer in await store.issuers() if issuer.id == MAIN), None)
    issuer = known
    if known is None or port is not None:
        issuer = await store.ensure_issuer(Issuer(MAIN, config.issuer_url(config.port if port is None else port)))
    assert issuer is not None
    for realm in await store.issuers():
        if realm.realm and realm.url != url_of(issuer.url, realm.realm):
            await store.ensure_issuer(replace(realm, url=url_of(issuer.url, realm.realm)))
    made = Prepared(issuer.url)
    if not any(key.alg == config.alg for key in await store.keys(MAIN)):
        now = clock.now()
        loop = asyncio.get_running_loop()
        await store.add_key(await loop.run_in_executor(None, partial(new_key, master, MAIN, config.alg, now, now)))
        made.made.append(f"a signing key ({config.alg})")
    if new_master:
        made.made.append(f"the master key (back it up: {config.data / folder.KEY})")
    for facade in FACADES:
        for client in facade.clients(config, MAIN):
            if await store.client(MAIN, client.id) is None:
                await store.add_client(client)
    if not await store.has_administrator():
        made.set_up = await set_up.code(store, master)
    return made


@asynccontextmanager
async def operator(config: Config) -> AsyncIterator[Engine]:
    """An engine for one command of an operator: made ready, loaded, with no task of its own; closed at the end."""
    await prepare(config)
    engine = await open_engine(config)
    try:
        await engine.load()
        yield engine
        await engine.settle()
    finally:
        engine.passwords.close()
        await engine.store.close()


async def _note_start(store: Store) -> None:
    """Leave a row for this start, and a row "gap" where the one before it never stopped by itself."""
    node, now = socket.gethostname(), clock.now()
    rows = [row for event in ("serve.start", "serve.stop") for row in await store.audit(event=event, limit=50)]
    last = max((row for row in rows if row.detail.get("node") == node), key=lambda row: row.id, default=None)
    found = [AuditRow(now, MAIN, "serve.start", detail={"node": node})]
    if last is not None and last.event == "serve.start":
        found.insert(0, AuditRow(now, MAIN, "gap", detail={"node": node, "since": last.at, "why": "killed"}))
    await store.write_audit(found)


async def note_stop(config: Config) -> None:
    """Leave a row for a stop in good order."""
    store = open_store(config.database_url)
    await store.open()
    try:
        row = AuditRow(clock.now(), MAIN, "serve.stop", detail={"node": socket.gethostname()})
        await store.write_audit([row])
    finally:
        await store.close()
