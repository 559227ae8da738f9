"""The stories that ``lychgate demo`` tells: the table. A story's module is loaded when it is played."""

from __future__ import annotations

STORIES = {
    "climate": "lychgate.cli.stories.climate",
    "login": "lychgate.cli.stories.login",
    "unicore": "lychgate.cli.stories.unicore",
    "vendor": "lychgate.cli.stories.vendor",
    "wps": "lychgate.cli.stories.wps",
}
