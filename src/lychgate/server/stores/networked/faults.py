"""PostgreSQL's errors in the words of the store."""

from __future__ import annotations

import asyncpg

from ..store import Missing, StoreUnavailable, Taken

LOST = (  # nothing can be asked on this connection any more, or it never came to be
    OSError,
    TimeoutError,
    EOFError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # an idle connection that was just told of its end
    asyncpg.OperatorInterventionError,
)
AGAIN = (*LOST, asyncpg.TransactionRollbackError)  # nothing came of it: it may be tried anew at once
AWAY = (  # it answers, and cannot do what it should, now
    *AGAIN,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)


def translated(error: BaseException, shown: str) -> BaseException:
    """``error`` as the store raises it; one that is not the database's own is left as it is."""
    if isinstance(error, AWAY):
        return StoreUnavailable(f"the database {shown}: {_reason(error)}")
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return Missing("what this belongs to (its issuer, client or user) is not there")
    if isinstance(error, asyncpg.UniqueViolationError):
        field = (getattr(error, "constraint_name", None) or "").removesuffix("_key").rpartition("_")[2]
        return Taken(f"that {field} is in use already", field)
    return error


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, asyncpg.PostgresError):
        return str(error)
    return f"it cannot be reached ({type(error).__name__})"
