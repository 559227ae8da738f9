"""``cwt.Process``: an operation of the service, with its inputs, and the job that it has become."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any, Protocol

from lychgate.services import wps

from .errors import CWTError, WPSServerError, WPSTimeoutError, telling
from .parameter import Gridder, NamedParameter, Parameter
from .variable import Variable

_STATES = {"accepted": "ProcessAccepted", "running": "ProcessStarted", "paused": "ProcessPaused"} | {
    "succeeded": "ProcessSucceeded",
    "failed": "ProcessFailed",
}


class Client(Protocol):
    """What a process needs of the client that it belongs to."""

    def describe_process(self, process: Process) -> Process: ...


class Process(Parameter):
    """``name`` is what other processes refer to it by. After ``client.execute(process)`` it is a job.

    ``context`` is that job, as ``lychgate.Wps`` has it; ``process`` is its description, once there is one.
    """

    def __init__(
        self,
        identifier: str | None = None,
        client: Client | None = None,
        process: wps.Process | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self._identifier, self._client, self.process = identifier, client, process
        self.inputs: list[Any] = []
        self.parameters: dict[str, Any] = {}
        self.domain: Any = None
        self.context: wps.BlockingJob | None = None

    @property
    def identifier(self) -> str:
        return self._identifier or (self.process.identifier if self.process else "")

    @property
    def title(self) -> str | None:
        return self.process.title if self.process else None

    @property
    def abstract(self) -> str | None:
        return self.process.abstract if self.process else None

    def describe(self) -> None:
        """Ask the service for its inputs and outputs."""
        if self._client is None:
            raise CWTError("this process belongs to no client; get it by client.process_by_name()")
        self._client.describe_process(self)

    # --- what goes in

    def __call__(self, *inputs: Any, domain: Any = None, **parameters: Any) -> Process:
        """The same operation with other inputs."""
        made = copy.copy(self)
        Parameter.__init__(made)
        made.inputs, made.parameters, made.domain, made.context = list(inputs), {}, domain, None
        made.add_parameters(**parameters)
        return made

    def copy(self) -> Process:
        made = copy.copy(self)
        made.inputs, made.parameters = list(self.inputs), dict(self.parameters)
        return made

    def add_inputs(self, *inputs: Any) -> None:
        """Variables, or processes whose outputs are inputs here."""
        self.inputs.extend(inputs)

    set_inputs = add_inputs

    def set_domain(self, domain: Any) -> None:
        self.domain = domain

    def add_parameters(self, *given: NamedParameter, **named: Any) -> None:
        """``axes="time"`` or ``axes=["lat", "lon"]``. Raises ``CWTError`` for what is no parameter."""
        for one in given:
            if not isinstance(one, NamedParameter | Gridder):
                raise CWTError(f"Invalid parameter type {type(one).__name__}, should be a NamedParameter")
            self.parameters[one.name] = one
        for key, value in named.items():
            if isinstance(value, Gridder):
                self.parameters["gridder"] = value
            else:
                values = value if isinstance(value, list | tuple) else [value]
                self.parameters[key] = NamedParameter(key, *values)

    def get_parameter(self, name: str, required: bool = False) -> Any:
        if required and name not in self.parameters:
            raise CWTError(f"Parameter {name} is required but not present")
        return self.parameters.get(name)

    def collect_input_processes(self) -> tuple[dict[str, Process], dict[str, Variable]]:
        """This process and those that feed it, and all their variables, each by name."""
        processes: dict[str, Process] = {}
        variables: dict[str, Variable] = {}
        left = [self]
        while left:
            found = left.pop()
            if found.name in processes:
                continue
            processes[found.name] = found
            left += [one for one in found.inputs if isinstance(one, Process)]
            variables |= {one.name: one for one in found.inputs if isinstance(one, Variable)}
        return processes, variables

    def to_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = {"name": self.identifier, "result": self.name}
        if self.domain is not None:
            found["domain"] = getattr(self.domain, "name", self.domain)
        found["input"] = [getattr(one, "name", one) for one in self.inputs]
        for key, value in self.parameters.items():
            found |= {key: value.to_dict()} if isinstance(value, Gridder) else value.to_dict()
        return found

    # --- what has become of it

    def wait(self, timeout: float | None = None, sleep: float | None = None, progress: Any = True) -> bool:
        """Wait for the end, ``sleep`` seconds between two looks; whether it succeeded. The token is renewed meanwhile.

        ``progress`` as in ``lychgate.Wps``. Raises ``WPSTimeoutError`` after ``timeout`` seconds, ``WPSAuthError``,
        ``WPSClientError``, ``WPSServerError``.
        """
        job, pace = self._job(), {} if sleep is None else {"first": sleep, "longest": sleep}
        with telling():
            try:
                job.wait(timeout, progress=progress, **pace)
            except wps.StillRunning:
                raise WPSTimeoutError(timeout or 0.0) from None
            except wps.JobFailed:
                pass
        return self.succeeded

    @property
    def processing(self) -> bool:
        """Whether it is still at work; asks the service."""
        job = self._job()
        with telling():
            return not (job.status.ended or job.refresh().ended)

    @property
    def status(self) -> str:
        """How far it is, as of the last look."""
        found = self._job().status
        done = f" {found.percent:.0f}" if found.percent is not None and not found.ended else ""
        return f"{_STATES[found.state]} {found.message}{done}"

    @property
    def accepted(self) -> bool:
        return self._is("accepted")

    @property
    def started(self) -> bool:
        return self._is("running")

    @property
    def paused(self) -> bool:
        return self._is("paused")

    @property
    def succeeded(self) -> bool:
        return self._is("succeeded")

    @property
    def failed(self) -> bool:
        return self._is("failed")

    errored = failed

    @property
    def output(self) -> Any:
        """What came of it: a ``Variable``, several, or plain data. Raises ``CWTError`` where it has not succeeded."""
        if not self.succeeded:
            raise CWTError("No output available, the process has not succeeded")
        results = self._job().status.results
        first = next((one for one in results if one.mime == "application/json"), results[0] if results else None)
        if first is None or first.data is None:
            return None if first is None else Variable(first.href, first.identifier)
        try:
            return _output(json.loads(first.data))
        except ValueError:
            if first.mime == "application/json":
                raise WPSServerError("Failed to decode process output as JSON") from None
            return first.value

    def _is(self, state: str) -> bool:
        return self._job().status.state == state

    def _job(self) -> wps.BlockingJob:
        if self.context is None:
            raise CWTError("Process is missing a context: execute it first")
        return self.context

    def __repr__(self) -> str:
        return f"Process({self.identifier!r}, inputs={self.inputs!r}, domain={self.domain!r}, name={self.name!r})"


def _output(data: Any) -> Any:
    if isinstance(data, dict) and "uri" in data:
        return Variable.from_dict(data)
    if isinstance(data, list) and data and all(isinstance(one, dict) and "uri" in one for one in data):
        return [Variable.from_dict(one) for one in data]
    return data


def inputs_of(given: Any) -> Iterable[Any]:
    """One input or several, as a list."""
    return [] if given is None else given if isinstance(given, list | tuple) else [given]
