"""Click and collect, step by step on both databases (4.4)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from modules.inventory.engine import pickups as engine
from modules.inventory.events import PickupChanged
from modules.inventory.model.pickups import (
    DAY_US,
    STEPS,
    FoundInput,
    InvalidPickupTransition,
    Pickup,
    PickupDone,
    PickupState,
    Settlement,
    Step,
    UnknownPickup,
)
from modules.inventory.model.sources import SourceInput
from modules.kernel.errors import Forbidden, InsufficientStock, Unauthenticated
from modules.kernel.events import Envelope
from modules.kernel.names import ChannelId, SourceId
from modules.kernel.spelling import SIGNS
from modules.kernel.viewer import Permission, Principal, Viewer
from modules.runtime.database import Database
from tests.builders import a_channel, a_store, a_viewer
from tests.inventory.conftest import SOURCES
from tests.inventory.pickup_desk import ANNA, BERT, MANAGER, SHOP, WEB, Counter, codes, fresh, taken

CONFIRMED, READY = PickupState.CONFIRMED, PickupState.READY


@pytest.fixture
async def counter(database: Database) -> Counter:
    """Five of A-1 and of B-1 in the store in Berlin, three of A-1 in the warehouse."""
    counter = Counter(database)
    await counter.stock.upsert_sources(MANAGER, SOURCES, "set up")
    await counter.count("5")
    await counter.count("5", "B-1")
    await counter.count("3", source="main")
    return counter


async def published(database: Database) -> list[PickupChanged]:
    """What others were told of pick-ups, in order."""
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    envelopes = [Envelope.decode(envelope) for (envelope,) in rows]
    found = [envelope for envelope in envelopes if envelope.name == PickupChanged.NAME]
    return [PickupChanged.read(change) for envelope in found for change in envelope.changes]


async def test_goods_are_asked_for_picked_fetched_and_brought_back(counter: Counter) -> None:
    asked = taken(await counter.ask(("A-1", "2"), ("B-1", "1")))
    assert (asked.state, await counter.figures()) == (CONFIRMED, ("5", "2"))
    picking = taken(await counter.service.pick(ANNA, fresh(), asked.id))
    ready = taken(await counter.service.finish(ANNA, fresh(), picking.id))
    assert (ready.state, await counter.figures()) == (READY, ("5", "2"))
    fetched = taken(await counter.service.collect(ANNA, fresh(), ready.id, await counter.code(ready)))
    assert (fetched.state, await counter.figures()) == (PickupState.COLLECTED, ("3", "0"))
    back = taken(await counter.service.bring_back(ANNA, fresh(), fetched.id, "too big"))
    assert (back.state, await counter.figures(), await counter.figures("B-1")) == (
        PickupState.RETURNED,
        ("5", "0"),
        ("5", "0"),
    )


async def test_every_step_is_told_with_a_rising_version_and_audited(counter: Counter, database: Database) -> None:
    pickup = await counter.ready()
    told = await published(database)
    assert [(event.state, event.version) for event in told] == [("confirmed", 1), ("picking", 2), ("ready", 3)]
    assert Pickup.of(told[-1]) == pickup
    rows = await database.read(
        "SELECT principal, action, target, after FROM runtime_audit WHERE target = :target ORDER BY id",
        target=f"pickup:{pickup.id}",
    )
    steps = ["inventory.request_pickup", "inventory.pick_pickup", "inventory.finish_pickup"]
    assert [(by, action) for by, action, _, _ in rows] == list(zip(["shop", "anna", "anna"], steps, strict=True))
    assert json.loads(rows[-1][3])["state"] == "ready"


async def test_goods_wait_for_the_days_of_their_store(counter: Counter, database: Database) -> None:
    store = SourceInput(id="berlin", name="Berlin", can_pick_up=True, pickup_days=3)
    await counter.stock.upsert_sources(MANAGER, [store], "quicker")
    before = await database.now_us()
    pickup = await counter.ready()
    assert pickup.deadline_us is not None
    assert before + 3 * DAY_US <= pickup.deadline_us <= await database.now_us() + 3 * DAY_US


async def test_the_last_piece_is_not_promised_as_somebody_may_carry_it_around(counter: Counter) -> None:
    """The promise is the store's availability less its pick-up buffer, 1 unless said otherwise."""
    refused = await counter.ask(("A-1", "5"), ("B-1", "9"))
    short = [problem for problem in refused.problems if isinstance(problem, InsufficientStock)]
    assert [(problem.sku, problem.available) for problem in short] == [("A-1", "4"), ("B-1", "4")]
    assert (refused.pickup, await counter.figures()) == (None, ("5", "0"))
    assert taken(await counter.ask(("A-1", "4"))).state is CONFIRMED


