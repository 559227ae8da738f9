"""The one origin that a command sends a profile's credential to."""

from __future__ import annotations

import click

from lychgate.kernel.errors import ConfigError
from lychgate.world.origins import origin
from lychgate.world.profiles import open_profile


def aim(profile: str, target: str | None) -> str:
    """``target``, or the profile's only origin. Raises ``ConfigError`` for one that is not the profile's."""
    origins = open_profile(profile).origins
    if target is None:
        if not origins or len(origins) != 1:
            raise click.UsageError("name the origin that the credential is for, as https://api.example.org")
        return origins[0]
    found = origin(target)
    if target.rstrip("/").lower() != found.lower():
        raise ConfigError(f"the target is an origin alone, without a path: {found}")
    if origins is not None and found not in origins:
        raise ConfigError(f'the profile "{profile}" goes to {", ".join(origins) or "nowhere"} alone, not to {found}')
    return found
