"""Presets as objects ready to use: ``lychgate.climate_engine(...)``. Options and addresses stand in ``client/presets``.

Each takes what its preset takes, and answers what ``lychgate.auth`` answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ParamSpec

from lychgate.client.presets import PRESETS, Preset

from .auth import Auth, auth

P = ParamSpec("P")


def ready(make: Callable[P, Preset]) -> Callable[P, Auth]:
    """``make`` with its options, opened. Raises ``ConfigError`` as it does."""

    def made(*args: P.args, **kwargs: P.kwargs) -> Auth:
        preset = make(*args, **kwargs)
        return auth(preset.source, origins=preset.origins, store=preset.store)

    return update_wrapper(made, make)


if TYPE_CHECKING:
    from lychgate.client import keycloak as _keycloak
    from lychgate.client import unicore as _unicore
    from lychgate.client.presets import cdse as _cdse
    from lychgate.client.presets import climate_engine as _climate_engine
    from lychgate.client.presets import earthdata as _earthdata
    from lychgate.client.presets import openstack as _openstack
    from lychgate.client.presets import systems as _systems

    cdse = ready(_cdse.cdse)
    climate_engine = ready(_climate_engine.climate_engine)
    earthdata = ready(_earthdata.earthdata)
    egi = ready(_systems.egi)
    esgf = ready(_keycloak.esgf)
    github = ready(_systems.github)
    google = ready(_systems.google)
    keycloak = ready(_keycloak.keycloak)
    microsoft = ready(_systems.microsoft)
    openstack = ready(_openstack.openstack)
    unicore = ready(_unicore.unicore)
    wlcg_iam = ready(_systems.wlcg_iam)
else:

    def __getattr__(name: str) -> Any:
        if name not in PRESETS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return ready(PRESETS.find(name))
