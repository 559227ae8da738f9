"""SQL that edits and removes issuers that are not the main one."""

from __future__ import annotations

from sqlalchemy import Table, delete, func, select
from sqlalchemy.sql import Delete

from ..rows import ISSUER
from .statement import Statement, columns, one, put
from .tables import client, issuer, signing_key
from .tables_login import registration_token
from .tables_trust import trust
from .tables_unicore import issued_token


def _drop(table: Table) -> Delete:
    return delete(table).where(one(table.c.issuer, "issuer"))


STATEMENTS: dict[str, Statement] = {
    "issuer to edit": select(*columns(issuer, ISSUER.keys)).where(one(issuer.c.id, "id")).with_for_update(),
    "put issuer settings": put(issuer, ("settings",), one(issuer.c.id, "of_id")),
    "clients of issuer": select(func.count()).select_from(client).where(one(client.c.issuer, "issuer")),
    "drop tokens of issuer": _drop(issued_token),
    "drop registration of issuer": _drop(registration_token),
    "drop trust of issuer": _drop(trust),
    "drop keys of issuer": _drop(signing_key),
    "drop clients of issuer": _drop(client),
    "drop issuer": delete(issuer).where(one(issuer.c.id, "id")),
}
