"""What an issuer of this server trusts besides itself, as plain data. Times are epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

ISSUER, SERVICE = "issuer", "service"
BY = ("sub", "email", "name", "none")


@dataclass(frozen=True, slots=True)
class Trust:
    """A row of trust. There is none that the operator did not make.

    ``issuer`` is the id of the issuer of ours that trusts. ``kind`` is "issuer" (another authorization server, ``name``
    its URL) or "service" (a trusted service, ``name`` its distinguished name). ``key`` is what it is found by: the URL
    byte for byte, or the name as ``distinguished.canonical`` writes it.

    An issuer's keys are ``jwks`` (text) or at ``jwks_uri``; a service's is in ``certificate`` (PEM: a certificate, or a
    public key alone), good until ``expires_at``. ``algs`` are accepted, all asymmetric ones where it is empty.
    ``audiences`` are accepted in an issuer's tokens besides ourselves; ``clients`` may present them, every client with
    the grant where it is empty. ``subject`` says which user of ours its subjects are: by "sub" (our id of them, or
    their login name), "email" (verified), "name" (preferred_username), or "none".
    """

    id: str
    issuer: str
    kind: str
    name: str
    key: str
    jwks: str | None = None
    jwks_uri: str | None = None
    certificate: str | None = None
    algs: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    subject: str = "sub"
    expires_at: int | None = None
    created_at: int = 0
