"""What may be wrong with what a server of ours keeps: its database, master key, signing keys and whom it trusts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lychgate.cli.checkup import OFFSET, Finding
from lychgate.cli.server_checkup import DAY, ends, of_issuer, running
from lychgate.kernel.errors import ConfigError, LychgateError

if TYPE_CHECKING:
    from lychgate.server.config import Config
    from lychgate.server.model import Issuer, SigningKey
    from lychgate.server.signing.master import Master
    from lychgate.server.stores.store import Store

OLD = 400  # days that a key may sign before that is worth a word


def of_store(config: Config, ask: bool) -> Iterator[Finding]:
    """What the database tells; ``ask`` is whether the issuer is asked at its URL. Nothing is changed, nor migrated."""
    from lychgate.server.stores import revision, schema, shown

    try:
        found = revision(config.database_url)
    except LychgateError as error:
        yield Finding("database", "bad", str(error))
        return
    name = shown(config.database_url)
    if found is None:
        yield Finding("database", "note", f"{name} has no tables yet: the first start makes them")
        return
    if found != schema.HEAD:
        newer = found > schema.HEAD
        text = "of a newer Lychgate: update" if newer else "brought up to date by the next start (back it up first)"
        yield Finding("database", "bad" if newer else "note", f"{name} has schema {found}, not {schema.HEAD}: {text}")
        return
    yield Finding("database", "ok", f"{name} answers, schema {found}")
    yield from asyncio.run(_opened(config))
    if ask:
        yield from of_issuer(asyncio.run(_main(config)).url, running(config.data))


async def _opened(config: Config) -> list[Finding]:
    from lychgate.server.stores import open_store

    store = open_store(config.database_url)
    try:
        await store.open()
        master, told = await _master(config, store)
        return [told, *await _kept(config, store, master)]
    except (LychgateError, OSError) as error:
        return [Finding("database", "bad", str(error))]
    finally:
        await store.close()


async def _main(config: Config) -> Issuer:
    from lychgate.server.engine import MAIN
    from lychgate.server.model import Issuer
    from lychgate.server.stores import open_store

    store = open_store(config.database_url)
    await store.open()
    try:
        made = Issuer(MAIN, config.issuer_url(config.port))
        return next((one for one in await store.issuers() if one.id == MAIN), made)
    finally:
        await store.close()


async def _master(config: Config, store: Store) -> tuple[Master | None, Finding]:
    from lychgate.server.engine import CHECK
    from lychgate.server.running import folder

    try:
        master, _ = folder.load_master(config.data, config.master_key_file, make=False)
    except ConfigError as error:
        return None, Finding("master key", "bad", str(error))
    kept = await store.setting(CHECK)
    if kept is not None and not master.fits(kept):
        return None, Finding("master key", "bad", "it is not the one that this database was made with")
    return master, Finding("master key", "ok", "it fits the database; keep a copy of it elsewhere")


async def _kept(config: Config, store: Store, master: Master | None) -> list[Finding]:
    issuers = await store.issuers()
    found = [_address(config, issuers)]
    for issuer in issuers:
        found += _keys(config, issuer, await store.keys(issuer.id), master)
        for trust in await store.trusts(issuer.id):
            if trust.expires_at is not None:
                found.append(ends("trust", f"the certificate of {trust.name}", trust.expires_at / 1000))
    if not await store.has_administrator():
        found.append(Finding("people", "note", "no administrator yet: the start shows how to make the first one"))
    newest = await store.audit(limit=1)
    ahead = newest[-1].at / 1000 - time.time() if newest else 0.0
    text = f"the newest row of the audit log is {ahead:.0f} s ahead of this machine's clock"
    found.append(Finding("clock", "bad", text) if ahead > OFFSET else Finding("clock", "ok", "it goes forward"))
    return found


def _address(config: Config, issuers: list[Issuer]) -> Finding:
    from lychgate.server.engine import MAIN

    known = next((one.url for one in issuers if one.id == MAIN), "")
    wanted = config.issuer_url(config.port)
    if known in ("", wanted) or (config.port == 0 and config.issuer is None):
        return Finding("issuer", "ok", f"it is {known or wanted}")
    return Finding(
        "issuer",
        "note",
        f"it was {known}, and is {wanted} from the next start with these settings: clients know the old one",
    )


def _keys(config: Config, issuer: Issuer, keys: list[SigningKey], master: Master | None) -> Iterator[Finding]:
    now, usual = time.time() * 1000, str(issuer.settings.get("alg", config.alg))
    place = f"realm {issuer.realm}" if issuer.realm else issuer.url
    signing = [key for key in keys if key.signs_from <= now and (key.signs_until is None or now < key.signs_until)]
    ready = [key for key in signing if key.alg == usual]
    if not ready:
        yield Finding("keys", "bad", f"no {usual} key of {place} signs now; say: lychgate keys rotate --at-once")
    for key in signing:
        age = (now - key.signs_from) / 1000 / DAY
        remedy = "; a new one may be due: lychgate keys rotate" if age > OLD else ""
        yield Finding("keys", "note" if remedy else "ok", f"{key.alg} of {place} has signed for {age:.0f} days{remedy}")
        if master is not None:
            yield from _sealed(master, key)


def _sealed(master: Master, key: SigningKey) -> Iterator[Finding]:
    try:
        master.unseal(key.sealed, f"signing key {key.kid}")
    except ConfigError as error:
        yield Finding("keys", "bad", f"{key.alg} {key.kid}: {error}")
