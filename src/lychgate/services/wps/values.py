"""What goes into a process: numbers and texts, files, references, boxes; each as XML and as part of a query."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

from lychgate.kernel.errors import ConfigError

from .xml import OWS, WPS, XLINK

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


@dataclass(frozen=True, slots=True)
class Complex:
    """Data of a ``mime`` type, sent along. Bytes go as base64."""

    data: str | bytes = field(repr=False)
    mime: str = ""
    encoding: str = ""
    schema: str = ""

    def text(self) -> tuple[str, str]:
        """What is sent, and its encoding."""
        if isinstance(self.data, str):
            return self.data, self.encoding
        return base64.b64encode(self.data).decode(), self.encoding or "base64"


@dataclass(frozen=True, slots=True)
class Reference:
    """Data that the service fetches from ``href`` by itself, without our credential."""

    href: str
    mime: str = ""
    encoding: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box: the ``lower`` and the ``upper`` corner, in the units of ``crs``."""

    lower: tuple[float, ...]
    upper: tuple[float, ...]
    crs: str = ""


Value: TypeAlias = str | Complex | Reference | Box
Given: TypeAlias = Mapping[str, Any]
Pairs: TypeAlias = tuple[tuple[str, Value], ...]


def pairs_of(given: Given) -> Pairs:
    """Each input with one value; a list or a tuple is several. Files are read. Raises ``ConfigError``."""
    return tuple(
        (name, _value(name, one))
        for name, value in given.items()
        for one in (value if isinstance(value, list | tuple) else [value])
        if one is not None
    )


def _value(name: str, given: Any) -> Value:
    if isinstance(given, str | Complex | Reference | Box):
        return given
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return repr(given)
    if isinstance(given, date):  # a datetime is one
        return given.isoformat()
    if isinstance(given, bytes | bytearray):
        return Complex(bytes(given))
    if isinstance(given, os.PathLike):
        return Complex(_file(name, given))
    if isinstance(given, Mapping):
        return Complex(json.dumps(given), "application/json")
    raise ConfigError(f"the input {name} is a {type(given).__name__}, which no process takes", field=name)


def _file(name: str, path: os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"the input {name} cannot be read: {error.strerror}", file=str(path), field=name) from None


def as_xml(identifier: str, value: Value) -> Element:
    """``wps:Input`` (OGC 05-007r7 table 50)."""
    made = ET.Element(f"{{{WPS}}}Input")
    ET.SubElement(made, f"{{{OWS}}}Identifier").text = identifier
    if isinstance(value, Reference):
        about = {f"{{{XLINK}}}href": value.href, **_format(value, value.encoding)}
        ET.SubElement(made, f"{{{WPS}}}Reference", about)
        return made
    data = ET.SubElement(made, f"{{{WPS}}}Data")
    if isinstance(value, Box):
        box = ET.SubElement(data, f"{{{WPS}}}BoundingBoxData", {"crs": value.crs} if value.crs else {})
        for name, corner in (("LowerCorner", value.lower), ("UpperCorner", value.upper)):
            ET.SubElement(box, f"{{{OWS}}}{name}").text = " ".join(map(repr, corner))
    elif isinstance(value, Complex):
        sent, encoding = value.text()
        ET.SubElement(data, f"{{{WPS}}}ComplexData", _format(value, encoding)).text = sent
    else:
        ET.SubElement(data, f"{{{WPS}}}LiteralData").text = value
    return made


def _format(value: Complex | Reference, encoding: str) -> dict[str, str]:
    found = {"mimeType": value.mime, "encoding": encoding, "schema": value.schema}
    return {name: said for name, said in found.items() if said}


def as_query(identifier: str, value: Value) -> str:
    """A part of ``DataInputs`` (OGC 05-007r7 10.2.2); the signs that part it are percent-encoded."""
    if isinstance(value, Reference):
        return f"{identifier}=@xlink:href={escaped(value.href)}{_attributes(_format(value, value.encoding))}"
    if isinstance(value, Box):
        crs = [value.crs] if value.crs else []
        return f"{identifier}={escaped(','.join([*map(repr, (*value.lower, *value.upper)), *crs]))}"
    if isinstance(value, Complex):
        sent, encoding = value.text()
        return f"{identifier}={escaped(sent)}{_attributes(_format(value, encoding))}"
    return f"{identifier}={escaped(value)}"


def _attributes(found: Mapping[str, str]) -> str:
    return "".join(f"@{name}={escaped(said)}" for name, said in found.items())


def escaped(text: str) -> str:
    """The text with the signs that mean something in ``DataInputs`` percent-encoded, and no others."""
    return "".join(f"%{ord(char):02X}" if char in "%;@=&+#" else char for char in text)
