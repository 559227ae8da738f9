"""The plot of a run: ``python -m bench.clients.plot latest.json latest.svg``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

COLOURS = {"oidc-provider": "#8a8f98", "authlib": "#c2a878", "dot": "#a9bfa4", "lychgate": "#1f5f8b"}


def drawn(results: dict[str, Any]) -> Any:
    """Throughput on a logarithmic scale with the bars as marks, p99, and memory."""
    figure, (rates, tails, memory) = pyplot.subplots(
        1, 3, figsize=(15, 6), gridspec_kw={"width_ratios": [3, 2, 1.2]}, constrained_layout=True
    )
    panel(rates, results, "rate", "answers a second on one core (more is better)")
    panel(tails, results, "p99", "p99 in ms at 16 connections (less is better)")
    tails.set_yticklabels([])
    peers = list(results["peers"].items())
    for row, (key, peer) in enumerate(peers):
        memory.barh(row, peer["memory"]["median"], color=COLOURS[key])
        memory.text(peer["memory"]["median"] * 0.97, row, f"{peer['memory']['median']:.0f}", ha="right", va="center")
    memory.set_yticks(range(len(peers)), [peer["title"] for _, peer in peers])
    memory.invert_yaxis()
    memory.set_title("resident memory, MiB", loc="left", fontsize=10)
    figure.legend(*rates.get_legend_handles_labels(), loc="outside lower left", ncols=5, frameon=False)
    return figure


def panel(axes: Any, results: dict[str, Any], what: str, title: str) -> None:
    peers, scenarios = list(results["peers"]), results["scenarios"]
    height = 0.8 / len(peers)
    for place, key in enumerate(peers):
        for row, scenario in enumerate(scenarios.values()):
            found = scenario["peers"].get(key, {}).get(what)
            if found:
                error = [[found["median"] - found["low"]], [found["high"] - found["median"]]]
                label = results["peers"][key]["title"] if row == 0 else None
                at = row + (place - (len(peers) - 1) / 2) * height
                axes.barh(
                    at, found["median"], height * 0.92, xerr=error, color=COLOURS[key], label=label, ecolor="#555"
                )
    for row, scenario in enumerate(scenarios.values()):
        base = scenario["peers"].get("oidc-provider", {}).get(what)
        if base:
            bar = base["median"] * (scenario["bar"] if what == "rate" else 1 / 3)
            label = "the bar for Lychgate" if row == 0 else None
            axes.plot([bar, bar], [row - 0.45, row + 0.45], color="#c0392b", linewidth=1.5, label=label)
    axes.set_xscale("log")
    axes.set_yticks(range(len(scenarios)), [scenario["title"].replace(", ", ",\n") for scenario in scenarios.values()])
    axes.invert_yaxis()
    axes.set_title(title, loc="left", fontsize=10)
    axes.grid(axis="x", alpha=0.25)


if __name__ == "__main__":
    matplotlib.rcParams |= {
        "svg.hashsalt": "bench",
        "svg.fonttype": "none",
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    source, target = map(Path, sys.argv[1:])
    drawn(json.loads(source.read_text())).savefig(target, metadata={"Date": None, "Creator": None})
