"""What the doctor says of this session's ssh-agent, and of the profiles whose keys are in it. Nothing is signed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from lychgate.cli.checkup import Finding, guarded
from lychgate.cli.holding import hold
from lychgate.client.keys import AGENT
from lychgate.client.profile import Profile
from lychgate.client.ssh_agent import SshAgent
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.world.profiles import profile_names, profile_table
from lychgate.world.ssh_agent import VARIABLE

WHAT = "ssh-agent"


def of_agent() -> Iterator[Finding]:
    """The agent itself, which is no fault where no profile needs it; then each profile whose key it should hold."""
    yield from guarded(WHAT, _agent)
    yield from guarded(WHAT, _profiles)


def _agent() -> Iterator[Finding]:
    if not os.environ.get(VARIABLE):
        yield Finding(WHAT, "ok", f"none: ${VARIABLE} is not set")
        return
    try:
        usable, held = hold(Profile("doctor", None, store="memory")).run(SshAgent().keys())
    except LychgateError as error:
        yield Finding(WHAT, "note", str(error))
        return
    if not held:
        yield Finding(WHAT, "ok", "it answers, and holds no key, or is locked (it says the same then)")
        return
    others = len(held) - len(usable)
    text = f"it answers; keys that can sign a token: {_by_kind([one.kind for one in usable])}"
    yield Finding(WHAT, "ok", text + (f"; {others} that cannot (certificates, security keys)" if others else ""))


def _by_kind(kinds: list[str]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(kinds).items())) or "none"


def _profiles() -> Iterator[Finding]:
    for name, key in _wanted():
        try:
            found = hold(Profile(name, None, store="memory")).run(SshAgent(key).identity())
            yield Finding(WHAT, "ok", f"{name}: its key is there ({found.kind})")
        except LychgateError as error:
            yield Finding(WHAT, "bad", f"{name}: {error}")


def _wanted() -> list[tuple[str, str]]:
    """(profile, key) for each key that a profile has in the agent; a file that cannot be read is found elsewhere."""
    try:
        texts = [(name, text) for name in profile_names() for text in profile_table(name).values()]
    except ConfigError:
        return []
    found = [(name, text) for name, text in texts if isinstance(text, str) and text.startswith(AGENT)]
    return [(name, text.removeprefix(AGENT).strip()) for name, text in found]
