"""What a run found, as tables on the terminal and in Markdown, as JSON, and as a plot."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bars import BASE, Bar, bars
from bench.client import python
from bench.peers.peer import ROOT

RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True)
class Sheet:
    """One table: its title, its head and its rows, all as text."""

    title: str
    head: list[str]
    rows: list[list[str]]


def write(results: dict[str, Any], folder: Path, console: Console) -> list[Bar]:
    """Print the tables and write them to ``folder``; answers the bars."""
    found = bars(results)
    results["bars"] = [
        {"what": bar.what, "value": bar.value, "bar": bar.bar, "most": bar.most, "reached": bar.reached}
        for bar in found
    ]
    made = [*sheets(results), of_bars(found)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.json").write_text(json.dumps(results, indent=1) + "\n")
    (folder / "latest.md").write_text(markdown(results, made))
    if "scenarios" in results:
        plot = [str(python()), "-m", "bench.clients.plot", str(folder / "latest.json"), str(folder / "latest.svg")]
        subprocess.run(plot, cwd=ROOT, check=True, timeout=120)
    for sheet in made:
        console.print(drawn(sheet))
    console.print(f"written to {folder.relative_to(ROOT)}, after {results['facts']['minutes']} minutes")
    return found


def sheets(results: dict[str, Any]) -> Iterator[Sheet]:
    if "scenarios" in results:
        yield rates(results)
        yield latencies(results)
        yield work(results)
        yield footprint(results)
    if "calls" in results:
        yield clients("Added cost of a call with a valid token (µs of processor time, quartiles)", results["calls"])
    if "imports" in results:
        yield clients("Import above the HTTP library (ms of processor time, quartiles)", results["imports"])
    if "stampede" in results:
        yield stampede(results)
    if "guard" in results:
        yield clients("The guard: a check of an ES256 access token (µs of processor time, quartiles)", results["guard"])


def rates(results: dict[str, Any]) -> Sheet:
    peers = results["peers"]
    head = ["answers a second, one core", *(peer["title"] for peer in peers.values())]
    rows = []
    for scenario in results["scenarios"].values():
        cells = [rate(scenario["peers"].get(key)) for key in peers]
        rows.append([scenario["title"], *cells])
    return Sheet("Throughput: median (lowest to highest round)", head, rows)


def rate(found: dict[str, Any] | None) -> str:
    if found is None:
        return "-"
    if "wrong" in found:
        return f"{found['wrong']} wrong answers"
    if found["rate"]["high"] < 100:
        return "{median:.1f} ({low:.1f} to {high:.1f})".format(**found["rate"])
    return "{median:,.0f} ({low:,.0f} to {high:,.0f})".format(**found["rate"])


def latencies(results: dict[str, Any]) -> Sheet:
    peers = results["peers"]
    head = ["p50 / p99 in ms, 16 connections", *(peer["title"] for peer in peers.values())]
    rows = []
    for scenario in results["scenarios"].values():
        found = [scenario["peers"].get(key) or {} for key in peers]
        cells = [f"{f['p50']['median']:.1f} / {f['p99']['median']:.1f}" if "p50" in f else "-" for f in found]
        rows.append([scenario["title"], *cells])
    return Sheet("Latency: medians", head, rows)


def work(results: dict[str, Any]) -> Sheet:
    """Processor time, which hardly changes with what else the machine does."""
    peers = results["peers"]
    rows = []
    for scenario in results["scenarios"].values():
        found = [(scenario["peers"].get(key) or {}).get("work") for key in peers]
        rows.append([scenario["title"], *(f"{f['median']:,.0f}" if f else "-" for f in found)])
    head = ["µs of the server's processor an answer", *(peer["title"] for peer in peers.values())]
    return Sheet("Processor time: medians", head, rows)


def footprint(results: dict[str, Any]) -> Sheet:
    peers = results["peers"].values()
    base = results["peers"].get(BASE, {}).get("memory", {}).get("median")
    rows = [
        ["start-up to the first good answer, ms", *(f"{peer['start']['median']:.0f}" for peer in peers)],
        ["resident memory after a few answers, MiB", *(f"{peer['memory']['median']:.0f}" for peer in peers)],
        ["the same under load, before the first password", *(f"{peer['memory_loaded']:.0f}" for peer in peers)],
    ]
    if base:
        rows.insert(2, ["... to oidc-provider's", *(f"{peer['memory']['median'] / base:.2f}" for peer in peers)])
    return Sheet("Start and memory", ["", *(peer["title"] for peer in peers)], rows)


def clients(title: str, stacks: dict[str, Any]) -> Sheet:
    names = list(dict.fromkeys(name for found in stacks.values() for name in found))
    cell = "{median:.1f} ({low:.1f} to {high:.1f})"
    rows = [[stack, *(cell.format(**f[name]) if name in f else "-" for name in names)] for stack, f in stacks.items()]
    return Sheet(title, ["", *("bare call" if name == "bare" else name for name in names)], rows)


def stampede(results: dict[str, Any]) -> Sheet:
    crowds = results["stampede"]
    names = list(dict.fromkeys(name for found in crowds.values() for name in found))
    cell = "{token_requests} ({served} of {of} served)"
    rows = [[crowd, *(cell.format(**f[name]) if name in f else "-" for name in names)] for crowd, f in crowds.items()]
    return Sheet("The stampede: token requests", ["", *names], rows)


def of_bars(found: list[Bar]) -> Sheet:
    rows = []
    for bar in found:
        value = "none: answers were wrong" if bar.value is None else f"{bar.value:.2f}"
        rows.append([bar.what, bar.against, value, bar.wanted, "reached" if bar.reached else "MISSED"])
    return Sheet("Ratios and bars", ["", "against", "Lychgate", "bar", ""], rows)


def drawn(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", title_style="bold")
    for number, name in enumerate(sheet.head):
        table.add_column(name, justify="right" if number else "left")
    for row in sheet.rows:
        table.add_row(*row, style="red" if row[-1] == "MISSED" else None)
    return table


def markdown(results: dict[str, Any], made: list[Sheet]) -> str:
    facts = results["facts"]
    lines = [
        "# Lychgate beside its peers",
        "",
        f"Measured {facts['date']} on {facts['processor']}, Python {facts['python']}: each server on one core, wrk "
        f"with {facts['connections']} connections on the other, {facts['rounds']} interleaved rounds of "
        f"{facts['seconds']:.0f} s. Ratios are medians over rounds that stood side by side. "
        "Run it yourself: `make bench`.",
        "",
    ]
    if "scenarios" in results:
        lines += ["![the figures as a plot](latest.svg)", ""]
    for sheet in made:
        lines += [f"## {sheet.title}", "", *grid(sheet), ""]
    if "peers" in results:
        lines += ["## The servers", ""]
        lines += [f"- {peer['title']}: {peer['version']}; {peer['note']}" for peer in results["peers"].values()]
    return "\n".join(lines).rstrip() + "\n"


def grid(sheet: Sheet) -> Iterator[str]:
    yield "| " + " | ".join(sheet.head) + " |"
    yield "|---|" + "---:|" * (len(sheet.head) - 1)
    for row in sheet.rows:
        yield "| " + " | ".join(row) + " |"
