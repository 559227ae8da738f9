"""Live secrets never reach a log: every record of every logger in the process is looked through when it is made.

A secret is found in clear, URL-encoded, JSON-, HTML- or repr-escaped, as bytes, and in base64 at each of its three
alignments in either alphabet; one that is cut off after 16 characters is found as well. What stands in its place is the
fingerprint that the ``Secret`` itself prints, so that two lines can be matched.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, quote_plus

from lychgate.kernel import secret

WORD = 6  # characters: a shorter base64 of a short secret may be any word
HEAD = 4  # characters by which a place is found where a secret may begin
CUT = 16  # characters of a secret that are masked also where the rest is missing
FEW = 400  # heads up to which one pattern is faster than a walk through the text

_URL_SAFE = str.maketrans("+/", "-_")
_ESCAPE = re.compile("%[0-9A-F]{2}")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]{4,}")  # RFC 3986 2.3


def forms(text: str) -> set[str]:
    """How a secret may stand in a log."""
    if _UNRESERVED.fullmatch(text):  # most tokens: written alike everywhere but in base64
        return {text, *_coded({text.encode()})}
    raws = _bytes(text)
    plain = {text, *(raw.decode("latin-1") for raw in raws), *(repr(raw)[2:-1] for raw in raws), *_escaped(text)}
    encoded = {made for raw in raws for made in (quote(raw, safe=""), quote(raw), quote_plus(raw))}
    encoded |= {_ESCAPE.sub(lambda found: found[0].lower(), form) for form in encoded}
    encoded |= {quote(form) for form in encoded}  # a URL within a URL
    sources = {*raws, quote(text, safe="").encode(), quote_plus(text).encode()}  # RFC 6749 2.3.1 has Basic form-encoded
    return {form for form in plain | encoded | _coded(sources) if len(form) >= HEAD}


def _coded(raws: set[bytes]) -> set[str]:
    """In base64, in either alphabet and URL-encoded."""
    coded = {form for raw in raws for form in _base64(raw) if len(form) >= WORD}
    return coded | {form.translate(_URL_SAFE) for form in coded} | {quote(form, safe="") for form in coded}


def _bytes(text: str) -> list[bytes]:
    """What goes over the wire: UTF-8, or Latin-1, which some libraries still write."""
    utf8 = text.encode("utf-8", "surrogatepass")
    return [utf8] if text.isascii() or max(text) > "\xff" else [utf8, text.encode("latin-1")]


def _escaped(text: str) -> Iterator[str]:
    """In JSON (once, with slashes escaped, and within a text of JSON), in ``repr`` and ``ascii``, in HTML."""
    import html  # its table of names is long, and few secrets come here

    for ascii_only in (True, False):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield from (once, once.replace("/", "\\/"), json.dumps(once, ensure_ascii=ascii_only)[1:-1])
    yield from (repr(text)[1:-1], ascii(text)[1:-1], html.escape(text), html.escape(text, quote=False))


def _base64(raw: bytes) -> Iterator[str]:
    """What only this text decides of its base64, wherever it begins in a longer one."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        yield whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _fingerprinted(text: str) -> str:
    return f"Secret(…{secret.fingerprint(text)})"


