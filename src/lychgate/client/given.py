"""A token that another token is got with: a secret's text, or what another source brings, valid when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from lychgate.kernel.steps import Call

from .oauth_client import digest
from .renewal import Renewal

if TYPE_CHECKING:
    from .sources.source import Source

Given = Secret | Renewal


def given(value: Any, field: str) -> Given:
    """``value`` made ready. Raises ``ConfigError`` for what is neither a text, a ``Secret`` nor a source."""
    if isinstance(value, Secret | str) and value:
        return Secret.wrap(value)
    if hasattr(value, "obtain") and hasattr(value, "cache_key") and not isinstance(value, type):
        return Renewal(cast("Source", value))
    raise ConfigError(f"the {field} is a secret or a source of tokens", field=field)


def text_of(what: Given) -> Flow[str]:
    """The token's text. A secret from elsewhere is fetched each time: it may have been replaced."""
    if isinstance(what, Renewal):
        return (yield from what.valid()).access.reveal()
    if what.origin:
        return (yield from Call(what.anew))
    return what.reveal()


def name_of(what: Given) -> str:
    """Part of a cache key; no secret."""
    if isinstance(what, Renewal):
        return what.key
    return what.origin or digest(what.reveal())
