"""The kinds of columns that the tables are made of, and the one ``metadata`` that they all belong to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    Text,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
    }
)
COUNTER = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER numbers its rows by itself there


def text(name: str, key: str = "", *constraints: ForeignKey, **options: Any) -> Column[str]:
    return Column(name, Text, *constraints, key=key or name, nullable=options.pop("nullable", False), **options)


def time(name: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable, index=index)


def flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def user(name: str = "user_id", key: str = "user", *, nullable: bool = False) -> Column[str]:
    return text(name, key, ForeignKey("users.id", ondelete="CASCADE"), index=True, nullable=nullable)


def of_client(table: str) -> ForeignKeyConstraint:
    there = ["client.issuer", "client.id"]
    return ForeignKeyConstraint(["issuer", "client"], there, f"{table}_client_fk", ondelete="CASCADE")


def blob(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable, primary_key=primary_key)
