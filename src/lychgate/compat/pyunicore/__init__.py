"""The names of ``pyunicore``: change ``import pyunicore.client`` to ``import lychgate.compat.pyunicore.client``.

``credential(auth)`` goes the other way: any credential of ours, as the real pyunicore takes one.
"""

from typing import TYPE_CHECKING

from . import elsewhere
from .crossing import credential

__all__ = ["credential"]


if not TYPE_CHECKING:  # a type checker would take every name for one

    def __getattr__(name: str) -> object:
        if name in elsewhere.MODULES:
            raise elsewhere.module(f"pyunicore.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
