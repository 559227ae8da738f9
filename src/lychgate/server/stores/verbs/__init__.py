"""What the store can do, each verb written once for all databases.

A verb is an async function of a ``Connection``. Its rows of the change feed come after its other changes (PostgreSQL
holds a lock from there to COMMIT), its audit rows last.
"""
