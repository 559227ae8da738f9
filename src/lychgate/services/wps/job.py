"""A job at a service: how far it is, waiting for it, its results."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request, Response, origin_of, without_query
from lychgate.kernel.steps import Call
from lychgate.services.operation import Awaiting, Blocking, operation
from lychgate.services.refusal import Unauthorized, shown, text_of
from lychgate.services.service import Exchange, Service
from lychgate.world.adapters.fsspec import fsspec
from lychgate.world.progress import Tell, watching

from .answer import ACCEPT, refuse, wants_login
from .description import asked, read_capabilities
from .keeping import dataset, keep, opened, write
from .status import Result, Status, read_status
from .waiting import DAY, Patience, wait
from .xml import BadAnswer


class CannotCancel(LychgateError):
    """The service offers no way to end a job; it goes on."""


class Job:
    """``status`` is the last that was read, ``location`` where it is read anew (empty for a job that was not stored).

    Made by ``execute``, or by ``job`` from a location that was kept. Both are of the service's own origin, or the
    credential does not go there.
    """

    def __init__(self, service: Service, status: Status) -> None:
        self.service, self.status = service, status

    @property
    def location(self) -> str:
        return self.status.location

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status.process} {self.status.state} at {without_query(self.location)}>"

    @operation
    def refresh(self) -> Flow[Status]:
        """The status by now. Raises ``Unauthorized``, ``Forbidden``, ``TransientError``, ``BadAnswer``, ``Refused``."""
        return self._look()

    @operation
    def wait(
        self,
        timeout: float | None = DAY,
        *,
        progress: Tell | bool = True,
        first: float = 0.5,
        longest: float = 15.0,
        grace: float = 120.0,
    ) -> Flow[Status]:
        """Wait until the job has ended well; a token that ends meanwhile is renewed.

        All in seconds: ``timeout`` for the whole (None: none), ``first`` and ``longest`` between two looks, ``grace``
        for which the service may be away. ``progress``: True shows a bar or lines on standard error, False nothing, a
        function gets each ``Status``. Raises ``JobFailed``, ``StillRunning``, and what ``refresh`` raises.
        """
        patience = Patience(timeout, first, longest, grace)
        with watching(self.status.process or "job", progress) as tell:
            ended = yield from wait(self._look, self.status, patience, tell)
        ended.raise_for_failure()
        return ended

    @operation
    def read(self, output: str | None = None) -> Flow[bytes]:
        """A result's bytes, at most 32 MiB. ``output`` may be left out where there is one only.

        Raises ``KeyError`` for another name, ``TransientError`` for a longer one (use ``fetch``), and what ``refresh``
        raises.
        """
        result = self.status.result(output)
        data = result.bytes()
        if data is not None:
            return data
        response = yield from Exchange(self._get(result), limit=LIMIT)
        self._check(response, f"the result {result.identifier}")
        return response.body

    @operation
    def fetch(self, output: str | None, path: str | os.PathLike[str]) -> Flow[Path]:
        """A result in the file ``path``, however long. What stood there stays until the new one is whole.

        Raises ``ConfigError`` where it cannot be written, and what ``read`` raises.
        """
        result = self.status.result(output)
        data, target = result.bytes(), Path(path)
        if data is not None:
            return (yield from Call(write, (target, data)))
        what = f"the result {result.identifier}"
        return (yield from keep(self._get(result), target, lambda response: self._check(response, what)))

    @operation
    def open(self, output: str | None = None) -> Flow[Any]:
        """A result as a file object of fsspec, read piece by piece with the same credential.

        Raises ``ConfigError`` where fsspec is not installed.
        """
        return (yield from Call(self._opened, (self.status.result(output),)))

    @operation
    def dataset(self, /, output: str | None = None, **options: Any) -> Flow[Any]:
        """A result as an ``xarray.Dataset``, read with the same credential; ``options`` are those of ``open_dataset``.

        Raises ``ConfigError`` where xarray or fsspec is not installed.
        """
        result = self.status.result(output)
        return (yield from Call(dataset, (lambda: self._opened(result), options)))

    @operation
    def cancel(self) -> Flow[None]:
        """End the job, where the service offers Dismiss (WPS 2.0, OGC 14-065 11): WPS 1.0 has no way.

        Raises ``CannotCancel`` where it does not; the job goes on, and may be waited for no longer.
        """
        known = read_capabilities((yield from Exchange(asked(self.service.url, "GetCapabilities"))))
        if not any(name.lower() == "dismiss" for name in known.operations):
            raise CannotCancel(
                f"the service at {without_query(self.service.url)} offers no way to end a job (WPS 1.0 has none). "
                "It goes on; stop waiting for it, and ask the operator where it must end."
            )
        name = Path(urlsplit(self.location).path).stem
        dismiss = asked(self.service.url, "Dismiss", version="2.0.0", jobId=name)
        refuse((yield from Exchange(dismiss)), f"ending the job {name}")

    def _look(self, left: float = float("inf")) -> Flow[Status]:
        if not self.location:
            if not self.status.ended:
                raise BadAnswer("the service did not say where the job's status is", text="")
            return self.status
        request = Request("GET", self.location, Headers({"Accept": ACCEPT, "Cache-Control": "no-cache"}))
        response = yield from Exchange(request, limit=LIMIT, left=left, spoilt=wants_login)
        self._check(response, "the status")
        self.status = settled(self.service, read_status(response, "the status"), self.location)
        return self.status

    def _check(self, response: Response, what: str) -> None:
        """Raise the error that an answer is, and say so where the credential was not sent at all."""
        if response.status == 401 and response.url and not self.service.holds(response.url):
            raise Unauthorized(
                f"{what} is at {origin_of(response.url)}, which is not among the origins of the credential, so it was "
                f'asked without, and answered 401. If it belongs there: lychgate.auth(..., origins=["'
                f'{origin_of(self.service.url)}", "{origin_of(response.url)}"])',
                description=text_of(response),
                status=401,
            )
        refuse(response, what)

    def _get(self, result: Result) -> Request:
        if not result.href:
            raise BadAnswer(f"the output {result.identifier} has neither data nor an address", text="")
        return Request("GET", at_home(self.service, result.href, self.location), Headers({"Accept": "*/*"}))

    def _opened(self, result: Result) -> Any:
        data = result.bytes()
        if data is not None:
            return io.BytesIO(data)
        href = self._get(result).url
        return opened(href, fsspec(self.service.auth) if self.service.holds(href) else {})


LIMIT = 32 * 1024 * 1024  # bytes of a status document, with the results that stand in it


class BlockingJob(Job, Blocking):
    """A job whose operations block."""


class AwaitingJob(Job, Awaiting):
    """A job whose operations are awaited."""


def settled(service: Service, status: Status, location: str = "") -> Status:
    """The status with its address made whole; a document that names none stays at ``location``."""
    from dataclasses import replace

    found = at_home(service, status.location) if status.location else ""
    return replace(status, location=location or found)


def at_home(service: Service, href: str, document: str = "") -> str:
    """An address that the service wrote, whole. One of its own host in clear text is https where the service is.

    A service behind a proxy often does not know that. ``document``: where the document stands that names the address,
    which may be relative to it (RFC 3986 5.1); empty for the service's own answers. Raises ``ConfigError`` for what is
    no web address.
    """
    ours = urlsplit(service.url)
    try:
        url = urljoin(document or service.url, href)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        said = shown(href.partition("?")[0].rpartition("@")[2])
        raise ConfigError(f"the service names an address that is none of the web: {said}") from None
    if parts.scheme == "http" and ours.scheme == "https" and parts.netloc == ours.netloc:
        return parts._replace(scheme="https").geturl()
    return url
