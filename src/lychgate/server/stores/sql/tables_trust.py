"""The table of whom an issuer trusts. The keys of its columns are the names of the fields in ``trust_model``."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Table, UniqueConstraint

from .columns import metadata, text, time

trust = Table(
    "trust",
    metadata,
    text("id", primary_key=True),
    text("issuer", "", ForeignKey("issuer.id")),
    text("kind"),
    text("name"),
    text("key"),
    text("jwks", nullable=True),
    text("jwks_uri", nullable=True),
    text("certificate", nullable=True),
    text("algs"),
    text("audiences"),
    text("clients"),
    text("subject"),
    time("expires_at", nullable=True),
    time("created_at"),
    UniqueConstraint("issuer", "kind", "key"),
    sqlite_with_rowid=False,
)
