"""A record as a store writes it: its key and its data as JSON, under a name that any file system and keyring takes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from lychgate.kernel.record import Record


def name_of(key: str) -> str:
    """A name of 40 characters for a key of any length and any characters."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def encode(key: str, record: Record) -> bytes:
    entry = {"version": 1, "key": key, "who": record.who, "where": record.where, "data": record.data}
    return json.dumps(entry, ensure_ascii=False).encode()


def decode(raw: bytes) -> tuple[str, Record] | None:
    """(key, record), or None for what is no entry."""
    try:
        entry: Any = json.loads(raw)
        key, data = entry["key"], entry["data"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(key, str) or not isinstance(data, dict):
        return None
    return key, Record(data, str(entry.get("who", "")), str(entry.get("where", "")))
