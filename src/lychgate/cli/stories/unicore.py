"""The story of a supercomputer: a key that stays in its agent, a group that is chosen, a job that goes on without."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lychgate

from .keys import held_key
from .servers import Server, server
from .stage import Stage
from .story import Story, expect

EMAIL, NAME, SITE = "demo@example.org", "demouser", "DEMO-SITE"
JOB = 48 * 3600  # seconds
PROGRAM = """
import lychgate, os, sys
info = lychgate.Unicore(sys.argv[1], lychgate.WlcgToken()).access_info()
print(info.uid, info.group, info.role)
"""


@dataclass(slots=True)
class Cast:
    """Who is on the stage: the server, the person's password and what signs for them, and what must never be seen."""

    stage: Stage
    server: Server
    folder: Path
    key: Any
    password: str
    hidden: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.server.url}/{SITE}/rest/core"

    def site(self, what: Any, **more: Any) -> lychgate.Unicore:
        return lychgate.Unicore(self.url, what, **more)

    @property
    def by_password(self) -> lychgate.Basic:
        return lychgate.Basic(NAME, self.password)


def play(stage: Stage) -> None:
    """Play the whole story. Raises at the first step that did not do what it said."""
    with tempfile.TemporaryDirectory(prefix="lychgate-demo-") as name:
        folder = Path(name)
        (folder / "data").mkdir(mode=0o700)
        with stage.step("Start the authorization server on a free port, with a UNICORE site") as step:
            running = server(stage, folder / "data")
            started = running.__enter__()
            step.figures.append(f"{started.url}/{SITE}/rest/core")
        try:
            with held_key(folder) as (key, public, where):
                cast = Cast(stage, started, folder, key, secrets.token_urlsafe(12))
                _add_the_person(cast, public, where)
                for scene in (_log_in, _choose, _issue, _run_a_job, _other_names, _nothing_leaked):
                    scene(cast)
        finally:
            running.__exit__(None, None, None)


def _add_the_person(cast: Cast, public: Path, where: str) -> None:
    cast.hidden.append(cast.password)
    with cast.stage.step("Add a person with two groups and a public key: lychgate user add, map, key add") as step:
        operate = cast.server.operate
        operate("user", "add", EMAIL, "--name", NAME, "--password-stdin", stdin=cast.password)
        operate("user", "map", EMAIL, "--uid", "demo", "--group", "hpc,myproject1", "--role", "user")
        operate("user", "key", "add", EMAIL, str(public))
        step.figures.append(f"the private key is {where}")


def _log_in(cast: Cast) -> None:
    ways = {"the password": (cast.by_password, "PASSWORD"), "the key": (lychgate.SignedJwt(cast.key, NAME), "SSHKEY")}
    for name, (credential, method) in ways.items():
        with cast.stage.step(f"Log in with {name}") as step:
            info = cast.site(credential).access_info()
            expect("who that is", (info.uid, info.role, info.method), ("demo", "user", method))
            step.figures.append(f"{info.dn}: login {info.uid}, group {info.group}, role {info.role}")
    with cast.stage.step("Come with nothing: nobody is let in, and nobody is refused either") as step:
        expect("the role of a stranger", cast.site(None).access_info().role, "anonymous")
        step.figures.append("role anonymous")


def _choose(cast: Cast) -> None:
    with cast.stage.step("Choose another group, and then one of somebody else's") as step:
        site = cast.site(cast.by_password, preferences="group:myproject1")
        expect("the group", site.access_info().group, "myproject1")
        site.preferences = lychgate.Preferences(group="theirs")
        step.figures.append(_refused(site.access_info, 403))


def _issue(cast: Cast) -> None:
    with cast.stage.step("Have the site issue a token for a job of 48 hours, good there alone") as step:
        token = cast.site(lychgate.SignedJwt(cast.key, NAME)).issue_token(lifetime=JOB, limited=True)
        cast.hidden.append(token.access.reveal())
        by_token = cast.site(lychgate.Bearer(token.access))
        expect("who has the token", by_token.access_info().uid, "demo")
        step.figures += [
            f"{token.access}, valid for {token.valid_for() / 3600:.0f} h",
            _refused(by_token.issue_token, 403),
        ]


def _run_a_job(cast: Cast) -> None:
    home = cast.folder / "home"
    home.mkdir(mode=0o700)
    environment = {**os.environ, "LYCHGATE_HOME": str(home), "DEMO_PASSWORD": cast.password}

    def lychgate_(*words: str) -> str:
        command = [sys.executable, "-m", "lychgate", *words]
        done = subprocess.run(  # noqa: S603  our own program
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        expect(f"lychgate {words[0]} ({done.stderr.strip()[-300:]})", done.returncode, 0)
        return done.stdout.strip()

    with cast.stage.step("Run a job that sees a token of its own and nothing else: lychgate run --for 48h") as step:
        way = ("--username", NAME, "--password", "env:DEMO_PASSWORD")
        lychgate_("profile", "add", "site", "--preset", "unicore", "--url", cast.url, *way)
        said = lychgate_("run", "--profile", "site", "--for", "48h", "--", sys.executable, "-c", PROGRAM, cast.url)
        expect("what the job is at the site", said, "demo hpc user")
        step.figures.append(f"the job is {said}")


def _other_names(cast: Cast) -> None:
    from lychgate.compat.pyunicore import client, credentials

    with cast.stage.step("The same in PyUNICORE's own words, by lychgate.compat.pyunicore") as step:
        made = client.Client(credentials.UsernamePassword(NAME, cast.password), cast.url)
        token = made.issue_auth_token(lifetime=3600, renewable=False, limited=True)
        cast.hidden.append(token)
        again = client.Client(credentials.create_token(token=token), cast.url)
        expect("who has the token", again.access_info()["xlogin"]["UID"], "demo")
        step.figures.append("issue_auth_token, create_token and access_info")


def _nothing_leaked(cast: Cast) -> None:
    with cast.stage.step("Look for the password and the tokens in the server's log") as step:
        text = "\n".join(cast.server.heard)
        expect("secrets found", sum(secret in text for secret in cast.hidden), 0)
        step.figures.append(f"{len(cast.hidden)} looked for, 0 found")


def _refused(act: Callable[[], object], status: int) -> str:
    """What the site says to what it must refuse."""
    try:
        act()
    except lychgate.Refused as error:
        expect("the status", error.status, status)
        return f"{error.status}: {error.description}"
    expect("a refusal", None, status)
    return ""


STORY = Story("unicore", "a supercomputer: a key in its agent, a chosen group, a token for a job of 48 hours", play)
