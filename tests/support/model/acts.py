"""What all acts of the machine need: a step of the clock, requests as a program, and the oracle's word on a token."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from .known import Access, Family, Known, Person, Program
from .world import LIFETIME, World

RIGHT, OTHER = "right", "other client"
WHICH = st.integers(0, 999)
PICK = st.integers(0, 1)
CLIENTS = st.sampled_from([RIGHT, RIGHT, RIGHT, OTHER])


class Acts(RuleBasedStateMachine):
    world: World
    reader: tuple[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.world.now += 86_400_000 - self.world.now % 1000  # every run begins on a whole second
        self.known = Known()
        self.step = 0

    def tick(self) -> None:
        self.world.now += 1
        self.world.steps += 1
        self.step += 1

    @property
    def now(self) -> int:
        return self.world.now

    def teardown(self) -> None:
        for access in self.known.access[-10:]:
            self._look(access)

    def _sender(self, program: Program, client: str) -> Program:
        return program if client == RIGHT else next(one for one in self.known.programs if one is not program)

    def _post(self, path: str, form: dict[str, str], sender: Program) -> httpx2.Response:
        if sender.secret is None:
            return self.world.http.post(path, data={**form, "client_id": sender.row.id})
        return self.world.http.post(path, data=form, auth=(sender.row.id, sender.secret))

    def _refused(self, answer: httpx2.Response, error: str) -> None:
        self.world.seen[error] += 1
        status = 401 if error == "invalid_client" else 400
        assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text

    def _began(self, answer: httpx2.Response, program: Program, person: Person, scope: set[str]) -> Family:
        left = scope & program.scope
        family = Family(program, person, left, self.step, self.now, [], self.now)
        family.tokens.append(self._given(answer, family, left)["refresh_token"])
        self.known.families.append(family)
        return family

    def _given(self, answer: httpx2.Response, family: Family, scope: set[str]) -> dict[str, Any]:
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        claims = json.loads(base64.urlsafe_b64decode(body["access_token"].split(".")[1] + "=="))
        assert set(body["scope"].split()) == set(claims["scope"].split()) == scope
        assert (claims["sub"], claims["client_id"]) == (family.person.row.id, family.program.row.id)
        assert claims["exp"] - claims["iat"] == body["expires_in"] == LIFETIME
        self.known.access.append(Access(body["access_token"], family, self.step, claims["exp"]))
        return body

    def _alive(self, access: Access) -> bool:
        family = access.family
        standing = family.program.active and family.person.active
        ended = max(family.person.ended, family.program.ended)
        return standing and access.step > ended and not family.revoked and self.now < 1000 * access.ends

    def _look(self, access: Access) -> None:
        answer = self.world.http.post("/oauth2/introspect", data={"token": access.text}, auth=self.reader)
        assert answer.json()["active"] is self._alive(access), (answer.text, access, self.now)
        self.world.seen["alive" if answer.json()["active"] else "dead"] += 1
        if not answer.json()["active"]:
            assert answer.json() == {"active": False}
