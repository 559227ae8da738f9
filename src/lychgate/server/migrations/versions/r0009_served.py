"""Which clients serve a resource, to be found by its URL."""

from __future__ import annotations

import json

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text, column, select, table

revision = "0009"
down_revision = "0008"

_client = table("client", column("issuer"), column("id"), column("resources"))


def upgrade() -> None:
    made = op.create_table(
        "served",
        Column("issuer", Text, nullable=False),
        Column("uri", Text, nullable=False),
        Column("client_id", Text, nullable=False),
        PrimaryKeyConstraint("issuer", "uri", "client_id", name="served_pk"),
        ForeignKeyConstraint(
            ["issuer", "client_id"], ["client.issuer", "client.id"], "served_client_fk", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("served_issuer_client_id_index", "served", ["issuer", "client_id"])
    db = op.get_bind()
    kept = db.execute(select(_client).where(_client.c.resources != "[]")).all()
    rows = [
        {"issuer": issuer, "uri": uri, "client_id": id} for issuer, id, text in kept for uri in set(json.loads(text))
    ]
    if rows:
        db.execute(made.insert(), rows)
