"""The bars, as the project has set them, and whether a run reached them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OURS, BASE = "lychgate", "oidc-provider"
P99_BAR, MEMORY_BAR, IMPORT_BAR = 1 / 3, 1.2, 0.5
GUARD_BARS = {"seen before": 0.05, "new": 0.95}


@dataclass(frozen=True)
class Bar:
    """``value`` against ``bar``: at least it, or at most it where ``most``. ``against``: beside whom it was measured.

    ``value`` is None where there is no number, since answers were wrong.
    """

    what: str
    value: float | None
    bar: float
    most: bool = False
    against: str = BASE

    @property
    def reached(self) -> bool:
        if self.value is None:
            return False
        return self.value <= self.bar if self.most else self.value >= self.bar

    @property
    def wanted(self) -> str:
        return f"{'≤' if self.most else '≥'} {self.bar:.2f}"


def bars(results: dict[str, Any]) -> list[Bar]:
    """Every bar that this run says something about."""
    return [
        *server_bars(results),
        *call_bars(results),
        *import_bars(results),
        *stampede_bars(results),
        *guard_bars(results),
    ]


def server_bars(results: dict[str, Any]) -> Iterator[Bar]:
    for scenario in results.get("scenarios", {}).values():
        found = scenario["peers"]
        if OURS in found and BASE in found:
            ratio, p99 = (found[OURS].get(name, {}).get("median") for name in ("ratio", "p99_ratio"))
            yield Bar(scenario["title"], ratio, scenario["bar"])
            yield Bar(f"{scenario['title']}: p99", p99, P99_BAR, most=True)
    peers = results.get("peers", {})
    if OURS in peers and BASE in peers:
        memory = peers[OURS]["memory"]["median"] / peers[BASE]["memory"]["median"]
        yield Bar("resident memory before the first password", memory, MEMORY_BAR, most=True)


def call_bars(results: dict[str, Any]) -> Iterator[Bar]:
    for stack, clients in results.get("calls", {}).items():
        others = {name: added["median"] for name, added in clients.items() if name not in (OURS, "bare")}
        cheapest = min(others, key=lambda name: others[name])
        more = clients[OURS]["median"] - others[cheapest]
        yield Bar(f"added cost of a call, {stack}: µs more than", more, 0.0, most=True, against=cheapest)


def import_bars(results: dict[str, Any]) -> Iterator[Bar]:
    for stack, clients in results.get("imports", {}).items():
        if "authlib" in clients:
            value = clients[OURS]["median"] / clients["authlib"]["median"]
            yield Bar(f"import above {stack}", value, IMPORT_BAR, most=True, against="authlib")


def stampede_bars(results: dict[str, Any]) -> Iterator[Bar]:
    for crowd, clients in results.get("stampede", {}).items():
        ours = clients[OURS]
        value = ours["token_requests"] if ours["served"] == ours["of"] else None
        yield Bar(f"token requests of {crowd}", value, 1, most=True, against="exactly one")


def guard_bars(results: dict[str, Any]) -> Iterator[Bar]:
    for kind, checkers in results.get("guard", {}).items():
        value = checkers[OURS]["median"] / checkers["PyJWT"]["median"]
        yield Bar(f"guard, an ES256 token {kind}", value, GUARD_BARS[kind], most=True, against="PyJWT")
