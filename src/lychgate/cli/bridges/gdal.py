"""GDAL: a header file for each request, bound to the API's address by the configuration file (since 3.5).

GDAL reads a header file anew for each request, so it is renewed there.
"""

from __future__ import annotations

from pathlib import Path

from .bridge import Laid, Place, own

RC = "gdalrc"


def lay(place: Place) -> Laid:
    theirs = own(Path.home() / ".gdal" / RC)
    ways = (f"/vsicurl/{place.target}/", f"/vsicurl_streaming/{place.target}/")
    rows = [f"[.lychgate{at}]\npath={way}\nGDAL_HTTP_HEADER_FILE={place.header}\n" for at, way in enumerate(ways)]
    bound = "[credentials]\n" + "\n".join(rows)
    return Laid({RC: f"{theirs}\n{bound}"}, {"GDAL_CONFIG_FILE": str(place.folder / RC)})
