"""A browser by its User-Agent (RFC 9110 10.1.5), as a person knows it: "Firefox on Linux"."""

from __future__ import annotations

# In the order in which they are looked for: each names those after it, for old times' sake.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("Chrom", "Chromium"),
            ("CriOS/", "Chromium"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
           ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
UNKNOWN = "A browser"


def named(agent: str) -> str:
    """Never empty; what nobody knows is called by its own first word."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if not browser:
        return agent.split("/")[0].split(" ")[0][:40] or UNKNOWN
    return f"{browser} on {system}" if system else browser
