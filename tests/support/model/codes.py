"""The code grant: taken once, within a minute, by the client and with the verifier that it was made for.

RFC 6749 4.1.2 and 10.5, RFC 7636 4.6.
"""

from __future__ import annotations

from urllib.parse import urlencode

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from lychgate.oauth import pkce

from .acts import CLIENTS, OTHER, PICK, RIGHT, WHICH, Acts
from .known import Code, may
from .operators import BACK
from .world import PASSWORD

VERIFIER = "v" * 43
CODE_LIFE = 60  # seconds, as the server documents it


class Codes(Acts):
    @rule(who=PICK, which=PICK, wide=st.booleans())
    def a_person_allows_a_program(self, who: int, which: int, wide: bool) -> None:
        self._asks(who, which, wide)

    def _asks(self, who: int, which: int, wide: bool) -> None:
        self.tick()
        person, program = self.known.persons[who], self.known.programs[which]
        asked = {"read", "write"} if wide else {"read"}
        params = {
            "response_type": "code",
            "client_id": program.row.id,
            "redirect_uri": BACK,
            "scope": " ".join(sorted(asked)),
            "code_challenge": pkce.challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        visitor = person.visitor
        visitor.open("/oauth2/authorize?" + urlencode(params))
        if not visitor.left_to and visitor.has("password"):
            if not person.active:
                return  # a wrong try more would slow the right ones later
            visitor.log_in(person.row.email, PASSWORD)
        if not visitor.left_to and visitor.has("answer"):
            visitor.allow()
        got = visitor.params.get("code")
        allowed = may(program, person, self.step) and asked <= program.scope
        assert bool(got) == allowed, (visitor.left_to, visitor.page.status_code)
        if got:
            self.known.codes.append(Code(got, program, person, asked, self.step, self.now))

    @rule(which=WHICH, client=CLIENTS, spoilt=st.sampled_from(["", "", "", "", "code_verifier", "redirect_uri"]))
    @precondition(lambda self: self.known.codes)
    def a_code_is_sent(self, which: int, client: str, spoilt: str) -> None:
        self._sends(which, client, spoilt)

    def _sends(self, which: int, client: str, spoilt: str) -> None:
        self.tick()
        code = self.known.codes[-1 - which % min(4, len(self.known.codes))]
        form = {"grant_type": "authorization_code", "code": code.text}
        form |= {"redirect_uri": BACK, "code_verifier": VERIFIER}
        if spoilt:
            form[spoilt] += "x"
        sender = self._sender(code.program, client)
        answer = self._post("/oauth2/token", form, sender)
        if not sender.active:
            return self._refused(answer, "invalid_client")
        if client == OTHER or spoilt:
            return self._refused(answer, "invalid_grant")
        if code.family is not None:
            code.family.revoked = True
            self.world.seen["a code again"] += 1
            return self._refused(answer, "invalid_grant")
        if self.now >= code.made + 1000 * CODE_LIFE or not may(code.program, code.person, code.step):
            return self._refused(answer, "invalid_grant")
        self.world.seen["a login by code"] += 1
        code.family = self._began(answer, code.program, code.person, code.scope)
        return None

    @rule(who=PICK, which=PICK)
    def a_person_logs_in(self, who: int, which: int) -> None:
        before = len(self.known.codes)
        self._asks(who, which, True)
        if len(self.known.codes) > before:
            self._sends(0, RIGHT, "")
