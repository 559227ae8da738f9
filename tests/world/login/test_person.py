"""How a person is reached: the link is always shown, what works where we are is done, and nothing ever hangs."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest

from lychgate.kernel.errors import ConfigError, LoginNeeded, Refused
from lychgate.kernel.flow import Flow, done
from lychgate.kernel.steps import Ask, Reach, Show, Sleep, Tell, Visit
from lychgate.oauth.authorization import Mismatch
from lychgate.world import person as people
from lychgate.world.perform import Performer
from lychgate.world.person import Person, person
from lychgate.world.stores.memory import MemoryStore
from lychgate.world.surroundings import Surroundings
from support.terminal import python_at_terminal

ISSUER = "https://auth.example.org"
DESK = Surroundings("desktop", browser=True)
FAR = Surroundings("ssh", terminal=True)
COMMAND = "lychgate login climate"


def driven(who: Person) -> Performer:
    return Performer(MemoryStore(), who)


def finish(params: Mapping[str, str]) -> Flow[str]:
    if params["state"] != "right":
        raise Mismatch("another state")
    if "error" in params:
        raise Refused("the issuer said no")
    return done(params["code"])


def visit(seen: list[str], wait: float = 20, port: int = 0) -> Visit[str]:
    def address(redirect_uri: str) -> Flow[str]:
        seen.append(redirect_uri)
        return done(f"{ISSUER}/authorize?redirect_uri={redirect_uri}")

    return Visit(ISSUER, port, address, finish, wait, COMMAND)


def browser(seen: list[str], query: str) -> threading.Thread:
    def come_back() -> None:
        while not seen:
            time.sleep(0.01)
        urllib.request.urlopen(f"{seen[0]}/?{query}", timeout=10).read()

    thread = threading.Thread(target=come_back)
    thread.start()
    return thread


def test_a_visit_shows_the_link_and_ends_with_the_redirect(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []
    coming = browser(seen, "state=right&code=abc")
    assert driven(person(opens=False, here=DESK)).run(iter(visit(seen))) == "abc"  # type: ignore[arg-type]  # a step's iterator is a flow
    coming.join(5)
    shown = capsys.readouterr()
    assert f"{ISSUER}/authorize?redirect_uri={seen[0]}" in shown.err
    assert "auth.example.org (waiting 0:20)" in shown.err
    assert shown.out == ""


def test_a_visit_in_an_event_loop_holds_nothing_up(capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str] = []

    async def both() -> tuple[str, int]:
        beats = 0
        task = asyncio.create_task(driven(person(opens=False, here=DESK)).arun(iter(visit(seen))))  # type: ignore[arg-type]  # as above
        coming = None
        while not task.done():
            await asyncio.sleep(0.01)
            beats += 1
            if seen and beats > 20 and coming is None:
                coming = browser(seen, "state=right&code=abc")
        return await task, beats

    code, beats = asyncio.run(both())
    assert code == "abc"
    assert beats > 20


def test_a_cancelled_visit_gives_its_port_back_at_once() -> None:
    seen: list[str] = []

    async def cancel() -> float:
        task = asyncio.create_task(driven(person(opens=False, here=DESK)).arun(iter(visit(seen))))  # type: ignore[arg-type]  # as above
        while not seen:
            await asyncio.sleep(0.01)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - begun

    assert asyncio.run(cancel()) < 2
    port = int(seen[0].rpartition(":")[2])
    again: list[str] = []
    coming = browser(again, "state=right&code=abc")
    driven(person(opens=False, here=DESK)).run(iter(visit(again, port=port)))  # type: ignore[arg-type]  # as above
    coming.join(5)


def test_a_person_who_does_not_come_is_login_needed_with_the_command() -> None:
    with pytest.raises(LoginNeeded, match="Nobody logged in") as caught:
        driven(person(opens=False, here=DESK)).run(iter(visit([], wait=0.3)))  # type: ignore[arg-type]  # as above
    assert caught.value.command == COMMAND
    assert COMMAND in str(caught.value)


STEPS: list[Any] = [
    visit([]),
    Show(ISSUER, f"{ISSUER}/device", "ABCD-EFGH", lambda: done("never"), 5),
    Ask("Client ID: ", secret=False, command=COMMAND),
    Reach(ISSUER, COMMAND),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("place", ["ci", "batch", "service", "never"])
def test_where_nobody_is_each_question_fails_at_once_with_the_command_to_run(place: str, step: Any) -> None:
    who = (
        person("never", command=COMMAND, here=FAR)
        if place == "never"
        else person(
            command=COMMAND,
            here=Surroundings(place),  # type: ignore[arg-type]  # one of them
        )
    )
    begun = time.monotonic()
    with pytest.raises(LoginNeeded, match=f"run:  {COMMAND}") as caught:
        driven(who).run(iter(step))
    assert caught.value.command == COMMAND
    assert time.monotonic() - begun < 1


def test_the_environment_can_forbid_interaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCHGATE_INTERACTION", "never")
    with pytest.raises(LoginNeeded):
        driven(person(here=FAR)).run(iter(Reach(ISSUER, COMMAND)))  # type: ignore[arg-type]  # as above
    monkeypatch.setenv("LYCHGATE_INTERACTION", "sometimes")
    with pytest.raises(ConfigError, match="LYCHGATE_INTERACTION"):
        person()
    monkeypatch.delenv("LYCHGATE_INTERACTION")
    with pytest.raises(ConfigError, match="interaction"):
        person("sometimes")


def test_a_hub_without_a_code_says_where_to_log_in() -> None:
    with pytest.raises(LoginNeeded, match="another machine"):
        driven(person(here=Surroundings("jupyterhub", notebook=True))).run(iter(visit([])))  # type: ignore[arg-type]  # as above


def test_the_code_is_shown_while_its_flow_runs(capsys: pytest.CaptureFixture[str]) -> None:
    def flow() -> Flow[str]:
        yield from Sleep(0.01)
        assert "ABCD-EFGH" in capsys.readouterr().err
        return "token"

    step = Show(ISSUER, f"{ISSUER}/device?user_code=ABCD-EFGH", "ABCD-EFGH", flow, 5)
    assert driven(person(here=FAR)).run(iter(step)) == "token"  # type: ignore[arg-type]  # as above
    assert asyncio.run(driven(person(here=FAR)).arun(iter(step))) == "token"  # type: ignore[arg-type]  # as above


def test_what_an_issuer_names_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    nasty = f"{ISSUER}/device\x1b]0;owned\x07\x1b[2J"
    step = Show(ISSUER, nasty, "AB\x1b[31mCD", lambda: done("token"), 5)
    driven(person(opens=False, here=FAR)).run(iter(step))  # type: ignore[arg-type]  # as above
    driven(person(here=FAR)).run(iter(Tell("a\x1b[2Jb")))  # type: ignore[arg-type]  # as above
    assert "\x1b" not in capsys.readouterr().err


SCRIPT = """
import sys, threading
from lychgate.kernel.errors import LoginNeeded
from lychgate.kernel.steps import Ask, Visit, Show, Sleep
from lychgate.kernel.flow import done
from lychgate.oauth.authorization import Mismatch
from lychgate.world.person import person
from lychgate.world.perform import Performer
from lychgate.world.stores.memory import MemoryStore
from lychgate.world.surroundings import Surroundings
p = Performer(MemoryStore(), person(here=Surroundings("ssh", terminal=True), command="lychgate login climate"))
def finish(params):
    if params["state"] != "right": raise Mismatch("no")
    return done(params["code"])
