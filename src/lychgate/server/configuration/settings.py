"""Where settings come from besides flags and the environment: a TOML file, and files that hold a secret."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_settings import PydanticBaseSettingsSource

from lychgate.kernel.errors import ConfigError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PREFIX = "LYCHGATE_"
SECRETS = ("database",)
from_file: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar("from_file")


class FileSettings(PydanticBaseSettingsSource):
    """The keys of the TOML file that is being read."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return from_file.get({}).get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(from_file.get({}))


class SecretFiles(PydanticBaseSettingsSource):
    """``LYCHGATE_X_FILE`` for what may hold a secret."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        named = {name: os.environ.get(f"{PREFIX}{name.upper()}_FILE") for name in SECRETS}
        return {name: _secret(name, path) for name, path in named.items() if path}


def _secret(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{PREFIX}{name.upper()}_FILE: {path} cannot be read: {error.strerror}") from None
