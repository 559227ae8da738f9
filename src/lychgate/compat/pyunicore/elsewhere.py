"""What of pyunicore is not about logging in. It stays with pyunicore, and asking for it here says how the two work
together, rather than that a name is missing."""

from __future__ import annotations

KEPT = "pyunicore has it, and Lychgate, which logs in, has not: keep importing it from there, and log it in by"
CROSSING = "lychgate.compat.pyunicore.credential(...), which makes any credential of ours one of pyunicore's"

CLASSES = frozenset(
    "Registry Application JobStatus Job Allocation Compute Storage Path PathDir PathFile TransferStatus Transfer "
    "WorkflowService WorkflowStatus Workflow".split()
)
METHODS = frozenset(
    "get_storages get_transfers get_applications get_compute get_jobs new_job execute set_cache_time".split()
)
MODULES = frozenset("aio cli dask forwarder helpers uftp".split())


def module(name: str, instead: str = "") -> ImportError:
    """The error for one of pyunicore's modules, or for a class of ``pyunicore.client``."""
    return ImportError(f"{name}: {KEPT} {CROSSING}{f'. {instead}' if instead else ''}", name=name)


def attribute(kind: str, name: str) -> AttributeError:
    """The error for what an object of ours has not got."""
    missing = f"{kind!r} object has no attribute {name!r}"
    return AttributeError(f"{missing}: {KEPT} {CROSSING}" if name in METHODS else missing)