async def test_f6_a_stale_store_is_asked_before_anything_is_promised(counter: Counter, database: Database) -> None:
    await counter.stock.upsert_sources(
        MANAGER, [SourceInput(id="berlin", name="Berlin", can_pick_up=True, fresh_seconds=60)], "limit"
    )
    async with database.transaction() as tx:
        await tx.run("UPDATE inventory_feed SET heard_us = 1 WHERE source = 'berlin'")
    asked = taken(await counter.ask(("A-1", "5")))
    assert (asked.state, await counter.figures()) == (PickupState.REQUESTED, ("5", "0"))
    looked = taken(await counter.service.confirm(ANNA, fresh(), asked.id))
    assert (looked.state, await counter.figures()) == (CONFIRMED, ("5", "5"))
    again = taken(await counter.ask(("A-1", "1")))
    assert codes(await counter.service.confirm(ANNA, fresh(), again.id)) == ["INSUFFICIENT_STOCK"]
    assert (await counter.service.pickup(SHOP, again.id)) == again


async def test_what_is_not_found_is_promised_to_nobody(counter: Counter, database: Database) -> None:
    short = await counter.short("1", ("A-1", "3"), ("B-1", "2"))
    assert short.state is PickupState.SHORT
    assert (await counter.figures(), await counter.figures("B-1")) == (("3", "1"), ("5", "2"))
    moves = await database.read("SELECT sku, quantity_micros, kind FROM inventory_movement")
    assert moves == [("A-1", -2_000_000, "lost")]


async def test_a_short_pickup_is_fetched_partially(counter: Counter) -> None:
    short = await counter.short("1", ("A-1", "3"), ("B-1", "2"))
    ready = taken(await counter.settled(short, Settlement.PARTIAL))
    assert (ready.state, ready.deadline_us is not None) == (READY, True)
    taken(await counter.service.collect(ANNA, fresh(), ready.id, await counter.code(ready)))
    assert (await counter.figures(), await counter.figures("B-1")) == (("2", "0"), ("3", "0"))


async def test_what_a_store_lacks_comes_from_elsewhere_for_the_same_order(counter: Counter, database: Database) -> None:
    short = await counter.short("1", ("A-1", "3"))
    ready = taken(await counter.settled(short, Settlement.RE_SOURCE))
    assert (ready.state, await counter.figures(source="main")) == (READY, ("3", "2"))
    rows = await database.read(
        "SELECT source, state, order_id FROM inventory_reservation WHERE hold = :hold", hold=ready.resourced
    )
    assert rows == [("main", "committed", "o-1")]


async def test_a_pickup_of_which_nothing_was_found_ends_when_all_comes_from_elsewhere(counter: Counter) -> None:
    short = await counter.short("0")
    assert codes(await counter.settled(short, Settlement.PARTIAL)) == ["INVALID_INPUT"]
    ended = taken(await counter.settled(short, Settlement.RE_SOURCE))
    assert (ended.state, bool(ended.resourced)) == (PickupState.CANCELLED, True)


async def test_what_nobody_else_has_leaves_the_pickup_short(counter: Counter) -> None:
    await counter.count("1", source="main")
    short = await counter.short("1", ("A-1", "4"))
    assert codes(await counter.settled(short, Settlement.RE_SOURCE)) == ["INSUFFICIENT_STOCK"]
    assert (await counter.service.pickup(SHOP, short.id), await counter.figures(source="main")) == (short, ("1", "0"))


@pytest.mark.parametrize("made", [Counter.confirmed, Counter.picking, Counter.short, Counter.ready])
async def test_a_cancelled_pickup_is_for_others_again(
    counter: Counter, made: Callable[[Counter], Awaitable[Pickup]]
) -> None:
    pickup = await made(counter)
    done = taken(await counter.service.cancel(SHOP, fresh(), pickup.id, "changed their mind"))
    assert (done.state, (await counter.figures())[1]) == (PickupState.CANCELLED, "0")
    assert codes(await counter.service.cancel(SHOP, fresh(), pickup.id, "again")) == ["INVALID_PICKUP_TRANSITION"]


