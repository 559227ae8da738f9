"""A process that writes: ``python writing.py FOLDER NAME COUNT`` prints each id once its write was answered."""

from __future__ import annotations

import asyncio
import sys

from lychgate.server.model import User
from lychgate.server.stores import open_store

WIDTH = 8


async def main(folder: str, name: str, count: int) -> None:
    store = open_store(folder)
    await store.open()

    async def write(part: int) -> None:
        for n in range(part, count, WIDTH):
            id = f"{name}-{n}"
            await store.add_user(User(id, f"{id}@example.org", id, None))
            print(id, flush=True)

    await asyncio.gather(*(write(part) for part in range(WIDTH)))
    await store.close()


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
