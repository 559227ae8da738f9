"""Making a client of one's own, and its secret, shown once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .paths import PATHS
from .scopes import Power
from .view import Person, View


@dataclass(frozen=True, slots=True, kw_only=True)
class NewClient(View):
    """Make an id and a secret for a program that acts for this person. Posts ``name`` to ``action``.

    ``service`` is what it is for (a resource's name or URL; empty: this issuer). ``problem`` is a sentence.
    """

    template: ClassVar[str] = "client_new.html"
    navigation: ClassVar[bool] = True

    person: Person
    powers: tuple[Power, ...] = ()
    service: str = ""
    name: str = ""
    problem: str = ""
    action: str = PATHS["client_new"]
    back: str = PATHS["mine"]

    @property
    def status(self) -> int:
        return 400 if self.problem else 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret(View):
    """A client's id, and its secret once.

    ``state``: "first"; "rotated", with ``old_until`` (ms), the end of the old one, or None where it has ended;
    "shown", with no secret: the page says that it has been shown, and a button posts ``id`` to ``rotate``.
    ``secret`` is given in the first two alone. ``command`` is a line to paste. ``ends`` is the secret's own end (ms).
    ``key`` is what the button posts as ``id``, the client's own id where it is empty. ``at_once``: a new secret ends
    the old one. ``back`` may be empty.
    """

    template: ClassVar[str] = "secret.html"
    navigation: ClassVar[bool] = True

    state: Literal["first", "rotated", "shown"]
    client: str
    name: str
    secret: str = field(default="", repr=False)
    command: str = ""
    old_until: int | None = None
    ends: int | None = None
    key: str = ""
    rotate: str = PATHS["client_rotate"]
    back: str = PATHS["mine"]
    at_once: bool = False

    @property
    def status(self) -> int:
        return 410 if self.state == "shown" else 200