async def test_what_nobody_fetches_in_time_is_given_up_once_by_whoever_comes_first(counter: Counter) -> None:
    kept, late = await counter.ready(("B-1", "1")), await counter.ready()
    await counter.let_deadline_pass(late)
    await asyncio.gather(*(counter.service.lapse() for _ in range(3)))
    assert await counter.service.lapse() == 0
    ended = await counter.service.pickup(SHOP, late.id)
    assert (ended and ended.state, ended and ended.version) == (PickupState.NOT_COLLECTED, late.version + 1)
    assert (await counter.figures(), await counter.service.pickup(SHOP, kept.id)) == (("5", "0"), kept)


async def test_after_the_deadline_nobody_gets_it_whether_or_not_that_was_noted(counter: Counter) -> None:
    pickup = await counter.ready()
    code = await counter.code(pickup)
    await counter.let_deadline_pass(pickup)
    assert codes(await counter.service.collect(ANNA, fresh(), pickup.id, code)) == ["PICKUP_OVERDUE"]
    assert codes(await counter.service.extend(SHOP, fresh(), pickup.id)) == ["PICKUP_OVERDUE"]


async def test_a_deadline_is_extended_once(counter: Counter) -> None:
    pickup = await counter.ready()
    longer = taken(await counter.service.extend(SHOP, fresh(), pickup.id))
    assert longer.deadline_us == (pickup.deadline_us or 0) + 7 * DAY_US
    assert codes(await counter.service.extend(SHOP, fresh(), pickup.id)) == ["PICKUP_EXTENDED"]


async def test_five_wrong_codes_lock_a_pickup_until_it_gets_a_new_one(counter: Counter) -> None:
    pickup = await counter.ready()
    code = await counter.code(pickup)
    wrong = [await counter.service.collect(ANNA, fresh(), pickup.id, f"WRONG{n}") for n in range(6)]
    assert [done.problems[0].tries_left for done in wrong] == [4, 3, 2, 1, 0, 0]  # type: ignore[attr-defined]
    assert codes(await counter.service.collect(ANNA, fresh(), pickup.id, code)) == ["WRONG_PICKUP_CODE"]
    other = await counter.code(pickup)
    assert codes(await counter.service.collect(ANNA, fresh(), pickup.id, code)) == ["WRONG_PICKUP_CODE"]
    spoken = f" {other[:3].lower()}-{other[3:]} "
    assert taken(await counter.service.collect(ANNA, fresh(), pickup.id, spoken)).state is PickupState.COLLECTED


async def test_nothing_is_handed_over_without_a_code(counter: Counter) -> None:
    pickup = await counter.ready()
    assert codes(await counter.service.collect(ANNA, fresh(), pickup.id, "")) == ["WRONG_PICKUP_CODE"]


async def test_a_code_is_told_to_who_asked_and_kept_by_nobody(counter: Counter, database: Database) -> None:
    pickup = await counter.ready()
    first, again = [(await counter.service.issue_code(SHOP, "key", pickup.id)).code for _ in range(2)]
    assert first == again
    assert set(first) <= set(SIGNS)
    assert len(first) == engine.CODE_LENGTH
    assert first != await counter.code(pickup)
    kept = [await database.read(f"SELECT * FROM {table}") for table in ("inventory_pickup", "runtime_outbox")]
    trail = await database.read("SELECT after FROM runtime_audit")
    assert first not in str((kept, trail))


async def test_goods_that_are_not_there_cannot_be_handed_over(counter: Counter) -> None:
    pickup = await counter.ready(("B-1", "1"), ("A-1", "2"))
    code = await counter.code(pickup)
    await counter.count("1")
    refused = await counter.service.collect(ANNA, fresh(), pickup.id, code)
    assert codes(refused) == ["INSUFFICIENT_ON_HAND"]
    assert (await counter.figures("B-1"), (refused.pickup or pickup).state) == (("5", "1"), READY)


