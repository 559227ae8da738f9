"""How a person is reached, as a policy: what works where the program runs, and never a wait without an end.

The link is always shown. A browser is opened where there is one; where it is on another machine, the person gets a code
for it, or pastes the address at which it ended; where there is nobody, an error holds the command to run elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar
from urllib.parse import parse_qsl, urlsplit

from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Ask, Reach, Show, Visit

from . import surroundings, tty
from .surroundings import Surroundings
from .telemetry import interactive

if TYPE_CHECKING:  # what serves a login is loaded when somebody logs in
    from .loopback import Loopback
    from .panel import Notice

R = TypeVar("R")
Run = Callable[[Flow[Any]], Any]
Interaction = Literal["auto", "never", "always"]

VARIABLE = "LYCHGATE_INTERACTION"
_WHY = {
    "ci": "this is a CI run",
    "batch": "this is a batch job",
    "service": "there is neither a terminal nor a browser here",
    "jupyterhub": "the browser is on another machine and this issuer has no code to type there",
}
_NEVER = "no interaction is wanted here"
LOGIN = "lychgate login"


def person(
    interaction: str = "auto", *, command: str = "", opens: bool = True, here: Surroundings | None = None
) -> Person:
    """Whoever can be reached. ``interaction``: ``"auto"``, ``"never"``, or ``"always"`` (somebody watches our output).

    ``LYCHGATE_INTERACTION`` in the environment wins over ``"auto"``. ``command`` is what to type elsewhere, where it is
    known; ``opens``: a browser may be opened. Raises ``ConfigError`` for another word.
    """
    given = os.environ.get(VARIABLE, "") if interaction == "auto" else ""
    wanted = given or interaction
    if wanted not in ("auto", "never", "always"):
        raise ConfigError(
            f'{VARIABLE if given else "interaction"} is "auto" or "never", not {wanted!r}', field="interaction"
        )
    return Person(wanted, command, opens, here)


@dataclass(frozen=True, slots=True)
class Person:
    """Made by ``person``. ``here`` is told anew each time where it is None."""

    interaction: str
    command: str = ""
    opens: bool = True
    here: Surroundings | None = None

    def reach(self, step: Reach) -> bool:
        """Whether a browser can come back to this machine."""
        return self._somebody(step.issuer, step.command).browser

    def ask(self, step: Ask, stop: threading.Event) -> str:
        """A line that the person types."""
        here = self._somebody(step.prompt.rstrip(": "), step.command, "is needed")
        try:
            if here.notebook:
                return _ask_notebook(step)
            return tty.ask(step.prompt, secret=step.secret, seconds=step.wait, stop=stop)
        except tty.NoAnswer as why:
            self._needed(f"{step.prompt.rstrip(': ')} was asked for, and {why}.", step.command)

    def tell(self, message: str) -> None:
        """A line on standard error."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(f"{tty.shown(message)}\n")
            sys.stderr.flush()

    def show(self, step: Show[Any]) -> AbstractContextManager[None]:
        """A panel with the link and its code, for as long as the context lasts."""
        from .panel import Notice

        here = self._somebody(step.issuer, "")
        notice = Notice(step.issuer, step.url, step.wait, step.code, far=True)
        self._open(here, step.url)
        return _shown(here, notice)

    def visit(self, step: Visit[R], run: Run, stop: threading.Event) -> R:
        """The person's way through the browser and back; ``run`` carries out the step's own flows."""
        from .loopback import Loopback, Stopped
        from .panel import Notice, clock, host_of

        here = self._somebody(step.issuer, step.command)
        if here.place == "jupyterhub" and not here.browser:
            self._needed(_sentence(step.issuer, _WHY["jupyterhub"]), step.command)
        with interactive("browser", step.issuer), Loopback(step.port, host_of(step.issuer), program_name()) as door:
            url = run(step.address(door.redirect_uri))
            notice = Notice(step.issuer, url, step.wait)
            with self._inviting(here, notice, door, stop):
                try:
                    result: R = door.welcome(lambda params: run(step.finish(params)), step.wait, stop)
                    return result
                except TimeoutError:
                    late = f"Nobody logged in at {step.issuer} within {clock(step.wait)} minutes."
                    self._needed(late, step.command)
                except Stopped:
                    self._needed(f"The login at {step.issuer} was stopped.", step.command)

    @contextlib.contextmanager
    def _inviting(self, here: Surroundings, notice: Notice, door: Loopback, stop: threading.Event) -> Iterator[None]:
        if here.browser:
            with _panel(here, notice):
                self._open(here, notice.url)
                yield
            return
        from .panel import plainly

        over = threading.Event()
        more = f"or, if the browser then cannot reach {door.redirect_uri}, paste the address it shows here:"
        plainly(notice, sys.stderr, more if here.terminal else "")
        pasting = threading.Thread(target=_paste, args=(door, notice.wait, over), name="lychgate-paste", daemon=True)
        if here.terminal:
            pasting.start()
        try:
            yield
        finally:
            over.set()

    def _open(self, here: Surroundings, url: str) -> None:
        if here.browser and self.opens:
            from .browser import open_page

            open_page(url, wsl=here.place == "wsl")

    def _somebody(self, what: str, command: str, needed: str = "") -> Surroundings:
        here = self.here or surroundings.here()
        if self.interaction == "never":
            self._needed(_sentence(what, _NEVER, needed), command)
        if self.interaction == "always" and not here.person:
            return replace(here, terminal=False)
        if not here.person:
            self._needed(_sentence(what, _WHY.get(here.place, _WHY["service"]), needed), command)
        return here

    def _needed(self, what: str, command: str) -> NoReturn:
        known = self.command or command or LOGIN
        raise LoginNeeded(f"{what} Where somebody can log in, run:  {known}", command=known)


