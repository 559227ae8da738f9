"""Presets: the table. A package of others adds its own by the entry point group ``lychgate.presets``."""

from lychgate.client.table import Table

from .preset import Preset

PRESETS = Table(
    "preset",
    {
        "cdse": "lychgate.client.presets.cdse:cdse",
        "climate_engine": "lychgate.client.presets.climate_engine:climate_engine",
        "earthdata": "lychgate.client.presets.earthdata:earthdata",
        "egi": "lychgate.client.presets.systems:egi",
        "esgf": "lychgate.client.keycloak:esgf",
        "github": "lychgate.client.presets.systems:github",
        "google": "lychgate.client.presets.systems:google",
        "keycloak": "lychgate.client.keycloak:keycloak",
        "microsoft": "lychgate.client.presets.systems:microsoft",
        "openstack": "lychgate.client.presets.openstack:openstack",
        "unicore": "lychgate.client.unicore:unicore",
        "wlcg_iam": "lychgate.client.presets.systems:wlcg_iam",
    },
)

__all__ = ["PRESETS", "Preset"]
