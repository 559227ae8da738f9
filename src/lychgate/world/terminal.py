"""The person at the terminal, and nobody (``interaction="never"``). Neither ever hangs without a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from lychgate.kernel.errors import ConfigError, LoginNeeded
from lychgate.kernel.steps import Visit

from .perform import Person

LOGIN = "lychgate login"


class Nobody:
    """Nobody can be reached: each question is a ``LoginNeeded``, each message goes unsaid."""

    def ask(self, prompt: str, secret: bool) -> str:
        _needed(f"{prompt.rstrip(': ')} is needed, and nobody may be asked here.")

    def tell(self, message: str) -> None:
        pass

    def visit(self, step: Visit[Any]) -> Mapping[str, str]:
        _needed("a person has to open a page, and nobody may be asked here.")


class Terminal(Nobody):
    """Whoever sits at the terminal, if there is one; answers of secrets are not echoed."""

    def ask(self, prompt: str, secret: bool) -> str:
        if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
            return super().ask(prompt, secret)
        try:
            if secret:
                import getpass

                return getpass.getpass(prompt)
            sys.stderr.write(prompt)
            sys.stderr.flush()
            return sys.stdin.readline().rstrip("\n")
        except EOFError:
            return super().ask(prompt, secret)

    def tell(self, message: str) -> None:
        sys.stderr.write(f"{message}\n")


def _needed(what: str) -> NoReturn:
    raise LoginNeeded(f"{what} Log in where somebody can:  {LOGIN}", command=LOGIN)


def person(interaction: str) -> Person:
    """``"auto"``: the person at the terminal; ``"never"``: nobody. Raises ``ConfigError`` for another word."""
    if interaction not in ("auto", "never"):
        raise ConfigError(f'interaction is "auto" or "never", not {interaction!r}', field="interaction")
    return Terminal() if interaction == "auto" else Nobody()
