"""netCDF-C: the ``.ncrc`` of its own, in which a value may be bound to an address (since 4.9; DAP2 and DAP4)."""

from __future__ import annotations

from pathlib import Path

from .bridge import Laid, Place, own

RC = "ncrc"


def lay(place: Place) -> Laid:
    here = [folder / name for folder in (Path.home(), Path.cwd()) for name in (".ncrc", ".daprc", ".dodsrc")]
    door = f"http://127.0.0.1:{place.port}"
    ours = f"[{door}]HTTP.CREDENTIALS.USERPASSWORD={place.user}:{place.password}\n"
    file = str(place.folder / RC)
    return Laid({RC: own(*here) + ours}, {"NCRCENV_RC": file, "DAPRCFILE": file}, door)
