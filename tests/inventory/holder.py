"""A process that sets stock aside as fast as it can and prints what was acknowledged: `python -m tests.inventory.holder
DATABASE_URL PREFIX`."""

from __future__ import annotations

import asyncio
import sys

from modules.inventory.model.reservations import Call, Decision
from modules.inventory.model.waiting import Reach
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.coalescer import Coalescer
from modules.runtime.database import Database
from tests.inventory.builders import a_hold

BUYERS = 16


async def main(url: str, prefix: str) -> None:
    """Holds one piece of each of two articles after the other until it is killed."""
    database = await Database.open(url)
    store = ReservationStore(database, lambda channel: Reach((), {}))
    desk: Coalescer[Call, Decision] = Coalescer(store.decide)

    async def buy(buyer: int) -> None:
        count = 0
        while True:
            count += 1
            id = f"{prefix}-{buyer}-{count}"
            if (await desk.ask(a_hold(("A-1", "1"), ("B-1", "1"), id=id, key=id))).reservations:
                sys.stdout.write(f"{id}\n")
                sys.stdout.flush()

    await asyncio.gather(*(buy(buyer) for buyer in range(BUYERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
