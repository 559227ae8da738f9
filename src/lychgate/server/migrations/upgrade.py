"""Brings a database's schema up to date: the only module that imports Alembic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from lychgate.server.stores import sqlite
from lychgate.server.stores.embedded import faults, place
from lychgate.server.stores.embedded.turn import Turn
from lychgate.server.stores.networked import address
from lychgate.server.stores.sql.statement import MIGRATION_LOCK

Work = Callable[[Connection], None]


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def to(revision: str) -> Work:
    """What upgrades an open connection to ``revision``, "head" for the newest."""
    return lambda connection: command.upgrade(config(connection), revision)


def work_on(url: str, work: Work) -> None:
    """Do ``work`` on the database at ``url``, in one transaction and with nobody else migrating it."""
    if url.startswith("sqlite:"):
        _on_sqlite(sqlite.file_of(url), work)
    else:
        asyncio.run(_on_postgresql(url, work))


def _on_sqlite(file: Path, work: Work) -> None:
    place.make(file)
    turn = Turn(file)
    engine = create_engine("sqlite://", creator=lambda: place.connect(file), poolclass=NullPool)
    # begun by hand: the driver on its own would end the transaction before each DDL statement
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with turn, engine.begin() as connection:
            work(connection)
    except DBAPIError as error:
        raise faults.translated(error.orig or error, file) from None
    finally:
        engine.dispose()
        turn.close()


async def _on_postgresql(url: str, work: Work) -> None:
    async def connect() -> Any:
        return await address.connect(url)

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            await connection.run_sync(work)
    finally:
        await engine.dispose()
