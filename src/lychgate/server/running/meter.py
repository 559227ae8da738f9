"""Counters, plain integers in memory; the Prometheus extra turns them into text when somebody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from prometheus_client import Metric

Found = tuple[tuple[object, ...], float]


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

    def text(self, gauges: dict[str, float], worker: str = "") -> bytes:
        """The counters in Prometheus' text form. Needs the ``metrics`` extra.

        ``worker`` is told in each line where there are several: they count apart, and any of them may be asked.
        """
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        labels, values = (("worker",), (worker,)) if worker else ((), ())

        def family(kind: Any, name: str, what: str, names: tuple[str, ...], found: Iterable[Found]) -> Metric:
            made = kind(f"lychgate_{name}", what, labels=(*names, *labels))
            for told, number in found:
                made.add_metric((*map(str, told), *values), number)
            return cast("Metric", made)

        events = [((event,), number) for event, number in self.events.items()]
        registry = CollectorRegistry(auto_describe=False)
        registry.register(
            _Once(
                family(CounterMetricFamily, "requests", "answers sent", ("endpoint", "status"), self.requests.items()),
                family(CounterMetricFamily, "tokens", "token requests", ("grant", "outcome"), self.tokens.items()),
                family(CounterMetricFamily, "events", "what went otherwise", ("event",), events),
                *(family(GaugeMetricFamily, name, name, (), [((), value)]) for name, value in gauges.items()),
            )
        )
        return generate_latest(registry)


class _Once:
    def __init__(self, *families: Metric) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
