"""One person's login never takes the place of another's: not by a new login, nor where one has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from lychgate.client.authenticators.renewing import Renewing
from lychgate.client.sources.authorization_code import AuthorizationCode
from lychgate.client.token import Token, from_record
from lychgate.kernel.errors import LoginDead, Refused
from lychgate.kernel.flow import Flow
from lychgate.kernel.secret import Secret
from support.play import Play

ADA, BEN = {"subject": "1", "owner": "ada"}, {"subject": "2", "owner": "ben"}


@dataclass(eq=False)
class People:
    """A source at which these people log in, one after the other; a token of theirs never renews itself."""

    script: list[dict[str, str]] = field(default_factory=list)
    by_person: ClassVar[bool] = True
    who: str = "whoever logged in"
    where: str = "https://auth.example.org"
    command: str = "lychgate login https://auth.example.org"

    def cache_key(self) -> str:
        return "k"

    def obtain(self) -> Flow[Token]:
        yield from ()
        number = len(self.script)
        return Token(Secret(f"access-{number}"), extra=self.script.pop(0))

    def renew(self, token: Token) -> Flow[Token]:
        yield from ()
        raise LoginDead("dead", command=self.command)

    def again(self, why: LoginDead) -> Flow[Token]:
        return self.obtain()


def whose(play: Play) -> Any:
    kept = from_record(play.records.get("k"))
    return None if kept is None else kept.extra.get("owner")


def test_somebody_elses_login_is_refused_with_what_to_type_and_the_first_stays() -> None:
    play, auth = Play(), Renewing(People([ADA, BEN]))
    play.run(auth.renewal.login())
    with pytest.raises(Refused, match=r"ben logged in .* the login of ada is kept .* --as NAME") as caught:
        play.run(auth.renewal.login())
    assert caught.value.error == "another_user"
    assert whose(play) == "ada"
    assert auth.current() is not None


def test_nor_does_it_come_in_where_a_login_has_ended() -> None:
    play, auth = Play(), Renewing(People([ADA, BEN, ADA]))
    stale = play.run(auth.token())
    with pytest.raises(Refused, match="ben logged in"):
        play.run(auth.renewal.after(stale))
    assert whose(play) == "ada"


@pytest.mark.parametrize(
    ("first", "then", "refused"),
    [
        (ADA, {**ADA, "owner": "ada.l"}, False),  # she is called otherwise now, and is the same
        ({"owner": "ada"}, {"owner": "ben"}, True),  # no subject is known
        (ADA, {"subject": "2"}, True),
        ({}, BEN, False),  # nobody knows whose it was
        (ADA, {}, False),
    ],
)
def test_it_is_the_subject_that_tells_people_apart(first: Any, then: Any, refused: bool) -> None:
    play, auth = Play(), Renewing(People([first, then]))
    play.run(auth.renewal.login())
    if refused:
        with pytest.raises(Refused):
            play.run(auth.renewal.login())
    else:
        play.run(auth.renewal.login())
    assert whose(play) == (first if refused else then).get("owner")


def test_after_a_logout_anybody_may_come_in() -> None:
    play, auth = Play(), Renewing(People([ADA, BEN]))
    play.run(auth.renewal.login())
    play.run(auth.forget())
    play.run(auth.renewal.login())
    assert whose(play) == "ben"


def test_accounts_at_one_issuer_are_kept_apart() -> None:
    made = [
        AuthorizationCode(issuer="https://auth.example.org", client_id="x", account=account)
        for account in ("", "home", "work")
    ]
    assert len({one.cache_key() for one in made}) == 3
    assert made[2].command.endswith("--as work")
