"""A small job API beside the tests' WPS, as ESGF's has one: list, look at, delete. It reads pywps' own table."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

Answer = tuple[str, Any]
STATUS = {0: "ProcessAccepted", 1: "ProcessAccepted", 2: "ProcessStarted", 3: "ProcessPaused"} | {
    4: "ProcessSucceeded",
    5: "ProcessFailed",
}


def jobs_api(folder: Path, outputs: Path, base: str) -> Any:
    """The WSGI application for ``/wps/api``: ``job/`` and ``job/ID/``."""

    def app(environ: Any, start: Any) -> Any:
        found = re.fullmatch(r"/job/(?:([0-9a-f-]+)/?)?", environ.get("PATH_INFO", ""))
        if found is None:
            return _reply(start, ("404 Not Found", {"detail": "Not found."}))
        with contextlib.closing(sqlite3.connect(folder / "pywps.db")) as database:
            if found[1] is None:
                return _reply(start, _list(database, environ.get("QUERY_STRING", ""), outputs, base))
            return _reply(start, _one(database, found[1], environ["REQUEST_METHOD"], outputs, base))

    return app


def _list(database: Any, query: str, outputs: Path, base: str) -> Answer:
    asked = {name: int(values[-1]) for name, values in parse_qs(query).items() if values[-1].isdigit()}
    limit, offset = asked.get("limit", 10), asked.get("offset", 0)
    rows = _rows(database)
    page = [_job(row, outputs, base) for row in rows[offset : offset + limit]]

    def at(start: int) -> str | None:
        return f"{base}/wps/api/job/?limit={limit}&offset={start}" if 0 <= start < len(rows) else None

    before = None if offset == 0 else at(max(0, offset - limit))
    return "200 OK", {"count": len(rows), "next": at(offset + limit), "previous": before, "results": page}


def _one(database: Any, uuid: str, method: str, outputs: Path, base: str) -> Answer:
    row = next((row for row in _rows(database) if row[0] == uuid), None)
    if row is None:
        return "404 Not Found", {"detail": "Not found."}
    if method != "DELETE":
        return "200 OK", _job(row, outputs, base)
    if row[5] in (0, 1, 2, 3) and row[1] != os.getpid():
        with contextlib.suppress(ProcessLookupError):
            os.kill(row[1], signal.SIGKILL)
    with database:
        database.execute("delete from pywps_requests where uuid = ?", (uuid,))
    (outputs / f"{uuid}.xml").unlink(missing_ok=True)
    shutil.rmtree(outputs / uuid, ignore_errors=True)
    return "204 No Content", None


def _rows(database: Any) -> list[Any]:
    try:
        return list(
            database.execute(
                "select uuid, pid, identifier, time_start, percent_done, status from pywps_requests "
                "where operation = 'execute' order by time_start desc"
            )
        )
    except sqlite3.OperationalError:  # nobody has asked it for anything yet
        return []


def _job(row: Any, outputs: Path, base: str) -> dict[str, Any]:
    uuid, _, identifier, began, _, status = row
    files = sorted((outputs / uuid).iterdir()) if (outputs / uuid).is_dir() else []
    return {
        "id": uuid,
        "identifier": identifier,
        "status": STATUS.get(status, "ProcessAccepted"),
        "accepted": began,
        "elapsed": None,
        "output": [{"remote": f"{base}/outputs/{uuid}/{file.name}", "size": file.stat().st_size} for file in files],
        "status_links": [f"{base}/outputs/{uuid}.xml"],
        "url": f"{base}/wps/api/job/{uuid}",
    }


def _reply(start: Any, answer: Answer) -> Any:
    status, content = answer
    body = b"" if content is None else json.dumps(content).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
