"""Running a command, and what becomes of its errors: one clear line, and an exit status that scripts can tell apart.

0 done, 1 refused or failed, 2 used wrongly, 3 a person must log in, 4 try again later, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from lychgate.kernel.errors import LoginNeeded, LychgateError, Refused, TransientError, Untrusted

from . import telling
from .lazy import DEBUG, Interrupted, LazyGroup
from .output import say

if TYPE_CHECKING:
    from . import Row

DONE, REFUSED, MISUSED, LOGIN, LATER = range(5)
INTERRUPTED = 130  # as shells have it


def run(commands: Mapping[str, Row], arguments: Sequence[str] | None = None) -> int:
    """Run ``arguments`` (default: those of the process); answers the exit status."""
    state: dict[str, bool] = {}
    _ready_streams()
    group = LazyGroup(commands)
    told = telling.begun(commands, sys.argv[1:] if arguments is None else arguments)
    try:
        answer = group.main(
            None if arguments is None else list(arguments), prog_name="lychgate", standalone_mode=False, obj=state
        )
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _misused(error)
    except (KeyboardInterrupt, Interrupted):
        return _interrupted()
    except click.Abort as error:  # at a question: by Ctrl-C, or since nobody is there to answer
        return _interrupted() if isinstance(error.__context__, KeyboardInterrupt) else _say("stopped", REFUSED)
    except Exception as error:  # the last place: whatever it was becomes one line
        return _failed(error, state.get(DEBUG, False))
    finally:
        told()
    return answer if isinstance(answer, int) else DONE


def _ready_streams() -> None:
    """Streams that were closed lead nowhere; a character that a terminal does not know is replaced, no error."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115  for as long as the process lives
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115  as above


def _interrupted() -> int:
    if sys.stderr.isatty():
        click.echo(err=True)  # after the ^C that the terminal shows
    return _say("stopped", INTERRUPTED)


def status_of(error: LychgateError) -> int:
    """The exit status that tells a script what to do about an error."""
    if isinstance(error, LoginNeeded):
        return LOGIN
    passing = isinstance(error, TransientError) and not isinstance(error, Untrusted)
    later = passing or getattr(error, "status", 0) in (429, 503)
    return LATER if later or type(error).__name__ == "StoreUnavailable" else REFUSED


def _failed(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    if isinstance(error, LychgateError):
        ours = isinstance(error, Refused)  # a server's own words, to which the message adds who said them to whom
        return _say(str(error) if ours else getattr(error, "description", "") or str(error), status_of(error))
    if isinstance(error, OSError) and error.strerror:
        return _say(f"{error.filename}: {error.strerror}" if error.filename else error.strerror, REFUSED)
    if isinstance(error, UnicodeEncodeError):
        return _say("a name here cannot be written in this session's character set: set LANG=C.UTF-8", REFUSED)
    if isinstance(error, ModuleNotFoundError):
        return _say(f"{error.name} is not installed: pip install 'lychgate[server]' brings the server", REFUSED)
    again = "" if debug else "; the same command with --debug shows where"
    return _say(f"this should not have happened: {type(error).__name__}{again}", REFUSED)


def _misused(error: click.ClickException) -> int:
    text = error.format_message()
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):  # a group alone: its help
        click.echo(text, err=True)
        return MISUSED
    if isinstance(error, click.UsageError) and error.ctx is not None:
        text += f" (see {error.ctx.command_path} --help)"
    return _say(text, MISUSED)


def _say(text: str, status: int) -> int:
    say(f"lychgate: {text}", err=True)
    return status
