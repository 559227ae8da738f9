"""Which schema this program works with."""

from __future__ import annotations

from lychgate.kernel.errors import ConfigError

HEAD = "0009"  # the newest revision in ``migrations/versions``


def fits(found: str | None, shown: str) -> None:
    """Refuse a database of another schema. Raises ``ConfigError``; ``shown`` names the database, no password in it."""
    if found is None:
        raise ConfigError(f"the database {shown} is empty: start the server once, which makes its tables")
    if found < HEAD:
        raise ConfigError(
            f"the database {shown} is of an older Lychgate: start the server once, which brings it up to date"
        )
    if found > HEAD:
        raise ConfigError(
            f"the database {shown} is of a newer Lychgate (schema {found}, this one knows {HEAD}): update"
        )