def _sentence(what: str, why: str, needed: str = "") -> str:
    return f"{what} {needed}, and {why}." if needed else f"A person must log in at {what}, and {why}."


@contextlib.contextmanager
def _shown(here: Surroundings, notice: Notice) -> Iterator[None]:
    with interactive("device", notice.issuer), _panel(here, notice):
        yield


def _panel(here: Surroundings, notice: Notice) -> AbstractContextManager[None]:
    if here.notebook:
        from .notebook import in_notebook

        return in_notebook(notice)
    from .panel import on_terminal

    return on_terminal(notice)


def _paste(door: Loopback, seconds: float, over: threading.Event) -> None:
    """Hand each address that is pasted to the door, as if the browser had come by itself."""
    from .listener import Pasted

    with contextlib.suppress(tty.NoAnswer, OSError):
        while not over.is_set():
            line = tty.ask("", secret=False, seconds=seconds, stop=over)
            params = _params(line)
            if params:
                door.arrivals.put(Pasted(params))
            elif line.strip():
                sys.stderr.write("That is not the address. It begins with http://127.0.0.1 and has state= in it.\n")


def _params(line: str) -> Mapping[str, str]:
    pairs = parse_qsl(urlsplit(line.strip()).query, keep_blank_values=True)
    params = dict(pairs)
    return params if "state" in params and len(params) == len(pairs) else {}


def _ask_notebook(step: Ask) -> str:
    import builtins
    import getpass

    try:
        return getpass.getpass(step.prompt) if step.secret else builtins.input(step.prompt)
    except (NotImplementedError, EOFError):  # a notebook that runs by itself
        raise tty.NoAnswer("nobody sits at this notebook") from None


def program_name() -> str:
    """What a person would call this program."""
    if surroundings.facts().notebook:
        return "your notebook"
    started = Path(sys.argv[0] if sys.argv else "")
    if started.name == "__main__.py":
        return started.parent.name
    return started.name if started.name not in ("", "-c", "-") else "your Python program"
