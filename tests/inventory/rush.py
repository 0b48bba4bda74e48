"""A process full of buyers who all want the same at once: `python -m tests.inventory.rush DATABASE_URL PREFIX BUYERS`
prints how many got it."""

from __future__ import annotations

import asyncio
import sys

from modules.inventory.model.reservations import Call, Decision
from modules.inventory.model.waiting import Reach
from modules.inventory.store.reservations import ReservationStore
from modules.kernel.coalescer import Coalescer
from modules.runtime.database import Database
from tests.inventory.builders import a_hold


async def main(url: str, prefix: str, buyers: int) -> int:
    """How many of the buyers got a piece."""
    database = await Database.open(url)
    try:
        desk: Coalescer[Call, Decision] = Coalescer(
            ReservationStore(database, lambda channel: Reach((), {})).decide, most=64
        )
        calls = (a_hold(id=f"{prefix}-{n}", key=f"{prefix}-{n}", sources=["main"]) for n in range(buyers))
        decisions = await asyncio.gather(*(desk.ask(call) for call in calls))
    finally:
        await database.close()
    return sum(bool(decision.reservations) for decision in decisions)


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
