"""``lychgate bridge``: a command whose library takes a credential from a file of its own, for as long as it runs."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lychgate.cli.aim import aim
from lychgate.cli.bridges import BRIDGES
from lychgate.cli.bridges.bridge import Laid, Place
from lychgate.cli.child import environment, forwarding, private_folder, started, status_of
from lychgate.cli.holding import usual_profile
from lychgate.kernel.errors import ConfigError, LychgateError
from lychgate.world.atomic import write_private

if TYPE_CHECKING:
    from lychgate.world.auth import Auth

LOOK = 1.0  # seconds between two looks whether the credential is still the same
API = "LYCHGATE_API"
USER = "lychgate"
EXAMPLES = {
    "curl": "lychgate bridge curl -- curl https://api.example.org/me",
    "gdal": "lychgate bridge gdal --profile cdse -- gdalinfo /vsicurl/https://data.example.org/scene.tif",
    "netcdf": "lychgate bridge netcdf --profile esgf -- ncdump -h https://data.example.org/dap/file.nc",
}


@click.group()
def command() -> None:
    """Run a command with the file from which its library takes a credential; the file is removed at the end.

    The credential goes to the API alone. GDAL opens the API's own addresses. curl and netCDF go through a door on this
    machine: addresses of the API among the command's words are led there, and LYCHGATE_API holds the door's address
    for scripts. Your own .curlrc, .ncrc and gdalrc go on to hold, and are not changed.

    \b
    Examples:
      lychgate bridge curl -- curl https://api.example.org/me
      lychgate bridge netcdf --profile esgf -- ncdump -h https://data.example.org/dap/file.nc
      lychgate bridge gdal --profile cdse -- gdalinfo /vsicurl/https://data.example.org/scene.tif
    """


def _to(library: str) -> click.Command:
    @click.command(library, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
    @click.option("--profile", metavar="PROFILE", help="By default the only one.")
    @click.option("--target", metavar="ORIGIN", help="The API. By default the profile's only origin.")
    @click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND...")
    def made(profile: str | None, target: str | None, words: tuple[str, ...]) -> None:
        _run(library, profile or usual_profile(), target, words)

    made.help = f"Run COMMAND, which uses {library}.\n\n\b\nExamples:\n  {EXAMPLES[library]}"
    made.short_help = f"For a command that uses {library}."
    return made


def _run(library: str, name: str, target: str | None, words: Sequence[str]) -> None:
    import lychgate

    where = aim(name, target)
    credential = lychgate.auth(name, interaction="never")
    with forwarding() as running, private_folder() as folder, _door(credential, where) as (port, alias, password):
        place = Place(folder, where, port, alias, USER, password, folder / "header")
        laid: Laid = BRIDGES.find(library)(place)
        header = "" if laid.door else _header(credential, where)
        for file, text in {**laid.files, **({place.header.name: header} if header else {})}.items():
            write_private(folder / file, text.encode("utf-8", "surrogateescape"))
        api = {API: laid.door} if laid.door else {}
        led = _led(words, where, laid.door) if laid.door else words
        running.append(started(led, environment(name) | dict(laid.variables) | api))
        ended = running[0].wait() if laid.door else _fresh(running[0], credential, where, place.header, header)
    click.get_current_context().exit(status_of(ended))


@contextlib.contextmanager
def _door(credential: Auth, where: str) -> Iterator[tuple[int, str, str]]:
    """A door on this machine that leads to the API: (port, a name of its own, password)."""
    from lychgate.world.forwarder import Forwarder

    alias = f"lychgate-{secrets.token_hex(8)}.invalid"
    server = Forwarder(credential, where, alias=alias)
    threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    try:
        yield server.server_address[1], alias, server.password
    finally:
        server.shutdown()
        server.server_close()


def _led(words: Sequence[str], where: str, door: str) -> list[str]:
    """The words with those that are addresses of the API leading to the door."""
    return [
        door + word[len(where) :] if word == where or word.startswith((f"{where}/", f"{where}?")) else word
        for word in words
    ]


def _header(credential: Auth, where: str) -> str:
    """The lines of a header file. Raises ``ConfigError`` for a credential that each request has anew."""
    if credential.credential.authenticator.signs:
        raise ConfigError("this credential is made anew for each request; lychgate proxy can add it, a file cannot")
    return "".join(f"{name}: {value}\n" for name, value in credential.headers(f"{where}/").items())


def _fresh(child: subprocess.Popen[bytes], credential: Auth, where: str, file: Path, held: str) -> int:
    """Wait for the command's end, and keep the header file fresh until then."""
    while True:
        try:
            return child.wait(timeout=LOOK)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(LychgateError, OSError):  # the command goes on: it may need none any more
            if (fresh := _header(credential, where)) != held:
                write_private(file, fresh.encode())
                held = fresh


for _library in sorted(EXAMPLES):
    command.add_command(_to(_library))
