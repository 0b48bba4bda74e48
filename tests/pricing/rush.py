"""A process full of clients that all want the same promotions: `python -m tests.pricing.rush URL PROCESS CLIENTS`.

Writes "ready", waits for a line, then lets all its clients loose; writes a line for each that got something.
"""

from __future__ import annotations

import asyncio
import json
import sys

from modules.kernel.policies import BudgetPolicy
from modules.pricing.model.uses import WishInput
from modules.runtime.database import Database
from tests.pricing.redeeming import Till, a_clerk, a_hold, a_limited

USES, PER_CUSTOMER, BUDGET = 40, 1, 10_007
SCARCE = a_limited("scarce", total=USES)
PERSONAL = a_limited("personal", per_customer=PER_CUSTOMER)
POOR = a_limited("poor", budget=(("EUR", BUDGET),))
CUSTOMERS = 60
"""Each of them is many clients at once."""


async def run(url: str, process: int, clients: int) -> None:
    """The clients of one process over one database."""
    database = await Database.open(url)
    till = Till(database, SCARCE, PERSONAL, POOR)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(_shop(till, f"{process}-{number}", number))
    finally:
        await database.close()


async def _shop(till: Till, name: str, number: int) -> None:
    """Three orders: each goes for one of the promotions, and every third client gives back what it got first."""
    for promotion, minor in (("scarce", 100), ("personal", 100), ("poor", 100 + number % 97)):
        given = a_hold(
            f"{name}-{promotion}", WishInput(promotion, f"{minor // 100}.{minor % 100:02}"), customer=_who(number)
        )
        clerk = a_clerk(BudgetPolicy.PARTIAL) if number % 2 else till.clerk
        held = (await till.hold(given, clerk)).redemption
        if held and number % 3 == 0 and promotion == "scarce":
            await till.revert(given.attempt)
            held = (await till.hold(a_hold(f"{name}-again", promotion, customer=_who(number)))).redemption
        if held is None:
            continue
        confirmed = await till.confirm(held.attempt)
        assert confirmed.problems == (), confirmed.problems
        granted = sum(use.granted_minor for use in held.uses)
        print(json.dumps([held.attempt, promotion, _who(number), granted]), flush=True)


def _who(number: int) -> str:
    return str(number % CUSTOMERS)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
