"""Refresh tokens rotate with a grace window (RFC 9700 4.14.2), and either token revokes the login (RFC 7009)."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .acts import CLIENTS, OTHER, RIGHT, WHICH
from .known import may
from .operators import Operators
from .world import GRACE


class Tokens(Operators):
    @rule(
        which=WHICH,
        back=st.sampled_from([0, 0, 0, 0, 1, 1, 2]),
        client=CLIENTS,
        scope=st.sampled_from(["", "", "write"]),
    )
    @precondition(lambda self: self.known.families)
    def a_login_is_refreshed(self, which: int, back: int, client: str, scope: str) -> None:
        self._refreshes(which, back, client, scope)

    @rule(which=WHICH, back=st.sampled_from([1, 2, 2]), seconds=st.sampled_from([0, GRACE, GRACE + 1]))
    @precondition(lambda self: self.known.families)
    def a_copy_of_an_earlier_refresh_token_is_sent(self, which: int, back: int, seconds: int) -> None:
        for _ in range(back):
            self._refreshes(which, 0, RIGHT, "")
        self.world.now += 1000 * seconds
        self._refreshes(which, back, RIGHT, "")

    @rule(which=WHICH)
    @precondition(lambda self: self.known.families)
    def a_right_is_withdrawn_between_two_refreshes(self, which: int) -> None:
        self._refreshes(which, 0, RIGHT, "")
        for _ in range(2):
            self._a_scope_is_withdrawn_or_given_back(0)
            self._refreshes(which, 0, RIGHT, "write")

    def _refreshes(self, which: int, back: int, client: str, scope: str) -> None:
        self.tick()
        family = self.known.families[-1 - which % min(4, len(self.known.families))]
        back = min(back, len(family.tokens) - 1)
        form = {"grant_type": "refresh_token", "refresh_token": family.tokens[-1 - back]}
        sender, now = self._sender(family.program, client), self.now
        left = family.scope & family.program.scope
        good = may(family.program, family.person, family.began)
        if scope and client == RIGHT and good and not back and not family.over(now):
            form["scope"] = scope
            if scope not in left and sender.active:
                return self._refused(self._post("/oauth2/token", form, sender), "invalid_scope")
            left = {scope}
        answer = self._post("/oauth2/token", form, sender)
        if not sender.active:
            return self._refused(answer, "invalid_client")
        if client == OTHER or not good or family.over(now):
            return self._refused(answer, "invalid_grant")
        if back > 1 or (back == 1 and now - family.rotated > 1000 * GRACE):
            family.revoked = True
            self.world.seen["an old refresh token again"] += 1
            return self._refused(answer, "invalid_grant")
        body = self._given(answer, family, left)
        if back == 1:
            assert body["refresh_token"] == family.tokens[-1]
            self.world.seen["the last refresh token again"] += 1
            return None
        assert body["refresh_token"] not in family.tokens
        family.tokens.append(body["refresh_token"])
        family.rotated = now
        self.world.seen["a refresh"] += 1
        return None

    @rule(which=WHICH, client=CLIENTS, refresh=st.booleans())
    @precondition(lambda self: self.known.access)
    def a_token_is_revoked(self, which: int, client: str, refresh: bool) -> None:
        self.tick()
        access = self.known.access[-1 - which % min(6, len(self.known.access))]
        family = access.family
        sender = self._sender(family.program, client)
        alive = self._alive(access)
        answer = self._post("/oauth2/revoke", {"token": family.tokens[-1] if refresh else access.text}, sender)
        if not sender.active:
            return self._refused(answer, "invalid_client")
        assert answer.status_code == 200, answer.text
        if client == RIGHT and (refresh or alive):
            self.world.seen["a revocation"] += not family.over(self.now)
            family.revoked = True
        return None

    @rule(which=WHICH)
    @precondition(lambda self: self.known.access)
    def a_token_is_looked_at(self, which: int) -> None:
        self.tick()
        self._look(self.known.access[-1 - which % len(self.known.access)])
