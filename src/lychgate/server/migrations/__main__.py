"""Migrates the database whose URL comes by standard input: it may hold a password, which arguments would show."""

from __future__ import annotations

import sys

from lychgate.kernel.errors import ConfigError
from lychgate.server.stores.store import StoreUnavailable

from .upgrade import to, work_on

try:
    work_on(sys.stdin.read(), to("head"))
except (ConfigError, StoreUnavailable) as error:
    print(type(error).__name__, error)  # noqa: T201  to the parent, which raises it
    sys.exit(1)
