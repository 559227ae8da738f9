"""The interface of a preset: what is known of a system's addresses and customs. Each is a call, with its options."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from lychgate.client.authenticators.authenticator import Authenticator
from lychgate.client.sources.source import Source

Store = str | os.PathLike[str] | Any  # where tokens are kept, as ``lychgate.auth`` takes it; None for what is usual


@dataclass(frozen=True, slots=True)
class Preset:
    """Where tokens come from (or what goes on a request as it is), whom they may reach, and where they are kept.

    ``origins`` are None where its first request says it. ``unicore`` is the REST address of the UNICORE site that it is
    for, which issues tokens of its own.
    """

    source: Source | Authenticator
    origins: tuple[str, ...] | None
    unicore: str = ""
    store: Store = None
