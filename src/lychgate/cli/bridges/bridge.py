"""The interface of a bridge: ``lay(place) -> Laid``, the files that a program reads and the variables that name them.

A header in such a file may go to every host. So nothing that opens an API stands in it where the program cannot bind it
to an address: there the file holds the password of our own door on this machine, and the credential stays with us.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """``folder`` is private and goes with the command. ``target`` is the API's origin.

    A door on this machine leads there: ``port`` of 127.0.0.1, also by the ``name`` that is made up for it; ``user`` and
    ``password`` open it. ``header`` is the file that holds the header fields for the target, always fresh.
    """

    folder: Path
    target: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    header: Path


@dataclass(frozen=True, slots=True)
class Laid:
    """``files`` by name, in the folder; ``variables`` are set for the command.

    ``door``: the address that stands for the target, where the program goes through our door.
    """

    files: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, str]
    door: str = ""


def own(*candidates: Path) -> str:
    """The text of the person's own file, the first that there is: what they set goes on to hold."""
    for path in candidates:
        try:
            return path.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n") + "\n"
        except OSError:
            continue
    return ""
