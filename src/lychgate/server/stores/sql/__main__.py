"""Writes the compiled SQL: ``python -m lychgate.server.stores.sql``."""

from __future__ import annotations

from ..texts import dump, place
from . import texts
from .statement import DATABASES

for database in DATABASES:
    place(database).write_text(dump(texts(database)), encoding="utf-8")
