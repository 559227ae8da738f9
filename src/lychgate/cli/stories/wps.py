"""The story of a computation: a guarded WPS, a job that outlives its token, a result that comes with the same login."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lychgate
from lychgate.services.refusal import Unauthorized

from .servers import Server, server
from .stage import Stage, Step
from .story import StepFailed, Story, expect

AUDIENCE = "https://wps.demo.example"
EMAIL = "ada@example.org"
LIFE = 2  # seconds that a token lives
WORK = 3.5 * LIFE  # seconds that the job takes
VALUES = [11.2, 11.9, 12.4, 12.1, 13.0]
PATIENCE = 30.0  # seconds for the service to come up
ADDRESS = re.compile(r"serving (\S+)")


@dataclass(slots=True)
class Cast:
    """Who is on the stage; ``hidden`` must never be seen in a log."""

    stage: Stage
    server: Server
    folder: Path
    url: str = ""
    secret: str = field(default="", repr=False)
    hidden: list[str] = field(default_factory=list, repr=False)

    def wps(self) -> Any:
        source = lychgate.ClientCredentials(
            issuer=self.server.url, client_id="notebook", client_secret=lychgate.Secret(self.secret)
        )
        return lychgate.Wps(self.url, source)


def play(stage: Stage) -> None:
    """Play the whole story. Raises at the first step that did not do what it said."""
    if importlib.util.find_spec("pywps") is None:
        raise StepFailed("this story runs a WPS of its own, and pywps is not here: pip install 'lychgate[wps]'")
    with tempfile.TemporaryDirectory(prefix="lychgate-demo-") as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        with stage.step("Start the authorization server on a free port") as step:
            running = server(stage, data)
            started = running.__enter__()
            step.figures.append(started.url)
        try:
            _scenes(Cast(stage, started, Path(folder)))
        finally:
            running.__exit__(None, None, None)


def _scenes(cast: Cast) -> None:
    _make_client(cast)
    with cast.stage.step("Start a WPS (pywps) behind the guard") as step:
        running = _node(cast)
        cast.url = running.__enter__()
        step.figures.append(cast.url)
    try:
        _look(cast)
        _fetch(cast, _compute(cast))
        _nothing_leaked(cast)
    finally:
        running.__exit__(None, None, None)


def _make_client(cast: Cast) -> None:
    with cast.stage.step(f"Add a researcher, and a client whose tokens live {LIFE} seconds") as step:
        cast.server.operate("user", "add", EMAIL, "--role", "compute", "--password-stdin", stdin="not-used-here-8")
        made = cast.server.operate_json(
            "client", "add", "--id", "notebook", "--owner", EMAIL, "--audience", AUDIENCE, "--lifetime", str(LIFE)
        )
        cast.secret = made["client_secret"]
        cast.hidden.append(cast.secret)
        step.figures.append('the guard wants the role "compute", which the researcher has')


@contextmanager
def _node(cast: Cast) -> Iterator[str]:
    """The service in a process of its own, until the block ends; what it logs goes to the stage."""
    folder = cast.folder / "wps"
    folder.mkdir()
    command = [sys.executable, "-m", f"{__package__}.wps_node", str(folder), cast.server.url, AUDIENCE]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # noqa: S603  our own program
    said: list[str] = []
    reader = threading.Thread(target=_listen, args=(process, said, cast.stage), daemon=True)
    reader.start()
    try:
        yield _address(process, said)
    finally:
        process.terminate()
        process.wait(20)
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()
        cast.server.heard.extend(said)


def _listen(process: subprocess.Popen[str], said: list[str], stage: Stage) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line.rstrip())
        stage.log(line.rstrip())


def _address(process: subprocess.Popen[str], said: list[str]) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for line in list(said):
            if found := ADDRESS.match(line):
                return found[1]
        time.sleep(0.02)
    raise StepFailed("the WPS did not start: " + " / ".join(said[-3:]))


def _look(cast: Cast) -> None:
    with cast.stage.step("See what it offers, which is open, and be refused without a token") as step:
        bare = lychgate.Wps(cast.url)
        offered = [one.identifier for one in bare.capabilities().processes]
        expect("the processes", offered, ["mean"])
        try:
            bare.execute("mean", {"values": VALUES})
        except Unauthorized as refused:
            step.figures.append(f"it offers {', '.join(offered)}; execute without a token: {refused.status}")
        else:
            raise StepFailed("an execution without a token was not refused")


def _compute(cast: Cast) -> Any:
    from lychgate.services.wps import Complex

    wps, tokens = cast.wps(), set[str]()
    with cast.stage.step(f"Compute for {WORK:.0f} seconds, longer than three tokens live, and wait") as step:

        def watch(status: Any) -> None:
            held = wps.service.auth.credential.authenticator.current()  # what the wait itself has got
            tokens.update([held.access.reveal()] if held else [])
            _draw(step, status)

        values = Complex(json.dumps(VALUES), "application/json")
        job = wps.execute("mean", {"values": values, "seconds": WORK})
        ended = job.wait(120, progress=watch)
        cast.hidden.extend(tokens)
        expect("the mean", round(ended.result("mean").value, 3), 12.12)
        if len(tokens) < 2:
            raise StepFailed("the token was not renewed while the job ran")
        step.figures.append(f"mean {ended.result('mean').value:.2f}; the wait went through {len(tokens)} tokens")
    return job


def _draw(step: Step, status: Any) -> None:
    """The bar, in place of the one before."""
    done = round((status.percent or 0) / 5)
    step.figures[:] = [f"{'█' * done}{'░' * (20 - done)} {status.percent or 0:3.0f} %  {status.message}"]


def _fetch(cast: Cast, job: Any) -> None:
    with cast.stage.step("Fetch the result into a file, and see that it is for nobody else") as step:
        target = job.fetch("anomalies", cast.folder / "anomalies.json")
        found = json.loads(target.read_text())
        expect("the sum of all distances from the mean", round(sum(found), 6), 0.0)
        try:
            lychgate.Wps(cast.url).job(job.location).refresh()
        except Unauthorized as refused:
            step.figures.append(f"{target.name}: {len(found)} values; without a token: {refused.status}")
        else:
            raise StepFailed("the status was shown to somebody without a token")


def _nothing_leaked(cast: Cast) -> None:
    with cast.stage.step("Look for secrets and tokens in both logs") as step:
        logs = [path.read_text() for path in (cast.folder / "wps").glob("*.log")]
        text = "\n".join([*cast.server.heard, *logs])
        found = sum(hidden in text for hidden in cast.hidden)
        expect("secrets found", found, 0)
        step.figures.append(f"{len(cast.hidden)} looked for, {found} found")


STORY = Story("wps", "a computation on a guarded WPS that outlives its token, with its result", play)
