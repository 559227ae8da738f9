"""Where a program runs is told from its environment and a few facts."""

from __future__ import annotations

import pytest

from lychgate.world.surroundings import Facts, Surroundings, tell

TERMINAL = Facts(terminal=True)
NOTEBOOK = Facts(notebook=True)


@pytest.mark.parametrize(
    ("env", "facts", "expected"),
    [
        ({"DISPLAY": ":0"}, TERMINAL, Surroundings("desktop", True, True)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, Facts(), Surroundings("desktop", True)),
        ({}, Facts(platform="darwin", terminal=True), Surroundings("desktop", True, True)),
        ({}, TERMINAL, Surroundings("desktop", False, True)),
        ({}, Facts(terminal=True, wsl=True), Surroundings("wsl", True, True)),
        ({"SSH_CONNECTION": "::1 1 ::1 22"}, TERMINAL, Surroundings("ssh", False, True)),
        (
            {"SSH_CONNECTION": "::1 1 ::1 22", "DISPLAY": "localhost:10.0"},
            TERMINAL,
            Surroundings("ssh", False, True),
        ),
        ({"SSH_CONNECTION": "x", "BROWSER": "/vscode/browser.sh"}, TERMINAL, Surroundings("ssh", True, True)),
        ({"SSH_CONNECTION": "x"}, Facts(), Surroundings("service")),
        ({}, Facts(terminal=True, container=True), Surroundings("container", False, True)),
        ({}, Facts(container=True), Surroundings("service")),
        ({"DISPLAY": ":0"}, NOTEBOOK, Surroundings("jupyter", True, False, True)),
        ({}, NOTEBOOK, Surroundings("jupyter", False, False, True)),  # no screen: its browser is elsewhere
        ({"JUPYTERHUB_USER": "ada"}, NOTEBOOK, Surroundings("jupyterhub", False, False, True)),
        ({"SSH_CONNECTION": "x"}, NOTEBOOK, Surroundings("jupyterhub", False, False, True)),
        ({}, Facts(notebook=True, container=True), Surroundings("jupyterhub", False, False, True)),
        ({"COLAB_RELEASE_TAG": "r"}, NOTEBOOK, Surroundings("jupyterhub", False, False, True)),
        ({"SLURM_JOB_ID": "7"}, Facts(), Surroundings("batch")),
        ({"SLURM_JOB_ID": "7", "DISPLAY": ":0"}, Facts(), Surroundings("batch")),
        ({"PBS_JOBID": "7.host"}, Facts(), Surroundings("batch")),
        ({"SLURM_JOB_ID": "7"}, TERMINAL, Surroundings("ssh", False, True)),
        ({"SLURM_JOB_ID": "7"}, NOTEBOOK, Surroundings("jupyterhub", False, False, True)),
        ({"CI": "true"}, TERMINAL, Surroundings("ci")),
        ({"GITHUB_ACTIONS": "true", "DISPLAY": ":99"}, TERMINAL, Surroundings("ci")),
        ({"CI": "false"}, TERMINAL, Surroundings("desktop", False, True)),
        ({}, Facts(), Surroundings("service")),
    ],
)
def test_each_place_is_told_apart(env: dict[str, str], facts: Facts, expected: Surroundings) -> None:
    assert tell(env, facts) == expected


def test_nobody_can_be_reached_in_a_job_a_ci_run_or_a_service() -> None:
    found = [tell({"CI": "1"}, TERMINAL), tell({"LSB_JOBID": "1"}, Facts()), tell({}, Facts())]
    assert [(place.place, place.person) for place in found] == [("ci", False), ("batch", False), ("service", False)]
