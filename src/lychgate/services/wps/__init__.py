"""A client of Web Processing Services (OGC WPS 1.0.0, document 05-007r7)."""

from __future__ import annotations

from .answer import ExceptionReport, JobFailed
from .client import AsyncWps, Wps
from .description import Capabilities, Format, Input, Output, Process
from .execution import Wanted
from .job import AwaitingJob, BlockingJob, CannotCancel, Job
from .status import Result, Status
from .values import Box, Complex, Reference
from .waiting import StillRunning
from .xml import BadAnswer

__all__ = [
    "AsyncWps",
    "AwaitingJob",
    "BadAnswer",
    "BlockingJob",
    "Box",
    "CannotCancel",
    "Capabilities",
    "Complex",
    "ExceptionReport",
    "Format",
    "Input",
    "Job",
    "JobFailed",
    "Output",
    "Process",
    "Reference",
    "Result",
    "Status",
    "StillRunning",
    "Wanted",
    "Wps",
]
