"""Whether an authenticator (or a source of tokens) is right: a suite for pytest, on real sockets.

from lychgate.testing.contract import AuthenticatorContract

class TestMine(AuthenticatorContract):
    secrets = ("the-secret-text",)
    def make(self, issuer):
        return MyScheme(key="the-secret-text")

Its rows C1 to C15 are those of ``attacks`` that one authenticator can meet; one that cannot touch this kind is skipped,
with the reason.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import pickle
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import quote

import httpx2

from lychgate.client.keys import keys_of, value_of
from lychgate.kernel.errors import ConfigError, InsecureError, LychgateError
from lychgate.kernel.http import Request
from lychgate.kernel.options import options_of
from lychgate.kernel.secret import Secret
from lychgate.world.auth import Auth

from .fetching import Fetching
from .meeting import Meeting
from .recorder import Recorder
from .stand import added, everything_logged, get, must, skip, tls

MOST = 4  # requests that one call may become, however often it is refused


class AuthenticatorContract(Fetching, Meeting):
    """Subclass it, with ``make``; see ``Stand`` for what else may be said of an authenticator."""

    def test_its_credential_reaches_the_api(self) -> None:
        with self.world() as (made, api, _):
            must(get(self.auth(made), api.url + "/ok") == 200, "an API that lets everybody in answered something else")
            must(bool(added(api.arrived[-1])) == self.adds, "the request carries no credential")

    def test_awaiting_it_does_the_same(self) -> None:
        async def twice(ours: Auth, url: str) -> list[int]:
            async with httpx2.AsyncClient(auth=cast("Any", ours), trust_env=False, verify=tls()) as client:
                return [reply.status_code for reply in await asyncio.gather(client.get(url), client.get(url))]

        with self.world() as (made, api, _):
            must(asyncio.run(twice(self.auth(made), api.url + "/ok")) == [200, 200], "awaiting, it was refused")
            must(bool(added(api.arrived[-1])) == self.adds, "awaiting, the request carries no credential")

    def test_eight_threads_may_share_it(self) -> None:
        with self.world() as (made, api, issuer), ThreadPoolExecutor(8) as pool:
            ours = self.auth(made)
            got = list(pool.map(lambda _: get(ours, api.url + "/ok"), range(16)))
            must(got == [200] * 16, "threads that share it disturb one another")
            must(len(issuer.access) <= 1, f"eight threads got {len(issuer.access)} tokens, where one was enough")

    def test_c1_it_stays_at_home_when_the_api_redirects_elsewhere(self) -> None:
        with self.world() as (made, api, _), Recorder() as other:
            ours = self.auth(made)
            get(ours, api.url + "/ok")
            seen = added(api.arrived[-1])
            get(ours, f"{api.url}/away?to={quote(other.url + '/ok')}")
            must(bool(other.arrived), "the redirect was not followed")
            for arrived in other.arrived:
                must(not added(arrived), "what it adds went to another origin")
                self.hidden(f"{arrived.query} {arrived.headers}", [*seen.values()], "another origin got")

    def test_c9_a_profile_takes_its_secrets_by_reference_alone_and_names_a_field_that_does_not_fit(self) -> None:
        with self.world() as (made, _, _):
            if not dataclasses.is_dataclass(made):
                skip("a profile does not describe it")
            for key in keys_of(type(made)):
                held = getattr(made, key.name, None)
                clear = isinstance(held, str) and any(secret in held for secret in self.secrets)
                must(not clear, f"{key.name} holds a secret as a plain text: say Secret | str, and wrap it")
                must(not isinstance(held, Secret) or key.secret, f"{key.name} is a secret that its type does not tell")
                _refused(key, "hunter2-in-clear" if key.secret else b"of no type of TOML")

    def test_c10_nothing_shows_a_secret(self) -> None:
        with self.world() as (made, api, _), everything_logged() as lines:
            ours = self.auth(made)
            get(ours, api.url + "/ok?a=1")
            seen = [*added(api.arrived[-1]).values()]
            get(ours, api.url + "/refuse")
            said = [repr(made), str(made), f"{made}", repr(ours), ours.explain(api.url), *lines]
            try:
                ours.headers("https://elsewhere.example.org/")
            except LychgateError as error:
                said += traceback.format_exception(error)
            self.hidden("\n".join(said), seen, "a text of it or a line of the log shows")

    def test_c10_a_copy_takes_no_secret_along(self) -> None:
        with self.world() as (made, _, _):
            try:
                kept = pickle.dumps(made)
            except (TypeError, AttributeError, pickle.PicklingError):
                return
            self.hidden(repr(kept), [], "a pickle holds")

    def test_c12_a_netrc_for_the_same_host_does_not_replace_it(self) -> None:
        with self.world() as (made, api, _), tempfile.NamedTemporaryFile("w", suffix="netrc") as netrc:
            netrc.write("machine 127.0.0.1 login intruder password of-the-intruder\n")
            netrc.flush()
            os.chmod(netrc.name, 0o600)
            with patch.dict(os.environ, {"NETRC": netrc.name, "NO_PROXY": "127.0.0.1"}):
                ours = self.auth(made)
                get(ours, api.url + "/ok", trust_env=True)
                _with_requests(ours, api.url + "/ok")
            for arrived in api.arrived:
                theirs = "aW50cnVkZXI6b2YtdGhlLWludHJ1ZGVy"  # the two words, as Basic has them
                must(theirs not in str(arrived.headers), "the .netrc's password was sent in its place")
            must(bool(added(api.arrived[-1])) == self.adds, "with a .netrc the request carries no credential")

    def test_c13_it_is_not_sent_in_clear_text(self) -> None:
        with self.world() as (made, _, _):
            try:
                self.auth(made).headers("http://api.example.org/ok")
            except InsecureError:
                return
            must(not self.adds, "plain http to a host that is not loopback was not refused")

    def test_c14_a_body_that_is_gone_is_not_sent_a_second_time(self) -> None:
        with self.world() as (made, api, _):
            ours = self.auth(made)
            if self.challenge:
                get(ours, api.url + "/ok")
            before = len(api.arrived)
            try:
                with httpx2.Client(auth=cast("Any", ours), trust_env=False, verify=tls()) as client:
                    client.post(api.url + "/refuse", content=iter([b"one ", b"stream"]))
            except LychgateError as error:
                self.hidden(str(error), [], "the error says")
            must([arrived.body for arrived in api.arrived[before:]] == [b"one stream"], "the stream was sent again")

    def test_c15_an_api_that_names_a_strange_issuer_gets_nothing_for_it(self) -> None:
        with Recorder() as strange:
            named = f'Bearer error="invalid_token", resource_metadata="{strange.url}/metadata"'
            with self.world(named) as (made, api, _):
                get(self.auth(made), api.url + "/refuse")
                must(not strange.arrived, "it went to whatever the API named")
                paths = {arrived.path for arrived in api.arrived}
                must(paths == {"/refuse"}, f"it asked the API for more than the caller did: {sorted(paths)}")

    def test_a_refusal_is_given_back_and_not_asked_for_ever(self) -> None:
        with self.world() as (made, api, _):
            must(get(self.auth(made), api.url + "/refuse") == 401, "a refusal did not come back as the 401 that it is")
            must(len(api.arrived) <= MOST, f"one call became {len(api.arrived)} requests")

    def test_its_options_describe_themselves(self) -> None:
        with self.world() as (made, _, _):
            cls = type(made)
            must(dataclasses.is_dataclass(cls), "it is no dataclass: a profile cannot describe it")
            must(bool(cls.__dataclass_params__.frozen), "it can be changed: make it frozen")
            bare = [option.name for option in options_of(cls) if not option.help]
            must(not bare, f"no sentence says what they are: {', '.join(bare)} (use Annotated[..., 'what it is'])")

    def test_the_fast_way_and_the_slow_way_agree(self) -> None:
        with self.world() as (made, api, _):
            ours = self.auth(made)
            get(ours, api.url + "/ok")
            authenticator, request = ours._credential.authenticator, Request("GET", api.url + "/ok")
            fast = authenticator.ready(request)
            if fast is None or authenticator.signs:
                return
            slow = ours._credential.performer.run(authenticator.prepare(request))
            must((slow.url, slow.headers.lines()) == (fast.url, fast.headers.lines()), "ready and prepare differ")


def _refused(key: Any, value: Any) -> None:
    try:
        value_of(key, value)
    except ConfigError as error:
        must(error.field == key.name, f"the error for {key.name} does not name it")
        must("hunter2" not in str(error), f"the error for {key.name} repeats the secret")
    else:
        raise AssertionError(f"a profile took something that does not fit for {key.name}")


def _with_requests(ours: Auth, url: str) -> None:
    """The same call by requests, which reads ``.netrc`` for whatever has no credential; where it is installed."""
    try:
        import requests
    except ImportError:
        return
    requests.get(url, auth=ours, timeout=10)
