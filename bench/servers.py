"""The servers side by side: all started, each scenario in interleaved rounds A B C D A B C D, then all ended."""

from __future__ import annotations

import contextlib
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import busy, free_port, pinned, resident, settle
from bench.peers.peer import Peer
from bench.scenarios import Scenario, must
from bench.wrk import Sample, wrk

BASE = "oidc-provider"
SLOW = 4.0  # seconds at least for a server that gives a few answers a second
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How long it may take: rounds, seconds of a round, and starts for the start-up time."""

    rounds: int
    seconds: float
    starts: int


@contextlib.contextmanager
def serving(peer: Peer) -> Iterator[tuple[int, float]]:
    """The server, started; its process id, and the seconds from its start to its first good answer."""
    begun = time.perf_counter()
    with pinned(peer.command(), peer.folder / "log.txt", peer.environment, peer.folder) as process:
        while not answers(peer):
            if process.poll() is not None or time.perf_counter() - begun > 30:
                raise RuntimeError(f"{peer.title} did not start: {(peer.folder / 'log.txt').read_text()[-1500:]}")
            time.sleep(0.002)
        yield process.pid, time.perf_counter() - begun


def answers(peer: Peer) -> bool:
    """Whether it answers its JWKS."""
    with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(peer.url(peer.jwks), timeout=5) as answer:
        return answer.status == 200 and b'"keys"' in answer.read()
    return False


def ready(kind: type[Peer], folder: Path) -> Peer:
    """A peer in a folder of its own with its clients and users made."""
    home = folder / kind.key
    home.mkdir()
    peer = kind(home, free_port())
    peer.prepare()
    return peer


def starts(peers: list[Peer], plan: Plan, say: Say) -> dict[str, dict[str, Any]]:
    """Start-up time in milliseconds, and resident memory in MiB after a few tokens of each kind."""
    times: dict[str, list[float]] = {peer.key: [] for peer in peers}
    memory: dict[str, list[float]] = {peer.key: [] for peer in peers}
    for number in range(plan.starts):
        for peer in peers:
            say(f"start-up {number + 1}/{plan.starts}: {peer.title}")
            with serving(peer) as (pid, seconds):
                few(peer)
                times[peer.key].append(seconds * 1000)
                memory[peer.key].append(resident(pid))
    return {key: {"start": spread(times[key]), "memory": spread(memory[key])} for key in times}


def few(peer: Peer) -> None:
    """A few answers of each kind but the password's, so that what is loaded late is loaded."""
    for alg in ("es256", "rs256"):
        if alg == "es256" or alg in peer.signs:
            for _ in range(3):
                peer.post(peer.token, alg, {"grant_type": "client_credentials"})
    with contextlib.suppress(IndexError):
        ahead = peer.distinct(1)
        token = (
            ahead[0]
            if ahead is not None
            else str(peer.post(peer.token, peer.introspected, {"grant_type": "client_credentials"})["access_token"])
        )
        must(peer.post(peer.introspect, "introspector", {"token": token})["active"] is True, peer, "introspection")


def side_by_side(
    peers: list[Peer], scenarios: list[Scenario], plan: Plan, say: Say
) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """Each scenario's figures for each peer, and resident memory in MiB under load, before the first password."""
    loaded: dict[str, float] = {}
    with contextlib.ExitStack() as stack:
        running = [(peer, stack.enter_context(serving(peer))[0]) for peer in peers]
        results = {}
        for scenario in scenarios:
            if scenario.key != "refresh":
                results[scenario.key] = interleaved(running, scenario, plan, say)
        for peer, pid in running:
            loaded[peer.key] = resident(pid)
        for scenario in scenarios:
            if scenario.key == "refresh":
                results[scenario.key] = interleaved(running, scenario, plan, say)
    return results, loaded


def interleaved(running: list[tuple[Peer, int]], scenario: Scenario, plan: Plan, say: Say) -> dict[str, Any]:
    """One scenario: a short round to warm up, which does not count, then ``plan.rounds`` rounds of all in turn."""
    able = [(peer, pid) for peer, pid in running if scenario.key != "rs256" or "rs256" in peer.signs]
    samples: dict[str, list[Sample]] = {peer.key: [] for peer, _ in able}
    worked: dict[str, list[float]] = {peer.key: [] for peer, _ in able}
    for number in range(plan.rounds + 1):
        for peer, pid in able:
            if peer.slow and number > 2:
                continue
            say(f"{scenario.title}, round {number}/{plan.rounds}: {peer.title}")
            seconds = max(plan.seconds if number else 1.0, SLOW if peer.slow else 0.0)
            load = scenario.load(peer, seconds)
            settle(pid)
            before = busy(pid)
            sample = wrk(load, seconds)
            settle(pid)
            if number:
                samples[peer.key].append(sample)
                worked[peer.key].append((busy(pid) - before) * 1e6 / max(sample.answers, 1))
    return {key: figures(taken, samples.get(BASE)) | {"work": spread(worked[key])} for key, taken in samples.items()}


def figures(samples: list[Sample], base: list[Sample] | None) -> dict[str, Any]:
    """Medians and spread; none where an answer was wrong. Ratios are those of rounds that stood side by side."""
    wrong = sum(sample.bad + sample.errors for sample in samples)
    if wrong or not all(sample.answers for sample in samples):
        return {"wrong": wrong}
    found: dict[str, Any] = {
        "rate": spread([sample.rate for sample in samples]),
        "p50": spread([sample.p50 for sample in samples]),
        "p99": spread([sample.p99 for sample in samples]),
    }
    if base and not any(sample.bad + sample.errors for sample in base):
        pairs = list(zip(samples, base, strict=False))
        found["ratio"] = spread([ours.rate / theirs.rate for ours, theirs in pairs])
        found["p99_ratio"] = spread([ours.p99 / theirs.p99 for ours, theirs in pairs])
    return found


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}
