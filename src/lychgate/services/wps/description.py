"""What a service says of itself and of its processes: GetCapabilities and DescribeProcess (OGC 05-007r7 8 and 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lychgate.kernel.http import Headers, Request, Response

from .answer import ACCEPT, document
from .xml import attribute, child, children, local, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Format:
    """``mime`` type, ``encoding`` (``base64`` or nothing) and ``schema``."""

    mime: str = ""
    encoding: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """``kind`` is ``literal``, ``complex`` or ``box``; it is given ``least`` to ``most`` times.

    The first of ``formats`` is the usual one. ``datatype`` and ``allowed`` are a literal's; a range is ``low..high``.
    """

    identifier: str
    title: str = ""
    abstract: str = ""
    kind: str = "literal"
    least: int = 1
    most: int = 1
    datatype: str = ""
    default: str | None = None
    allowed: tuple[str, ...] = ()
    formats: tuple[Format, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """``kind`` and ``formats`` as those of an input."""

    identifier: str
    title: str = ""
    abstract: str = ""
    kind: str = "literal"
    datatype: str = ""
    formats: tuple[Format, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """``stores``: results can be kept at the service, so that a job can be waited for; ``reports``: it has a status.

    The capabilities hold the first four fields alone.
    """

    identifier: str
    title: str = ""
    abstract: str = ""
    version: str = ""
    stores: bool = False
    reports: bool = False
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Capabilities:
    """``operations`` are the requests that the service knows. ``xml`` is its document, as owslib's readers take it."""

    title: str
    abstract: str
    version: str
    operations: frozenset[str]
    processes: tuple[Process, ...]
    xml: bytes = field(repr=False, default=b"")

    def __getitem__(self, identifier: str) -> Process:
        """The process of that name. Raises ``KeyError``."""
        return next((found for found in self.processes if found.identifier == identifier), None) or _none(identifier)

    def __contains__(self, identifier: object) -> bool:
        return any(found.identifier == identifier for found in self.processes)


def _none(identifier: str) -> Process:
    raise KeyError(identifier)


def asked(url: str, request: str, **more: str) -> Request:
    """A request in the service's own query language; parameters that the URL has stay."""
    made = Request("GET", url, Headers({"Accept": ACCEPT}))
    for name, value in {"service": "WPS", "request": request, **more}.items():
        made = made.with_query(name, value)
    return made


def read_capabilities(response: Response) -> Capabilities:
    """Raises what ``document`` raises."""
    root = document(response, "GetCapabilities", "Capabilities")
    about, operations = child(root, "ServiceIdentification"), child(root, "OperationsMetadata")
    names = frozenset(attribute(found, "name") for found in children(operations, "Operation"))
    found = tuple(_process(element) for element in children(child(root, "ProcessOfferings"), "Process"))
    return Capabilities(
        text(about, "Title"), text(about, "Abstract"), attribute(root, "version"), names, found, response.body
    )


def read_descriptions(response: Response) -> tuple[Process, ...]:
    """Raises what ``document`` raises."""
    root = document(response, "DescribeProcess", "ProcessDescriptions")
    return tuple(_process(found) for found in children(root, "ProcessDescription"))


def _process(element: Element) -> Process:
    return Process(
        identifier=text(element, "Identifier"),
        title=text(element, "Title"),
        abstract=text(element, "Abstract"),
        version=attribute(element, "processVersion"),
        stores=attribute(element, "storeSupported") == "true",
        reports=attribute(element, "statusSupported") == "true",
        inputs=tuple(_input(found) for found in children(child(element, "DataInputs"), "Input")),
        outputs=tuple(_output(found) for found in children(child(element, "ProcessOutputs"), "Output")),
    )


def _input(element: Element) -> Input:
    literal, kind = child(element, "LiteralData"), _kind(element)
    default = child(literal, "DefaultValue")
    return Input(
        identifier=text(element, "Identifier"),
        title=text(element, "Title"),
        abstract=text(element, "Abstract"),
        kind=kind,
        least=_number(attribute(element, "minOccurs"), 1),
        most=_number(attribute(element, "maxOccurs"), 1),
        datatype=text(literal, "DataType"),
        default=None if default is None else text(default),
        allowed=_allowed(child(literal, "AllowedValues")),
        formats=_formats(child(element, "ComplexData")),
    )


def _output(element: Element) -> Output:
    return Output(
        identifier=text(element, "Identifier"),
        title=text(element, "Title"),
        abstract=text(element, "Abstract"),
        kind=_kind(element),
        datatype=text(child(element, "LiteralOutput"), "DataType"),
        formats=_formats(child(element, "ComplexOutput")),
    )


def _kind(element: Element) -> str:
    names = {local(found) for found in element}
    if names & {"ComplexData", "ComplexOutput"}:
        return "complex"
    return "box" if names & {"BoundingBoxData", "BoundingBoxOutput"} else "literal"


def _number(said: str, otherwise: int) -> int:
    """A count; ``unbounded`` and what is no number are many."""
    return int(said) if said.isdecimal() and len(said) < 10 else otherwise if not said else 2**31


def _allowed(element: Element | None) -> tuple[str, ...]:
    values = [text(found) for found in children(element, "Value")]
    ranges = [f"{text(found, 'MinimumValue')}..{text(found, 'MaximumValue')}" for found in children(element, "Range")]
    return (*values, *ranges)


def _formats(element: Element | None) -> tuple[Format, ...]:
    usual = list(children(child(element, "Default"), "Format"))
    others = list(children(child(element, "Supported"), "Format"))
    found = [Format(text(one, "MimeType"), text(one, "Encoding"), text(one, "Schema")) for one in [*usual, *others]]
    return tuple(dict.fromkeys(found))
