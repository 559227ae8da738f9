"""A browser that talks to us: its cookie, the person logged in, and the proof that a form is ours.

The cookie is 256 random bits. A visitor has one too, with no row behind it; at login the browser gets a new one, whose
digest is the session's. A form proves itself by an HMAC of the cookie, and its ``Origin`` may not be another site's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from lychgate.kernel.http import origin_of
from lychgate.server.engine import Engine
from lychgate.server.exchange import Answer, Call, Form
from lychgate.server.model import AuditRow, User
from lychgate.server.pages.login import LogIn
from lychgate.server.pages.message import forged
from lychgate.server.pages.render import headers, render
from lychgate.server.pages.view import Frame, Person, View
from lychgate.server.people import passkeys
from lychgate.server.people.login_model import Session
from lychgate.server.secrets import digest, new_id, new_secret, same

from . import session_end, ticket

LIFETIME = 12 * 3600 * 1000  # ms that a browser stays logged in
SEEN = 60_000  # ms between two notes of its last use


@dataclass(slots=True)
class Browser:
    """``cookie`` is its value, ``fresh`` whether the answer must set it; ``user`` is who is logged in, or None."""

    engine: Engine
    call: Call
    cookie: str = field(repr=False)
    fresh: bool
    session: Session | None = None
    user: User | None = None

    @property
    def csrf(self) -> str:
        mac = hmac.new(self.engine.master.derive("forms"), self.cookie.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def sent(self, form: Form) -> bool:
        """Whether ``form`` comes from a page of ours in this very browser."""
        origin = self.call.header(b"origin")
        ours = origin is None or _is_ours(origin, self.engine, self.call)
        return ours and not self.fresh and same(form.get("csrf", "").encode(), self.csrf.encode())

    def page(self, view: View) -> Answer:
        """``view`` as an answer; a login page offers passkeys where there can be any."""
        engine, user = self.engine, self.user
        view = self._offering(view) if isinstance(view, LogIn) else view
        person = Person(name=user.name, email=user.email, superuser=user.superuser) if user else None
        host = urlsplit(engine.issuer.url).netloc
        frame = Frame(
            name=engine.issuer.display_name or ("" if engine.issuer.realm else engine.config.display_name) or host,
            host=host,
            csrf=self.csrf,
            now=engine.clock(),
            request_id=self.call.id,
            base=engine.base,
            person=person,
            contact=engine.config.contact,
        )
        return self._with_cookie(Answer(view.status, render(view, frame), _lines(headers(view))))

    def _offering(self, view: LogIn) -> View:
        party = passkeys.party_of(self.engine, self.call.header(b"host") or "")
        if party is None:
            return view
        challenge = new_secret()
        asked = ticket.make(self.engine, self.cookie, passkeys.KIND, challenge=challenge)
        hidden = ((ticket.FIELD, asked), *view.hidden)
        return replace(view, passkey=passkeys.to_use(party, (), challenge), hidden=hidden)

    def forged(self) -> Answer:
        """The answer to a form that is not ours; nothing was changed, so a cookie that another site's form came without
        stays as it is."""
        self.fresh = False
        return self.page(forged())

    def go(self, url: str) -> Answer:
        """A redirect that a form or a link leads to; it is always a GET."""
        lines = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
        return self._with_cookie(Answer(303, b"", _lines(lines)))

    def _with_cookie(self, answer: Answer) -> Answer:
        if self.fresh:
            secure = self.engine.issuer.url.startswith("https:")
            attributes = "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
            line = f"{cookie_name(self.engine)}={self.cookie}{attributes}"
            answer.headers.append((b"set-cookie", line.encode("ascii")))
        return answer

    async def log_in(self, user: User, amr: tuple[str, ...]) -> None:
        """``user`` is logged in here from now on, under a new cookie (no fixed session survives a login)."""
        engine, now, old = self.engine, self.engine.clock(), digest(self.cookie)
        self.cookie, self.fresh, self.user = new_secret(), True, user
        agent = (self.call.header(b"user-agent") or "")[:200]
        wanted = Session(
            new_id(), digest(self.cookie), user.id, amr, now, now, now, now + LIFETIME, self.call.address, agent
        )
        self.session, before = await engine.store.renew_session(old, wanted)
        session_end.ended(engine, before)

    async def log_out(self, audit: Sequence[AuditRow] = ()) -> None:
        """Nobody is logged in here any more; the logins of this session end, all but those for offline use."""
        if self.session is not None:
            await session_end.end_session(self.engine, self.session.id, audit)
        self.cookie, self.fresh, self.session, self.user = new_secret(), True, None, None


async def browser_of(engine: Engine, call: Call) -> Browser:
    """Who sent ``call``; a browser without a cookie of ours gets one."""
    value = _cookie(engine, call)
    if value is None:
        return Browser(engine, call, new_secret(), True)
    found = Browser(engine, call, value, False)
    session = await engine.store.session(digest(value))
    now = engine.clock()
    if session is None or session.expires_at <= now:
        return found
    user = await engine.store.user(session.user)  # as a page of a moment ago may have left them
    if user is None or not user.active or session.created_at < user.not_before:
        return found
    if now - session.seen_at > SEEN:
        await engine.store.see_session(session.id, now)
    found.session, found.user = session, user
    return found


def cookie_name(engine: Engine) -> str:
    """With https the name says that no other host and no plain http can have set it."""
    return "__Host-lychgate" if engine.issuer.url.startswith("https:") else "lychgate"


def _cookie(engine: Engine, call: Call) -> str | None:
    try:
        jar = SimpleCookie(call.header(b"cookie") or "")
    except CookieError:
        return None
    found = jar.get(cookie_name(engine))
    return found.value if found is not None and len(found.value) == 43 else None


def _is_ours(origin: str, engine: Engine, call: Call) -> bool:
    """Whether it is the issuer's, or for a server of this machine alone that of the name by which it was called."""
    scheme = urlsplit(engine.issuer.url).scheme
    try:
        return origin_of(origin) in (
            origin_of(engine.issuer.url),
            origin_of(f"{scheme}://{call.header(b'host') or ''}"),
        )
    except ValueError:  # the browser sends "null" or a URL; whoever sends anything else is no page of ours
        return False


def _lines(fields: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()]
