"""Gathering the settings: flags over environment over file, and errors that name the file, the line and the key."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lychgate.kernel.errors import ConfigError
from lychgate.server.config import Config, problem

from .settings import PREFIX, SECRETS, from_file

_OTHERS = {  # variables of Lychgate's other faces
    *("HOME", "CONFIG", "DEBUG", "PROFILE", "API", "INTERACTION", "PASSPHRASE", "PASSPHRASE_FILE")
}


def default_data() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("lychgate"))


def load(flags: Mapping[str, Any], file: Path | None = None) -> Config:
    """The settings: ``flags`` (those given) over the environment over ``file`` (default: DATA/lychgate.toml).

    Raises ``ConfigError`` for anything that does not fit.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    named = given.get("data") or os.environ.get(f"{PREFIX}DATA")
    data = Path(named or default_data())
    chosen = file or (Path(os.environ[f"{PREFIX}CONFIG"]) if os.environ.get(f"{PREFIX}CONFIG") else None)
    path = chosen or data / "lychgate.toml"
    found = _read(path, must=chosen is not None)
    _refuse_misspelt(os.environ)
    return _validated({"data": data if named else found.get("data", data)} | given, found, path)


def _validated(given: Mapping[str, Any], found: Mapping[str, Any], path: Path) -> Config:
    token = from_file.set(found)
    try:
        config = Config(**given)
    except ValidationError as error:
        raise _refusal(error, found, path) from None
    finally:
        from_file.reset(token)
    wrong = _problem(config)
    if wrong:
        raise ConfigError(wrong)
    return config


def _problem(config: Config) -> str | None:
    try:
        return problem(config)
    except ValueError:
        return "the issuer is not a URL"


def _read(path: Path, *, must: bool) -> dict[str, Any]:
    if not must and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from None
    except RecursionError:
        raise ConfigError("not TOML that can be read: nested too deep", file=str(path)) from None
    except ValueError as error:  # TOML's own errors, no UTF-8, a number of thousands of digits
        raise ConfigError(f"not TOML: {error}", file=str(path)) from None


def _names(model: type[Any], where: tuple[Any, ...]) -> list[str]:
    """The keys that are known at ``where``."""
    for step in where:
        model = model.model_fields[step].annotation
    return list(model.model_fields)


def _refusal(error: ValidationError, found: Mapping[str, Any], path: Path) -> ConfigError:
    first = error.errors(include_url=False, include_input=False)[0]
    where = first["loc"]
    key = ".".join(str(part) for part in where)
    text = f"{key}: {first['msg']}"
    if first["type"] == "extra_forbidden":
        near = get_close_matches(str(where[-1]), _names(Config, where[:-1]), n=1)
        text = f'unknown key "{key}"' + (f" ({near[0]}?)" if near else "")
    if key == "port" and os.environ.get(f"{PREFIX}PORT", "").startswith("tcp://"):
        text = (
            f"{PREFIX}PORT is what Kubernetes sets for a service that is called lychgate: "
            "write enableServiceLinks: false in the pod's spec, or call the service something else"
        )
    if where and where[0] in found:
        return ConfigError(text, file=str(path), line=_line_of(path, str(where[-1])), field=key)
    return ConfigError(text, field=key)


def _line_of(path: Path, key: str) -> int | None:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if line.split("=")[0].strip(" \t\"'[]").endswith(key)), None)


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """A variable of ours that nothing reads but that is nearly one that is read: surely a mistake."""
    known = {name.upper() for name in Config.model_fields} | {f"{name.upper()}_FILE" for name in SECRETS} | _OTHERS
    for name in environ:
        short = name.removeprefix(PREFIX)
        if short == name or short in known or "__" in short:
            continue
        near = get_close_matches(short, known, n=1, cutoff=0.75)  # PROT is as near as this to PORT
        if near:
            raise ConfigError(f"unknown environment variable {name} ({PREFIX}{near[0]}?)", field=name)
