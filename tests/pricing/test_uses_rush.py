"""Many clients over several processes: never one use, never one cent too many."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from modules.kernel.errors import Unavailable
from modules.kernel.names import PromotionId
from modules.kernel.policies import BudgetPolicy
from modules.pricing.engine.uses import read_attempt
from modules.pricing.model.promotions import Promotion
from modules.pricing.model.uses import Call, Confirm, Decision, Hold
from modules.pricing.service.uses import UseService
from modules.pricing.store.uses import UseStore
from modules.runtime.database import Database
from tests.pricing import rush
from tests.pricing.redeeming import SECRET, Till, a_hold, a_limited, codes_of, states
from tests.runtime.counting import until
from tests.ties import tie

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 100

Got = tuple[str, str, str, int]
"""Attempt, promotion, customer, minor units."""


def start(url: str, process: int, clients: int) -> subprocess.Popen[str]:
    """A process of clients; they wait for a line."""
    command = [sys.executable, "-m", "tests.pricing.rush", url, str(process), str(clients)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, preexec_fn=tie())


def rushed(url: str, processes: int, clients: int) -> list[Got]:
    """What all clients of all processes got that began together."""
    with ExitStack() as stack:
        running = [stack.enter_context(start(url, number, clients)) for number in range(processes)]
        for process in running:
            stack.callback(process.kill)
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in running]
        assert [process.returncode for process in running] == [0] * processes
    return [tuple(json.loads(line)) for text in said for line in text.splitlines()]


@pytest.mark.parametrize(
    ("processes", "clients"), [(4, 125), pytest.param(8, 250, marks=pytest.mark.slow)], ids=["500", "2000"]
)
async def test_of_many_clients_over_several_processes_exactly_as_many_succeed_as_there_are_uses(
    database: Database, database_url: str, processes: int, clients: int
) -> None:
    """C-3, C-6, R-2: k uses, one per customer, and a budget that is spent to the last cent."""
    got = await asyncio.to_thread(rushed, database_url, processes, clients)
    by_promotion = Counter(promotion for _, promotion, _, _ in got)
    assert by_promotion["scarce"] == rush.USES
    assert by_promotion["personal"] == rush.CUSTOMERS
    assert max(Counter(who for _, name, who, _ in got if name == "personal").values()) == rush.PER_CUSTOMER
    assert sum(minor for _, name, _, minor in got if name == "poor") == rush.BUDGET
    await check_sums(database)


async def check_sums(database: Database) -> None:
    """The sums are those of the uses, whatever happened."""
    counted = await database.read(
        "SELECT promotion, CAST(SUM(CASE WHEN state = 'held' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN state = 'confirmed' THEN 1 ELSE 0 END) AS BIGINT),"
        " CAST(SUM(CASE WHEN state IN ('held', 'confirmed') THEN granted_minor ELSE 0 END) AS BIGINT)"
        " FROM pricing_use GROUP BY promotion ORDER BY promotion"
    )
    kept = await database.read(
        "SELECT promotion, held, confirmed, held_minor + confirmed_minor FROM pricing_use_total ORDER BY promotion"
    )
    assert kept == counted


async def test_kill_between_two_steps_leaves_nothing_half_done(database: Database, database_url: str) -> None:
    """C-3: what a killed process was told holds; what it was not told is whole or not there, and may be sent again."""
    with start(database_url, 0, 200) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        process.stdin.write("go\n")
        process.stdin.flush()
        told = [json.loads(process.stdout.readline()) for _ in range(20)]
        process.kill()
    till = Till(database, rush.SCARCE, rush.PERSONAL, rush.POOR)
    for attempt, *_ in told:
        assert states(await till.confirm(attempt)) == ["confirmed"]
    halves = "SELECT attempt FROM pricing_redemption WHERE attempt NOT IN (SELECT attempt FROM pricing_use)"
    assert await database.read(halves) == []
    await check_sums(database)
    got = await asyncio.to_thread(rushed, database_url, 2, 100)
    again = {attempt for attempt, *_ in told} | {attempt for attempt, *_ in got}
    ((confirmed,),) = await database.read(
        "SELECT COUNT(*) FROM pricing_use WHERE promotion = 'scarce' AND state IN ('held', 'confirmed')"
    )
    assert confirmed == rush.USES
    assert len(again) == len(set(again))
    await check_sums(database)


class Forgetful(UseStore):
    """Its first answers are lost behind the commit, as when a connection breaks."""

    lost = 0

    async def decide(self, calls: Sequence[Call]) -> list[Decision]:
        done = await super().decide(calls)
        if self.lost:
            self.lost -= 1
            raise Unavailable("The database")
        return done


@pytest.mark.parametrize("losses", [1, 2])
async def test_a_hold_whose_commit_has_an_unknown_outcome_is_looked_up_and_counts_once(
    database: Database, losses: int
) -> None:
    """C-3: nothing is tried again before the attempt was looked for."""
    till = Till(database, a_limited(total=3))
    store = Forgetful(database, till.read, lambda: till.now_us)
    till.uses = UseService(store, SECRET)
    for call in (till.hold("a"), till.confirm("a"), till.revert("a"), till.hold("b")):
        store.lost = losses
        assert len(states(await call)) == 1
    uses = await till.uses.promotion_uses(till.clerk, PromotionId("sale"))
    assert (uses.held, uses.confirmed) == (1, 0)


async def test_a_store_that_stays_away_says_so_and_the_next_call_finds_what_was_done(database: Database) -> None:
    till = Till(database, a_limited(total=1))
    store = Forgetful(database, till.read, lambda: till.now_us)
    till.uses = UseService(store, SECRET)
    store.lost = 3
    with pytest.raises(Unavailable):
        await till.hold("a")
    assert states(await till.hold("a")) == ["held"]
    assert codes_of(await till.hold("b")) == ["LIMIT_REACHED"]


async def test_two_processes_with_one_attempt_and_different_promotions_cannot_both_have_it(
    database: Database, database_url: str
) -> None:
    """R-1: they share no lock but the attempt itself."""
    other = await Database.open(database_url)
    promotions = a_limited("left"), a_limited("right")
    tills = Till(database, *promotions), Till(other, *promotions)
    for number in range(20):
        attempt = str(number)
        calls = (till.hold(a_hold(attempt, name)) for till, name in zip(tills, ("left", "right"), strict=True))
        done = await asyncio.gather(*calls)
        assert sorted(len(decision.problems) for decision in done) == [0, 1]
        assert {code for decision in done for code in codes_of(decision)} == {"IDEMPOTENCY_CONFLICT"}
    await other.close()
    await check_sums(database)


async def test_orders_of_locks_that_cross_do_not_stop_one_another(database: Database, database_url: str) -> None:
    """R-2: promotions are locked in one order, whatever the order of the wishes."""
    other = await Database.open(database_url)
    promotions = [a_limited(name) for name in "abcd"]
    tills = Till(database, *promotions), Till(other, *promotions)
    calls = [
        till.hold(a_hold(f"{n}-{i}", *names))
        for n, till in enumerate(tills)
        for i, names in enumerate(("abcd", "dcba") * 20)
    ]
    assert all(not decision.problems for decision in await asyncio.gather(*calls))
    await other.close()
    await check_sums(database)


async def test_an_attempt_held_while_its_confirmation_waits_for_locks_is_never_half_read(
    database: Database, database_url: str
) -> None:
    """R-2: what was not locked is not there; the confirmation comes before the hold or after it."""
    other = await Database.open(database_url)
    promotions = a_limited("sale", total=5), a_limited("other")
    mine, theirs = Till(database, *promotions), Till(other, *promotions)
    reading, go = asyncio.Event(), asyncio.Event()

    async def slowly(read: object, ids: Sequence[PromotionId]) -> dict[PromotionId, Promotion]:
        reading.set()
        await go.wait()
        return await mine.read(read, ids)

    mine.uses = UseService(UseStore(database, slowly, lambda: mine.now_us), SECRET)
    holding = asyncio.create_task(mine.hold(a_hold("a", "sale", "other")))
    await reading.wait()
    wish = read_attempt(a_hold("b", "other"), str)
    batch: list[Call] = [Hold("b", wish, BudgetPolicy.WHOLE), Confirm("b", "a", "o-a")]
    deciding = asyncio.create_task(theirs.store.decide(batch))
    if database.dialect == "postgresql":
        await until(lambda: someone_waits(database))
    go.set()
    assert states(await holding) == ["held", "held"]
    held, confirmed = await deciding
    assert states(held) == ["held"]
    assert codes_of(confirmed) == (["UNKNOWN_ATTEMPT"] if database.dialect == "postgresql" else [])
    await check_sums(database)
    assert states(await theirs.confirm("a")) == ["confirmed", "confirmed"]
    await check_sums(database)
    await other.close()


async def someone_waits(database: Database) -> bool:
    """Whether a transaction waits for a lock here."""
    sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ((count,),) = await database.read(sql)
    return bool(count)
