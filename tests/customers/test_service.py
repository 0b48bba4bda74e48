"""Customers over the database: taken, replaced, remembered, told in order, and followed by other processes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from modules.customers.handlers import follow
from modules.customers.model import VatIdInput
from modules.kernel.customer import Profile, VatId
from modules.kernel.errors import Forbidden, IdempotencyConflict, Unauthenticated
from modules.kernel.moments import format_moment
from modules.kernel.names import CustomerId
from modules.kernel.viewer import OPERATOR, Permission, Principal
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import NOW, a_viewer
from tests.catalog.shop import events, soon
from tests.customers.builders import OPERATING, a_customer, a_customer_service, a_segment

C1, C2 = CustomerId("c-1"), CustomerId("c-2")
LOYAL = {"atLeast": {"attribute": "orders", "number": "3"}}


async def test_profiles_come_in_the_order_of_the_question_by_one_statement(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer("c-1", groups=["club"]), a_customer("c-2")], "test")
    before = database.statements
    found = await customers.profiles([C2, CustomerId("nobody"), C1, C2, CustomerId("jo@example.org")], NOW)
    assert [profile and profile.id for profile in found] == [C2, None, C1, C2, None]
    assert database.statements == before + 1


async def test_a_profile_asked_for_again_costs_no_statement(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer()], "test")
    await customers.profiles([C1], NOW)
    before = database.statements
    await customers.profiles([C1], NOW)
    assert database.statements == before


async def test_all_that_is_handed_in_comes_back(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_segments(OPERATING, [a_segment("press"), a_segment("loyal", LOYAL)], "test")
    vat = VatIdInput(number="ATU12345678", valid=True, validated_at=NOW)
    given = a_customer(
        groups=["club"], segments=["press"], contracts=["k-7"], orders=3, is_business=True, vat_id=vat,
        tier={"text": "gold"}, joined={"moment": format_moment(NOW)},
    )  # fmt: skip
    assert (await customers.upsert_customers(OPERATING, [given], "test")).changed == 1
    groups, segments = frozenset({"club"}), frozenset({"press", "loyal"})
    profile = Profile(C1, groups, segments, frozenset({"k-7"}), 3, True, VatId("ATU12345678", True, NOW))
    assert await customers.profiles([C1], NOW) == [profile]
    assert await a_customer_service(database).customers(OPERATING, ["c-1"]) == await customers.customers(
        OPERATING, ["c-1"]
    )


async def test_a_customer_is_replaced_wholly_and_its_memory_with_it(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer(groups=["club"], orders=2)], "test")
    await customers.profiles([C1], NOW)
    await customers.upsert_customers(OPERATING, [a_customer(orders=3)], "test")
    assert await customers.profiles([C1], NOW) == [Profile(C1, orders=3)]


async def test_what_is_so_already_is_neither_written_nor_published(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_segments(OPERATING, [a_segment("loyal", LOYAL)], "test")
    await customers.upsert_customers(OPERATING, [a_customer(groups=["a", "b"])], "test")
    assert (await customers.upsert_segments(OPERATING, [a_segment("loyal", LOYAL)], "again")).unchanged == 1
    assert (await customers.upsert_customers(OPERATING, [a_customer(groups=["b", "a"])], "again")).unchanged == 1
    assert len(await events(database, "customers.customer_changed.v1")) == 1
    assert len(await events(database, "customers.segment_changed.v1")) == 1


async def test_a_change_is_published_without_attributes_and_audited_with_its_reason(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer(tier={"text": "gold"})], "first order")
    (event,) = await events(database, "customers.customer_changed.v1")
    assert "attributes" not in event
    rows = await database.read("SELECT principal, action, target, reason FROM runtime_audit")
    assert rows == [(OPERATOR.id, "customers.upsert_customer", "customer:c-1", "first order")]


async def test_the_same_key_does_it_once_and_another_input_is_a_conflict(database: Database) -> None:
    customers = a_customer_service(database)
    first = await customers.upsert_customers(OPERATING, [a_customer()], "test", "k")
    await customers.upsert_customers(OPERATING, [a_customer(orders=9)], "between", "other")
    assert await customers.upsert_customers(OPERATING, [a_customer()], "test", "k") == first
    assert await customers.profiles([C1], NOW) == [Profile(C1, orders=9)]
    (conflict,) = (await customers.upsert_customers(OPERATING, [a_customer(orders=1)], "test", "k")).problems
    assert isinstance(conflict, IdempotencyConflict)
    await customers.upsert_segments(OPERATING, [a_segment()], "test", "k")
    (conflict,) = (await customers.upsert_segments(OPERATING, [a_segment("other")], "test", "k")).problems
    assert isinstance(conflict, IdempotencyConflict)


async def test_a_bad_customer_costs_itself_only(database: Database) -> None:
    customers = a_customer_service(database)
    given = [a_customer("c-1"), a_customer("c-2", segments=["unknown"]), a_customer("c-1", orders=1)]
    done = await customers.upsert_customers(OPERATING, given, "test")
    assert done.changed == 1
    paths = [problem.path for problem in done.problems]
    assert paths == [("input", "customers", "1", "segments"), ("input", "customers", "2")]


async def test_pages_hold_every_customer_once(database: Database) -> None:
    customers = a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer(f"c-{n:02}") for n in range(7)], "test")
    seen: list[str] = []
    while True:
        page = await customers.page(OPERATING, 3, seen[-1] if seen else "")
        seen.extend(customer.id for customer in page.items)
        if not page.has_next:
            break
    assert seen == [f"c-{n:02}" for n in range(7)]


@pytest.mark.parametrize(
    ("principal", "error"),
    [
        (a_viewer().principal, Unauthenticated),
        (Principal("key:1", permissions=frozenset(Permission) - {Permission.CUSTOMERS_WRITE}), Forbidden),
    ],
)
async def test_who_may_not_is_told_no_customer(
    database: Database, principal: Principal, error: type[Exception]
) -> None:
    customers, viewer = a_customer_service(database), a_viewer(principal)
    with pytest.raises(error):
        await customers.customers(viewer, ["c-1"])
    with pytest.raises(error):
        await customers.page(viewer, 1)
    with pytest.raises(error):
        customers.segments(viewer)
    with pytest.raises(error):
        await customers.upsert_customers(viewer, [a_customer()], "test")
    with pytest.raises(error):
        await customers.upsert_segments(viewer, [a_segment()], "test")


async def test_a_customer_forgotten_while_it_is_read_is_not_kept_in_its_old_state(database: Database) -> None:
    customers, other = a_customer_service(database), a_customer_service(database)
    await customers.upsert_customers(OPERATING, [a_customer()], "test")
    read = customers._store.customers

    async def overtaken(ids: object) -> object:
        found = await read(ids)  # type: ignore[arg-type]
        await other.upsert_customers(OPERATING, [a_customer(orders=1)], "meanwhile")
        customers.forget([C1])
        return found

    customers._store.customers = overtaken  # type: ignore[assignment,method-assign]
    await customers.profiles([C1], NOW)
    customers._store.customers = read  # type: ignore[method-assign]
    assert await customers.profiles([C1], NOW) == [Profile(C1, orders=1)]


async def test_what_another_process_changed_is_known_here_soon(
    database: Database, feed: StreamFeed, relay: Relay
) -> None:
    here, there = a_customer_service(database), a_customer_service(database)
    following = asyncio.create_task(follow(here, feed))
    await there.upsert_customers(OPERATING, [a_customer()], "test")
    assert await here.profiles([C1], NOW) == [Profile(C1)]
    await there.upsert_customers(OPERATING, [a_customer(orders=3)], "test")
    await there.upsert_segments(OPERATING, [a_segment("loyal", LOYAL)], "test")

    async def is_known() -> bool:
        later = NOW + timedelta(days=1)
        return await here.profiles([C1], later) == [Profile(C1, segments=frozenset({"loyal"}), orders=3)]

    await soon(is_known)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
