"""What the conformance suite's RP-Initiated Logout plan checks, named after its modules (oidcc-rp-initiated-...).

The answer is always one of three: back to the client, a page of ours that asks, or a page that says what is wrong.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx2
import pytest

from lychgate.oauth import jose
from support.person import PersonAtBrowser
from support.relying import PASSWORD, Relying, finish, register, relying
from support.server import Server

AFTER = "https://rp.example.org/after"
BOB = "bob@example.org"


@dataclass
class Visit:
    """A person who has logged in at a client: the browser, and what the client got."""

    rp: Relying
    person: PersonAtBrowser
    tokens: dict[str, Any]

    def go(self, **params: str) -> PersonAtBrowser:
        return self.person.open(f"{self.rp.server.url}/logout?{urlencode(params)}")

    @property
    def hint(self) -> str:
        return str(self.tokens["id_token"])

    @property
    def refreshes(self) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        reply = self.rp.server.post("/oauth2/token", form, basic=self.rp.pair)
        if reply.status == 200:
            self.tokens |= reply.json()
        else:
            assert reply.error == "invalid_grant"
        return reply.status == 200

    @property
    def logged_in(self) -> bool:
        return 'name="password"' not in self.person.open(self.rp.address()).page.text


@pytest.fixture(scope="module")
def rp(op: Server) -> Relying:
    return relying(
        op, grant_types=["authorization_code", "refresh_token"], post_logout_redirect_uris=[AFTER, f"{AFTER}?a=1"]
    )


@pytest.fixture
def visit(rp: Relying) -> Visit:
    return visiting(rp)


def visiting(rp: Relying, person: PersonAtBrowser | None = None, email: str = "ada@example.org") -> Visit:
    person = person or PersonAtBrowser(rp.server.url)
    finish(person.open(rp.address()), email)
    return Visit(rp, person, rp.redeem(person).json())


def is_ended(visit: Visit) -> bool:
    return not visit.logged_in and not visit.refreshes


def assert_untouched(visit: Visit) -> None:
    assert not visit.person.left_to.startswith(AFTER)
    assert visit.logged_in
    assert visit.refreshes


def test_oidcc_discovery_names_where_to_log_out(op: Server) -> None:
    found = op.get("/.well-known/openid-configuration").json()
    assert found["end_session_endpoint"] == f"{op.issuer}/logout"
    assert (found["backchannel_logout_supported"], found["backchannel_logout_session_supported"]) == (True, True)
    assert found["frontchannel_logout_supported"] is False


def test_oidcc_rp_initiated_logout(visit: Visit) -> None:
    assert visit.tokens["refresh_token"]
    assert visit.refreshes
    visit.go(id_token_hint=visit.hint, post_logout_redirect_uri=AFTER, state="s &+1")
    assert visit.person.left_to == f"{AFTER}?state=s+%26%2B1"
    assert is_ended(visit)


def test_oidcc_rp_initiated_logout_by_post(visit: Visit) -> None:
    """As a browser sends it from another site: without the cookie, and then with it where the redirect leads."""
    form = {"id_token_hint": visit.hint, "post_logout_redirect_uri": AFTER, "state": "p"}
    with httpx2.Client() as stranger:
        answer = stranger.post(f"{visit.rp.server.url}/logout", data=form, headers={"Origin": "https://rp.example.org"})
    assert (answer.status_code, answer.headers.get("set-cookie")) == (303, None)
    assert visit.hint not in answer.headers["location"]
    visit.person.open(urljoin(visit.rp.server.url, answer.headers["location"]))
    assert visit.person.left_to == f"{AFTER}?state=p"
    assert is_ended(visit)


def test_an_expired_hint_will_do(visit: Visit) -> None:
    time.sleep(max(0.0, jose.peek(visit.hint)[1]["exp"] - time.time() + 0.1))
    visit.go(id_token_hint=visit.hint, post_logout_redirect_uri=AFTER)
    assert visit.person.left_to == AFTER
    assert is_ended(visit)


def test_oidcc_rp_initiated_logout_no_state(visit: Visit) -> None:
    assert visit.go(id_token_hint=visit.hint, post_logout_redirect_uri=f"{AFTER}?a=1").left_to == f"{AFTER}?a=1"


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(visit: Visit) -> None:
    page = visit.go(id_token_hint=visit.hint, state="s").page
    assert (visit.person.left_to, "You are logged out" in page.text) == ("", True)
    assert is_ended(visit)


@pytest.mark.parametrize("params", [{}, {"state": "s"}, {"logout_hint": "ada", "ui_locales": "de fr"}])
def test_oidcc_rp_initiated_logout_no_params_and_only_state(visit: Visit, params: dict[str, str]) -> None:
    asked = visit.go(**params)
    assert "Log out of" in asked.page.text
    assert_untouched(visit)
    visit.go(**params).send({"answer": "log_out"})
    assert "You are logged out" in visit.person.page.text
    assert is_ended(visit)


def test_oidcc_rp_initiated_logout_no_id_token_hint(visit: Visit) -> None:
    """Nobody says which client it is, so there is nowhere to go on to; the person is asked all the same."""
    asked = visit.go(post_logout_redirect_uri=AFTER, state="s")
    assert "Log out of" in asked.page.text
    asked.send({"answer": "log_out"})
    assert (asked.left_to, "You are logged out" in asked.page.text, AFTER in asked.page.text) == ("", True, False)
    assert is_ended(visit)


def test_a_client_id_in_place_of_a_hint_has_the_person_asked(visit: Visit) -> None:
    asked = visit.go(client_id=visit.rp.id, post_logout_redirect_uri=AFTER, state="s")
    assert "A relying party" in asked.page.text
    assert visit.hint not in asked.page.text
    asked.send({"answer": "stay"})
    assert_untouched(visit)
    visit.go(client_id=visit.rp.id, post_logout_redirect_uri=AFTER, state="s").send({"answer": "log_out"})
    assert visit.person.left_to == f"{AFTER}?state=s"
    assert is_ended(visit)


def modified(token: str) -> str:
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


@pytest.mark.parametrize(
    "uri",
    [
        f"{AFTER}/",
        f"{AFTER}?b=2",
        f"{AFTER}#x",
        f"{AFTER}?a=1&a=1",
        "https://RP.example.org/after",
        "javascript:alert(1)",
    ],
)
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri_and_query_added(visit: Visit, uri: str) -> None:
    page = visit.go(id_token_hint=visit.hint, post_logout_redirect_uri=uri, state="s").page
    assert (page.status_code, "You were not logged out" in page.text) == (400, True)
    assert_untouched(visit)


def test_oidcc_rp_initiated_logout_modified_and_bad_id_token_hint(visit: Visit) -> None:
    for hint in (modified(visit.hint), "nonsense", visit.tokens["access_token"], "a.b.c"):
        page = visit.go(id_token_hint=hint, post_logout_redirect_uri=AFTER).page
        assert (page.status_code, "You were not logged out" in page.text) == (400, True)
        assert_untouched(visit)


def test_a_hint_of_another_client_than_is_named_is_refused(visit: Visit) -> None:
    other = relying(visit.rp.server, post_logout_redirect_uris=[AFTER])
    assert visit.go(id_token_hint=visit.hint, client_id=other.id).page.status_code == 400
    assert visit.go(client_id="nobody", post_logout_redirect_uri=AFTER).page.status_code == 400
    assert visit.go(id_token_hint=visit.hint, client_id=visit.rp.id, post_logout_redirect_uri=AFTER).left_to == AFTER


def test_a_hint_of_another_user_has_the_person_asked(visit: Visit) -> None:
    bob = visiting(visit.rp, email=BOB)
    asked = visit.go(id_token_hint=bob.hint, post_logout_redirect_uri=AFTER)
    assert "Log out of" in asked.page.text
    assert "ada" in asked.page.text
    assert_untouched(visit)
    assert_untouched(bob)


def test_a_hint_of_another_browser_of_the_same_user_has_the_person_asked(visit: Visit) -> None:
    elsewhere = visiting(visit.rp)
    assert "Log out of" in visit.go(id_token_hint=elsewhere.hint).page.text
    assert_untouched(visit)
    assert_untouched(elsewhere)


def test_who_is_logged_out_already_is_brought_back_at_once_with_a_hint_and_by_a_link_without(visit: Visit) -> None:
    visit.go(id_token_hint=visit.hint)
    assert visit.go(id_token_hint=visit.hint, post_logout_redirect_uri=AFTER).left_to == AFTER
    page = visit.go(client_id=visit.rp.id, post_logout_redirect_uri=AFTER).page
    assert (visit.person.left_to, f'href="{AFTER}"' in page.text) == ("", True)


def test_a_form_of_another_site_logs_nobody_out_and_leaves_the_cookie(visit: Visit) -> None:
    """Row 29: with a token that is none of ours, with none, and with a request that is none."""
    url = f"{visit.rp.server.url}/logout"
    with httpx2.Client() as stranger:
        forged = stranger.post(url, data={"csrf": "x", "answer": "log_out"})
        empty = stranger.post(url, data={"answer": "log_out"})
    assert (forged.status_code, forged.headers.get("set-cookie")) == (403, None)
    assert (empty.status_code, empty.headers["location"]) == (303, "/logout")
    assert visit.go(request="AAAA").page.status_code == 400
    assert visit.go(request="\u00e9").page.status_code == 400
    assert_untouched(visit)


def test_a_login_anew_in_the_same_browser_is_reached_by_the_logout_with_all_before_it(visit: Visit) -> None:
    """Row 15: the refresh token of before the second login too."""
    again = visit.person.open(visit.rp.address(prompt="login")).log_in("ada", PASSWORD)
    tokens = visit.rp.redeem(again).json()
    assert visit.refreshes
    visit.go(id_token_hint=tokens["id_token"])
    assert is_ended(visit)


def test_another_user_who_logs_in_here_ends_what_came_of_the_one_before(visit: Visit) -> None:
    """Row 30."""
    person = visit.person.open(visit.rp.address(prompt="login"))
    finish(person, BOB)
    assert not visit.refreshes


def test_a_code_that_was_not_redeemed_is_worth_nothing_after_the_logout(visit: Visit) -> None:
    person = visit.person.open(visit.rp.address())
    code = person.params["code"]
    visit.go(id_token_hint=visit.hint)
    person.left_to = f"https://rp.example.org/back?code={code}"
    assert visit.rp.redeem(person).error == "invalid_grant"


def test_a_login_for_offline_use_goes_on(op: Server) -> None:
    rp = relying(op, grant_types=["authorization_code", "refresh_token"], post_logout_redirect_uris=[AFTER])
    person = rp.visit(scope="openid offline_access")
    found = Visit(rp, person, rp.redeem(person).json())
    found.go(id_token_hint=found.hint, post_logout_redirect_uri=AFTER)
    assert (person.left_to, found.refreshes, found.logged_in) == (AFTER, True, False)


@pytest.mark.parametrize(
    "uri",
    [
        "http://rp.example.org/after",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        f"{AFTER}#x",
        "https://u@rp.example.org/",
    ],
)
def test_a_place_to_go_on_to_is_checked_at_registration(op: Server, uri: str) -> None:
    """Row 3, and plain http on this machine alone."""
    reply = register(op, post_logout_redirect_uris=[uri])
    assert (reply.status, reply.error) == (400, "invalid_client_metadata")
    assert register(op, post_logout_redirect_uris=["http://127.0.0.1:8000/after", AFTER]).status == 201
