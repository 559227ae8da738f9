"""curl: its ``.curlrc`` names a netrc of ours, which knows our own door alone.

A netrc knows hosts and no ports, and other doors of this machine are other people's. So ours has a name of its own
here, which nobody else can guess and curl alone can resolve.
"""

from __future__ import annotations

import os
from pathlib import Path

from .bridge import Laid, Place, own

RC, NETRC = ".curlrc", "netrc"


def lay(place: Place) -> Laid:
    home = Path(os.environ.get("CURL_HOME") or os.environ.get("XDG_CONFIG_HOME") or Path.home())
    theirs = own(home / RC, home / "curlrc", Path.home() / RC)
    lines = ["netrc-optional", f'netrc-file = "{place.folder / NETRC}"', f'noproxy = "{place.name}"']
    rc = theirs + "\n".join([*lines, f'resolve = "{place.name}:{place.port}:127.0.0.1"', ""])
    netrc = f"machine {place.name} login {place.user} password {place.password}\n"
    door = f"http://{place.name}:{place.port}"
    return Laid({RC: rc, NETRC: netrc}, {"CURL_HOME": str(place.folder)}, door)
