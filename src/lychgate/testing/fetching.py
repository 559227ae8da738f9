"""The promises of one that fetches a token (rows C2 to C5, C11 and C15): what the issuer may do wrong to it."""

from __future__ import annotations

import tempfile
import time
import traceback
from typing import Any
from urllib.parse import unquote_plus

from lychgate.kernel.errors import LychgateError, TransientError
from lychgate.world.auth import Auth
from lychgate.world.stores.file import FileStore

from . import faults
from .chaos import ChaosIssuer
from .recorder import Recorder
from .somebody import Somebody
from .stand import Stand, get, must, skip

PASSING = {
    "a 502": faults.status(502),
    "a 503 with Retry-After": faults.status(503, retry_after="1"),
    "half a body": faults.Fault(body=b'{"access_token": "half of a token, and then"}', cut=20),
    "no answer": faults.dropped(acted=False),
    "HTML": faults.html(),
    "JSON that is no object": faults.answer(["access_token"]),
    "a 200 with an error": faults.answer({"error": "temporarily_unavailable"}),
}
LIVES = {"none": None, "a string": "900", "zero": 0, "negative": -900, "too large": 1e99, "no number": "soon"}
AHEAD = 600.0  # seconds
PATIENCE = 5.0  # seconds for a failure to be forgotten


class Fetching(Stand):
    """Mixed into the contract; each is skipped for what asks the issuer for nothing."""

    def test_c2_a_passing_fault_of_the_issuer_is_survived(self) -> None:
        with self.world() as (made, api, issuer):
            self.fetched(made, api, issuer)
            for number, (fault, planned) in enumerate(PASSING.items()):
                ours = self.auth(self.make(issuer))
                issuer.plan(planned)
                try:
                    must(get(ours, api.url + "/ok") == 200, f"{fault} of the issuer became an answer of the API")
                except TransientError as error:
                    self.hidden("".join(traceback.format_exception(error)), [], "the error says")
                    if number == 0:  # one pause for all: a second each would make the suite slow
                        _comes_back(ours, api, fault)

    def test_c2_a_refusal_is_said_and_shows_no_secret(self) -> None:
        with self.world() as (made, api, issuer):
            self.fetched(made, api, issuer)
            sent = unquote_plus(issuer.seen[-1].body.decode())
            repeated = " ".join(secret for secret in self.secrets if secret in sent)
            issuer.plan(*[faults.refused("invalid_request", f"you sent {repeated}")] * 9)
            try:
                get(self.auth(self.make(issuer)), api.url + "/ok")
            except LychgateError as error:
                self.hidden("".join(traceback.format_exception(error)), [], "the error says")
            else:
                raise AssertionError("the issuer refused, and the call went on as if it had not")

    def test_c3_a_token_with_a_strange_life_is_used_and_not_asked_for_at_each_call(self) -> None:
        with self.world() as (made, api, issuer):
            self.fetched(made, api, issuer)
            for name, value in LIVES.items():
                issuer.changes.update(expires_in=value, expires_at=None)
                ours = self.auth(self.make(issuer))
                must(get(ours, api.url + "/ok") == 200, f"with an expires_in of {name} it fails")
                asked = issuer.token_requests
                for _ in range(2):
                    must(get(ours, api.url + "/ok") == 200, f"with an expires_in of {name} it fails the second time")
                must(issuer.token_requests == asked, f"with an expires_in of {name} each call asks for a token")

    def test_c3_the_old_refresh_token_is_kept_where_no_new_one_comes(self) -> None:
        with self.world() as (made, api, issuer):
            person = Somebody(self.answers)
            ours = self.renewable(made, api, issuer, person)
            came = person.came
            issuer.changes["refresh_token"] = None
            for _ in range(2):
                issuer.end_access()
                must(get(ours, issuer.api) == 200, "a renewal without a new refresh token lost the login")
            must(person.came == came, "a person was asked again")

    def test_c4_a_siblings_token_is_adopted_before_the_login_is_called_dead(self) -> None:
        with self.world(rotate=True, grace=0) as (made, api, issuer), tempfile.TemporaryDirectory() as folder:
            first = self.renewable(made, api, issuer, store=folder)
            second = self.auth(made, store=folder, origins=[issuer.url])
            for ours in (first, second):
                must(get(ours, issuer.api) == 200, "two that share a store do not share the login")
            issuer.end_access()
            asked = issuer.token_requests
            for ours in (first, second):
                must(get(ours, issuer.api) == 200, "a sibling's renewal killed the login")
            must(issuer.token_requests == asked + 1, "the sibling's token was not taken")

    def test_c5_one_that_dies_between_the_reply_and_the_write_loses_no_login(self) -> None:
        with self.world(rotate=True) as (made, api, issuer), tempfile.TemporaryDirectory() as folder:
            person = Somebody(self.answers)
            self.renewable(made, api, issuer, person, store=folder)
            came = person.came
            issuer.end_access()
            try:
                get(self.auth(made, store=_Deadly(folder)), issuer.api)
            except _Died:
                pass
            else:
                raise AssertionError("the token was used before it was kept")
            must(get(self.auth(made, person, store=folder), issuer.api) == 200, "the next process has no login")
            must(person.came == came, "the next process asked a person again")

    def test_c11_a_clock_ten_minutes_off_does_no_harm(self) -> None:
        for ahead in (AHEAD, -AHEAD):
            with self.world(clock=ahead) as (made, api, issuer):
                ours = self.fetched(made, api, issuer)
                asked = issuer.token_requests
                must(get(ours, api.url + "/ok") == 200, f"with the issuer's clock {ahead} s ahead it fails")
                must(issuer.token_requests == asked, f"with the issuer's clock {ahead} s ahead each call asks again")

    def fetched(self, made: Any, api: Recorder, issuer: ChaosIssuer, person: Any = None, store: Any = "memory") -> Auth:
        """In use, after its first call. Skips what has asked the issuer for nothing."""
        ours = self.auth(made, person, store, [api.url, issuer.url])
        must(get(ours, api.url + "/ok") == 200, "an API that lets everybody in answered something else")
        if not issuer.token_requests:
            skip("it fetches no token")
        return ours

    def renewable(self, made: Any, api: Recorder, issuer: ChaosIssuer, person: Any = None, store: Any = None) -> Auth:
        """The same for what has a login that renews itself. Skips the others."""
        ours = self.fetched(made, api, issuer, person, store or "memory")
        if not hasattr(made, "obtain") or ours.token().refresh is None:
            skip("its login has no refresh token")
        return ours


def _comes_back(ours: Auth, api: Recorder, fault: str) -> None:
    """The issuer is well again: after its pause the same object goes on."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return must(get(ours, api.url + "/ok") == 200, f"after {fault} it did not come back")
        except TransientError:
            must(time.monotonic() < deadline, f"{fault} of the issuer is over, and it still fails")
            time.sleep(0.1)


class _Died(BaseException):
    """The process is no more."""


class _Deadly(FileStore):
    """Whoever writes to it is dead before anything is written."""

    def save(self, key: str, record: Any) -> None:
        raise _Died
