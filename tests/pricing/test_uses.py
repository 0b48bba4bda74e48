"""Uses: held, confirmed, given back and expired, and never more than there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from modules.kernel.customer import Profile
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.moments import to_us
from modules.kernel.money import Money
from modules.kernel.names import CustomerId, PromotionId
from modules.kernel.policies import BudgetPolicy
from modules.kernel.viewer import Principal
from modules.pricing.engine.case import Room
from modules.pricing.model.promotions import Amounts, Limits, PromotionState, Trigger
from modules.pricing.model.uses import HoldInput, UseRefused, WishInput
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer
from tests.pricing.redeeming import MINUTE_US, Till, a_clerk, a_hold, a_limited, codes_of, states

SALE = PromotionId("sale")


async def test_a_use_is_held_confirmed_and_counted_once(database: Database) -> None:
    """C-3."""
    till = Till(database, a_limited(total=1))
    assert states(await till.hold("a")) == ["held"]
    assert states(await till.hold("a")) == ["held"]
    assert codes_of(await till.hold("b")) == ["LIMIT_REACHED"]
    assert states(await till.confirm("a")) == ["confirmed"]
    assert states(await till.confirm("a")) == ["confirmed"]
    uses = await till.uses.promotion_uses(till.clerk, SALE)
    assert (uses.held, uses.confirmed) == (0, 1)


async def test_several_promotions_are_held_together_or_not_at_all(database: Database) -> None:
    """C-3: every refusal is named."""
    till = Till(database, a_limited("free"), a_limited("none", total=0), a_limited("poor", budget=(("EUR", 99),)))
    refused = await till.hold(a_hold("a", "free", "none", "poor"))
    assert refused.redemption is None
    assert [(problem.code, problem.promotion) for problem in refused.problems if isinstance(problem, UseRefused)] == [
        ("LIMIT_REACHED", "none"),
        ("BUDGET_EXHAUSTED", "poor"),
    ]
    assert (await till.uses.promotion_uses(till.clerk, PromotionId("free"))).held == 0
    assert states(await till.hold(a_hold("a", "free"))) == ["held"]


async def test_an_attempt_with_another_body_is_a_conflict(database: Database) -> None:
    """R-1."""
    till = Till(database, a_limited(), a_limited("other"))
    await till.hold("a")
    assert codes_of(await till.hold(a_hold("a", WishInput("sale", "1.01")))) == ["IDEMPOTENCY_CONFLICT"]
    assert codes_of(await till.hold(a_hold("a", "other"))) == ["IDEMPOTENCY_CONFLICT"]
    assert codes_of(await till.hold(a_hold("a", customer="c"))) == ["IDEMPOTENCY_CONFLICT"]
    await till.confirm("a", "order-1")
    assert codes_of(await till.confirm("a", "order-2")) == ["IDEMPOTENCY_CONFLICT"]


async def test_a_hold_ends_at_its_exact_instant(database: Database) -> None:
    """R-3: `expires_at <= now` does not count."""
    till = Till(database, a_limited(total=1))
    await till.hold(a_hold("a", ttl_seconds=60))
    till.now_us += MINUTE_US - 1
    assert codes_of(await till.hold("b")) == ["LIMIT_REACHED"]
    assert await room(till) == Room(total=0)
    till.now_us += 1
    assert await room(till) == Room(total=1)
    assert (await till.uses.promotion_uses(till.clerk, SALE)).held == 0
    assert states(await till.hold("b")) == ["held"]
    assert states(await till.hold(a_hold("a", ttl_seconds=60))) == ["expired"]


async def test_the_deciding_transaction_writes_the_events_of_holds_that_ran_out(database: Database) -> None:
    """R-2: even where it then refuses."""
    till = Till(database, a_limited(total=1))
    await till.hold("a")
    till.now_us += 15 * MINUTE_US
    till.held[SALE] = a_limited(total=0)
    assert codes_of(await till.hold("b")) == ["LIMIT_REACHED"]
    told = "\n".join(envelope for (envelope,) in await database.read("SELECT envelope FROM runtime_outbox ORDER BY id"))
    assert "pricing.use_changed.v1" in told
    assert '"state":"expired"' in told


async def test_a_sweep_expires_what_nobody_asks_for(database: Database) -> None:
    """R-3."""
    till = Till(database, a_limited(), a_limited("other"))
    await till.hold("a")
    await till.hold(a_hold("b", "sale", "other"))
    await till.confirm("b")
    till.now_us += 15 * MINUTE_US
    await till.uses.expire()
    assert await database.read("SELECT attempt, state FROM pricing_use ORDER BY attempt, promotion") == [
        ("a", "expired"),
        ("b", "confirmed"),
        ("b", "confirmed"),
    ]


async def test_an_order_has_its_uses_once_whatever_attempt_it_comes_from(database: Database) -> None:
    """C-3: same order id again, no second count; also side by side, and in another process."""
    till, other = (Till(database, a_limited("one"), a_limited("two")) for _ in range(2))
    for attempt, promotion in (("a", "one"), ("b", "one"), ("c", "two"), ("d", "two")):
        await till.hold(a_hold(attempt, promotion))
    assert states(await till.confirm("a", "order-1")) == ["confirmed"]
    assert states(await till.confirm("a", "order-1")) == ["confirmed"]
    refused = await till.confirm("b", "order-1")
    assert codes_of(refused) == ["IDEMPOTENCY_CONFLICT"]
    assert refused.problems[0].path == ("input", "order")
    found = await asyncio.gather(
        till.confirm("b", "order-2"), till.confirm("c", "order-2"), other.confirm("d", "order-2")
    )
    assert sorted(map(codes_of, found)) == [[], ["IDEMPOTENCY_CONFLICT"], ["IDEMPOTENCY_CONFLICT"]]
    ((confirmed,),) = await database.read("SELECT COUNT(*) FROM pricing_use WHERE state = 'confirmed'")
    assert confirmed == 2


async def test_a_late_confirmation_takes_what_is_left_or_says_why_not(database: Database) -> None:
    """C-3."""
    till = Till(database, a_limited(total=2))
    for attempt in ("a", "b"):
        await till.hold(attempt)
    till.now_us += 15 * MINUTE_US
    await till.hold("c")
    assert states(await till.confirm("a")) == ["confirmed"]
    refused = await till.confirm("b")
    assert codes_of(refused) == ["LIMIT_REACHED"]
    assert refused.redemption is not None
    assert refused.redemption.order is None
    await till.revert("c")
    assert states(await till.confirm("b")) == ["confirmed"]


async def test_nothing_is_confirmed_when_one_of_several_cannot_be_held_again(database: Database) -> None:
    till = Till(database, a_limited("many"), a_limited("one", total=1))
    await till.hold(a_hold("a", "many", "one"))
    till.now_us += 15 * MINUTE_US
    await till.hold(a_hold("b", "one"))
    assert codes_of(await till.confirm("a")) == ["LIMIT_REACHED"]
    assert (await till.uses.promotion_uses(till.clerk, PromotionId("many"))).confirmed == 0


@pytest.mark.parametrize(
    ("said", "market", "state", "room_left"),
    [
        (True, True, "returned", 1),
        (False, True, "kept", 0),
        (None, True, "returned", 1),
        (None, False, "kept", 0),
        (True, False, "returned", 1),
    ],
)
async def test_a_cancelled_order_gives_its_use_back_unless_told_otherwise(
    database: Database, said: bool | None, market: bool, state: str, room_left: int
) -> None:
    """C-5: the promotion says, else the market."""
    till = Till(database, a_limited(total=1, returns_use=said))
    till.clerk = a_clerk(cancel_returns_use=market)
    await till.hold("a")
    await till.confirm("a")
    for _ in range(2):
        assert states(await till.revert("a")) == [state]
    assert await room(till) == Room(total=room_left)
    assert codes_of(await till.confirm("a")) == ["INVALID_TRANSITION"]
    assert states(await till.hold("a")) == [state]  # a late duplicate of the first call counts nothing


async def test_a_hold_that_is_given_up_always_gives_back(database: Database) -> None:
    """C-5: there was no order yet."""
    till = Till(database, a_limited(total=1, returns_use=False))
    await till.hold("a")
    assert states(await till.revert("a")) == ["returned"]
    assert await room(till) == Room(total=1)


@pytest.mark.parametrize("call", ["confirm", "revert"])
async def test_an_attempt_that_was_never_held_is_unknown(database: Database, call: str) -> None:
    till = Till(database)
    assert codes_of(await getattr(till, call)("a")) == ["UNKNOWN_ATTEMPT"]


async def test_a_customer_is_known_by_id_or_by_address(database: Database) -> None:
    """C-4: what a guest used counts when he logs in."""
    till = Till(database, a_limited(per_customer=1))
    assert codes_of(await till.hold("a")) == ["CUSTOMER_UNKNOWN"]
    assert states(await till.hold(a_hold("a", email=" Ann@Example.com "))) == ["held"]
    assert codes_of(await till.hold(a_hold("b", email="ann@example.COM"))) == ["CUSTOMER_LIMIT_REACHED"]
    assert codes_of(await till.hold(a_hold("b", customer="7", email="ann@example.com"))) == ["CUSTOMER_LIMIT_REACHED"]
    assert states(await till.hold(a_hold("b", customer="7"))) == ["held"]
    assert await room(till, customer="7") == Room(customer=0)
    assert await room(till, customer="8") == Room(customer=1)


async def test_limits_per_customer_count_each_use_once(database: Database) -> None:
    """C-4: uses by id alone, by address alone and by both add up."""
    till = Till(database, a_limited(per_customer=3))
    for attempt, who in enumerate([{"customer": "7"}, {"email": "a@b"}, {"customer": "7", "email": "a@b"}]):
        assert states(await till.hold(a_hold(str(attempt), **who))) == ["held"]
    both = {"customer": "7", "email": "a@b"}
    assert codes_of(await till.hold(a_hold("late", **both))) == ["CUSTOMER_LIMIT_REACHED"]
    assert states(await till.hold(a_hold("late", customer="7"))) == ["held"]


async def test_no_address_stands_in_any_table(database: Database) -> None:
    """C-4."""
    till = Till(database, a_limited())
    await till.hold(a_hold("a", email="ann@example.com"))
    kept = await database.read("SELECT body_hash, email FROM pricing_redemption")
    trail = await database.read("SELECT target, before, after FROM runtime_audit")
    events = await database.read("SELECT envelope FROM runtime_outbox")
    assert trail
    assert events
    assert "ann" not in str([kept, trail, events])


async def test_a_refused_address_is_not_repeated(database: Database) -> None:
    refused = await Till(database, a_limited()).hold(a_hold("a", email="secret.example.com"))
    assert [problem.path for problem in refused.problems] == [("input", "email")]
    assert "secret" not in str([problem.message for problem in refused.problems])


@pytest.mark.parametrize(
    ("policy", "wanted", "granted"),
    [
        (BudgetPolicy.WHOLE, ["6.00", "4.00", "0.01"], [600, 400, None]),
        (BudgetPolicy.WHOLE, ["6.00", "4.01", "4.00"], [600, None, 400]),
        (BudgetPolicy.PARTIAL, ["6.00", "4.01", "0.01"], [600, 400, None]),
        (BudgetPolicy.PARTIAL, ["99.00", "0.00"], [1000, 0]),
    ],
)
async def test_a_budget_grants_all_or_nothing_or_what_it_has_left(
    database: Database, policy: BudgetPolicy, wanted: list[str], granted: list[int | None]
) -> None:
    """C-6."""
    till = Till(database, a_limited(budget=(("EUR", 1000),)))
    found = []
    for attempt, amount in enumerate(wanted):
        done = await till.hold(a_hold(str(attempt), WishInput("sale", amount)), a_clerk(policy))
        found.append(done.redemption.uses[0].granted_minor if done.redemption else None)
    assert found == granted


async def test_budgets_are_kept_by_currency_and_never_converted(database: Database) -> None:
    """C-6, P-7: a currency that the budget does not name has none. Yen have no decimals, dinars three."""
    till = Till(database, a_limited(budget=(("BHD", 1500), ("JPY", 100))))
    assert states(await till.hold(a_hold("a", WishInput("sale", "100"), currency="JPY"))) == ["held"]
    assert states(await till.hold(a_hold("b", WishInput("sale", "1.500"), currency="BHD"))) == ["held"]
    refused = await till.hold(a_hold("c", WishInput("sale", "0.001"), currency="BHD"))
    assert [(problem.code, getattr(problem, "left", None)) for problem in refused.problems] == [
        ("BUDGET_EXHAUSTED", Money(0, "BHD"))
    ]
    assert codes_of(await till.hold(a_hold("c"))) == ["BUDGET_EXHAUSTED"]
    assert await room(till) == Room(budget_minor=0)
    uses = await till.uses.promotion_uses(till.clerk, SALE)
    assert {currency: sums.held_minor for currency, sums in uses.sums.items()} == {"JPY": 100, "BHD": 1500}


async def test_a_late_confirmation_never_takes_less_than_the_order_was_priced_with(database: Database) -> None:
    """C-6: also where budgets are granted in part."""
    till = Till(database, a_limited(budget=(("EUR", 1000),)))
    till.clerk = a_clerk(BudgetPolicy.PARTIAL)
    await till.hold(a_hold("a", WishInput("sale", "8.00")))
    till.now_us += 15 * MINUTE_US
    await till.hold(a_hold("b", WishInput("sale", "3.00")))
    assert codes_of(await till.confirm("a")) == ["BUDGET_EXHAUSTED"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"state": PromotionState.PAUSED}, "PROMOTION_NOT_ACTIVE"),
        ({"state": PromotionState.DRAFT}, "PROMOTION_NOT_ACTIVE"),
        ({"valid_until_us": to_us(NOW)}, "PROMOTION_NOT_ACTIVE"),
        ({"valid_from_us": to_us(NOW) + 1}, "PROMOTION_NOT_ACTIVE"),
        ({"trigger": Trigger.CODE}, "CODE_MISSING"),
        ({"id": "another"}, "PROMOTION_UNKNOWN"),
    ],
)
async def test_a_promotion_that_does_not_hold_now_cannot_be_used(
    database: Database, given: dict[str, Any], problem: str
) -> None:
    promotion = a_limited(**given)
    assert codes_of(await Till(database, promotion).hold("a")) == [problem]


async def test_a_code_is_used_as_often_as_it_may_be(database: Database) -> None:
    """C-2, C-3."""
    till = Till(database, a_limited(trigger=Trigger.CODE, total=3), a_limited("other"))
    await till.name_codes("Once", max_uses=1)
    await till.name_codes("Often")
    once, often = (WishInput("sale", "1.00", code) for code in (" ONCE", "often"))
    assert states(await till.hold(a_hold("a", once))) == ["held"]
    assert codes_of(await till.hold(a_hold("b", once))) == ["CODE_LIMIT_REACHED"]
    till.now_us += 15 * MINUTE_US
    assert states(await till.hold(a_hold("b", once))) == ["held"]
    assert states(await till.hold(a_hold("c", often))) == ["held"]
    assert states(await till.hold(a_hold("d", often))) == ["held"]
    assert codes_of(await till.hold(a_hold("e", often))) == ["CODE_LIMIT_REACHED"]
    assert codes_of(await till.hold(a_hold("e", WishInput("other", "1.00", "often")))) == ["CODE_UNKNOWN"]
    listed = {code.shown: code.held for code in await till.codes.page(till.clerk, SALE, 10)}
    assert listed == {"Once": 1, "Often": 2}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"attempt": ""}, "attempt"),
        ({"attempt": "x" * 201}, "attempt"),
        ({"currency": "eur"}, "currency"),
        ({"uses": []}, "uses"),
        ({"uses": [WishInput("sale", "1.00")] * 2}, "uses.1.promotion"),
        ({"uses": [WishInput("sale", "-1")]}, "uses.0.amount"),
        ({"uses": [WishInput("sale", "1.001")]}, "uses.0.amount"),
        ({"uses": [WishInput("sale", "1", "x" * 65)]}, "uses.0.code"),
        ({"ttl_seconds": 0}, "ttlSeconds"),
        ({"ttl_seconds": 86_401}, "ttlSeconds"),
        ({"cart": "\x00"}, "cart"),
        ({"customer": ""}, "customer"),
        ({"email": "nobody"}, "email"),
    ],
)
async def test_a_hold_that_cannot_be_meant_is_refused_at_its_place(
    database: Database, given: dict[str, Any], field: str
) -> None:
    wish: dict[str, Any] = {"attempt": "a", "currency": "EUR", "uses": [WishInput("sale", "1.00")], **given}
    refused = await Till(database, a_limited()).hold(HoldInput(**wish))
    assert [problem.path for problem in refused.problems] == [("input", *field.split("."))]


async def test_rooms_are_read_in_one_statement_and_leave_the_own_cart_out(database: Database) -> None:
    """C-3: what a checkout holds itself is still there for its cart."""
    till = Till(database, a_limited(total=5, budget=(("EUR", 1000),)), a_limited("other", per_customer=2))
    await till.hold(a_hold("a", "sale", "other", cart="mine", customer="7"))
    await till.hold(a_hold("b", "sale", "other", cart="theirs", customer="7"))
    limits = {promotion.id: promotion.limits for promotion in till.held.values()}
    viewer = replace(a_viewer(), customer=Profile(CustomerId("7")))
    before = database.statements
    rooms = await till.uses.rooms(limits, viewer, "EUR", own="mine")
    assert database.statements == before + 1
    assert rooms == {"sale": Room(total=4, budget_minor=900), "other": Room(customer=1)}
    assert await till.uses.rooms(limits, viewer, "EUR", own="b") == rooms
    assert (await till.uses.rooms(limits, viewer, "EUR"))[SALE] == Room(total=3, budget_minor=800)
    assert await till.uses.rooms({}, viewer, "EUR") == {}


async def test_a_budget_in_other_currencies_than_the_asked_one_has_no_room(database: Database) -> None:
    """P-7."""
    limits = {SALE: Limits(budget=Amounts((("EUR", 100),)))}
    assert await Till(database).uses.rooms(limits, a_viewer(), "CHF") == {SALE: Room(budget_minor=0)}


async def test_uses_need_their_scopes(database: Database) -> None:
    till = Till(database, a_limited())
    reader = a_viewer(Principal("reader"))
    for call in (
        till.uses.hold(reader, a_hold()),
        till.uses.confirm(reader, "a", "o"),
        till.uses.revert(reader, "a"),
        till.uses.redemption(reader, "a"),
        till.uses.promotion_uses(reader, SALE),
    ):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(Unauthenticated):
        await till.uses.hold(a_viewer(), a_hold())


async def test_every_change_of_a_use_is_audited(database: Database) -> None:
    till = Till(database, a_limited())
    await till.hold("a")
    await till.confirm("a")
    await till.revert("a")
    await till.hold("b")
    till.now_us += 15 * MINUTE_US
    await till.uses.expire()
    trail = await database.read("SELECT principal, action, target FROM runtime_audit ORDER BY id")
    assert trail == [
        ("operator", "pricing.held_use", "promotion_use:a@sale"),
        ("operator", "pricing.confirmed_use", "promotion_use:a@sale"),
        ("operator", "pricing.returned_use", "promotion_use:a@sale"),
        ("operator", "pricing.held_use", "promotion_use:b@sale"),
        ("system", "pricing.expired_use", "promotion_use:b@sale"),
    ]


async def room(till: Till, customer: str | None = None) -> Room:
    """What is left of `sale`."""
    viewer = replace(a_viewer(), customer=Profile(CustomerId(customer)) if customer else None)
    return (await till.uses.rooms({SALE: till.held[SALE].limits}, viewer, "EUR"))[SALE]
