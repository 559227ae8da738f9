"""What Alembic runs: the revisions, in one transaction, on the connection that ``upgrade`` has opened."""

from __future__ import annotations

from alembic import context

from lychgate.server.stores.sql import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
