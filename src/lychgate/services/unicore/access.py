"""Who one is at a UNICORE site and what one may choose there; what one prefers of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lychgate.kernel.errors import ConfigError

ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What to be at a site, of what is available: ``Preferences(group="myproject1")``; the rest is the site's choice.

    Raises ``ConfigError`` for what the header cannot carry.
    """

    uid: str = ""
    group: str = ""
    role: str = ""
    supplementary_groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value in (self.uid, self.group, self.role, *self.supplementary_groups):
            if any(char in value for char in ",:+"):
                raise ConfigError(f"a preference has none of the characters , : and +: {value!r}", field="preferences")
        checked(str(self))

    def __str__(self) -> str:
        pairs = {
            "uid": self.uid,
            "group": self.group,
            "role": self.role,
            "supplementaryGroups": "+".join(self.supplementary_groups),
        }
        return ",".join(f"{name}:{value}" for name, value in pairs.items() if value)


def checked(text: str) -> str:
    """``text``, if a header field can carry it; else raises ``ConfigError``."""
    if not all(0x20 <= ord(char) < 0x7F for char in text):
        raise ConfigError(f"preferences are written in ASCII, on one line: {text!r}", field="preferences")
    return text


@dataclass(frozen=True, slots=True)
class AccessInfo:
    """What authentication and authorization came to. ``whole`` is the site's own member ``client``."""

    dn: str
    role: str
    method: str = ""
    uid: str = ""
    group: str = ""
    supplementary_groups: tuple[str, ...] = ()
    available_roles: tuple[str, ...] = ()
    available_uids: tuple[str, ...] = ()
    available_groups: tuple[str, ...] = ()
    whole: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def anonymous(self) -> bool:
        """Whether the site knows nobody in the caller."""
        return self.role == ANONYMOUS


def read_access(client: Any) -> AccessInfo:
    """The member ``client`` of a site's properties, whatever is missing in it. Raises ``ValueError`` for no object."""
    if not isinstance(client, Mapping):
        raise ValueError("no access information")
    login, role = _object(client.get("xlogin")), _object(client.get("role"))
    return AccessInfo(
        _text(client.get("dn")),
        _text(role.get("selected")) or ANONYMOUS,
        _text(client.get("authenticationMethod")),
        _text(login.get("UID")),
        _text(login.get("group")),
        _texts(login.get("selectedSupplementaryGroups")),
        _texts(role.get("availableRoles")),
        _texts(login.get("availableUIDs")),
        _texts(login.get("availableGroups")),
        client,
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
