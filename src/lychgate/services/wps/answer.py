"""A service's answer: the document that was asked for, or the error that it is (OGC 06-121r3 8, ExceptionReport).

Services answer an ExceptionReport with any HTTP status, 200 too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lychgate.issuer.call import retry_after
from lychgate.kernel.errors import Refused, TransientError
from lychgate.kernel.http import Response
from lychgate.services.refusal import Unauthorized, refusal, shown, text_of
from lychgate.world.masking import mask

from .xml import BadAnswer, attribute, children, local, parse, text

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ACCEPT = "text/xml, application/xml;q=0.9, */*;q=0.1"
_PASSING = (429, 502, 503, 504)
# What ESGF's service says with status 200 to a call without a token, or with one that has ended.
_LOGIN = ("authentication failed", "access token is no longer valid")


class ExceptionReport(Refused):
    """The service's own report: ``error`` is its code, ``locator`` what it is about, ``description`` its text, whole.

    ``status`` is the HTTP status that it came with.
    """

    def __init__(self, message: str, *, code: str, locator: str, text: str, status: int = 0) -> None:
        super().__init__(message, error=code, description=text, status=status)
        self.locator = locator


class JobFailed(ExceptionReport):
    """A job that was accepted has failed; the report is the process's own."""


def document(response: Response, what: str, *roots: str) -> Element:
    """The root element, which is one of ``roots``.

    Raises ``Unauthorized``, ``Forbidden``, ``ExceptionReport``, ``Refused``, ``TransientError``, ``BadAnswer``.
    """
    refuse(response, what)
    root = parse(response.body, f"the answer to {what}")
    if local(root) == "ExceptionReport":  # in a coding, or behind a comment, where ``refuse`` did not see it
        raise_report(root, what, response.status)
    if local(root) not in roots:
        whole = text_of(response)
        raise BadAnswer(f"the answer to {what} is <{shown(local(root))}>, not <{roots[0]}>: {shown(whole)}", text=whole)
    return root


def refuse(response: Response, what: str) -> None:
    """Raise the error that an answer is; a result may be anything that is none."""
    status = response.status
    if status in (401, 403):
        raise refusal(response, what)
    if report := report_in(response):
        raise_report(report, what, status)
    if status in _PASSING:
        said = text_of(response)
        raise TransientError(f"{what} was answered {status}: {shown(said)}", retry_after=retry_after(response, 0.0))
    if status >= 300:
        raise refusal(response, what)


def wants_login(response: Response) -> bool:
    """Whether the service means 401, whatever the status is that it says so with."""
    begin = response.body[:4096].lower()
    return b"exceptionreport" in begin and any(said.encode() in begin for said in _LOGIN)


def report_in(response: Response) -> Element | None:
    """The ExceptionReport that a response holds; None where it is none."""
    if b"ExceptionReport" not in response.body[:4096]:
        return None
    try:
        root = parse(response.body, "an ExceptionReport")
    except BadAnswer:
        return None
    return root if local(root) == "ExceptionReport" else None


def raise_report(
    report: Element, what: str, status: int = 0, kind: type[ExceptionReport] = ExceptionReport
) -> NoReturn:
    """Raise what an ``ExceptionReport`` element says."""
    found = list(children(report, "Exception"))
    texts = [text(said) for one in found for said in children(one, "ExceptionText")]
    whole = mask("\n".join(filter(None, texts)) or text(report))
    code = attribute(found[0], "exceptionCode") if found else ""
    locator = attribute(found[0], "locator") if found else ""
    if kind is ExceptionReport and whole.strip().rstrip(".").lower() in _LOGIN:
        raise Unauthorized(f"{what} was refused: {shown(whole)}", error=code, description=whole, status=status)
    about = f" ({code}{f', {locator}' if locator and locator != 'None' else ''})" if code else ""
    verb = "failed" if kind is JobFailed else "was refused"
    raise kind(f"{what} {verb}{about}: {shown(whole)}", code=code, locator=locator, text=whole, status=status)
