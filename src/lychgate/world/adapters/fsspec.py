"""fsspec's HTTP file system, which runs on aiohttp and takes the object as a middleware of its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lychgate.world.auth import Auth


def fsspec(auth: Auth) -> dict[str, Any]:
    """The options that give ``auth`` to an HTTP file system: ``fsspec.open(url, **lychgate.fsspec(auth))``.

    Its proxy and certificates too, where it comes with some.
    """
    return {"client_kwargs": {"middlewares": (auth,)}, **auth.connection("aiohttp")}
