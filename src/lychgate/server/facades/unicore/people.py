"""Finding the person that a name means: a login name, or a distinguished name that holds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lychgate.server.secrets import fold
from lychgate.server.trusted import distinguished

if TYPE_CHECKING:
    from lychgate.server.engine import Engine
    from lychgate.server.model import User

LONGEST = 320  # characters of a login name


async def named(engine: Engine, name: str) -> User | None:
    """The user with this login name or e-mail address."""
    folded = fold(name[: LONGEST + 1])
    if not 0 < len(folded) <= LONGEST or not folded.isprintable():
        return None
    return await engine.store.user_by_login(folded)


async def meant(engine: Engine, subject: str) -> User | None:
    """The user that a trusted service names: by login name, or as ``UID=demouser`` or ``CN=demouser``."""
    return await named(engine, _login_name(subject) if "=" in subject else subject)


def _login_name(subject: str) -> str:
    """The login name in a distinguished name; empty for one of more parts, or of another kind."""
    from cryptography.x509.oid import NameOID

    try:
        found = list(distinguished.read(subject))
    except ValueError:
        return ""
    if len(found) != 1 or found[0].oid not in (NameOID.USER_ID, NameOID.COMMON_NAME):
        return ""
    return str(found[0].value)
