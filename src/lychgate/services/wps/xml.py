"""Reading the XML of a service that nobody vouches for, and the names in it.

A document type, and so every entity, is refused; nothing is ever fetched. A document is as long as its answer may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lychgate.kernel.errors import LychgateError
from lychgate.services.refusal import shown
from lychgate.world.masking import mask

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

WPS = "http://www.opengis.net/wps/1.0.0"
OWS = "http://www.opengis.net/ows/1.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
DEEPEST = 200  # elements inside one another

for _prefix, _name in (("wps", WPS), ("ows", OWS), ("xlink", XLINK)):
    ET.register_namespace(_prefix, _name)


class BadAnswer(LychgateError):
    """An answer that is not what was asked for: no XML, cut in the middle, or another document. ``text`` is all of it.

    ``cut``: it begins like XML and ends too early, as one that is still being written does.
    """

    def __init__(self, message: str, *, text: str = "", cut: bool = False) -> None:
        super().__init__(message)
        self.text, self.cut = text, cut


def parse(body: bytes, what: str) -> Element:
    """The root of a document. Raises ``BadAnswer``; ``what`` names the document in its message."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except DefusedXmlException:
        raise bad(f"{what} declares a document type or entities, which are not read", body) from None
    except (ET.ParseError, ValueError, LookupError) as error:
        cut = not body.strip() or _is_cut(error)
        why = "is cut in the middle" if cut else "is not XML"
        begins = shown(body[:4096].decode("utf-8", "replace")) or "there is nothing in it"
        raise bad(f"{what} {why}: {begins}", body, cut) from None
    if _too_deep(root):
        raise bad(f"{what} is nested more than {DEEPEST} elements deep", body)
    return root


def bad(message: str, body: bytes, cut: bool = False) -> BadAnswer:
    """The error for ``body``; secrets of ours in it are masked."""
    return BadAnswer(mask(message), text=mask(body.decode("utf-8", "replace")), cut=cut)


def _is_cut(error: Exception) -> bool:
    from xml.parsers import expat

    early = {expat.errors.codes[name] for name in (
        expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN, expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )}  # fmt: skip
    return isinstance(error, ET.ParseError) and error.code in early


def _too_deep(root: Element) -> bool:
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True


def local(element: Element) -> str:
    """The element's name without its namespace: services mix up the namespaces of the versions."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, name: str) -> Element | None:
    """The first child of that local name; None where there is none."""
    return next(children(element, name), None)


def children(element: Element | None, name: str) -> Iterator[Element]:
    return (found for found in (() if element is None else element) if local(found) == name)


def text(element: Element | None, name: str = "") -> str:
    """The text in an element, or in its child ``name``; empty where there is none."""
    found = child(element, name) if name else element
    return "" if found is None else "".join(found.itertext()).strip()


def attribute(element: Element, name: str) -> str:
    """An attribute's value by its local name, whatever its namespace and case; empty where there is none."""
    wanted = name.lower()
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2].lower() == wanted), "")
