"""The systems whose paths and formats the server also speaks. To add one, write a folder and add it here."""

from __future__ import annotations

from .climate_engine import CLIMATE_ENGINE
from .esgf import ESGF
from .facade import Facade
from .unicore import UNICORE

FACADES: tuple[Facade, ...] = (CLIMATE_ENGINE, ESGF, UNICORE)
