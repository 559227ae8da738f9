"""What every page is made of: a view for what it shows, a frame for what stands round it.

A view is a frozen dataclass whose fields are all that its template may show; the wiring fills it and decides nothing
about HTML. Times are integer epoch milliseconds, and every text may come from a stranger: templates escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlsplit

Hidden = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is logged in. ``superuser`` shows the way to the administration."""

    name: str
    email: str
    superuser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence on top of a page: "done" for what has just been done, "error" for what failed and what to do."""

    text: str
    kind: Literal["done", "error", "info"] = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands round a view, made anew for each request.

    ``name`` is the issuer's name for people, ``host`` its host. ``base`` is put before each path of ours (empty, or the
    path of the issuer's URL with no slash at its end). ``csrf`` goes into each form that is sent to us. ``now`` is the
    server's clock, ``request_id`` is shown where something failed. ``contact`` is whom to ask: a mail address, or words
    that follow "ask" ("the help desk, room 4"); empty where nobody was named.
    """

    name: str
    host: str
    csrf: str
    now: int
    request_id: str
    base: str = ""
    person: Person | None = None
    notice: Notice | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A client as people see it.

    ``host`` is where it lives (of its client_uri, else of its redirect URI), in ASCII. ``logo``, ``policy``, ``terms``
    are its registered https URLs (RFC 7591 2). ``registered_by_itself``: nobody here has looked at it, so that its name
    and logo prove nothing, and the page says so.
    """

    name: str
    host: str = ""
    logo: str = ""
    policy: str = ""
    terms: str = ""
    registered_by_itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Where we are in a long list. ``first`` and ``last`` count from 1; ``total`` None where nobody counted.

    ``newer`` and ``older`` are links (path and query, without the base) to the pages beside it, None at an end.
    """

    first: int
    last: int
    total: int | None = None
    newer: str | None = None
    older: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A page. ``leads_to`` are URLs outside to which the answer to one of its forms may redirect (see ``policy``).

    ``hidden`` are fields that each of its forms carries on untouched, a handle of the pending request say.
    """

    template: ClassVar[str]
    wide: ClassVar[bool] = False
    navigation: ClassVar[bool] = False

    leads_to: tuple[str, ...] = ()
    hidden: Hidden = ()

    @property
    def status(self) -> int:
        """The HTTP status to answer with."""
        return 200

    @property
    def scripts(self) -> tuple[str, ...]:
        """The static scripts that this page loads: none but for passkeys and form_post."""
        return ()

    @property
    def images(self) -> tuple[str, ...]:
        """URLs of the images from elsewhere that this page shows."""
        return ()


def logos(*programs: Program | None) -> tuple[str, ...]:
    """The logos among ``programs`` that may be shown: https alone."""
    urls = (program.logo for program in programs if program is not None)
    return tuple(url for url in urls if urlsplit(url).scheme == "https")
