"""Waiting for a job: look again and again, less and less often, up to a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lychgate.kernel.errors import TransientError
from lychgate.kernel.flow import Flow
from lychgate.kernel.steps import Now, Sleep

from .status import Status
from .xml import BadAnswer

DAY = 86400.0  # seconds


class StillRunning(TransientError):
    """The deadline came before the end of the job, which goes on at the service. ``last`` is the last status of it.

    ``location``: where it can be asked for later, ``wps.job(location)``.
    """

    def __init__(self, message: str, *, status: Status) -> None:
        super().__init__(message)
        self.last, self.location = status, status.location


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds: ``timeout`` for the whole wait (None: none), ``first`` and ``longest`` between two looks.

    A look comes after a twentieth of the time waited so far. ``grace``: how long the service may be away, or answer
    documents that are cut in the middle, as one is that is just being written.
    """

    timeout: float | None = DAY
    first: float = 0.5
    longest: float = 15.0
    grace: float = 120.0

    def left(self, waited: float) -> float:
        return float("inf") if self.timeout is None else self.timeout - waited

    def pause(self, waited: float) -> float:
        return min(max(self.first, waited / 20), self.longest)


def wait(
    look: Callable[[float], Flow[Status]], status: Status, patience: Patience, tell: Callable[[Status], object]
) -> Flow[Status]:
    """The status in which the job has ended; ``tell`` gets each on the way, ``look`` the seconds that are left.

    Raises ``StillRunning``, and what ``look`` raises: ``TransientError`` and a document that is cut only where that
    lasts for longer than ``patience.grace``.
    """
    begun = well = yield from Now()
    tell(status)
    wish = 0.0
    while not status.ended:
        now = yield from Now()
        left = patience.left(now - begun)
        if left <= 0:
            raise _late(status, now - begun)
        yield from Sleep(min(max(patience.pause(now - begun), wish), left))
        try:
            status, wish = (yield from look(patience.left((yield from Now()) - begun))), 0.0
        except (TransientError, BadAnswer) as error:
            if (yield from Now()) - well > patience.grace or (isinstance(error, BadAnswer) and not error.cut):
                raise
            wish = getattr(error, "retry_after", None) or 0.0
            continue
        well = yield from Now()
        tell(status)
    return status


def _late(status: Status, waited: float) -> StillRunning:
    done = "" if status.percent is None else f", {status.percent:.0f} %"
    what = f"the job {status.process}".strip()
    return StillRunning(
        f"{what} is still {status.state}{done} after {waited:.0f} s, and goes on at the service. "
        f"Wait for it again, or later by wps.job({status.location!r}).",
        status=status,
    )
