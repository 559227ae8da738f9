"""The story of a login: a person comes in by the browser and by a device's code, is renewed, and leaves again."""

from __future__ import annotations

import re
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lychgate.oauth.device import GRANT as DEVICE

from .person import Person
from .program import Program
from .servers import Server, server
from .stage import Stage, Step
from .story import Story, expect

EMAIL, CLIENT = "ada@example.org", "demo"
SHORT = 3  # seconds that the tokens live
LOGGED_IN = re.compile(r"^Logged in as .*$", re.M)


@dataclass(slots=True)
class Cast:
    """Who is on the stage: the server, the home of Ada's commands, and what must never be seen in a log."""

    stage: Stage
    server: Server
    home: Path
    person: Person
    password: str
    hidden: list[str] = field(default_factory=list)

    def start(self, *arguments: str, caught: bool = True) -> Program:
        return Program(self.home, arguments, caught, self.stage.log if caught else self.stage.tell)

    def run(self, *arguments: str, status: int = 0) -> str:
        """A command of Ada's; what it printed. Raises ``StepFailed`` where it ended otherwise."""
        program = self.start(*arguments)
        ended = program.end()
        expect(f"lychgate {arguments[0]} ended with ({program.said.strip()[-300:]})", ended, status)
        return program.said.strip()

    def token(self) -> str:
        said = self.run("token", "demo")
        self.hidden.append(said)
        return said


def play(stage: Stage) -> None:
    """Play the whole story. Raises at the first step that did not do what it said."""
    with tempfile.TemporaryDirectory(prefix="lychgate-demo-") as folder, Person() as person:
        data, home = Path(folder) / "data", Path(folder) / "home"
        for made in (data, home):
            made.mkdir(mode=0o700)
        with stage.step("Start the authorization server on a free port, with SQLite in an empty folder") as step:
            running = server(stage, data)
            started = running.__enter__()
            step.figures.append(started.url)
        try:
            _scenes(Cast(stage, started, home, person, secrets.token_urlsafe(12)))
        finally:
            running.__exit__(None, None, None)


def _scenes(cast: Cast) -> None:
    cast.hidden.append(cast.password)
    with cast.stage.step("Add a user, as an operator does: lychgate user add"):
        cast.server.operate("user", "add", EMAIL, "--password-stdin", stdin=cast.password)
    with cast.stage.step(f"Register a program without a secret, with tokens of {SHORT} seconds: lychgate client add"):
        ways = [part for grant in ("authorization_code", "refresh_token", DEVICE) for part in ("--grant", grant)]
        given = ("--redirect-uri", "http://127.0.0.1", "--lifetime", str(SHORT))
        cast.server.operate("client", "add", "--id", CLIENT, "--method", "none", *ways, *given)
    with cast.stage.step("Log in with the browser: lychgate login") as step:
        _log_in(cast, step, ("--redirect-port", "0", "--profile", "demo"), _by_browser)
    _who_and_renewal(cast)
    with cast.stage.step("Log in by a code, as on a machine without a browser: lychgate login --device") as step:
        _log_in(cast, step, ("--device", "--profile", "device"), _by_code)
    _leave(cast)
    _nothing_leaked(cast)


def _log_in(cast: Cast, step: Step, options: tuple[str, ...], act: Callable[[Cast, str], None]) -> None:
    """Somebody logs in at the page that the command opens: the person who watches, or we in their place."""
    alone = cast.stage.alone
    if not alone:
        cast.stage.tell(f"The page asks who you are: {EMAIL}, with the password {cast.password}")
    program = cast.start("login", cast.server.url, "--client-id", CLIENT, *options, caught=alone)
    try:
        if alone:
            act(cast, program.link())
        expect("lychgate login ended with", program.end(), 0)
    finally:
        program.stop()
    said = LOGGED_IN.search(program.said)
    expect("lychgate login knows who it is", said is not None and EMAIL in said[0], True)
    step.figures.append(said[0] if said else "")


def _by_browser(cast: Cast, link: str) -> None:
    """The login page, the consent page, and back to the program."""
    cast.person.open(link).send(name=EMAIL, password=cast.password).send(answer="allow")


def _by_code(cast: Cast, link: str) -> None:
    """The code that the link fills in is confirmed; who has logged in a moment ago is not asked again."""
    cast.person.open(link).press()
    if cast.person.has("name", "password"):
        cast.person.send(name=EMAIL, password=cast.password).press()
    cast.person.send(answer="allow")


def _who_and_renewal(cast: Cast) -> None:
    with cast.stage.step("Ask who that is: lychgate whoami") as step:
        said = cast.run("whoami", "demo")
        expect("lychgate whoami names them", EMAIL in said, True)
        step.figures.append(f"the issuer says {EMAIL}")
    with cast.stage.step(f"Let the token of {SHORT} seconds end, and see it renewed with nobody there") as step:
        first, before = cast.token(), _renewals(cast)
        time.sleep(SHORT + 0.5)
        expect("the second token is another one", cast.token() != first, True)
        expect("renewals that the server counted meanwhile", _renewals(cast) > before, True)
        step.figures.append("another token; the refresh token before it is used up")


def _renewals(cast: Cast) -> int:
    rows = cast.server.operate_json("audit", "--client", CLIENT, "--event", "token")
    return sum(row["grant"] == "refresh_token" and row["outcome"] == "ok" for row in rows)


def _leave(cast: Cast) -> None:
    with cast.stage.step("Log the programs out: lychgate logout --all") as step:
        cast.run("logout", "--all")
        cast.run("token", "demo", status=3)
        step.figures.append("lychgate token ends with status 3: a person must log in")
    if cast.stage.alone:
        with cast.stage.step("Log the browser out, on the server's own page") as step:
            cast.person.open(f"{cast.server.url}/logout").send(answer="log_out")
            cast.person.open(f"{cast.server.url}/device").send(user_code="BCDF-GHJK")
            expect("the browser is asked who it is again", cast.person.has("name", "password"), True)
            step.figures.append("the next page asks for name and password")


def _nothing_leaked(cast: Cast) -> None:
    with cast.stage.step("Look for tokens and passwords in the server's log") as step:
        text = "\n".join(cast.server.heard)
        found = sum(hidden in text for hidden in cast.hidden)
        expect("secrets found", found, 0)
        step.figures.append(f"{len(cast.hidden)} looked for, {found} found, in {len(cast.server.heard)} lines")


STORY = Story("login", "a person logs in: by the browser, by a device's code, renewed, and out again", play)