def wait():
    yield from Sleep(2)
    return "done"
"""


def test_a_secret_is_asked_for_without_an_echo() -> None:
    asking = SCRIPT + "print('GOT', p.run(iter(Ask('Client Secret: '))) == 'tell-no-one')"
    with python_at_terminal(asking) as terminal:
        terminal.wait_for("Client Secret: ")
        terminal.type("tell-no-one\n")
        terminal.wait_for("GOT True")
        assert "tell-no-one" not in terminal.seen
        assert terminal.end() == 0


def test_a_question_that_nobody_answers_ends_with_its_time_and_the_echo_is_back() -> None:
    asking = SCRIPT + (
        "import termios\nbefore = termios.tcgetattr(0)\n"
        "try: p.run(iter(Ask('Client Secret: ', wait=0.5)))\n"
        "except LoginNeeded as error: print('NEEDED', error.command, before == termios.tcgetattr(0))"
    )
    with python_at_terminal(asking) as terminal:
        terminal.wait_for("NEEDED lychgate login climate True", 10)


def test_far_from_the_browser_the_address_that_it_shows_can_be_pasted() -> None:
    asking = SCRIPT + (
        "def address(uri): print('URI', uri); return done('https://auth.example.org/authorize')\n"
        "print('GOT', p.run(iter(Visit('https://auth.example.org', 0, address, finish, 20))))"
    )
    with python_at_terminal(asking) as terminal:
        uri = terminal.wait_for(r"URI (http://127.0.0.1:\d+)")[1]
        terminal.wait_for("paste the address")
        assert "https://auth.example.org/authorize" in terminal.seen
        terminal.type("what do you mean\n")
        terminal.wait_for("That is not the address")
        terminal.type(f"{uri}/?state=wrong&code=xyz\n")
        terminal.wait_for("belongs to another login")
        terminal.type(f"  {uri}/?state=right&code=xyz \n")
        terminal.wait_for("GOT xyz")
        assert terminal.end() == 0


def test_at_a_terminal_the_code_has_a_picture_and_a_clock_that_runs() -> None:
    showing = SCRIPT + (
        "print('END', p.run(iter(Show('https://auth.example.org', "
        "'https://auth.example.org/device?user_code=WDJB-MJHT', 'WDJB-MJHT', wait, 300))))"
    )
    with python_at_terminal(showing) as terminal:
        terminal.wait_for("END done")
        seen = terminal.seen
    assert "https://auth.example.org/device?user_code=WDJB-MJHT" in seen
    assert len(set(re.findall(r"waiting (4:5\d|5:00)", seen))) > 1
    assert "▄" in seen
    assert "WDJB-MJHT" in seen


@pytest.mark.parametrize("stdin", ["end of file", "a pipe that never ends"])
def test_without_a_terminal_a_question_never_hangs(stdin: str) -> None:
    reads, writes = os.pipe()
    if stdin == "end of file":
        os.close(writes)
    asking = (
        "from lychgate.kernel.steps import Ask\nfrom lychgate.kernel.errors import LoginNeeded\n"
        "from lychgate.world.person import person\nfrom lychgate.world.perform import Performer\n"
        "from lychgate.world.stores.memory import MemoryStore\n"
        "try: Performer(MemoryStore(), person(command='lychgate login x')).run(iter(Ask('Client ID: ')))\n"
        "except LoginNeeded as error: print(error)"
    )
    env = {name: value for name, value in os.environ.items() if name not in ("CI", "DISPLAY", "WAYLAND_DISPLAY")}
    words = [sys.executable, "-c", asking]
    done = subprocess.run(
        words, stdin=reads, capture_output=True, text=True, timeout=20, env=env, start_new_session=True
    )
    os.close(reads)
    if stdin != "end of file":
        os.close(writes)
    assert "run:  lychgate login x" in done.stdout, done.stderr


def test_a_program_has_a_name_that_its_user_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    for started, name in [("/x/train.py", "train.py"), ("-c", "your Python program"), ("/x/tool/__main__.py", "tool")]:
        monkeypatch.setattr(sys, "argv", [started])
        assert people.program_name() == name


def test_a_long_link_stands_whole_on_a_line_of_its_own_so_that_it_can_be_copied() -> None:
    url = "https://auth.example.org/authorize?" + "x" * 300
    showing = SCRIPT + f"print('END', p.run(iter(Show('https://auth.example.org', '{url}', 'WDJB-MJHT', wait, 300))))"
    with python_at_terminal(showing, size=(40, 60)) as terminal:
        terminal.wait_for("END done")
        seen = terminal.seen
    assert f"    {url}\n" in seen
    assert "WDJB-MJHT" in seen
    assert "Waiting for you there (4:5" in seen


def test_the_panel_of_a_notebook_escapes_what_came_from_elsewhere_and_has_no_script() -> None:
    from lychgate.world.notebook import waiting
    from lychgate.world.panel import Notice

    nasty = 'https://auth.example.org/<script>alert(1)</script>"onmouseover="x'
    html = waiting(Notice("https://auth.example.org", nasty, 300, "<b>CODE</b>", far=True), 298)
    assert "<script" not in html
    assert '"onmouseover' not in html
    assert "&lt;b&gt;CODE" in html
    assert "4:58" in html
    assert "<svg" in html


def test_in_a_notebook_the_panel_lives_below_the_cell_and_says_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    pictures: list[str] = []
    panel = SimpleNamespace(update=pictures.append)
    shows = SimpleNamespace(HTML=str, display=lambda html, display_id: pictures.append(html) or panel)
    monkeypatch.setitem(sys.modules, "IPython.display", shows)  # type: ignore[arg-type]  # what the panel uses of it
    step = Show(ISSUER, f"{ISSUER}/device", "ABCD-EFGH", lambda: done("token"), 5)
    assert driven(person(here=Surroundings("jupyterhub", notebook=True))).run(iter(step)) == "token"  # type: ignore[arg-type]  # as above
    assert "ABCD-EFGH" in pictures[0]
    assert "Logged in at" in pictures[-1]
