"""In a real Jupyter kernel: the panel is shown below the cell, runs its clock, and says how the login ended."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support.peers import needs

CELL = """
from lychgate.kernel.errors import LoginNeeded
from lychgate.kernel.flow import done
from lychgate.kernel.steps import Ask, Reach, Show, Sleep, Visit
from lychgate.world.perform import Performer
from lychgate.world.person import person, program_name
from lychgate.world.stores.memory import MemoryStore
from lychgate.world import surroundings
p = Performer(MemoryStore(), person(command="lychgate login climate", opens=False))
def wait():
    yield from Sleep(2.5)
    return "the token"
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    """A client of a running kernel."""
    needs(module="ipykernel")
    from jupyter_client.manager import start_new_kernel

    unseen = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "CI", "GITHUB_ACTIONS", "JUPYTERHUB_USER")
    env = {name: value for name, value in os.environ.items() if name not in unseen}
    manager, client = start_new_kernel(env={**env, "JUPYTERHUB_USER": "ada"})
    try:
        run(client, CELL)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client: Any, cell: str, typed: str = "") -> list[dict[str, Any]]:
    """What a cell put out, as messages; ``typed`` answers each question."""
    wanted = client.execute(cell, allow_stdin=bool(typed))
    messages: list[dict[str, Any]] = []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if typed and client.stdin_channel.msg_ready():
            messages.append(client.get_stdin_msg(timeout=1))
            client.input(typed)
        if not client.iopub_channel.msg_ready():
            time.sleep(0.02)
            continue
        message = client.get_iopub_msg(timeout=1)
        if message["parent_header"].get("msg_id") != wanted:
            continue
        messages.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    errors = [message["content"] for message in messages if message["msg_type"] == "error"]
    assert not errors, errors
    return messages


def htmls(messages: list[dict[str, Any]]) -> list[str]:
    kinds = ("display_data", "update_display_data")
    return [message["content"]["data"]["text/html"] for message in messages if message["msg_type"] in kinds]


def printed(messages: list[dict[str, Any]]) -> str:
    return "".join(message["content"]["text"] for message in messages if message["msg_type"] == "stream")


def test_the_panel_shows_link_code_and_picture_with_a_clock_that_runs(kernel: Any) -> None:
    url = "https://auth.example.org/device?user_code=WDJB-MJHT"
    messages = run(kernel, f"print(p.run(iter(Show('https://auth.example.org', '{url}', 'WDJB-MJHT', wait, 300))))")
    shown = htmls(messages)
    assert "WDJB-MJHT" in shown[0]
    assert url in shown[0]
    assert "<svg" in shown[0]
    assert "5:00" in shown[0]
    assert any("4:58" in html for html in shown)
    assert "Logged in at" in shown[-1]
    assert printed(messages) == "the token\n"


def test_the_panel_works_while_a_cell_awaits(kernel: Any) -> None:
    messages = run(kernel, "print(await p.arun(iter(Show('https://auth.example.org', 'https://x', 'AB', wait, 300))))")
    assert "Logged in at" in htmls(messages)[-1]
    assert printed(messages) == "the token\n"


def test_on_a_hub_a_browser_cannot_come_back_and_the_error_holds_the_command(kernel: Any) -> None:
    cell = """
print(p.run(iter(Reach("https://auth.example.org", ""))))
try:
    p.run(iter(Visit("https://auth.example.org", 0, lambda uri: done(uri), lambda params: done(params))))
except LoginNeeded as error:
    print(error.command)
print(program_name())
"""
    assert printed(run(kernel, cell)) == "False\nlychgate login climate\nyour notebook\n"


def test_questions_are_asked_in_the_notebook(kernel: Any) -> None:
    messages = run(kernel, "print(p.run(iter(Ask('Client Secret: '))) == 'tell-no-one')", typed="tell-no-one")
    asked = [message["content"] for message in messages if message["msg_type"] == "input_request"]
    assert asked == [{"prompt": "Client Secret: ", "password": True}]
    assert "True\n" in printed(messages)


def test_a_notebook_that_runs_by_itself_is_told_what_to_run_elsewhere(kernel: Any) -> None:
    cell = "try:\n    p.run(iter(Ask('Client ID: ')))\nexcept LoginNeeded as error:\n    print(error.command)"
    assert printed(run(kernel, cell)) == "lychgate login climate\n"


def test_a_job_that_runs_elsewhere_has_a_bar_below_the_cell(kernel: Any) -> None:
    cell = """
from types import SimpleNamespace
from lychgate.world.progress import watching
with watching("mean <b>") as tell:
    for done in (0, 40, 75):
        tell(SimpleNamespace(state="running", percent=done, message=f"step {done}", ended=False))
"""
    drawn = htmls(run(kernel, cell))
    assert drawn[0] == "<div>mean &lt;b&gt;</div>"
    assert ['value="0"' in drawn[1], 'value="40"' in drawn[2], 'value="75"' in drawn[-1]] == [True] * 3
    assert "running, 75 %: step 75" in drawn[-1]
