"""A stand-in for Slurm's ``sbatch``: a batch script runs in an environment that is not the submitter's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SBATCH = """#!/bin/sh
# What Slurm does: the script must begin with #!, runs in the folder that it came from, and writes slurm-ID.out there.
for script; do :; done
head -n 1 "$script" | grep -q '^#!' || { echo "sbatch: error: This does not look like a batch script." >&2; exit 1; }
grep -q '^#SBATCH --time=' "$script" || { echo "sbatch: error: no time limit" >&2; exit 1; }
id=$(ls slurm-*.out 2>/dev/null | wc -l)
echo "Submitted batch job $id"
env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 ROBOT_SECRET="$ROBOT_SECRET" SLURM_JOB_ID="$id" SLURM_SUBMIT_DIR="$PWD" \\
    sh "$script" > "slurm-$id.out" 2>&1
"""


def installed(folder: Path) -> str:
    """The folder with the stand-in, our own programs, and what else there is: a value for PATH."""
    folder.mkdir(exist_ok=True)
    (folder / "sbatch").write_text(SBATCH)
    (folder / "sbatch").chmod(0o700)
    return os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
