"""The processes of the tests' WPS (`support/wps_service.py`); this module is loaded in its process alone."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from pathlib import Path
from typing import Any

import xarray
from pywps import FORMATS, ComplexInput, ComplexOutput, Format, LiteralInput, LiteralOutput, Process

NETCDF = Format("application/x-netcdf", extension=".nc", encoding="base64")


class Steps(Process):
    """Works for a while, and says how far it is."""

    def __init__(self) -> None:
        inputs = [
            LiteralInput("seconds", "How long", data_type="float", default=float(os.environ.get("STEPS_SECONDS", "1"))),
            LiteralInput("steps", "In how many steps", data_type="integer", default=4),
        ]
        outputs = [LiteralOutput("done", "Steps done", data_type="integer")]
        super().__init__(
            self._handler, "steps", "Work in steps", inputs=inputs, outputs=outputs,
            version="1.0", store_supported=True, status_supported=True,
        )  # fmt: skip

    def _handler(self, request: Any, response: Any) -> Any:
        seconds, steps = request.inputs["seconds"][0].data, request.inputs["steps"][0].data
        for number in range(steps):
            response.update_status(f"step {number + 1} of {steps}", round(100 * number / steps))
            time.sleep(seconds / steps)
        response.outputs["done"].data = steps
        return response


class Mean(Process):
    """The mean of a variable in a NetCDF file, as a number and as a file."""

    def __init__(self) -> None:
        inputs = [
            LiteralInput("variable", "Which variable", data_type="string", default="tas"),
            ComplexInput("dataset", "The file", supported_formats=[NETCDF]),
        ]
        outputs = [
            LiteralOutput("mean", "The mean", data_type="float"),
            ComplexOutput("output", "The mean over time", supported_formats=[NETCDF], as_reference=True),
            ComplexOutput("summary", "About it", supported_formats=[FORMATS.JSON]),
        ]
        super().__init__(
            self._handler, "mean", "The mean of a variable", inputs=inputs, outputs=outputs,
            version="1.0", store_supported=True, status_supported=True,
        )  # fmt: skip

    def _handler(self, request: Any, response: Any) -> Any:
        name = request.inputs["variable"][0].data
        with xarray.open_dataset(request.inputs["dataset"][0].file, engine="h5netcdf") as found:
            response.update_status(f"reading {name}", 10)
            means = found[[name]].mean("time")
            target = Path(self.workdir) / "mean.nc"
            means.to_netcdf(target, engine="h5netcdf")
            response.outputs["mean"].data = float(found[name].mean())
            response.outputs["output"].file = str(target)
            response.outputs["summary"].data = f'{{"variable": "{name}", "size": {found[name].size}}}'
        return response


class Fail(Process):
    """Fails, in the words that it is given."""

    def __init__(self) -> None:
        inputs = [LiteralInput("why", "What it says", data_type="string", default="no reason")]
        outputs = [LiteralOutput("never", "Nothing", data_type="string")]
        super().__init__(
            self._handler, "fail", "Fail", inputs=inputs, outputs=outputs,
            version="1.0", store_supported=True, status_supported=True,
        )  # fmt: skip

    def _handler(self, request: Any, response: Any) -> Any:
        from pywps.app.exceptions import ProcessError

        raise ProcessError(request.inputs["why"][0].data)


class Average(Process):
    """As ESGF's services have it: variable, domain and operation as JSON; a variable in a file comes out."""

    def __init__(self) -> None:
        names = ("variable", "domain", "operation")
        inputs = [ComplexInput(name, name, supported_formats=[FORMATS.JSON]) for name in names]
        outputs = [
            ComplexOutput("output", "The variable", supported_formats=[FORMATS.JSON]),
            ComplexOutput("file", "Its file", supported_formats=[NETCDF], as_reference=True),
        ]
        super().__init__(
            self._handler, "CDAT.average", "Average over an axis", inputs=inputs, outputs=outputs,
            version="1.0", store_supported=True, status_supported=True,
        )  # fmt: skip

    def _handler(self, request: Any, response: Any) -> Any:
        given = {name: json.loads(request.inputs[name][0].data) for name in ("variable", "domain", "operation")}
        (variable,), (operation,) = given["variable"], given["operation"]
        name = variable["id"].partition("|")[0]
        source, target = Path(self.workdir) / "source.nc", Path(self.workdir) / "average.nc"
        source.write_bytes(urllib.request.urlopen(variable["uri"], timeout=20).read())
        with xarray.open_dataset(source, engine="h5netcdf") as found:
            part = found[[name]]
            for domain in given["domain"]:
                for axis, said in domain.items():
                    if isinstance(said, dict) and said["crs"] == "indices":
                        part = part.isel({axis: slice(said["start"], said["end"], said["step"])})
            part.mean(operation["axes"].split("|")).to_netcdf(target, engine="h5netcdf")
        response.outputs["file"].file = str(target)
        response.outputs["output"].data = json.dumps({"uri": response.outputs["file"].url, "id": f"{name}|average"})
        return response


PROCESSES = [Steps, Mean, Fail, Average]
