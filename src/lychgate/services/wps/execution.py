"""Asking for an execution: the Execute request by GET and by POST (OGC 05-007r7 10.2)."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from lychgate.kernel.http import Headers, Request

from .answer import ACCEPT
from .description import VERSION, asked
from .values import Pairs, as_query, as_xml, escaped
from .xml import OWS, WPS


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output; with ``reference`` the service keeps it and answers where, whatever the process does by itself."""

    identifier: str
    reference: bool | None = None
    mime: str = ""
    encoding: str = ""
    schema: str = ""

    def format(self) -> dict[str, str]:
        found = {"mimeType": self.mime, "encoding": self.encoding, "schema": self.schema}
        return {name: said for name, said in found.items() if said}


@dataclass(frozen=True, slots=True)
class Execution:
    """``stored``: the answer comes at once and says where the status is. ``raw``: the one output is the answer itself.

    ``lineage``: the answer repeats the inputs. Without ``outputs`` all are answered.
    """

    process: str
    inputs: Pairs = ()
    outputs: tuple[Wanted, ...] = ()
    stored: bool = True
    raw: bool = False
    lineage: bool = False

    def by_get(self, url: str) -> Request:
        """With everything in the URL: for inputs that are short and no secret."""
        more = {"version": VERSION, "Identifier": self.process}
        if self.inputs:
            more["DataInputs"] = ";".join(as_query(name, value) for name, value in self.inputs)
        if self.outputs:
            wanted = ";".join(_as_query(one, self.raw) for one in self.outputs)
            more["RawDataOutput" if self.raw else "ResponseDocument"] = wanted
        more |= {name: "true" for name, on in self._switches().items() if on and not self.raw}
        return asked(url, "Execute", **more)

    def by_post(self, url: str) -> Request:
        """With an XML body."""
        root = ET.Element(f"{{{WPS}}}Execute", {"service": "WPS", "version": VERSION})
        ET.SubElement(root, f"{{{OWS}}}Identifier").text = self.process
        if self.inputs:
            ET.SubElement(root, f"{{{WPS}}}DataInputs").extend(as_xml(name, value) for name, value in self.inputs)
        self._form(ET.SubElement(root, f"{{{WPS}}}ResponseForm"))
        body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return Request("POST", url, Headers({"Content-Type": "text/xml; charset=utf-8", "Accept": ACCEPT}), body)

    def _form(self, form: ET.Element) -> None:
        if self.raw:
            raw = ET.SubElement(form, f"{{{WPS}}}RawDataOutput", self.outputs[0].format())
            ET.SubElement(raw, f"{{{OWS}}}Identifier").text = self.outputs[0].identifier
            return
        switches = {name: str(on).lower() for name, on in self._switches().items()}
        document = ET.SubElement(form, f"{{{WPS}}}ResponseDocument", switches)
        for wanted in self.outputs:
            about = wanted.format() | (
                {} if wanted.reference is None else {"asReference": str(wanted.reference).lower()}
            )
            output = ET.SubElement(document, f"{{{WPS}}}Output", about)
            ET.SubElement(output, f"{{{OWS}}}Identifier").text = wanted.identifier

    def _switches(self) -> dict[str, bool]:
        return {"storeExecuteResponse": self.stored, "status": self.stored, "lineage": self.lineage}


def _as_query(wanted: Wanted, raw: bool) -> str:
    about = wanted.format()
    if wanted.reference is not None and not raw:
        about["asReference"] = str(wanted.reference).lower()
    return wanted.identifier + "".join(f"@{name}={escaped(said)}" for name, said in about.items())
