"""Counters, plain integers in memory; the Prometheus extra turns them into text when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Metric


class Meter:
    """``requests`` by (endpoint, status), ``tokens`` by (grant, outcome), ``events`` by name."""

    __slots__ = ("events", "requests", "tokens")

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.tokens: Counter[tuple[str, str]] = Counter()
        self.events: Counter[str] = Counter()

    def client(self, id: str) -> None:
        """The request that is answered comes from this client. Clients are not counted: there may be very many."""

    def token(self, grant: str, outcome: str) -> None:
        """A token request has been answered: by "ok" or with an error code."""
        self.tokens[grant, outcome] += 1

    def text(self, gauges: dict[str, float]) -> bytes:
        """The counters in Prometheus' text form. Needs the ``metrics`` extra."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        requests = CounterMetricFamily("lychgate_requests", "answers sent", labels=("endpoint", "status"))
        for (endpoint, status), number in self.requests.items():
            requests.add_metric((endpoint, str(status)), number)
        tokens = CounterMetricFamily("lychgate_tokens", "token requests", labels=("grant", "outcome"))
        for labels, number in self.tokens.items():
            tokens.add_metric(labels, number)
        events = CounterMetricFamily("lychgate_events", "what went otherwise", labels=("event",))
        for event, number in self.events.items():
            events.add_metric((event,), number)
        measured = [GaugeMetricFamily(f"lychgate_{name}", name, value) for name, value in gauges.items()]
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Once([requests, tokens, events, *measured]))
        return generate_latest(registry)


class _Once:
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
