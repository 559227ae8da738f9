"""What the two authenticators with a token have in common: one renewal for all who use the same credential."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.sources.source import Source
from lychgate.client.static import header_value
from lychgate.client.token import Token
from lychgate.kernel.errors import ConfigError
from lychgate.kernel.http import Headers, Request, Response
from lychgate.world.perform import Performer
from lychgate.world.person import person
from lychgate.world.stores import open_store

from .authenticator import Authenticator
from .connection import wire_of
from .fields import FIELDS, STATIC
from .hooked import Hooked, Rules
from .masking import auth_logger
from .step import http_check_result

GAP = 5.0  # seconds in which no token is renewed for a refusal, after a renewal did not help against one
_KEY = os.urandom(32)  # of this process: what the memory is looked up by cannot be searched for elsewhere
_memory = open_store("memory")
_unhelpful: dict[str, float] = {}  # by cache key, epoch seconds


class TokenAuthenticator(Authenticator):
    """Subclass with ``source``, or override one of the later hooks. ``token`` is the current token's text.

    ``store`` says where tokens are kept (``"file"``, a folder), as in ``lychgate.auth``; by default in memory, shared
    by all authenticators of this process that have the same credential.
    """

    HEADER: ClassVar[str] = "authHeader"
    FORMAT: ClassVar[str] = "tokenFormat"
    KEY: ClassVar[str] = "tokenKey"
    TOKEN_FIELDS: ClassVar[tuple[str, ...]] = ()

    token: str = ""
    _held: Token | None = None
    _stale: Token | None = None
    _renewed: bool = False

    def __init__(self, credentials: Any, store: Any = None, **kwargs: Any) -> None:
        super().__init__(credentials, **kwargs)
        self._store = store

    def source(self) -> Source | None:
        """Where tokens come from: any source of Lychgate, or None for no token at all.

        Where it is overridden, that source alone decides on request, token and end; a stock class goes by the fields.
        """
        return self._usual_source()

    def _usual_source(self) -> Source | None:
        raise NotImplementedError

    def get_token_fields(self) -> list[str]:
        """Names of the fields that decide which token comes."""
        return list(self.TOKEN_FIELDS)

    def generate_cache_key(self) -> str:
        """What all who share one token have in common. A secret is in it only as a digest, and only in memory."""
        names = [name for name in self.get_token_fields() if self._store is None or not FIELDS[name].secret]
        asked = repr([(name, self.credentials.fields[name]) for name in names]).encode()
        key = b"" if self._store is not None else _KEY
        return f"silo {self.get_name()} {hashlib.blake2s(asked, key=key, digest_size=16).hexdigest()}"

    def attempt_key(self) -> str:
        """What all who wait after a failure have in common: every field, since any may be what was wrong."""
        asked = repr(sorted(dict(self.credentials.fields).items())).encode()
        return f"{self.generate_cache_key()} {hashlib.blake2s(asked, key=_KEY).hexdigest()}"

    def modify_token_session(self, session: Any) -> None:
        """Whatever the token request needs, put on a ``requests.Session``: header fields, parameters, ``auth``."""

    def get_token_request_args(self) -> dict[str, Any]:
        """Arguments of ``requests.Request`` for the token request, in place of the usual ones."""
        return {}

    def process_response(self, response: Any) -> Mapping[str, Any]:
        """The object in which token and expiry are looked for; by default the reply's JSON."""
        found: Mapping[str, Any] = response.json()
        return found

    def check_if_authenticated(self) -> bool:
        return self._renewing is None or self._renewing.current() is not None

    def authenticate(self) -> bool:
        """Have a token that is valid now. Raises ``Refused``, ``TransientError``, ``ConfigError``."""
        if self._renewing is None:
            return True
        stale, self._stale = self._stale, None
        renewal = self._renewing.renewal
        self._held = self._performer.run(renewal.valid() if stale is None else renewal.after(stale))
        self._renewed = stale is not None
        self.token = self._held.access.reveal()
        self.cred_filter.update_secret("token", self.token)
        return True

    def modify_request(self, res: Any) -> bool:
        if self._renewing is not None:
            if self._held is None:
                self.authenticate()
            assert self._held is not None
            self.at_home(res)
            res.headers.update(self._renewing.renewal.carried(self._held))
        return True

    def check_result(self, result: Any) -> bool:
        """A refusal of the token that was sent has the next ``authenticate`` renew it."""
        if http_check_result(result, token=True):
            return True
        if self._renewing is not None and self._was_sent(result):
            if self._renewed:
                _unhelpful[self._renewing.renewal.key] = time.time() + GAP
            elif self.renewable(result):
                self._stale = self._held
        return False

    def renewable(self, result: Any) -> bool:
        return self._renewing is not None and time.time() >= _unhelpful.get(self._renewing.renewal.key, 0.0)

    def _was_sent(self, result: Any) -> bool:
        """Whether the response is about the token that is still ours."""
        asked = getattr(result, "request", None)
        return asked is None or any(self.token in str(part) for part in (asked.url, *asked.headers.values()))

    @cached_property
    def _renewing(self) -> Renewing | None:
        made = self.source()
        plain = type(self).source is not TokenAuthenticator.source
        return None if made is None else Renewing(Hooked(made, self, self._rules(), plain))

    @cached_property
    def _performer(self) -> Performer:
        place = _memory if self._store is None else open_store(self._store)
        return Performer(place, person("never"), wire_of(self.credentials.fields))

    def _rules(self) -> Rules:
        fields = self.credentials.fields
        selector = "" if fields["tokenAuthRefresh"] == STATIC else fields["tokenExpiresInSelector"]
        pause = fields["timeToNextRequest"]
        return Rules(fields[self.KEY], self.KEY, selector, fields["tokenRefreshTTL"], pause)

    def carried(self, token: Token) -> tuple[tuple[str, str], ...]:
        """The header fields that carry ``token``."""
        text = header_value(token.access.reveal(), self.KEY)
        return ((self.credentials.fields[self.HEADER], self.credentials.fields[self.FORMAT].replace("{}", text)),)

    def dressed(self, request: Request) -> Request:
        """The token request with the credential's header fields and what the hooks say."""
        import requests

        session = requests.Session()
        session.trust_env = False  # no .netrc
        session.headers.clear()
        session.headers.update(self.credentials.plain_headers())
        self.modify_token_session(session)
        given = self.get_token_request_args()
        ours = {name: value for name, value in request.headers.lines() if name not in session.headers}
        if given.keys() & {"json", "data", "files"}:
            ours = {name: value for name, value in ours.items() if name.lower() != "content-type"}
        else:
            given = {**given, "data": request.body}
        asked = {"method": request.method, "url": request.url, **given, "headers": {**ours, **given.get("headers", {})}}
        made = session.prepare_request(requests.Request(**asked))
        whole = made.body.encode() if isinstance(made.body, str) else made.body
        if whole is not None and not isinstance(whole, bytes):
            raise ConfigError("get_token_request_args() gives a body that is a stream; give it whole", field="data")
        lines = [(name, str(value)) for name, value in made.headers.items() if name.lower() != "content-length"]
        return Request(made.method or "POST", made.url or "", Headers(lines), whole)

    def read(self, response: Response) -> Mapping[str, Any] | None:
        """The reply's object, None where there is none."""
        import requests

        made = requests.Response()
        made.status_code, made._content, made.url = response.status, response.body, response.url
        made.headers.update(dict(response.headers))
        try:
            found = self.process_response(made)
        except ValueError:
            return None
        return found if isinstance(found, Mapping) else None

    def came(self, token: Token) -> None:
        """A token has come: masked before anybody can print it."""
        self.cred_filter.update_secret("token", token.access.reveal())
        if token.refresh is not None:
            self.cred_filter.update_secret("refresh_token", token.refresh.reveal())
        auth_logger.debug("%s: a token came from %s", self.get_name(), self._renewing and self._renewing.source.where)
