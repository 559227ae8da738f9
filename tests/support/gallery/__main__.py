"""Serve the gallery until Ctrl-C."""

from __future__ import annotations

import contextlib
import threading

from .serve import gallery

with gallery() as url, contextlib.suppress(KeyboardInterrupt):
    print(url, flush=True)
    threading.Event().wait()
