"""The small API of ``support.api_server`` behind a guard of ours: what arrives is shown to the guard as ASGI has it."""

from __future__ import annotations

from lychgate.guard import Guard, Refusal, asgi
from support.api_server import Api, Seen


def guard_api(api: Api, guard: Guard) -> None:
    """Have ``guard`` stand before ``api``, but for ``/free``."""

    def answer(seen: Seen) -> tuple[int, dict[str, str], bytes] | None:
        if seen.path == "/free":
            return None
        fields = [(name.encode(), value.encode("latin-1")) for name, value in seen.headers.items()]
        place = {"type": "http", "method": seen.method, "scheme": api.url.partition(":")[0], "path": seen.path}
        try:
            guard.admit(asgi.call_of({**place, "headers": fields, "client_certificate": seen.certificate}))
        except Refusal as refusal:
            return refusal.status, dict(refusal.headers()), refusal.body()
        return None

    api.instead = answer
