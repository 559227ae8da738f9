"""The job list of LLNL's service, page by page, beside its WPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from lychgate.kernel.flow import Flow
from lychgate.kernel.http import Headers, Request
from lychgate.services.refusal import refusal, shown, text_of
from lychgate.services.service import Exchange

from .errors import JobMissingError, WPSServerError, telling

if TYPE_CHECKING:
    from lychgate.services.service import Service

PATH = "/wps/api/job/"


class JobListWrapper:
    """``current`` is the page as the service has it; ``jobs["id"]`` is one job."""

    def __init__(self, service: Service, url: str) -> None:
        self._service, self.url = service, url
        self._pages: dict[str, Any] = {}
        self._load(url)

    @property
    def current(self) -> dict[str, Any]:
        page: dict[str, Any] = self._pages[self.url]
        return page

    def next(self) -> JobListWrapper:
        """The next page; the last one stays."""
        return self._load(self.current.get("next"))

    def previous(self) -> JobListWrapper:
        """The page before; the first one stays."""
        return self._load(self.current.get("previous"))

    def job(self, id: Any) -> JobWrapper:
        """The job of that id, on another page too. Raises ``JobMissingError``."""
        found = next((one for one in self.current.get("results", ()) if str(one.get("id")) == str(id)), None)
        if found is not None:
            return JobWrapper(self._service, found)
        try:
            return JobWrapper(self._service, call(self._service, "GET", urljoin(self.url, f"{PATH}{id}/")))
        except Exception as error:
            raise JobMissingError(f"Could not load job {id}") from error

    __getitem__ = job

    def __len__(self) -> int:
        return int(self.current.get("count", 0))

    def _load(self, url: str | None) -> JobListWrapper:
        if url:
            here = mended(url)
            if here not in self._pages:
                self._pages[here] = call(self._service, "GET", here)
            self.url = here
        return self

    def __repr__(self) -> str:
        lines = [f"{one.get('id')}  {one.get('identifier')}  {one.get('status')}" for one in self.current["results"]]
        return "\n".join([f"{len(self)} jobs", *lines])


class JobWrapper:
    """``data`` is what the service says of it: id, identifier, status, accepted, elapsed, output, status_links, url."""

    def __init__(self, service: Service, data: dict[str, Any]) -> None:
        self._service, self.data = service, data

    def statuses(self) -> list[Any]:
        """Each status, as JSON."""
        return [
            call(self._service, "GET", f"{mended(link).rstrip('/')}.json") for link in self.data.get("status_links", ())
        ]

    def delete(self) -> None:
        """Delete it, and so end it. Raises ``WPSAuthError``, ``WPSClientError``, ``WPSServerError``."""
        call(self._service, "DELETE", f"{mended(self.data['url']).rstrip('/')}/")

    def __repr__(self) -> str:
        return f"<Job {self.data.get('id')} {self.data.get('identifier')} {self.data.get('status')}>"


def mended(url: str) -> str:
    """The service writes ``/wpsapi/`` where it means ``/wps/api/``."""
    return url.replace("/wpsapi/", "/wps/api/")


def call(service: Service, method: str, url: str) -> Any:
    """The JSON of an answer, None where it has no body. Raises the errors of ``cwt``."""
    with telling():
        return service.run(_called(method, urljoin(service.url, url)))


def _called(method: str, url: str) -> Flow[Any]:
    response = yield from Exchange(Request(method, url, Headers({"Accept": "application/json"})))
    if response.status >= 300:
        raise refusal(response, f"{method} {PATH}")
    if not response.body:
        return None
    try:
        return response.json()
    except ValueError:
        raise WPSServerError(f"the job list is no JSON: {shown(text_of(response))}") from None
