"""Security sessions: an id that stands for what its caller had shown, so that it need not be verified each time.

A session is a row, known at once to every worker and node, since a limit for each person needs a count that all share,
and a row that is gone is a session that is over. Only the digest of its id is kept. It holds who calls and never what
they preferred; what the credentials stand on is asked again at each request (``proof.stand``). Anonymous callers have
nothing to save: they all get one and the same id, and no stranger fills the table.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lychgate.server.secrets import digest, new_secret, same
from lychgate.server.supercomputers.unicore_model import RestSession

from .problem import no_session
from .proof import Proof, again

if TYPE_CHECKING:
    from lychgate.server.engine import Engine

HEADER = b"x-unicore-securitysession"
ID, LEFT = "X-UNICORE-SecuritySession", "X-UNICORE-SecuritySession-Lifetime"
LONGEST = 200  # characters of an id that is looked for


@dataclass(frozen=True, slots=True)
class Seat:
    """A session as its caller has it: ``id``, what is ``left`` of it in ms, and its proof (None: anonymous)."""

    id: str = field(repr=False)
    left: int
    proof: Proof | None

    def headers(self) -> dict[str, str]:
        return {ID: self.id, LEFT: str(self.left)}


async def find(engine: Engine, id: str) -> Seat:
    """The session with this id. Raises ``OAuthError`` (432) where there is none, or it is over."""
    if same(id.encode(), _nobodys(engine).encode()):
        return begin_anonymous(engine)
    now = engine.clock()
    row = await engine.store.rest_session(digest(id)) if len(id) <= LONGEST else None
    if row is None or row.expires_at <= now:
        raise no_session()
    return Seat(id, row.expires_at - now, again(row.proof))


async def begin(engine: Engine, proof: Proof) -> Seat:
    """A new session, which ends with its credentials at the latest; it may end this person's oldest, nobody else's."""
    settings, now, id = engine.config.facade.unicore, engine.clock(), new_secret()
    ends = min(now + 1000 * settings.session_lifetime, proof.until or 2**62)
    await engine.store.add_rest_session(RestSession(digest(id), proof.user, now, ends, proof.kept()), settings.sessions)
    return Seat(id, ends - now, proof)


def begin_anonymous(engine: Engine) -> Seat:
    return Seat(_nobodys(engine), 1000 * engine.config.facade.unicore.session_lifetime, None)


def _nobodys(engine: Engine) -> str:
    """The session of all who show nothing: it gives nothing that they have not got without it."""
    return hmac.new(engine.master.derive("unicore"), b"anonymous session", hashlib.sha256).hexdigest()
