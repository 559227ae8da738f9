"""The settings of the UNICORE facade. Its site's name is ``unicore_site``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

DAY = 86400
Seconds = Annotated[int, Field(ge=1, le=100 * 365 * DAY)]


class Unicore(BaseModel):
    """Lifetimes are seconds: ``lifetime`` of an issued token that names none, ``longest_lifetime`` of any.

    What is made with a renewable token, and with what was made with it, ends ``renewable_for`` after the first was
    issued. A person has at most ``tokens`` issued tokens that live at once, and ``sessions`` security sessions, each
    for ``session_lifetime``: a further one ends their oldest. A new key of the site signs after ``publish_ahead``, so
    that people at other sites can come to trust it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    lifetime: Seconds = 300
    longest_lifetime: Seconds = 30 * DAY
    renewable_for: Seconds = 90 * DAY
    publish_ahead: Seconds = 7 * DAY
    session_lifetime: Seconds = 8 * 3600
    tokens: Annotated[int, Field(ge=1, le=10_000)] = 1000
    sessions: Annotated[int, Field(ge=1, le=10_000)] = 50
