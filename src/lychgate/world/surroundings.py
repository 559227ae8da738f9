"""Where a program runs, so far as it matters for reaching a person: told from its environment and a few facts."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Place = Literal["desktop", "wsl", "ssh", "container", "jupyter", "jupyterhub", "batch", "ci", "service"]

# What each scheduler sets in a job: Slurm, PBS and Torque, LSF, Grid Engine, OAR, HTCondor, Cobalt, Flux.
_JOBS = "SLURM_JOB_ID PBS_JOBID LSB_JOBID PE_HOSTFILE SGE_TASK_ID OAR_JOB_ID _CONDOR_JOB_AD COBALT_JOBID FLUX_JOB_ID"
_CI = (
    "GITHUB_ACTIONS GITLAB_CI BUILDKITE CIRCLECI JENKINS_URL TEAMCITY_VERSION TF_BUILD TRAVIS DRONE CODEBUILD_BUILD_ID"
)
_HUBS = "JUPYTERHUB_API_TOKEN JUPYTERHUB_USER BINDER_SERVICE_HOST COLAB_RELEASE_TAG KAGGLE_KERNEL_RUN_TYPE"
_SSH = "SSH_CONNECTION SSH_CLIENT SSH_TTY"
_NO = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the environment variables do not say. ``platform`` is ``sys.platform``; ``notebook``: a Jupyter kernel."""

    platform: str = "linux"
    terminal: bool = False
    notebook: bool = False
    container: bool = False
    wsl: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``browser``: one can be opened here, and it comes back to this machine. The others: a person can be asked."""

    place: Place
    browser: bool = False
    terminal: bool = False
    notebook: bool = False

    @property
    def person(self) -> bool:
        """Whether anybody can be reached at all."""
        return self.browser or self.terminal or self.notebook


def tell(env: Mapping[str, str], facts: Facts) -> Surroundings:
    """Where this is. A job or a CI run is told first: a display or a terminal that it inherited is nobody's there."""
    place = _place(env, facts)
    if place in ("ci", "batch", "service"):
        return Surroundings(place)
    at_home = place in ("desktop", "wsl", "jupyter") and _has_screen(env, facts)
    # $BROWSER over ssh or in a container is an editor's helper that opens the page at home and leads the port back.
    return Surroundings(place, at_home or bool(env.get("BROWSER")), facts.terminal, facts.notebook)


def _place(env: Mapping[str, str], facts: Facts) -> Place:
    if _is_ci(env):
        return "ci"
    if facts.notebook:
        remote = _any(env, _HUBS) or _any(env, _SSH) or _any(env, _JOBS) or facts.container
        return "jupyterhub" if remote else "jupyter"
    if _any(env, _JOBS):
        return "ssh" if facts.terminal else "batch"  # an interactive job is a terminal far away
    if _any(env, _SSH):
        return "ssh" if facts.terminal or env.get("BROWSER") else "service"
    if facts.wsl:
        return "wsl"
    if facts.container:
        return "container" if facts.terminal or env.get("BROWSER") else "service"
    return "desktop" if facts.terminal or _has_screen(env, facts) else "service"


def _has_screen(env: Mapping[str, str], facts: Facts) -> bool:
    if facts.platform in ("darwin", "win32") or facts.wsl:
        return True
    return bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


def _is_ci(env: Mapping[str, str]) -> bool:
    return env.get("CI", "").lower() not in _NO or _any(env, _CI)


def _any(env: Mapping[str, str], names: str) -> bool:
    return any(env.get(name) for name in names.split())


def here() -> Surroundings:
    """Where this process is, asked anew each time: a kernel or a job may have been forked from elsewhere."""
    return tell(os.environ, facts())


def facts() -> Facts:
    """The facts about this process; IPython is not imported for them."""
    notebook = _in_notebook()
    return Facts(sys.platform, not notebook and has_terminal(), notebook, _in_container(), _in_wsl())


def _in_notebook() -> bool:
    """Whether this is the process of a Jupyter kernel; one that has merely imported IPython is none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


def has_terminal() -> bool:
    """Whether there is a terminal to ask on: standard input, or the one that the process belongs to."""
    with contextlib.suppress(AttributeError, ValueError, OSError):
        if sys.stdin.isatty():
            return True
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        try:
            return os.tcgetpgrp(handle) == os.getpgrp()  # one in the background would be stopped when it reads
        finally:
            os.close(handle)
    return False


def _in_container() -> bool:
    marks = ("/.dockerenv", "/run/.containerenv", "/.singularity.d")
    return any(Path(mark).exists() for mark in marks) or "KUBERNETES_SERVICE_HOST" in os.environ


def _in_wsl() -> bool:
    with contextlib.suppress(OSError):
        return "microsoft" in Path("/proc/version").read_text().lower()
    return False
