"""The client of a Web Processing Service: ``Wps`` blocks, ``AsyncWps`` awaits, both from the one flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from lychgate.kernel.errors import ConfigError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Request, Response
from lychgate.kernel.steps import Call
from lychgate.services.operation import Awaiting, Blocking, operation
from lychgate.services.service import TIMEOUT, Exchange, Service

from .answer import refuse
from .description import VERSION, Capabilities, Process, asked, read_capabilities, read_descriptions
from .execution import Execution, Wanted
from .job import LIMIT, AwaitingJob, BlockingJob, Job, at_home, settled
from .sending import send
from .status import Status, read_status
from .values import Given, pairs_of

J = TypeVar("J", bound=Job)


class Operations(Generic[J]):
    """What both colours can do. ``auth`` is all that ``lychgate.auth`` takes, an ``Auth``, or None.

    A credential made here goes to the service's origin alone, an ``Auth`` where it may go. Capabilities and
    descriptions are asked for without it, and with it where the service says 401. ``timeout`` in seconds is for each
    wait for the service; ``headers`` go on each request that carries the credential. Sends nothing. Raises
    ``ConfigError`` and ``TypeError`` for what is no credential.
    """

    _job: type[J]

    def __init__(
        self,
        url: str,
        auth: Any = None,
        *,
        timeout: float = TIMEOUT,
        allow_insecure: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.service = Service(url, auth, timeout=timeout, allow_insecure=allow_insecure, headers=headers)

    def __repr__(self) -> str:
        return repr(self.service).replace("Service", type(self).__name__, 1)

    @operation
    def capabilities(self) -> Flow[Capabilities]:
        """What the service is, and its processes. Raises ``ExceptionReport``, ``Unauthorized``, ``Forbidden``,
        ``Refused``, ``TransientError``, ``BadAnswer``."""
        response = yield from self._openly(asked(self.service.url, "GetCapabilities", AcceptVersions=VERSION))
        return read_capabilities(response)

    @operation
    def describe(self, *processes: str) -> Flow[tuple[Process, ...]]:
        """Each of the processes with its inputs and outputs; without a name all of them. Raises the same."""
        named = ",".join(processes) or "all"
        request = asked(self.service.url, "DescribeProcess", version=VERSION, Identifier=named)
        return read_descriptions((yield from self._openly(request)))

    @operation
    def execute(
        self,
        process: str,
        inputs: Given | None = None,
        *,
        outputs: Iterable[str | Wanted] = (),
        method: str = "post",
        stored: bool = True,
        lineage: bool = False,
    ) -> Flow[J]:
        """Start a job; ``job.wait()`` waits for it. With ``stored=False`` the service answers when it has ended.

        A value is a text, a number, a date, bytes or a path (sent as base64), a mapping (sent as JSON), ``Complex``,
        ``Reference`` or ``Box``; a list is several. ``outputs`` are names or ``Wanted``. Nothing is sent twice where
        no answer came. Raises ``ConfigError`` for a value that fits nothing, ``JobFailed``, and what ``capabilities``
        raises.
        """
        pairs = yield from Call(pairs_of, (inputs or {},))
        asking = Execution(process, pairs, _wanted(outputs), stored, lineage=lineage)
        response = yield from self._send(asking, method)
        status = settled(self.service, read_status(response, f"Execute {process}"))
        status.raise_for_failure()
        return self._job(self.service, status)

    @operation
    def result(self, process: str, inputs: Given | None = None, *, output: str, method: str = "post") -> Flow[bytes]:
        """Run a process and answer one of its outputs, as it is. Raises what ``execute`` raises."""
        pairs = yield from Call(pairs_of, (inputs or {},))
        response = yield from self._send(Execution(process, pairs, _wanted([output]), raw=True), method)
        refuse(response, f"Execute {process}")
        return response.body

    def job(self, location: str) -> J:
        """A job that was started before, by the ``location`` that it had. Sends nothing."""
        return self._job(self.service, Status("accepted", location=at_home(self.service, location)))

    def _send(self, asking: Execution, method: str) -> Flow[Response]:
        if method.lower() not in ("get", "post"):
            raise ConfigError(f'method is "get" or "post", not {method!r}', field="method")
        url = self.service.url
        return (yield from send(asking.by_get(url) if method.lower() == "get" else asking.by_post(url), url, LIMIT))

    def _openly(self, request: Request) -> Flow[Response]:
        response = yield from Exchange(request, open=True)
        return (yield from Exchange(request)) if response.status == 401 else response


class Wps(Operations[BlockingJob], Blocking):
    """A service whose operations block."""

    _job = BlockingJob


class AsyncWps(Operations[AwaitingJob], Awaiting):
    """A service whose operations are awaited."""

    _job = AwaitingJob


def _wanted(outputs: Iterable[str | Wanted]) -> tuple[Wanted, ...]:
    return tuple(Wanted(one) if isinstance(one, str) else one for one in outputs)
