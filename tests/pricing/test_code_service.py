"""Codes as the shop keeps them: claimed by customers, named, generated and withdrawn by merchants."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from modules.kernel.customer import Profile
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.names import CustomerId, PromotionId
from modules.kernel.viewer import Principal, Viewer
from modules.pricing.engine.codes import least_length
from modules.pricing.model.codes import BatchInput, BatchState, CodeInput
from modules.pricing.model.uses import WishInput
from modules.pricing.service.batches import BatchService
from modules.pricing.store.codes import CodeStore
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer
from tests.pricing.redeeming import MINUTE_US, Till, a_clerk, a_hold, a_limited

SALE = PromotionId("sale")
SHOPPER = replace(a_viewer(), address="203.0.113.7")
WRITES = "SELECT COUNT(*) FROM pricing_code_try"


async def results(till: Till, *codes: str, viewer: Viewer = SHOPPER, own: str = "") -> list[str]:
    """What the codes are, without CODE_."""
    return [claim.result.value[5:] for claim in await till.codes.claims(codes, viewer, own)]


async def tried(database: Database) -> int:
    """Rows about tries."""
    ((count,),) = await database.read(WRITES)
    return int(count)


async def test_claims_are_answered_in_order_in_one_statement(database: Database) -> None:
    """C-1, C-2."""
    till = Till(database, a_limited(), a_limited("other"))
    await till.name_codes("Now")
    await till.name_codes("Late", valid_from=NOW + timedelta(seconds=1))
    await till.name_codes("Past", promotion="other", valid_until=NOW)
    before = database.statements
    claims = await till.codes.claims(["past", "NOW", " now", "Late"], SHOPPER)
    assert database.statements == before + 1
    assert [(claim.typed, claim.code, claim.promotion, claim.result.value) for claim in claims] == [
        ("past", "past", "other", "CODE_EXPIRED"),
        ("NOW", "now", "sale", "CODE_ACCEPTED"),
        ("Late", "late", "sale", "CODE_NOT_STARTED"),
    ]
    assert await till.codes.claims([], SHOPPER) == ()
    assert await results(till, "x" * 1000) == ["UNKNOWN"]
    assert database.statements == before + 1


async def test_a_code_that_is_held_is_used_up_for_all_but_its_own_cart(database: Database) -> None:
    """C-2, R-3."""
    till = Till(database, a_limited())
    await till.name_codes("once", max_uses=1)
    await till.hold(a_hold("a", WishInput("sale", "1.00", "once"), cart="mine"))
    assert await results(till, "once") == ["LIMIT_REACHED"]
    assert await results(till, "once", own="mine") == ["ACCEPTED"]
    assert await results(till, "once", own="a") == ["ACCEPTED"]
    till.now_us += 15 * MINUTE_US
    assert await results(till, "once") == ["ACCEPTED"]
    await till.confirm("a")
    assert await results(till, "once", own="mine") == ["LIMIT_REACHED"]


async def test_where_a_market_tells_capitals_apart_a_code_must_be_typed_as_written(database: Database) -> None:
    """Section 7, 22."""
    till = Till(database, a_limited())
    await till.name_codes("Summer")
    exact = replace(SHOPPER, channel=a_clerk(exact_codes=True).channel)
    assert await results(till, "summer") == ["ACCEPTED"]
    assert await results(till, "summer", viewer=exact) == ["UNKNOWN"]
    assert await results(till, " Summer ", viewer=exact) == ["ACCEPTED"]


async def test_unknown_codes_are_limited_per_hour_and_good_ones_cost_nothing(database: Database) -> None:
    """C-2: the same unknown code in a cart that is read again and again counts once."""
    till = Till(database, a_limited(), most_tries=2)
    await till.name_codes("good", "fine")
    assert await results(till, "good") == ["ACCEPTED"]
    assert await tried(database) == 0
    for _ in range(3):
        assert await results(till, "good", "bad") == ["ACCEPTED", "UNKNOWN"]
    assert await tried(database) == 2
    assert await results(till, "worse") == ["UNKNOWN"]
    assert await results(till, "worst", "fine", "good", "bad") == [
        "TOO_MANY_TRIES",
        "TOO_MANY_TRIES",
        "ACCEPTED",
        "TOO_MANY_TRIES",
    ]
    till.now_us += 60 * MINUTE_US - 1
    assert await results(till, "fine") == ["TOO_MANY_TRIES"]
    till.now_us += 1
    assert await results(till, "fine") == ["ACCEPTED"]


async def test_nobodys_guesses_take_a_good_code_out_of_another_cart(database: Database) -> None:
    """C-2: strangers behind one address share their tries, but not their carts."""
    till = Till(database, a_limited(), most_tries=2)
    await till.name_codes("fine")
    assert await results(till, "fine", own="honest") == ["ACCEPTED"]
    assert await results(till, "a", "b", "c", own="guesser") == ["UNKNOWN", "UNKNOWN", "TOO_MANY_TRIES"]
    assert await results(till, "fine", own="honest") == ["ACCEPTED"]
    assert await results(till, "fine", own="guesser") == ["TOO_MANY_TRIES"]
    writes = await tried(database)
    assert await results(till, "fine", own="honest") == ["ACCEPTED"]
    assert await tried(database) == writes


async def test_guesses_at_once_get_no_more_answers_than_one_after_the_other(database: Database) -> None:
    """C-2: questions side by side wait for one another."""
    till = Till(database, a_limited(), most_tries=5)
    await till.name_codes("treasure")
    guesses = [[f"guess-{n}"] for n in range(40)] + [["treasure"]]
    answers = await asyncio.gather(*(results(till, *guess) for guess in guesses))
    assert answers.count(["UNKNOWN"]) == 5
    assert answers.count(["TOO_MANY_TRIES"]) == 36


async def test_tries_are_counted_over_all_processes(database: Database, database_url: str) -> None:
    other = await Database.open(database_url)
    first, second = (Till(one, a_limited(), most_tries=2) for one in (database, other))
    await results(first, "a")
    await results(second, "b")
    assert await results(first, "c") == ["TOO_MANY_TRIES"]
    assert await results(second, "c") == ["TOO_MANY_TRIES"]
    await other.close()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (SHOPPER, replace(SHOPPER, address="203.0.113.8"), False),
        (SHOPPER, replace(SHOPPER, address="::ffff:203.0.113.7"), True),
        (replace(SHOPPER, address="2001:db8::1"), replace(SHOPPER, address="2001:db8::ffff:1"), True),
        (replace(SHOPPER, address="2001:db8::1"), replace(SHOPPER, address="2001:db8:0:1::1"), False),
        (a_viewer(Principal("key:1")), a_viewer(Principal("key:2")), False),
        (a_viewer(Principal("key:1")), replace(SHOPPER, principal=Principal("key:1")), True),
        (
            replace(a_viewer(Principal("key:1")), customer=Profile(CustomerId("7"))),
            replace(a_viewer(Principal("key:1")), customer=Profile(CustomerId("8"))),
            False,
        ),
        (SHOPPER, a_clerk(), False),
    ],
)
async def test_tries_are_counted_per_customer_principal_or_network(
    database: Database, one: Viewer, other: Viewer, together: bool
) -> None:
    till = Till(database, a_limited(), most_tries=1)
    await results(till, "a", viewer=one)
    assert await results(till, "b", viewer=other) == ["TOO_MANY_TRIES" if together else "UNKNOWN"]


async def test_neither_codes_nor_addresses_stand_in_the_table_of_tries_or_in_logs(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    till = Till(database, a_limited(), most_tries=1)
    await till.name_codes("hidden")
    await results(till, "guessed", "hidden")
    kept = str(await database.read("SELECT * FROM pricing_code_try")) + caplog.text
    assert "good" not in kept
    for secret in ("guessed", "hidden", "203.0.113.7"):
        assert secret not in kept


async def test_tries_are_forgotten_after_a_day(database: Database) -> None:
    till = Till(database)
    store = CodeStore(database, lambda: till.now_us)
    await store.remember({"who": (["a"], ["b"])}, forget=False)
    till.now_us += 24 * 60 * MINUTE_US
    await store.remember({"who": (["c"], [])}, forget=True)
    assert await tried(database) == 1


async def test_named_codes_are_written_once_and_audited(database: Database) -> None:
    till = Till(database, a_limited(), a_limited("other"))
    inputs = [CodeInput(code="Summer", promotion="sale", max_uses=5), CodeInput(code="b", promotion="sale")]
    first = await till.codes.upsert_codes(till.clerk, inputs, "campaign")
    again = await till.codes.upsert_codes(
        till.clerk, [*inputs[:1], CodeInput(code="B", promotion="sale", max_uses=1)], "x"
    )
    assert (first.changed, first.unchanged, again.changed, again.unchanged) == (2, 0, 1, 1)
    taken = await till.codes.upsert_codes(till.clerk, [CodeInput(code="SUMMER", promotion="other")], "theft")
    assert [problem.path for problem in taken.problems] == [("input", "codes", "0", "code")]
    trail = await database.read("SELECT action, target, reason FROM runtime_audit ORDER BY id")
    assert trail == [
        ("pricing.upsert_code", "code:summer", "campaign"),
        ("pricing.upsert_code", "code:b", "campaign"),
        ("pricing.upsert_code", "code:b", "x"),
    ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"code": " "}, "code"),
        ({"code": "x" * 65}, "code"),
        ({"promotion": "nowhere"}, "promotion"),
        ({"max_uses": 0}, "maxUses"),
        ({"valid_from": NOW, "valid_until": NOW}, "validUntil"),
    ],
)
async def test_a_code_that_cannot_be_meant_hinders_no_other(
    database: Database, given: dict[str, object], field: str
) -> None:
    till = Till(database, a_limited())
    wrong = CodeInput(**{"code": "a", "promotion": "sale", **given})  # type: ignore[arg-type]
    done = await till.codes.upsert_codes(till.clerk, [wrong, CodeInput(code="b", promotion="sale")], "test")
    assert (done.changed, [problem.path for problem in done.problems]) == (1, [("input", "codes", "0", field)])


async def test_changing_a_code_leaves_its_uses_alone(database: Database) -> None:
    till = Till(database, a_limited())
    await till.name_codes("a", max_uses=1)
    await till.hold(a_hold("a", WishInput("sale", "1.00", "a")))
    await till.name_codes("a", max_uses=2)
    (code,) = await till.codes.page(till.clerk, SALE, 10)
    assert (code.held, code.max_uses) == (1, 2)


async def test_withdrawn_codes_end_at_once_but_what_is_held_may_be_confirmed(database: Database) -> None:
    till = Till(database, a_limited())
    await till.name_codes("a", "b")
    await till.hold(a_hold("a", WishInput("sale", "1.00", "a")))
    done = await till.codes.withdraw_codes(till.clerk, "misprint", ["A", "nowhere", "b"])
    again = await till.codes.withdraw_codes(till.clerk, "misprint", ["a"])
    assert (done.changed, [problem.path for problem in done.problems]) == (2, [("input", "codes", "1")])
    assert (again.changed, again.unchanged) == (0, 1)
    assert await results(till, "a", "b") == ["EXPIRED", "EXPIRED"]
    assert [problem.code for problem in (await till.hold(a_hold("b", WishInput("sale", "1", "b")))).problems] == [
        "CODE_EXPIRED"
    ]
    assert (await till.confirm("a")).problems == ()
    await till.name_codes("b")
    assert await results(till, "b") == ["ACCEPTED"]


async def test_a_batch_is_made_at_once_and_only_once_per_key(database: Database) -> None:
    till = Till(database, a_limited())
    batches = BatchService(CodeStore(database), till)
    wish = BatchInput(promotion="sale", count=120, prefix="Spring-")
    made = await batches.generate(till.clerk, wish, "campaign", "key")
    again = await batches.generate(till.clerk, wish, "campaign", "key")
    assert made.batch is not None
    assert made == again
    assert (made.batch.made, made.batch.state) == (120, BatchState.DONE)
    other = await batches.generate(till.clerk, replace(wish, count=7), "campaign", "key")
    assert [problem.code for problem in other.problems] == ["IDEMPOTENCY_CONFLICT"]
    codes = await till.codes.page(till.clerk, SALE, 1000)
    assert len({code.code for code in codes}) == 120
    assert {(code.max_uses, code.batch, len(code.shown)) for code in codes} == {
        (1, made.batch.id, 7 + least_length(120))
    }
    assert all(code.shown.startswith("Spring-") and code.code == code.shown.casefold() for code in codes)
    assert await results(till, codes[7].shown) == ["ACCEPTED"]
    trail = await database.read("SELECT action, target FROM runtime_audit")
    assert trail == [("pricing.generate_codes", f"code_batch:{made.batch.id}")]


async def test_a_withdrawn_batch_withdraws_all_its_codes(database: Database) -> None:
    till = Till(database, a_limited())
    batches = BatchService(CodeStore(database), till)
    made = await batches.generate(till.clerk, BatchInput(promotion="sale", count=3), "campaign")
    assert made.batch is not None
    codes = [code.shown for code in await till.codes.page(till.clerk, SALE, 3)]
    done = await till.codes.withdraw_codes(till.clerk, "leak", batches=[made.batch.id, "nowhere"])
    again = await till.codes.withdraw_codes(till.clerk, "leak", batches=[made.batch.id])
    assert (done.changed, [problem.path for problem in done.problems]) == (1, [("input", "batches", "1")])
    assert (again.changed, again.unchanged) == (0, 1)
    assert await results(till, *codes) == ["EXPIRED"] * 3
    (batch,) = await batches.batches(till.clerk, SALE)
    assert batch.state is BatchState.WITHDRAWN


async def test_a_large_batch_goes_on_where_it_stopped_whoever_goes_on(database: Database, database_url: str) -> None:
    """Steps of several processes, some of them lost: exactly as many codes as were asked for."""
    other = await Database.open(database_url)
    till = Till(database, a_limited())
    mine, theirs = BatchService(CodeStore(database), till), BatchService(CodeStore(other), till)
    begun = await mine.begin(till.clerk, BatchInput(promotion="sale", count=25_000), "campaign")
    assert begun.batch is not None
    id = begun.batch.id
    steps = await asyncio.gather(mine.advance(till.clerk, id), theirs.advance(till.clerk, id))
    assert sorted(step.made for step in steps if step) == [10_000, 20_000]
    for _ in range(2):
        last = await theirs.advance(till.clerk, id)
        assert last is not None
        assert (last.made, last.state) == (25_000, BatchState.DONE)
    sizes = [len(page) async for page in mine.export(till.clerk, SALE, id)]
    assert sizes == [10_000, 10_000, 5_000]
    assert await mine.advance(till.clerk, "nowhere") is None
    await other.close()


async def test_codes_that_exist_already_are_left_out_and_made_up_for(database: Database) -> None:
    """A collision costs another step, never a code."""
    till = Till(database, a_limited())
    store = CodeStore(database)
    begun = await BatchService(store, till).begin(till.clerk, BatchInput(promotion="sale", count=4), "campaign")
    assert begun.batch is not None
    await till.name_codes("TAKEN")
    async with store.writing() as writing:
        made = await writing.make(begun.batch, "", ["TAKEN", "FREE22"])
    assert made.made == 1
    assert [code.code for code in await till.codes.page(till.clerk, SALE, 10)] == ["free22", "taken"]


async def test_administration_of_codes_needs_its_scopes(database: Database) -> None:
    till = Till(database, a_limited())
    batches = BatchService(CodeStore(database), till)
    reader, wish = a_viewer(Principal("reader")), BatchInput(promotion="sale", count=1)
    for call in (
        till.codes.upsert_codes(reader, [], "x"),
        till.codes.withdraw_codes(reader, "x"),
        till.codes.page(reader, SALE, 1),
        batches.begin(reader, wish, "x"),
        batches.generate(reader, wish, "x"),
        batches.advance(reader, "b"),
        batches.batches(reader, SALE),
        anext(batches.export(reader, SALE)),
    ):
        with pytest.raises(Forbidden):
            await call
    with pytest.raises(Unauthenticated):
        await batches.generate(a_viewer(), wish, "x")


@pytest.mark.parametrize(
    ("wish", "reason", "key", "path"),
    [
        (BatchInput(promotion="nowhere", count=1), "x", None, ("input", "promotion")),
        (BatchInput(promotion="sale", count=10_001), "x", None, ("input", "count")),
        (BatchInput(promotion="sale", count=1), "", None, ("input", "reason")),
        (BatchInput(promotion="sale", count=1), "x", "", ("input", "idempotencyKey")),
    ],
)
async def test_a_batch_that_is_refused_leaves_nothing(
    database: Database, wish: BatchInput, reason: str, key: str | None, path: tuple[str, ...]
) -> None:
    till = Till(database, a_limited())
    batches = BatchService(CodeStore(database), till)
    done = await batches.generate(till.clerk, wish, reason, key)
    assert done.batch is None
    assert [problem.path for problem in done.problems] == [path]
    assert await batches.batches(till.clerk, SALE) == []
