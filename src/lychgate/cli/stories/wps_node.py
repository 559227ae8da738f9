"""The small WPS of the demo: pywps with one process, behind the guard. Run as a process of its own.

``python -m lychgate.cli.stories.wps_node FOLDER ISSUER AUDIENCE`` prints its address, and serves until it is ended.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import click

from lychgate.guard import Guard


def serve(folder: Path, issuer: str, audience: str) -> None:
    """Serve on a free port, in one thread: pywps forks for each job."""
    serving: Any = import_module("werkzeug.serving")
    server = serving.make_server("127.0.0.1", 0, lambda environ, start: app(environ, start))
    base = f"http://127.0.0.1:{server.server_port}"
    app: Any = _guarded(_application(folder, base), Guard(issuer, audience, role="compute"))
    click.echo(f"serving {base}/wps")
    server.serve_forever()


def _guarded(app: Any, guard: Guard) -> Any:
    """What the service offers is open; executions, their status and their results are for those who may compute."""
    gate = guard.wsgi(app)

    def either(environ: Any, start: Any) -> Any:
        asked = parse_qs(environ["QUERY_STRING"].lower()).get("request")  # all of them, or one could be hidden
        documents = environ["PATH_INFO"] == "/wps" and environ["REQUEST_METHOD"] == "GET"
        open = documents and asked in (["getcapabilities"], ["describeprocess"])
        return (app if open else gate)(environ, start)

    return either


def _application(folder: Path, base: str) -> Any:
    dispatcher: Any = import_module("werkzeug.middleware.dispatcher")
    shared: Any = import_module("werkzeug.middleware.shared_data")
    pywps: Any = import_module("pywps")
    for name in ("outputs", "work"):
        (folder / name).mkdir(exist_ok=True)
    config = folder / "pywps.cfg"
    config.write_text(
        f"[server]\nurl={base}/wps\noutputurl={base}/outputs/\noutputpath={folder / 'outputs'}\n"
        f"workdir={folder / 'work'}\n"
        f"[logging]\nlevel=WARNING\nfile={folder / 'pywps.log'}\ndatabase=sqlite:///{folder / 'pywps.db'}\n"
    )
    service = pywps.Service([_mean(pywps)], [str(config)])
    return dispatcher.DispatcherMiddleware(
        _nothing, {"/wps": service, "/outputs": shared.SharedDataMiddleware(_nothing, {"/": str(folder / "outputs")})}
    )


def _nothing(environ: Any, start: Any) -> Any:
    start("404 Not Found", [("Content-Type", "text/plain")])
    return [b"there is nothing here"]


def _mean(pywps: Any) -> Any:
    """The process: the mean of a list of numbers, slowly, and each number's distance from it in a file."""

    def handler(request: Any, response: Any) -> Any:
        values = json.loads(request.inputs["values"][0].data)
        seconds, steps = request.inputs["seconds"][0].data, 20
        for number in range(steps):
            response.update_status(f"year {number + 1} of {steps}", 100 * number // steps)
            time.sleep(seconds / steps)
        mean = sum(values) / len(values)
        response.outputs["mean"].data = mean
        response.outputs["anomalies"].data = json.dumps([value - mean for value in values])
        return response

    json_format = pywps.FORMATS.JSON
    return pywps.Process(
        handler,
        "mean",
        "The mean, and how far each value is from it",
        inputs=[
            pywps.ComplexInput("values", "Numbers", supported_formats=[json_format]),
            pywps.LiteralInput("seconds", "How long it takes", data_type="float", default=1.0),
        ],
        outputs=[
            pywps.LiteralOutput("mean", "The mean", data_type="float"),
            pywps.ComplexOutput("anomalies", "In a file", supported_formats=[json_format], as_reference=True),
        ],
        store_supported=True,
        status_supported=True,
    )


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
