"""What the store costs: rotations with their audit row, one by one and many waiting, and reads of a key.

python bench/store.py [FOLDER | --postgres]      FOLDER lies on the disk to measure; default: a temporary one
Processor time is given beside the rate, since the rate is the disk's as much as ours.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import uvloop

from lychgate.server.model import AuditRow, Client, ClientSecret, Family, Issuer, User
from lychgate.server.stores import Store, migrate, open_store

ROBOT = ("main", "robot")
SECONDS = 3.0
FAMILIES = 2000


def now() -> int:
    return time.time_ns() // 1_000_000


def family(id: str) -> Family:
    at = now()
    scope, audience = ("read", "write"), ("https://api.example.org",)
    return Family(id, "main", "robot", "u1", scope, audience, created_at=at, rotated_at=at, expires_at=at + 10**9)


async def furnish(store: Store) -> list[str]:
    await store.ensure_issuer(Issuer("main", "https://auth.example.org"))
    await store.add_user(User("u1", "ada@example.org", "ada", None))
    await store.add_client(Client("main", "robot", "Robot", secrets=(ClientSecret("s", b"." * 32),)))
    ids = [str(uuid.uuid4()) for _ in range(FAMILIES)]
    await asyncio.gather(*(store.add_family(family(id)) for id in ids))
    return ids


def audit(id: str) -> AuditRow:
    who = {"client": "robot", "user": "u1", "grant": "refresh_token", "family": id}
    return AuditRow(now(), "main", "token", jti="j" * 22, address="127.0.0.1", request_id="r" * 12, **who)


async def rotations(store: Store, numbers: dict[str, int], width: int) -> None:
    waits: list[float] = []
    end = time.perf_counter() + SECONDS

    async def one(mine: list[str]) -> None:
        for id in itertools.cycle(mine):
            began = time.perf_counter()
            if began > end:
                return
            done = await store.rotate(id, numbers[id], ROBOT, now(), 30_000, audit=(audit(id),))
            if done.outcome != "rotated" or done.family is None:
                raise RuntimeError(done.outcome)
            numbers[id] = done.family.seq
            waits.append(time.perf_counter() - began)

    began, used = time.perf_counter(), time.process_time()
    ids = list(numbers)
    await asyncio.gather(*(one(ids[part::width]) for part in range(width)))
    took, used = time.perf_counter() - began, time.process_time() - used
    waits.sort()
    p50, p99 = (1000 * waits[int(len(waits) * part)] for part in (0.5, 0.99))
    each = 1e6 * used / len(waits)
    print(
        f"{width:4} waiting {len(waits) / took:9,.0f}/s   {each:4.0f} us of processor   p50 {p50:.2f} p99 {p99:.2f} ms"
    )


async def reads(name: str, read: Any, count: int) -> None:
    began = time.perf_counter()
    for _ in range(count):
        await read()
    print(f"{name:16} {1e6 * (time.perf_counter() - began) / count:6.0f} us")


async def measure(place: str) -> None:
    store = open_store(place)
    await store.open()
    print(store)
    ids = await furnish(store)
    numbers = dict.fromkeys(ids, 0)
    for width in (1, 4, 16, 64):
        await rotations(store, numbers, width)
    count = 2000 if "postgresql" in place else 20_000
    await reads("client()", lambda: store.client(*ROBOT), count)
    await reads("family()", lambda: store.family(ids[0]), count)
    await reads("user()", lambda: store.user("u1"), count)
    await store.close()


def main() -> None:
    if "--postgres" in sys.argv:
        sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
        from support.postgres import server

        with server(durable=True) as postgres:
            uvloop.run(measure(postgres.fresh()))
        return
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        migrate(Path(folder) / "data")
        uvloop.run(measure(str(Path(folder) / "data")))


if __name__ == "__main__":
    main()