@pytest.mark.parametrize(
    ("state", "step"), [(state, step) for state in PickupState for step in Step if state not in STEPS[step]]
)
def test_a_step_that_a_state_does_not_allow_is_refused(state: PickupState, step: Step) -> None:
    pickup = Pickup("p", SourceId("berlin"), ChannelId("web"), "o", "c", state, ())
    with pytest.raises(InvalidPickupTransition) as refused:
        engine.check_step(pickup, step, 0)
    assert refused.value.state == state.value


async def test_a_call_that_comes_again_has_the_outcome_it_had(counter: Counter) -> None:
    """R-1, and other input under the same key is refused."""
    first, second = await counter.ask(key="k"), await counter.ask(key="k")
    assert (taken(second), await counter.figures()) == (taken(first), ("5", "2"))
    assert codes(await counter.ask(("A-1", "1"), key="k")) == ["IDEMPOTENCY_CONFLICT"]
    pickup = taken(first)
    picked = [taken(await counter.service.pick(ANNA, "p", pickup.id)) for _ in range(2)]
    assert picked[0] == picked[1]
    refused = [codes(await counter.ask(("A-1", "99"), key="much")) for _ in range(2)]
    assert refused == [["INSUFFICIENT_STOCK"]] * 2


Do = Callable[[Counter, Viewer, str], Awaitable[Any]]
STORE: list[Do] = [
    lambda counter, viewer, id: counter.service.confirm(viewer, fresh(), id),
    lambda counter, viewer, id: counter.service.pick(viewer, fresh(), id),
    lambda counter, viewer, id: counter.service.finish(viewer, fresh(), id),
    lambda counter, viewer, id: counter.service.collect(viewer, fresh(), id, "x"),
    lambda counter, viewer, id: counter.service.at(viewer, "berlin"),
]
CUSTOMER: list[Do] = [
    lambda counter, viewer, id: counter.ask(viewer=viewer),
    lambda counter, viewer, id: counter.service.issue_code(viewer, fresh(), id),
]
BOTH: list[Do] = [
    lambda counter, viewer, id: counter.service.settle(viewer, fresh(), id, Settlement.PARTIAL),
    lambda counter, viewer, id: counter.service.extend(viewer, fresh(), id),
    lambda counter, viewer, id: counter.service.cancel(viewer, fresh(), id, "why"),
    lambda counter, viewer, id: counter.service.bring_back(viewer, fresh(), id, "why"),
    lambda counter, viewer, id: counter.service.pickup(viewer, id),
]


@pytest.mark.parametrize("do", [*STORE, *CUSTOMER, *BOTH])
async def test_a_stranger_and_an_associate_of_another_store_may_do_nothing(counter: Counter, do: Do) -> None:
    pickup = await counter.confirmed()
    with pytest.raises(Unauthenticated):
        await do(counter, a_viewer(channel=WEB), pickup.id)
    try:
        done = await do(counter, BERT, pickup.id)
    except Forbidden:
        done = PickupDone(problems=(UnknownPickup(pickup.id),))
    assert isinstance(done, PickupDone)
    assert [problem.code for problem in done.problems] == ["UNKNOWN_PICKUP"]
    assert await counter.service.pickup(SHOP, pickup.id) == pickup


KEY = frozenset({Permission.STOCK_HOLD, Permission.STOCK_WRITE})
APP = Principal("app", permissions=KEY, channels=frozenset({"app"}))
HAMBURG = Principal("hamburg", permissions=KEY, stores=frozenset({"hamburg"}))
BERLIN = Principal("berlin", permissions=KEY, channels=frozenset({"web", "app"}), stores=frozenset({"berlin"}))


@pytest.mark.parametrize("do", [*STORE[:-1], *CUSTOMER[1:], *BOTH])
@pytest.mark.parametrize("principal", [APP, HAMBURG], ids=["channel", "store"])
async def test_a_pickup_of_another_channel_or_store_is_told_from_none_at_all_by_nobody(
    counter: Counter, do: Do, principal: Principal
) -> None:
    pickup = await counter.confirmed()
    viewer = a_viewer(principal, channel=a_channel("app"), store=a_store("hamburg"))
    foreign, none = await do(counter, viewer, pickup.id), await do(counter, viewer, "f" * len(pickup.id))
    assert _told(foreign, pickup.id) == _told(none, "f" * len(pickup.id))
    assert await counter.service.pickup(SHOP, pickup.id) == pickup


