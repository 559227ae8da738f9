"""Bridges to programs that take a credential from files of their own: the table."""

from lychgate.client.table import Table

BRIDGES = Table(
    "bridge",
    {
        "curl": "lychgate.cli.bridges.curl:lay",
        "gdal": "lychgate.cli.bridges.gdal:lay",
        "netcdf": "lychgate.cli.bridges.netcdf:lay",
    },
)
