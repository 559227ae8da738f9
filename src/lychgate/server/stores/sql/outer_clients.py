"""SQL of the clients that the registration front made at another authorization server."""

from __future__ import annotations

from sqlalchemy import delete, select

from ..rows import OUTER_CLIENT
from .statement import Statement, add, columns, one
from .tables_login import outer_client

_this = one(outer_client.c.digest, "digest")

STATEMENTS: dict[str, Statement] = {
    "outer client": select(*columns(outer_client, OUTER_CLIENT.keys)).where(_this),
    "add outer client": add(outer_client, OUTER_CLIENT.keys),
    "drop outer client": delete(outer_client).where(_this),
}
