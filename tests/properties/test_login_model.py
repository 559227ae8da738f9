"""All that happens to logins, in random order, against a small oracle written from the RFCs and the design.

The real application on SQLite answers in this process through its ASGI callable; its clock is ours. What the oracle
knows: a code is taken once and lives a minute (RFC 6749 4.1.2, 10.5), a device is answered by RFC 8628 3.5, refresh
tokens rotate with a grace window (RFC 9700 4.14.2), either token revokes the login (RFC 7009), whoever is disabled
loses all that was given before, and each grant asks again who may have what.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from lychgate.oauth import pkce
from lychgate.oauth.device import GRANT as DEVICE
from lychgate.server import accounts, clients
from lychgate.server.actor import Actor
from lychgate.server.app import App
from lychgate.server.configure import load
from lychgate.server.engine import MAIN, Engine, open_engine
from lychgate.server.model import Client, User
from lychgate.server.prepare import prepare
from lychgate.server.secrets import new_id
from support.person import PersonAtBrowser

SEED, RUNS, STEPS = 20_261_124, 75, 100  # over 10,000 steps, for a run may end early
PORT, BACK, PASSWORD, VERIFIER = 8080, "http://127.0.0.1:8888", "hunter2", "v" * 43
LIFETIME, GRACE, IDLE, ABSOLUTE = 300, 30, 3600, 4 * 3600  # seconds, as configured below
CODE_LIFE, DEVICE_LIFE = 60, 600  # seconds, as the server documents them
GROUP, ACTOR = "staff", Actor("operator model")
SEEN = (  # what must have happened for the run to mean something
    *("a login by code", "a login by device", "a refresh", "a revocation", "alive", "dead"),
    *("a code again", "the last refresh token again", "an old refresh token again"),
    *("invalid_client", "invalid_grant", "invalid_scope", "slow_down", "authorization_pending", "access_denied"),
    "expired_token",
)
RIGHT, OTHER = "right", "other client"


class Wire(httpx2.BaseTransport):
    """Blocking requests to the application, each on the loop on which its engine lives."""

    def __init__(self, app: App, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = httpx2.ASGITransport(app=app), loop

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._loop.run_until_complete(self._answer(request))

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


class World:
    """The server under test, what operators do to it, and its clock (``now``, ms)."""

    def __init__(self, data: Path) -> None:
        self.loop = asyncio.new_event_loop()
        config = load(
            {
                "data": data,
                "port": PORT,
                "lifetime": LIFETIME,
                "grace": GRACE,
                "refresh_idle": IDLE,
                "refresh_absolute": ABSOLUTE,
            }
        )
        self.does(prepare(config, PORT))
        found = self.does(open_engine(config))
        self.now = found.clock() + 1000
        self.engine = Engine(config, found.store, found.master, found.issuer, lambda: self.now)
        self.app = App(self.engine, PORT)
        self.does(self._begin())
        self.hash = self.does(self.engine.passwords.hash(PASSWORD))
        self.url = self.engine.issuer.url
        self.http = httpx2.Client(base_url=self.url, transport=Wire(self.app, self.loop))
        self.steps, self.seen = 0, Counter[str]()

    async def _begin(self) -> None:
        """As ``engine.start`` does, but for the tidying, which goes by the clock on the wall."""
        await self.engine.feed.start()
        await self.engine.load()
        self.engine.audit.start()

    def does(self, act: Any) -> Any:
        return self.loop.run_until_complete(act)

    def operates(self, act: Any) -> Any:
        found = self.does(act)
        self.does(self.engine.catch_up())
        return found

    def close(self) -> None:
        self.does(self.engine.stop())
        self.loop.close()


class Visitor(PersonAtBrowser):
    """A person whose browser talks to the application in this process."""

    def __init__(self, world: World) -> None:
        self.home, self.left_to, self.page = world.url, "", None
        self._client = httpx2.Client(
            transport=Wire(world.app, world.loop), base_url=world.url, follow_redirects=False, cookies=CookieJar()
        )

    def has(self, name: str) -> bool:
        return f'name="{name}"' in self.page.text


# --- what the oracle knows


@dataclass
class Person:
    row: User
    visitor: Visitor
    active: bool = True
    in_group: bool = True
    ended: int = -1  # the step at which all that was given before died


@dataclass
class Program:
    row: Client
    secret: str | None
    limited: bool
    active: bool = True
    writes: bool = True
    ended: int = -1

    @property
    def scope(self) -> set[str]:
        return {"read", "write"} if self.writes else {"read"}


@dataclass
class Family:
    program: Program
    person: Person
    scope: set[str]
    began: int  # step
    made: int  # ms
    tokens: list[str]
    rotated: int
    revoked: bool = False

    def over(self, now: int) -> bool:
        return self.revoked or now >= min(self.made + 1000 * ABSOLUTE, self.rotated + 1000 * IDLE)


@dataclass
class Access:
    text: str
    family: Family
    step: int
    ends: int  # seconds


@dataclass
class Code:
    text: str
    program: Program
    person: Person
    scope: set[str]
    step: int
    made: int
    family: Family | None = None


@dataclass
class Device:
    code: str
    link: str
    program: Program
    scope: set[str]
    made: int
    state: str = "waiting"
    person: Person | None = None
    decided: int = -1
    interval: int = 5
    polled: int = 0


@dataclass
class Known:
    persons: list[Person] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    codes: list[Code] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    families: list[Family] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)


def may(program: Program, person: Person, given: int) -> bool:
    """May ``program`` go on for ``person`` with what was given at this step?"""
    in_group = person.in_group or not program.limited
    return program.active and person.active and in_group and given > max(person.ended, program.ended)


WHICH = st.integers(0, 999)
PICK = st.integers(0, 1)
CLIENTS = st.sampled_from([RIGHT, RIGHT, RIGHT, OTHER])


class Logins(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.world.now += 86_400_000 - self.world.now % 1000  # every run begins on a whole second
        self.known = Known()
        self.step = 0

    @initialize()
    def people_and_programs(self) -> None:
        for name in ("ada", "bob"):
            self.known.persons.append(self._person(f"{name}-{new_id()}@example.org"))
        self.known.programs = [self._program(public=True), self._program(public=False)]
        self.reader = self._reader()
        for which in (0, 1):
            self.a_person_logs_in(which, which)

    def _person(self, email: str) -> Person:
        engine, world = self.world.engine, self.world
        row = User(new_id(), email, email, world.hash, groups=(GROUP,), created_at=world.now)
        return Person(world.operates(engine.store.add_user(row)), Visitor(world))

    def _program(self, public: bool) -> Program:
        client = Client(
            MAIN,
            new_id(),
            "program",
            methods=frozenset({"none" if public else "client_secret_basic"}),
            grants=frozenset({"authorization_code", "refresh_token", DEVICE}),
            redirect_uris=(BACK,),
            scopes=("read", "write"),
            groups=() if public else (GROUP,),
        )
        made = self.world.operates(clients.add(self.world.engine, ACTOR, client))
        return Program(made.client, made.secret, limited=not public)

    def _reader(self) -> tuple[str, str]:
        client = Client(MAIN, new_id(), "reader", resources=(self.world.url,))
        made = self.world.operates(clients.add(self.world.engine, ACTOR, client))
        return made.client.id, made.secret

    # --- time and steps

    def tick(self) -> None:
        self.world.now += 1
        self.world.steps += 1
        self.step += 1

    @property
    def now(self) -> int:
        return self.world.now

    @rule(seconds=st.sampled_from([1, 1, 4, 5, 5, 10, 11, 29, 30, 31, 59, 61, 299, 301, 599, 601]))
    def time_passes(self, seconds: int) -> None:
        self.tick()
        self.world.now += 1000 * seconds

    @rule(seconds=st.sampled_from([IDLE - 1, IDLE + 1, ABSOLUTE + 1, 13 * 3600]))
    @precondition(lambda self: self.step % 7 == 0)
    def much_time_passes(self, seconds: int) -> None:
        self.tick()
        self.world.now += 1000 * seconds

    # --- what operators do

    @rule(what=st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3, 4, 5]), which=PICK)
    def an_operator_acts(self, what: int, which: int) -> None:
        self.tick()
        acts = [
            self._all_is_put_right,
            self._a_user_is_disabled_or_enabled,
            self._a_client_is_disabled_or_enabled,
            self._a_user_leaves_or_joins_the_group,
            self._a_scope_is_withdrawn_or_given_back,
            self._a_password_is_set_anew,
        ]
        acts[what](which)

    def _a_user_is_disabled_or_enabled(self, which: int) -> None:
        person = self.known.persons[which]
        person.active = not person.active
        if not person.active:
            self._ends(person)
        self._edit_user(person, active=person.active)

    def _a_client_is_disabled_or_enabled(self, which: int) -> None:
        program = self.known.programs[which]
        program.active = not program.active
        if not program.active:
            self._ends(program)
        self._edit_client(program, active=program.active)

    def _a_user_leaves_or_joins_the_group(self, which: int) -> None:
        person = self.known.persons[which]
        person.in_group = not person.in_group
        self._edit_user(person, groups=(GROUP,) if person.in_group else ())

    def _a_scope_is_withdrawn_or_given_back(self, which: int) -> None:
        program = self.known.programs[which]
        program.writes = not program.writes
        self._edit_client(program, scopes=tuple(sorted(program.scope)))

    def _all_is_put_right(self, which: int) -> None:
        for person in self.known.persons:
            person.active = person.in_group = True
            self._edit_user(person, active=True, groups=(GROUP,))
        for program in self.known.programs:
            program.active = program.writes = True
            self._edit_client(program, active=True, scopes=("read", "write"))

    def _a_password_is_set_anew(self, which: int) -> None:
        person = self.known.persons[which]
        self._ends(person)
        self._edit_user(person, not_before=self.now)

    def _ends(self, one: Person | Program) -> None:
        """All that was given before dies. Never twice in a second: a JWT is dated to the second (RFC 7519 2)."""
        one.ended = self.step
        self.world.now += 1000

    def _edit_user(self, person: Person, **changes: Any) -> None:
        person.row = self.world.operates(accounts.edit(self.world.engine, ACTOR, person.row, changes))

    def _edit_client(self, program: Program, **changes: Any) -> None:
        program.row = self.world.operates(clients.edit(self.world.engine, ACTOR, program.row, changes)).client

    # --- the code grant

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
        visitor = person.visitor.open("/oauth2/authorize?" + urlencode(params))
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

    # --- the device grant

    @rule(which=PICK)
    def a_device_asks(self, which: int) -> None:
        self._device_asks(which)

    def _device_asks(self, which: int) -> None:
        self.tick()
        program = self.known.programs[which]
        answer = self._post("/oauth2/device", {"scope": "read"}, program)
        if not program.active:
            return self._refused(answer, "invalid_client")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        device = Device(body["device_code"], body["verification_uri_complete"], program, {"read"}, self.now)
        self.known.devices.append(device)
        return None

    def _waiting(self) -> list[Device]:
        end = self.now - 1000 * DEVICE_LIFE + 1
        return [one for one in self.known.devices if one.state == "waiting" and one.made > end]

    @rule(who=PICK, which=WHICH, allows=st.sampled_from([True, True, False]))
    @precondition(lambda self: self._waiting())
    def a_person_decides_about_a_device(self, who: int, which: int, allows: bool) -> None:
        self.tick()
        waiting, person = self._waiting(), self.known.persons[who]
        if not waiting or not person.active:
            return
        self._decides(waiting[which % len(waiting)], person, allows)

    @rule(who=PICK, which=PICK, allows=st.sampled_from([True, True, False]))
    def a_device_asks_and_a_person_decides(self, who: int, which: int, allows: bool) -> None:
        before = len(self.known.devices)
        self._device_asks(which)
        self.tick()
        if len(self.known.devices) > before and self.known.persons[who].active:
            self._decides(self.known.devices[-1], self.known.persons[who], allows)

    def _decides(self, device: Device, person: Person, allows: bool) -> None:
        visitor = person.visitor
        visitor.open(device.link)
        self._types_code(visitor)
        if visitor.has("password"):
            visitor.log_in(person.row.email, PASSWORD)
            if not visitor.has("answer"):
                self._types_code(visitor)
        asked = visitor.has("answer")
        assert asked == may(device.program, person, self.step), visitor.page.text
        if asked:
            visitor.send({"answer": "allow" if allows else "refuse"})
            device.state, device.person, device.decided = "allowed" if allows else "refused", person, self.step

    def _types_code(self, visitor: Visitor) -> None:
        if visitor.has("user_code"):
            visitor.send({"user_code": visitor.form(names={"user_code"}).fields["user_code"]})

    @rule(which=WHICH, client=CLIENTS)
    @precondition(lambda self: self.known.devices)
    def a_device_polls(self, which: int, client: str) -> None:
        self.tick()
        device = self.known.devices[-1 - which % min(3, len(self.known.devices))]
        sender = self._sender(device.program, client)
        answer = self._post("/oauth2/token", {"grant_type": DEVICE, "device_code": device.code}, sender)
        if not sender.active:
            return self._refused(answer, "invalid_client")
        if client == OTHER:
            return self._refused(answer, "invalid_grant")
        if self.now >= device.made + 1000 * DEVICE_LIFE:
            return self._refused(answer, "expired_token")
        early = device.state != "done" and self.now < device.polled + 1000 * device.interval
        device.polled = self.now
        if early:
            device.interval += 5
            return self._refused(answer, "slow_down")
        said = {"waiting": "authorization_pending", "refused": "access_denied", "done": "invalid_grant"}
        if device.person is None or device.state in said:
            return self._refused(answer, said[device.state])
        if not may(device.program, device.person, device.decided):
            return self._refused(answer, "invalid_grant")
        device.state = "done"
        self.world.seen["a login by device"] += 1
        self._began(answer, device.program, device.person, device.scope)
        return None

    # --- what is done with tokens

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

    def teardown(self) -> None:
        for access in self.known.access[-10:]:
            self._look(access)

    # --- what all of them need

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


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("model") / "data")
    yield made
    made.close()


def test_ten_thousand_steps_of_logins_in_random_order_end_as_the_oracle_says(world: World) -> None:
    machine = seed(SEED)(type("Machine", (Logins,), {"world": world}))
    print(f"seed {SEED}")
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=False,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(f"{world.steps} steps: {dict(world.seen)}")
    assert world.steps >= 10_000
    assert not [name for name in SEEN if not world.seen[name]], world.seen
