"""No live secret in any log record, whatever it looks like there."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import pickle
import re
import time
import timeit
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from lychgate.kernel.secret import Secret, fingerprint
from lychgate.world import masking

AWKWARD = 'p@ss/word+with "quotes" & spaces ü%'


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What a plain handler of the root logger writes at DEBUG."""
    masking.mask_logs()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def shapes(text: str) -> dict[str, str]:
    raw = text.encode()
    latin = raw if max(text, default="") > "\xff" else text.encode("latin-1")
    return {
        "clear": text,
        "url": quote(text, safe=""),
        "path": quote(text),
        "form": quote_plus(text),
        "json": json.dumps(text),
        "repr": repr({"password": text}),
        "base64": base64.b64encode(raw).decode(),
        "base64 at one": base64.b64encode(b"i" + raw + b"x").decode(),
        "base64 at two": base64.b64encode(b"id" + raw + b"xy").decode(),
        "url-safe base64": base64.urlsafe_b64encode(b"id" + raw).decode(),
        "url-encoded base64": quote(base64.b64encode(b"id:" + raw).decode(), safe=""),
        "url in small letters": re.sub("%..", lambda found: found[0].lower(), quote(text, safe="")),
        "url in a url": quote(quote(text, safe=""), safe=""),
        "json in json": json.dumps(json.dumps(text)),
        "json with slashes escaped": json.dumps(text).replace("/", "\\/"),
        "html": html.escape(text),
        "bytes": repr(raw),
        "ascii": ascii(text),
        "form in base64": base64.b64encode(b"id:" + quote_plus(text).encode()).decode(),
        "Latin-1 as bytes": repr(latin),
        "Latin-1 in base64": base64.b64encode(b"id:" + latin).decode(),
    }


def leaks(text: str, shown: str) -> list[str]:
    return [name for name, shape in shapes(text).items() if shape.strip("'\"=") in shown]


@pytest.mark.parametrize("text", [AWKWARD, "abcdef", "token-" + "x1y2" * 200, "测试密码测试", "grüße/<dich>"])
@pytest.mark.parametrize("shape", shapes(""))
def test_a_secret_is_masked_in_each_shape(out: io.StringIO, text: str, shape: str) -> None:
    secret = Secret(text)
    logging.getLogger("some.where").debug("before %s after", shapes(text)[shape])
    shown = out.getvalue()
    assert leaks(text, shown) == []
    assert f"Secret(…{fingerprint(text)})" in shown
    assert shown.startswith("DEBUG before ")
    assert shown.endswith(" after\n")
    assert repr(secret) == f"Secret(…{fingerprint(text)})"


def test_arguments_of_any_kind_are_masked(out: io.StringIO) -> None:
    Secret(AWKWARD)
    log = logging.getLogger("kinds")
    log.info(AWKWARD)
    log.info("%(password)s", {"password": AWKWARD})
    log.info("%r", [("authorization", AWKWARD)])
    log.info("%s", ValueError(AWKWARD))
    assert leaks(AWKWARD, out.getvalue()) == []
    assert out.getvalue().count(fingerprint(AWKWARD)) == 4


def test_a_traceback_is_masked(out: io.StringIO) -> None:
    Secret(AWKWARD)
    try:
        raise RuntimeError(f"refused: {AWKWARD}")
    except RuntimeError:
        logging.getLogger("broken").exception("it failed")
    shown = out.getvalue()
    assert leaks(AWKWARD, shown) == []
    assert "Traceback" in shown
    assert f"refused: Secret(…{fingerprint(AWKWARD)})" in shown


def test_a_traceback_without_a_secret_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    masking.mask_logs()
    Secret(AWKWARD)
    try:
        raise RuntimeError("plain")
    except RuntimeError:
        logging.getLogger("broken").exception("it failed")
    assert caplog.records[-1].exc_info is not None


def test_extra_fields_are_masked(caplog: pytest.LogCaptureFixture) -> None:
    masking.mask_logs()
    Secret(AWKWARD)
    logging.getLogger("extra").warning("hello", extra={"url": f"/x?key={quote(AWKWARD)}", "number": 3})
    record = caplog.records[-1]
    assert leaks(AWKWARD, str(record.__dict__)) == []
    assert record.__dict__["number"] == 3


def test_a_record_travels_to_another_process(caplog: pytest.LogCaptureFixture) -> None:
    masking.mask_logs()
    Secret(AWKWARD)
    logging.getLogger("far").warning("hello %s", AWKWARD, extra={"a": "b"})
    content = pickle.dumps(caplog.records[-1])
    assert b"lychgate" not in content
    assert pickle.loads(content).getMessage().startswith("hello Secret(")


def test_arguments_that_do_not_fit_do_not_break_the_caller(
    out: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    Secret(AWKWARD)
    log = logging.getLogger("wrong")
    log.propagate = False  # pytest's own handler raises where others print
    log.addHandler(logging.StreamHandler(out))
    log.warning("%s %s", AWKWARD)
    printed = capsys.readouterr().err
    assert "not enough arguments" in printed
    assert f"Secret(…{fingerprint(AWKWARD)})" in printed
    assert leaks(AWKWARD, out.getvalue() + printed) == []


def test_a_renewed_secret_is_masked_and_the_old_one_still_is(out: io.StringIO) -> None:
    log = logging.getLogger("renewed")
    for number in range(5):
        Secret(f"token-number-{number}-of-the-day")
        log.debug("GET /x?token=token-number-%d-of-the-day", number)
    log.debug("token-number-0-of-the-day")
    assert "token-number" not in out.getvalue()


def test_a_secret_that_is_cut_off_is_masked_too() -> None:
    text = "eyJhbGciOiJFUzI1NiJ9." + "abcdefgh" * 20
    Secret(text)
    assert text[:16] not in masking.mask(f"token={text[:40]}...")
    assert text[16:40] not in masking.mask(f"token={text[:40]}...")


def test_of_two_secrets_that_begin_alike_the_longer_one_is_masked_whole() -> None:
    Secret("same-beginning")
    Secret("same-beginning-and-more")
    assert "more" not in masking.mask("x same-beginning-and-more y")


def test_what_holds_no_secret_is_the_very_same_text() -> None:
    Secret(AWKWARD)
    text = "GET /nothing/here HTTP/1.1"
    assert masking.mask(text) is text


def test_a_thousand_secrets_are_found_and_cost_little() -> None:
    texts = [f"{number:04x}-secret-number-{number}-{number * 7919}" for number in range(1000)]
    kept = [Secret(text) for text in texts]
    line = 'http://127.0.0.1:44321 "GET /api/v1/users/me?verbose=true&page=3 HTTP/1.1" 200 1432'
    masking.mask(line)
    assert min(timeit.repeat(lambda: masking.mask(line), number=100, repeat=5)) / 100 < 1e-3
    assert all(text not in masking.mask(f"x{text}y") for text in texts)
    assert len(kept) == 1000


def test_a_new_secret_does_not_make_the_next_line_wait() -> None:
    for number in range(1000):
        Secret(f"another-{number}-secret-{number * 7919}")
    masking.mask("x")
    began = time.perf_counter()
    Secret("the-one-after-the-thousand")
    masking.mask("x")
    assert time.perf_counter() - began < 0.05


def test_installing_twice_is_once() -> None:
    masking.mask_logs()
    factory = logging.getLogRecordFactory()
    masking.mask_logs()
    assert logging.getLogRecordFactory() is factory
