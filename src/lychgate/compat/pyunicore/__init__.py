"""The names of ``pyunicore``: change ``import pyunicore.client`` to ``import lychgate.compat.pyunicore.client``.

``credential(auth)`` goes the other way: any credential of ours, as the real pyunicore takes one.
"""

from .crossing import credential

__all__ = ["credential"]
