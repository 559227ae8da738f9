"""Scopes as sentences: what a program will be able to do, in the words of the person who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SENTENCES = {
    "openid": "Know that it is you, by a number that stands for you here",
    "profile": "See your name and your public profile",
    "email": "See your e-mail address",
    "address": "See your postal address",
    "phone": "See your telephone number",
    "offline_access": "Go on acting for you while you are away, until you end it",
    "groups": "See which groups you belong to",
    "roles": "See which roles you have",
    "read": "Read your data",
    "write": "Change your data",
    "register": "Make clients in your name",
}


@dataclass(frozen=True, slots=True)
class Power:
    """One thing that a program will be able to do: ``sentence``, and the scope's own name where it has no sentence."""

    sentence: str
    scope: str = ""


CHOICES = {
    "uid": "Work on supercomputers as “{}”",
    "group": "Work on supercomputers in the group “{}”",
    "role": "Work on supercomputers in the role “{}”",
    "supplementary": "Work on supercomputers with the groups “{}” besides",
}


def power(scope: str, descriptions: Mapping[str, str]) -> Power:
    """``scope`` as a sentence: ours, else the operator's description of it, else its name in quotes."""
    sentence = descriptions.get(scope) or SENTENCES.get(scope) or _choice(scope)
    return Power(sentence) if sentence else Power(f"Do what the service calls “{scope}”", scope)


def _choice(scope: str) -> str:
    kind, _, value = scope.removeprefix("unicore:").partition("=")
    known = scope.startswith("unicore:") and value
    return CHOICES[kind].format(value.replace("+", ", ")) if known and kind in CHOICES else ""


def powers(scopes: tuple[str, ...], descriptions: Mapping[str, str]) -> tuple[Power, ...]:
    return tuple(power(scope, descriptions) for scope in scopes)
