"""How far a job is, and what came of it: the ExecuteResponse (OGC 05-007r7 10.3)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lychgate.kernel.http import Response
from lychgate.world.masking import mask

from .answer import JobFailed, document, raise_report
from .xml import BadAnswer, attribute, bad, child, children, local, parse, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

STATES = {
    "ProcessAccepted": "accepted",
    "ProcessStarted": "running",
    "ProcessPaused": "paused",
    "ProcessSucceeded": "succeeded",
    "ProcessFailed": "failed",
}
_NUMBERS = {"integer", "int", "long", "short", "positiveinteger", "nonnegativeinteger"}


@dataclass(frozen=True, slots=True)
class Result:
    """An output of a job: at ``href``, or its ``data`` itself, a text as it stood in the answer.

    ``box`` is what a bounding box holds: both corners, and their ``crs`` as the ``datatype``.
    """

    identifier: str
    title: str = ""
    href: str = ""
    data: str | None = field(default=None, repr=False)
    mime: str = ""
    encoding: str = ""
    datatype: str = ""
    box: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    @property
    def value(self) -> str | int | float | bool | bytes | None:
        """A literal as Python has it; other data as text, or as bytes where it came as base64.

        None where it stands at ``href``. Raises ``BadAnswer`` where the data are not what they say.
        """
        if self.data is None:
            return None
        kind = self.datatype.rpartition(":")[2].rpartition("#")[2].lower()
        try:
            if self.encoding.lower() == "base64":
                return base64.b64decode(self.data)
            if kind in _NUMBERS:
                return int(self.data)
            if kind in ("float", "double", "decimal"):
                return float(self.data)
        except (ValueError, binascii.Error):
            said = self.datatype or self.encoding
            raise BadAnswer(f"the output {self.identifier} is no {said}", text=self.data) from None
        return self.data.lower() in ("true", "1") if kind == "boolean" else self.data

    def bytes(self) -> bytes | None:
        """The data as they would be in a file; None where they stand at ``href``."""
        value = self.value if self.encoding else self.data
        return value if isinstance(value, bytes) or value is None else str(value).encode()


@dataclass(frozen=True, slots=True)
class Status:
    """``state``: accepted, running, paused, succeeded or failed. ``percent`` is None where nobody says.

    ``location`` is where the status is read anew, empty where it is not.
    """

    state: str
    percent: float | None = None
    message: str = ""
    location: str = ""
    process: str = ""
    results: tuple[Result, ...] = ()
    xml: bytes = field(default=b"", repr=False)

    @property
    def ended(self) -> bool:
        return self.state in ("succeeded", "failed")

    def result(self, identifier: str | None = None) -> Result:
        """The output of that name, or the only one there is. Raises ``KeyError``, which names those that there are."""
        found = [one for one in self.results if identifier in (None, one.identifier)]
        if len(found) != 1:
            names = ", ".join(one.identifier for one in self.results) or "none"
            raise KeyError(f"which output? there are: {names}")
        return found[0]

    def raise_for_failure(self) -> None:
        """Raise ``JobFailed`` with the process's own report where the job has failed."""
        if self.state == "failed":
            ended = child(child(parse(self.xml, "the status"), "Status"), "ProcessFailed")
            report = child(ended, "ExceptionReport")
            what = f"the job {self.process}".strip()
            if report is not None:
                raise_report(report, what, kind=JobFailed)
            raise JobFailed(
                f"{what} failed: {self.message or 'it said nothing'}", code="", locator="", text=self.message
            )


def read_status(response: Response, what: str) -> Status:
    """Raises what ``document`` raises; a failed job is no error here."""
    root = document(response, what, "ExecuteResponse")
    status = child(root, "Status")
    found = next((one for one in (() if status is None else status) if local(one) in STATES), None)
    if found is None:
        raise bad(f"the answer to {what} has no status", response.body)
    results = tuple(_result(one) for one in children(child(root, "ProcessOutputs"), "Output"))
    return Status(
        state=STATES[local(found)],
        percent=_percent(found),
        message=mask(text(found)),
        location=attribute(root, "statusLocation"),
        process=text(child(root, "Process"), "Identifier"),
        results=results,
        xml=response.body,
    )


def _percent(element: Element) -> float | None:
    if local(element) == "ProcessSucceeded":
        return 100.0
    try:
        return min(100.0, max(0.0, float(attribute(element, "percentCompleted"))))
    except ValueError:
        return None


def _result(element: Element) -> Result:
    identifier, title = text(element, "Identifier"), text(element, "Title")
    reference = child(element, "Reference")
    if reference is not None:
        href = attribute(reference, "href")
        return Result(identifier, title, href, None, attribute(reference, "mimeType"))
    held = child(element, "Data")
    data = None if held is None else next(iter(held), None)
    if data is None:
        return Result(identifier, title)
    about = (attribute(data, "mimeType"), attribute(data, "encoding"), attribute(data, "dataType"))
    if local(data) == "BoundingBoxData":
        return Result(identifier, title, "", None, "", "", attribute(data, "crs"), _box(data))
    return Result(identifier, title, "", _content(data), *about)


def _content(data: Element) -> str:
    """The text, or the markup where there are elements in it."""
    if len(data):
        return "".join([data.text or "", *(ET.tostring(one, encoding="unicode") for one in data)]).strip()
    return data.text or ""


def _box(data: Element) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        lower, upper = (tuple(map(float, text(data, name).split())) for name in ("LowerCorner", "UpperCorner"))
    except ValueError:
        raise BadAnswer("a bounding box holds no numbers", text=ET.tostring(data, encoding="unicode")) from None
    return lower, upper
