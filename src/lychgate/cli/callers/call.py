"""``lychgate call``: one request with a profile's credential, as curl would send it."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lychgate.cli.holding import usual_profile
from lychgate.cli.output import say
from lychgate.kernel.errors import LychgateError
from lychgate.world import tls
from lychgate.world.origins import origin
from lychgate.world.profiles import open_profile, profile_names

if TYPE_CHECKING:
    import httpx2

PATIENCE = 60.0  # seconds for each read and write


class Answered(LychgateError):
    """The API answered with an error of its own; its body has been printed."""


@click.command()
@click.argument("method")
@click.argument("url")
@click.option("--profile", metavar="PROFILE", help="By default the one whose origins hold the URL, or the only one.")
@click.option("--header", "-H", "headers", multiple=True, metavar="'NAME: VALUE'", help="May be repeated.")
@click.option("--data", "-d", metavar="TEXT|@FILE", help='The body; "@FILE" is read from a file, "@-" from stdin.')
@click.option("--include", "-i", is_flag=True, help="Print the status and the header fields first.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write the body to a file.")
def command(
    method: str,
    url: str,
    profile: str | None,
    headers: tuple[str, ...],
    data: str | None,
    include: bool,
    output: Path | None,
) -> None:
    """Send a request with a profile's credential, and print the answer's body.

    The credential goes to the profile's origins alone. An answer of 400 or more ends with status 1.

    \b
    Examples:
      lychgate call GET https://api.example.org/me
      lychgate call POST https://api.example.org/jobs -d @job.json -H 'Content-Type: application/json'
    """
    import httpx2

    import lychgate

    fields = [_field(text) for text in headers]
    body = None if data is None else _body(data)
    credential: Any = lychgate.auth(profile or _profile_for(url), interaction="never")
    settings = {"follow_redirects": True, "timeout": PATIENCE, **credential.connection()}
    try:
        with (
            httpx2.Client(auth=credential, **settings) as client,
            client.stream(method.upper(), url, headers=fields, content=body) as response,
        ):
            _show(response, include, output)
    except httpx2.HTTPError as error:
        raise tls.unreached(origin(url), error) from None


def _show(response: httpx2.Response, include: bool, output: Path | None) -> None:
    if include:
        lines = [f"{name}: {value}" for name, value in response.headers.multi_items()]
        say("\n".join([f"{response.status_code} {response.reason_phrase}", *lines, ""]))
    sys.stdout.flush()
    out = output.open("wb") if output else _Terminal() if sys.stdout.isatty() else sys.stdout.buffer
    part = b""
    try:
        for part in response.iter_bytes():
            out.write(part)
        if part[-1:] not in (b"", b"\n") and output is None and sys.stdout.isatty():
            out.write(b"\n")  # what a terminal shows next begins a line
        out.flush()
    finally:
        if not isinstance(out, _Terminal) and output:
            out.close()
    if response.status_code >= 400:
        raise Answered(f"{response.url.host} answered {response.status_code} {response.reason_phrase}")


class _Terminal:
    """A body on a terminal, which must not obey it; in a pipe or a file it is what came, byte by byte."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, part: bytes) -> None:
        text = self._decoder.decode(part).replace("\r\n", "\n")
        sys.stdout.write("".join(char if char.isprintable() or char in "\n\t" else "?" for char in text))

    def flush(self) -> None:
        sys.stdout.flush()


def _profile_for(url: str) -> str:
    """The profile whose origins hold ``url``; the usual one where none or several do."""
    wanted = origin(url)
    found = [name for name in profile_names() if wanted in (open_profile(name).origins or ())]
    return found[0] if len(found) == 1 else usual_profile()


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{text!r} is no header field; write 'NAME: VALUE'")
    return name.strip(), value.strip()


def _body(text: str) -> bytes:
    if not text.startswith("@"):
        return text.encode()
    if text == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{text[1:]}: {error.strerror}") from None