class Matcher:
    """Finds the texts it has been given. ``add`` may be called meanwhile; ``shown`` is what a text becomes."""

    def __init__(self, shown: Callable[[str], str] = _fingerprinted) -> None:
        self.generation, self._shown = -1, shown
        self._texts: set[str] = set()
        self._by_head: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._pattern: re.Pattern[str] | None = None

    def add(self, texts: Iterable[str]) -> None:
        for text in texts:
            if text not in self._texts:
                self._texts.add(text)
                mask = self._shown(text)
                for form in forms(text):
                    self._by_head[form[:HEAD]].append((form, mask))
        self._pattern = self._compiled() if len(self._by_head) <= FEW else None

    def mask(self, text: str) -> str:
        """The text with each secret in it masked; the very same object where there is none."""
        at, done, parts = self._next(text, 0), 0, []
        while at >= 0:
            length, mask = self._longest(text, at)
            if length:
                parts += [text[done:at], mask]
                done = at + length
            at = self._next(text, max(done, at + 1))
        return "".join([*parts, text[done:]]) if parts else text

    def _next(self, text: str, start: int) -> int:
        """Where the next head stands, from ``start`` on, or -1."""
        if self._pattern is not None:
            found = self._pattern.search(text, start)
            return found.start() if found else -1
        heads = self._by_head
        return next((at for at in range(start, len(text) - HEAD + 1) if text[at : at + HEAD] in heads), -1)

    def _longest(self, text: str, at: int) -> tuple[int, str]:
        candidates = self._by_head.get(text[at : at + HEAD], ())
        return max(((_length(text, at, form), mask) for form, mask in candidates), default=(0, ""))

    def _compiled(self) -> re.Pattern[str]:
        rest: dict[str, set[str]] = defaultdict(set)
        for head in self._by_head:
            rest[head[0]].add(re.escape(head[1:]))
        branches = (f"{re.escape(first)}(?:{'|'.join(sorted(ends))})" for first, ends in sorted(rest.items()))
        return re.compile("|".join(branches) or r"(?!)")


def _length(text: str, at: int, form: str) -> int:
    """How much of ``form`` stands at ``at``: all of it, or at least 16 characters of it, else nothing."""
    if text.startswith(form, at):
        return len(form)
    if not text.startswith(form[:CUT], at):
        return 0
    return next(i for i in range(CUT, len(form)) if text[at + i : at + i + 1] != form[i])


answering: ContextVar[bool] = ContextVar("answering", default=False)
"""Set while a request of our own is under way: its answer's header may be a token that nobody knows yet."""

_matcher = Matcher()
_renewing = threading.Lock()
_LIMIT = 4000  # texts after which those that are no longer live are let go


def mask(text: str) -> str:
    """``text`` with each live secret in it replaced by its fingerprint."""
    if _matcher.generation != secret.generation():
        _renew()
    return _matcher.mask(text)


def _renew() -> None:
    global _matcher
    with _renewing:
        generation, texts = secret.remembered()
        matcher = _matcher if len(_matcher._texts) < _LIMIT else Matcher()
        matcher.add(texts)
        matcher.generation = generation
        _matcher = matcher


class _Fields(dict[str, Any]):
    """The attributes of a log record; those that ``extra=`` sets come after the record is made."""

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, mask(value) if isinstance(value, str) else value)

    def update(self, *given: Any, **named: Any) -> None:
        for name, value in dict(*given, **named).items():
            self[name] = value

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)  # so that a record travels to processes without Lychgate


def install() -> None:
    """Look through every record that is made from now on; a second call does nothing."""
    global _installed
    with _renewing:
        if _installed:
            return
        _installed = True
    previous = logging.getLogRecordFactory()

    def masked(*args: Any, **named: Any) -> logging.LogRecord:
        record = previous(*args, **named)
        if answering.get() and record.name.startswith("httpcore"):
            record.msg, record.args = record.getMessage().partition(" return_value=")[0], ()
        if secret.generation():
            _look_through(record)
        return record

    logging.setLogRecordFactory(masked)


_installed = False


def mask_logs() -> None:
    """Have every logger of this process mask live secrets; the first ``lychgate.auth`` does it as well."""
    install()


def _look_through(record: logging.LogRecord) -> None:
    try:
        message = record.getMessage()
    except Exception:  # the caller's arguments do not fit; logging will say so, and print them
        record.msg, record.args = mask(str(record.msg)), _each_masked(record.args)
    else:
        if (clean := mask(message)) is not message:
            record.msg, record.args = clean, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = logging.Formatter().formatException(record.exc_info)
        if (clean := mask(trace)) is not trace:
            record.exc_text, record.exc_info = clean, None
    if record.stack_info:
        record.stack_info = mask(record.stack_info)
    record.__dict__ = _Fields(record.__dict__)


def _each_masked(args: Any) -> Any:
    if isinstance(args, dict):
        return {name: mask(str(value)) for name, value in args.items()}
    return tuple(mask(str(value)) for value in args or ())
