"""What a verb is given to work with: the one interface over both databases.

A verb names its statements and their values. On SQLite nothing here really waits, so that ``drive`` can carry out a
whole verb in a thread that has no event loop.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

R = TypeVar("R")
Row = Sequence[Any]
CHANNEL = "lychgate_change"  # on which PostgreSQL says that the change feed has moved


class Connection(Protocol):
    """A connection, inside the transaction of the verb where the verb writes. Raises as ``store.Store`` says."""

    async def one(self, name: str, /, **values: Any) -> Row | None:
        """The first row of statement ``name``, None where there is none."""
        ...

    async def all(self, name: str, /, **values: Any) -> Sequence[Row]: ...

    async def run(self, name: str, /, **values: Any) -> None: ...

    async def many(self, name: str, rows: Iterable[Mapping[str, Any]], /) -> None:
        """Statement ``name`` once for each of ``rows``."""
        ...


def drive(verb: Coroutine[Any, Any, R]) -> R:
    """Run a verb whose connection never waits to its end."""
    try:
        verb.send(None)
    except StopIteration as end:
        value: R = end.value
        return value
    verb.close()
    raise RuntimeError("a verb waited for something other than its connection")


def storable(values: Iterable[Any]) -> list[Any]:
    """``values`` as both databases can keep them: U+0000 and lone surrogates become U+FFFD.

    So a name with one of them finds nothing, where the driver would refuse the whole statement.
    """
    return [keepable(value) if isinstance(value, str) else value for value in values]


def keepable(text: str) -> str:
    """One text as ``storable`` makes it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
