"""The WPS client's flows, the service played by hand: what no well-behaved service shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

import lychgate
from lychgate.kernel.errors import ConfigError, Refused, TransientError
from lychgate.kernel.http import Headers, Response
from lychgate.services.refusal import Forbidden, Unauthorized
from lychgate.services.wps import (
    BadAnswer,
    BlockingJob,
    Box,
    CannotCancel,
    Complex,
    ExceptionReport,
    JobFailed,
    Reference,
    StillRunning,
    Wanted,
    Wps,
)
from lychgate.services.wps.job import at_home
from support.wps_play import NAMES, STATUS, URL, Site, job, report, xml

CAPABILITIES = (
    f"<wps:Capabilities {NAMES}><ows:ServiceIdentification><ows:Title>T</ows:Title></ows:ServiceIdentification>"
    "<ows:OperationsMetadata>{operations}</ows:OperationsMetadata><wps:ProcessOfferings><wps:Process>"
    "<ows:Identifier>mean</ows:Identifier></wps:Process></wps:ProcessOfferings></wps:Capabilities>"
)


def wait(site: Site, **options: Any) -> Any:
    started = Wps(URL).job(STATUS)
    return site.run(BlockingJob.wait.make(started, **{"progress": False, **options}))


def execute(site: Site, inputs: dict[str, Any] | None = None, **options: Any) -> Any:
    return site.run(Wps.execute.make(Wps(URL), "mean", inputs, **options))


# --- waiting


def test_a_status_that_never_ends_meets_the_deadline_and_says_how_to_go_on() -> None:
    site = Site(job("Started", 25, "step 1"))
    with pytest.raises(StillRunning, match="still running, 25 % after 3600 s") as caught:
        wait(site, timeout=3600)
    assert caught.value.location == STATUS
    assert caught.value.last.message == "step 1"
    assert sum(site.slept) == pytest.approx(3600)
    assert len(site.requests) < 350  # it looks less and less often
    assert site.slept == sorted(site.slept[:-1]) + site.slept[-1:]
    assert site.exchanged[-1].left == pytest.approx(0)  # and is patient no longer than that


def test_a_service_that_is_away_for_a_while_ends_no_wait() -> None:
    away, busy = TransientError("no answer"), xml("<html>Bad gateway</html>", 502)
    assert wait(Site(job("Started", 1), away, busy, xml(""), job("Succeeded"))).state == "succeeded"


def test_a_service_that_is_away_for_too_long_does() -> None:
    site = Site(job("Started", 1), TransientError("no answer from wps.example.org"))
    with pytest.raises(TransientError, match="no answer"):
        wait(site, grace=60)
    assert 60 <= sum(site.slept) < 90


def test_the_services_wish_for_patience_is_kept() -> None:
    site = Site(xml("", 503, Retry_After="40"), job("Succeeded"))
    wait(site)
    assert site.slept == [0.5, 40]


def test_a_document_that_is_still_being_written_is_read_again() -> None:
    half = job("Started", 1).body[:150]
    assert wait(Site(Response(200, Headers(), half), job("Succeeded"))).state == "succeeded"


def test_each_status_is_told() -> None:
    told = list[Any]()
    wait(Site(job("Started", 10, "a"), job("Started", 60, "b"), job("Succeeded")), progress=told.append)
    assert [(one.state, one.percent, one.message) for one in told][1:] == [
        ("running", 10, "a"),
        ("running", 60, "b"),
        ("succeeded", 100, ""),
    ]


def test_a_job_that_fails_raises_in_the_process_own_words() -> None:
    said = report("NoApplicableCode", "line 1\nthe disk is full {}").body.decode()
    with pytest.raises(JobFailed, match="the disk is full") as caught:
        wait(Site(job("Started"), job("Failed", said=said)))
    assert caught.value.description == "line 1\nthe disk is full {}"
    assert caught.value.error == "NoApplicableCode"


# --- answers that are none


BOMB = '<!DOCTYPE a [<!ENTITY x "xxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (BOMB, "declares a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', "declares a document type"),
        ("All is well.", "is not XML"),
        ("<html><body>Log in here</body></html>", "is <html>, not <ExecuteResponse>"),
        (job("Succeeded").body.decode()[:-20], "is cut in the middle"),
        ("", "there is nothing in it"),
        ("<a>" * 1000 + "</a>" * 1000, "200 elements deep"),
        (f"<wps:ExecuteResponse {NAMES}/>", "has no status"),
    ],
    ids=["entity-bomb", "external-entity", "no-xml", "a-page", "cut", "empty", "deep", "no-status"],
)
def test_what_is_no_answer_is_a_typed_error_that_keeps_its_text(body: str, why: str) -> None:
    with pytest.raises(BadAnswer, match=why) as caught:
        execute(Site(xml(body)))
    assert caught.value.text == body


def test_a_page_in_place_of_a_status_ends_the_wait_at_once() -> None:
    site = Site(xml("<html>Log in</html>"))
    with pytest.raises(BadAnswer):
        wait(site)
    assert len(site.requests) == 1


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Forbidden), (404, Refused)])
def test_a_refusal_keeps_the_services_text_whole(status: int, kind: type[Refused]) -> None:
    body = '{"detail": "no {role} for you"}\n' + "x" * 2000
    with pytest.raises(kind, match=r"no \{role\} for you") as caught:
        execute(Site(xml(body, status)))
    assert (caught.value.status, caught.value.description) == (status, body)


def test_a_service_that_shows_what_it_was_sent_brings_no_secret_into_an_error() -> None:
    secret = lychgate.Secret("eyJhbGciOi.very-secret.token")
    echo = f"you sent: Authorization: Bearer {secret.reveal()}"
    for reply in (xml(echo, 401), xml(echo, 404), xml(echo), report("NoApplicableCode", echo), xml(echo, 503)):
        with pytest.raises(lychgate.LychgateError) as caught:
            execute(Site(reply))
        told = f"{caught.value} {vars(caught.value)}"
        assert "very-secret" not in told
        assert "you sent: Authorization" in told
    status = job("Started", 5, echo)
    told = list[Any]()
    with pytest.raises(StillRunning):
        wait(Site(status), timeout=5, progress=told.append)
    assert "very-secret" not in told[-1].message


def test_a_redirect_of_an_execution_says_where_it_leads() -> None:
    with pytest.raises(Refused, match=r"it leads to https://wps\.example\.org/wps/, which"):
        execute(Site(xml("", 301, Location="https://wps.example.org/wps/")))


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_exception_report_is_the_same_error_with_any_status(status: int) -> None:
    with pytest.raises(ExceptionReport, match="MissingParameterValue, identifier") as caught:
        execute(Site(report("MissingParameterValue", "which one?", status)))
    assert (caught.value.error, caught.value.locator) == ("MissingParameterValue", "identifier")
    assert caught.value.description == "which one?"


@pytest.mark.parametrize("coding", ["utf-8", "utf-16"])
def test_an_exception_report_is_one_in_any_coding_and_behind_a_long_comment(coding: str) -> None:
    text = f'<?xml version="1.0" encoding="{coding}"?><!--{"x" * 5000}-->{report("X", "boo").body.decode()}'
    with pytest.raises(ExceptionReport, match="boo"):
        execute(Site(replace(xml(""), body=text.encode(coding))))


@pytest.mark.parametrize("said", ["Authentication failed", "Access token is no longer valid"])
def test_what_esgf_says_with_status_200_is_unauthorized(said: str) -> None:
    with pytest.raises(Unauthorized) as caught:
        execute(Site(report("NoApplicableCode", said)))
    assert caught.value.description == said


# --- what is sent


def test_an_execution_by_post_says_what_was_given() -> None:
    site = Site(job("Accepted"))
    given = {
        "variable": ["tas", "pr<&>"], "level": 5, "mask": True, "none": None, "table": {"a": 1}, "raw": b"\x00\x01",
        "file": Reference("https://data.example.org/a.nc?x=1&y=2", "application/x-netcdf"),
        "text": Complex("<b/>", "text/xml"), "area": Box((1.0, 2.0), (3.0, 4.5), "EPSG:4326"),
    }  # fmt: skip
    execute(site, given, outputs=["mean", Wanted("output", reference=True)])
    root = ElementTree.fromstring(site.requests[0].body or b"")
    w, o, x = (f"{{{name}}}" for name in ("http://www.opengis.net/wps/1.0.0", "http://www.opengis.net/ows/1.1", "http://www.w3.org/1999/xlink"))  # fmt: skip  # noqa: E501
    inputs = root.findall(f"{w}DataInputs/{w}Input")
    names = [one.findtext(f"{o}Identifier") for one in inputs]
    assert names == ["variable", "variable", "level", "mask", "table", "raw", "file", "text", "area"]
    literals = [one.findtext(f"{w}Data/{w}LiteralData") for one in inputs[:4]]
    assert literals == ["tas", "pr<&>", "5", "true"]
    table, raw, text = (inputs[number].find(f"{w}Data/{w}ComplexData") for number in (4, 5, 7))
    assert table is not None
    assert (table.text, table.get("mimeType")) == ('{"a": 1}', "application/json")
    assert raw is not None
    assert (raw.text, raw.get("encoding")) == ("AAE=", "base64")
    assert text is not None
    assert text.text == "<b/>"
    reference = inputs[6].find(f"{w}Reference")
    assert reference is not None
    assert reference.get(f"{x}href") == "https://data.example.org/a.nc?x=1&y=2"
    assert inputs[8].findtext(f"{w}Data/{w}BoundingBoxData/{o}UpperCorner") == "3.0 4.5"
    form = root.find(f"{w}ResponseForm/{w}ResponseDocument")
    assert form is not None
    assert form.get("storeExecuteResponse") == form.get("status") == "true"
    assert [one.get("asReference") for one in form] == [None, "true"]


def test_an_execution_by_get_escapes_what_would_part_it() -> None:
    site = Site(job("Accepted"))
    given = {"a": "x;y=z@w&%", "b": Reference("https://d.org/f?x=1", "application/x-netcdf")}
    execute(site, given, method="get", outputs=[Wanted("out", reference=True)])
    query = parse_qs(urlsplit(site.requests[0].url).query)
    assert query["DataInputs"] == [
        "a=x%3By%3Dz%40w%26%25;b=@xlink:href=https://d.org/f?x%3D1@mimeType=application/x-netcdf"
    ]
    assert query["ResponseDocument"] == ["out@asReference=true"]
    assert (query["status"], query["storeExecuteResponse"]) == (["true"], ["true"])


def test_a_value_that_fits_nothing_is_refused_before_anything_is_sent() -> None:
    site = Site(job("Accepted"))
    with pytest.raises(ConfigError, match="the input level is a object"):
        execute(site, {"level": object()})
    with pytest.raises(ConfigError, match="cannot be read"):
        execute(site, {"file": Path("/no/such/file")})
    with pytest.raises(ConfigError, match='"get" or "post"'):
        execute(site, method="put")
    assert site.requests == []


def test_capabilities_are_asked_for_with_the_credential_only_where_the_service_wants_it() -> None:
    for replies, opens in (([200], [True]), ([401, 200], [True, False])):
        site = Site(*(xml(CAPABILITIES.format(operations=""), status) for status in replies))
        assert "mean" in site.run(Wps.capabilities.make(Wps(URL)))
        assert [step.open for step in site.exchanged] == opens


def test_a_django_service_that_wants_its_csrf_token_gets_it() -> None:
    cookie = xml(CAPABILITIES.format(operations=""), Set_Cookie="csrftoken=abc123; Path=/; Secure")
    site = Site(xml("CSRF verification failed.", 403), cookie, job("Accepted"))
    execute(site)
    again = site.requests[2]
    assert (again.headers["Cookie"], again.headers["X-CSRFToken"]) == ("csrftoken=abc123", "abc123")
    assert again.body == site.requests[0].body


# --- the end of a job


def test_a_service_that_knows_dismiss_is_told_to_end_the_job() -> None:
    known = CAPABILITIES.format(operations='<ows:Operation name="Dismiss"/>')
    site = Site(xml(known), xml("<ok/>"))
    site.run(BlockingJob.cancel.make(Wps(URL).job(STATUS)))
    query = parse_qs(urlsplit(site.requests[1].url).query)
    assert (query["request"], query["jobId"], query["version"]) == (["Dismiss"], ["1"], ["2.0.0"])


def test_a_service_that_does_not_is_a_clear_error() -> None:
    site = Site(xml(CAPABILITIES.format(operations='<ows:Operation name="Execute"/>')))
    with pytest.raises(CannotCancel, match=r"WPS 1\.0 has none"):
        site.run(BlockingJob.cancel.make(Wps(URL).job(STATUS)))
    assert len(site.requests) == 1


def results(*outputs: str) -> Any:
    return execute(Site(job("Succeeded", outputs="".join(outputs))))


def output(name: str, data: str) -> str:
    return f"<wps:Output><ows:Identifier>{name}</ows:Identifier>{data}</wps:Output>"


def test_results_are_what_they_say() -> None:
    literals: Iterable[tuple[str, str, Any]] = [
        ("xs:integer", "4", 4), ("float", "1.5", 1.5), ("boolean", "true", True), ("string", "a", "a"), ("", "b", "b"),
    ]  # fmt: skip
    for kind, text, value in literals:
        data = f'<wps:Data><wps:LiteralData dataType="{kind}">{text}</wps:LiteralData></wps:Data>'
        assert results(output("o", data)).status.result().value == value
    blob = '<wps:Data><wps:ComplexData mimeType="x/y" encoding="base64">AAE=</wps:ComplexData></wps:Data>'
    box = "<wps:Data><wps:BoundingBoxData><ows:LowerCorner>1 2</ows:LowerCorner><ows:UpperCorner>3 4</ows:UpperCorner></wps:BoundingBoxData></wps:Data>"  # noqa: E501
    mark = "<wps:Data><wps:ComplexData><a>b</a></wps:ComplexData></wps:Data>"
    made = results(output("blob", blob), output("box", box), output("mark", mark))
    assert made.status.result("blob").value == b"\x00\x01"
    assert made.status.result("box").box == ((1.0, 2.0), (3.0, 4.0))
    assert made.status.result("mark").value == "<a>b</a>"
    with pytest.raises(KeyError, match="blob, box, mark"):
        made.status.result()
    bad = '<wps:Data><wps:LiteralData dataType="integer">many</wps:LiteralData></wps:Data>'
    with pytest.raises(BadAnswer, match="is no integer"):
        results(output("o", bad)).status.result().value  # noqa: B018  the look is the test


def test_an_address_in_a_status_document_is_relative_to_that_document() -> None:
    where = "https://wps.example.org/jobs/7/status.xml"
    outputs = "<wps:Output><ows:Identifier>o</ows:Identifier><wps:Reference xlink:href='o.nc'/></wps:Output>"
    site = Site(job("Succeeded", outputs=outputs, location=where))
    done = Wps(URL).job(where)
    site.run(BlockingJob.wait.make(done, progress=False))
    asked = Site(xml("data"))
    asked.run(BlockingJob.read.make(done))
    assert asked.requests[0].url == "https://wps.example.org/jobs/7/o.nc"


def test_a_result_that_is_refused_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "out.nc"
    target.write_bytes(b"old")
    done = results(output("o", '<wps:Reference href="https://wps.example.org/o.nc"/>'))
    for reply in (xml("gone", 404), TransientError("no answer")):
        with pytest.raises((Refused, TransientError)):
            Site(reply).run(BlockingJob.fetch.make(done, "o", target))
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"old"]
    Site(xml("new")).run(BlockingJob.fetch.make(done, "o", target))
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"new"]


def test_an_address_in_clear_text_is_https_where_the_service_is() -> None:
    service = Wps(URL).service
    assert at_home(service, "http://wps.example.org/o.nc") == "https://wps.example.org/o.nc"
    assert at_home(service, "http://other.example.org/o.nc") == "http://other.example.org/o.nc"
    assert at_home(service, "/o.nc") == "https://wps.example.org/o.nc"
    assert (
        at_home(service, "o.nc", "https://wps.example.org/jobs/7/status.xml") == "https://wps.example.org/jobs/7/o.nc"
    )
    for odd in ("file:///etc/passwd", "http://[::1/o.nc", "http://wps.example.org:99999/", "http:///o.nc"):
        with pytest.raises(ConfigError, match="none of the web"):
            at_home(service, odd)


def test_making_a_client_sends_nothing_and_a_wrong_credential_says_so() -> None:
    with pytest.raises(TypeError, match="authenticator"):
        Wps(URL, object())
