"""Migrations of the database's schema, by Alembic: ``env.py`` runs the revisions in ``versions/``.

Not imported where requests are answered: ``stores.migrate`` starts ``python -m lychgate.server.migrations``.
"""