def _told(done: object, id: str) -> object:
    if not isinstance(done, PickupDone):
        return done
    return done.pickup, [(each.code, each.path, each.message.replace(id, "")) for each in done.problems]


async def test_a_confined_principal_works_on_its_own_in_another_channel_than_it_asks_from(counter: Counter) -> None:
    pickup = await counter.confirmed()
    viewer = a_viewer(BERLIN, channel=a_channel("app"), store=a_store("berlin"))
    assert (await counter.service.pick(viewer, fresh(), pickup.id)).problems == ()
    assert (await counter.service.cancel(viewer, fresh(), pickup.id, "why")).problems == ()


@pytest.mark.parametrize(("do", "viewer"), [*((do, SHOP) for do in STORE), *((do, ANNA) for do in CUSTOMER)])
async def test_shops_do_not_work_in_stores_and_associates_learn_no_codes(
    counter: Counter, do: Do, viewer: Viewer
) -> None:
    pickup = await counter.confirmed()
    with pytest.raises(Forbidden):
        await do(counter, viewer, pickup.id)


@pytest.mark.parametrize("do", BOTH)
@pytest.mark.parametrize("viewer", [SHOP, ANNA, MANAGER])
async def test_both_sides_settle_extend_cancel_and_take_back(counter: Counter, do: Do, viewer: Viewer) -> None:
    await do(counter, viewer, (await counter.confirmed()).id)


@pytest.mark.parametrize(
    ("wishes", "more", "path"),
    [
        ([("A-1", "0")], {}, ("input", "lines", "0", "quantity")),
        ([("A-1", "-1")], {}, ("input", "lines", "0", "quantity")),
        ([("A-1", "1.5")], {}, ("input", "lines", "0", "quantity")),
        ([("A-1", "1"), ("X", "1")], {}, ("input", "lines", "1", "sku")),
        ([("A-1", "1")], {"store": "main"}, ("input", "store")),
        ([("A-1", "1")], {"store": "mars"}, ("input", "store")),
        ([("A-1", "1")], {"order": ""}, ("input", "order")),
        ([("A-1", "1")], {"owner": "no name"}, ("input", "owner")),
        ([("A-1", "1")] * 101, {}, ("input", "lines")),
    ],
)
async def test_bad_wishes_are_refused_at_their_place(
    counter: Counter, wishes: list[tuple[str, str]], more: dict[str, Any], path: tuple[str, ...]
) -> None:
    refused = await counter.ask(*wishes, **more)
    assert ([problem.path for problem in refused.problems], refused.pickup) == ([path], None)


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ([FoundInput(line="9", quantity="1")], "lineId"),
        ([FoundInput(line="0", quantity="3")], "quantity"),
        ([FoundInput(line="0", quantity="0.5")], "quantity"),
        ([FoundInput(line="0", quantity="1"), FoundInput(line="0", quantity="1")], "lineId"),
    ],
)
async def test_bad_findings_change_nothing(counter: Counter, found: list[FoundInput], place: str) -> None:
    pickup = await counter.picking()
    refused = await counter.service.finish(ANNA, fresh(), pickup.id, found)
    assert refused.problems[0].path[-1] == place
    assert await counter.service.pickup(SHOP, pickup.id) == pickup


async def test_an_unknown_pickup_a_missing_key_and_a_missing_reason_are_refused(counter: Counter) -> None:
    assert codes(await counter.service.pick(ANNA, fresh(), "none")) == ["UNKNOWN_PICKUP"]
    assert codes(await counter.service.pick(ANNA, "", "none")) == ["INVALID_INPUT"]
    assert codes(await counter.service.cancel(SHOP, fresh(), "none", " ")) == ["INVALID_INPUT"]
    assert await counter.service.pickup(SHOP, "none") is None


async def test_a_store_sees_its_open_pickups_the_oldest_first(counter: Counter) -> None:
    first, second = await counter.confirmed(("A-1", "1")), await counter.ready(("B-1", "1"))
    ended = taken(await counter.service.cancel(SHOP, fresh(), (await counter.confirmed()).id, "why"))
    assert await counter.service.at(ANNA, "berlin") == [first, second]
    assert await counter.service.at(ANNA, "berlin", [PickupState.CANCELLED]) == [ended]
