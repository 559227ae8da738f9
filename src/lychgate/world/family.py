"""The libraries of the httpx family ask ``isinstance(auth, Auth)``, of their own ``Auth``: to them ours is one.

At run time only where the library is imported anyway; to a type checker always, so that users' programs are typed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx
    import httpx2

    class Family(httpx.Auth, httpx2.Auth):
        def auth_flow(self, request: Any) -> Any: ...
        def sync_auth_flow(self, request: Any) -> Any: ...
        def async_auth_flow(self, request: Any) -> Any: ...
else:

    class Family:
        """What a class derives from to be passed as ``auth`` to httpx and httpx2; see ``joined``."""


_modules = sys.modules
_classes: dict[tuple[type, ...], type] = {}
_known: tuple[Any, Any, type | None] = (None, None, None)


def joined(ours: type) -> type:
    """``ours`` (always the same), derived from the ``Auth`` classes of what is imported by now."""
    first, second, known = _known
    if known is None or _modules.get("httpx") is not first or _modules.get("httpx2") is not second:
        return _find(ours)
    return known


def _find(ours: type) -> type:
    """A module half imported has no class yet."""
    global _known
    modules = _modules.get("httpx"), _modules.get("httpx2")
    found = [getattr(module, "Auth", None) for module in modules]
    bases = tuple(base for base in found if isinstance(base, type))
    if bases not in _classes:
        _classes[bases] = type("Auth", (ours, *bases), {"__module__": ours.__module__}) if bases else ours
    if len(bases) == len([module for module in modules if module is not None]):
        _known = (*modules, _classes[bases])
    return _classes[bases]
