"""Time passes, and operators disable, enable, limit and end what was given before."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from lychgate.oauth.device import GRANT as DEVICE
from lychgate.server.actor import Actor
from lychgate.server.engine import MAIN
from lychgate.server.model import Client, User
from lychgate.server.people import accounts
from lychgate.server.programs import clients
from lychgate.server.secrets import new_id

from .acts import PICK, Acts
from .known import Person, Program
from .world import ABSOLUTE, IDLE, Visitor

BACK, GROUP, ACTOR = "http://127.0.0.1:8888", "staff", Actor("operator model")


class Operators(Acts):
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

    @rule(seconds=st.sampled_from([1, 1, 4, 5, 5, 10, 11, 29, 30, 31, 59, 61, 299, 301, 599, 601]))
    def time_passes(self, seconds: int) -> None:
        self.tick()
        self.world.now += 1000 * seconds

    @rule(seconds=st.sampled_from([IDLE - 1, IDLE + 1, ABSOLUTE + 1, 13 * 3600]))
    @precondition(lambda self: self.step % 7 == 0)
    def much_time_passes(self, seconds: int) -> None:
        self.tick()
        self.world.now += 1000 * seconds

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
        """All that was given before dies, and what was given after another ending in this same second."""
        one.ended = self.step

    def _edit_user(self, person: Person, **changes: Any) -> None:
        person.row = self.world.operates(accounts.edit(self.world.engine, ACTOR, person.row, changes))

    def _edit_client(self, program: Program, **changes: Any) -> None:
        program.row = self.world.operates(clients.edit(self.world.engine, ACTOR, program.row, changes)).client
