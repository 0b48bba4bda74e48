"""Promotions on both databases: written in versions, taken step by step, told to whom they concern."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.errors import (
    Forbidden,
    IdempotencyConflict,
    InvalidInput,
    Refused,
    Unauthenticated,
    UnknownSku,
)
from modules.kernel.events import Change, Envelope
from modules.kernel.names import Sku
from modules.kernel.outcome import Upserted
from modules.pricing.engine.lifecycle import PromotionStateConflict, Step, UnknownPromotion
from modules.pricing.events import PromotionChanged
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.promotions import PromotionState
from modules.pricing.service.promotions import PromotionService
from modules.runtime.database import Database
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory
from tests.pricing.promotion_documents import GOODS, SHOP, a_document
from tests.pricing.promotion_writers import BOSS, READER, SHOPPER, a_shop, an_active, in_book, state, step, upsert

DRAFT, SCHEDULED, ACTIVE, PAUSED, ENDED = PromotionState


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    return a_shop(database)


async def events(database: Database) -> list[Change]:
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    found = (Envelope.decode(text) for (text,) in rows)
    return [change for envelope in found if envelope.name == PromotionChanged.NAME for change in envelope.changes]


async def audit(database: Database) -> list[tuple[str, str, str, Any, Any, str]]:
    sql = "SELECT principal, action, target, before, after, reason FROM runtime_audit WHERE target LIKE 'promotion:%'"
    return [(*row[:3], *(json.loads(text) if text else None for text in row[3:5]), row[5]) for row in
            await database.read(f"{sql} ORDER BY id")]  # fmt: skip


def paths(done: Upserted) -> list[tuple[str, ...]]:
    return [problem.path for problem in done.problems]


async def test_a_new_promotion_is_a_draft_and_in_no_book(pricing: Pricing) -> None:
    done = await upsert(pricing, a_document("spring"), a_document("summer"))
    assert (done.changed, done.unchanged) == (2, 0)
    assert await state(pricing) == (1, DRAFT)
    assert await in_book(pricing) == []


async def test_the_same_again_changes_nothing(pricing: Pricing, database: Database) -> None:
    await upsert(pricing, a_document())
    done = await upsert(pricing, a_document())
    assert (done.changed, done.unchanged) == (0, 1)
    assert [change.version for change in await events(database)] == [1]


async def test_a_promotion_goes_its_way_in_versions(pricing: Pricing) -> None:
    await upsert(pricing, a_document())
    way = [(Step.ACTIVATE, 2, ACTIVE), (Step.PAUSE, 3, PAUSED), (Step.RESUME, 4, ACTIVE), (Step.END, 5, ENDED)]
    for wish, version, reached in way:
        done = await step(pricing, wish, "spring")
        assert (done.changed, done.unchanged, done.problems) == (1, 0, ())
        assert await state(pricing) == (version, reached)
        assert await in_book(pricing) == ([("spring", version)] if reached is ACTIVE else [])
        again = await step(pricing, wish, "spring")
        assert (again.changed, again.unchanged, again.problems) == (0, 1, ())


async def test_editing_an_active_promotion_makes_a_new_version_that_holds_at_once(pricing: Pricing) -> None:
    await an_active(pricing)
    await upsert(pricing, a_document(priority=9))
    assert await state(pricing) == (3, ACTIVE)
    assert await in_book(pricing) == [("spring", 3)]


async def test_a_step_that_is_not_open_is_refused_with_what_is(pricing: Pricing) -> None:
    await upsert(pricing, a_document("spring"), a_document("summer"))
    await step(pricing, Step.END, "summer")
    done = await step(pricing, Step.PAUSE, "spring", "nobody", "summer", "no name!")
    assert (done.changed, done.unchanged) == (0, 0)
    assert paths(done) == [("input", "ids", str(index)) for index in range(4)]
    first, unknown, last, _ = done.problems
    assert isinstance(first, PromotionStateConflict)
    assert (first.state, first.allowed) == ("draft", ("edit", "activate", "end"))
    assert isinstance(unknown, UnknownPromotion)
    assert isinstance(last, PromotionStateConflict)
    assert last.allowed == ("end",)


async def test_what_has_ended_stays_as_it_is(pricing: Pricing) -> None:
    await an_active(pricing)
    await step(pricing, Step.END, "spring")
    done = await pricing.promotions.upsert(BOSS, [a_document(priority=1)], "test")
    assert isinstance(done.problems[0], PromotionStateConflict)
    assert await state(pricing) == (3, ENDED)


async def test_the_good_are_written_whatever_becomes_of_the_others(pricing: Pricing) -> None:
    documents = [
        a_document("spring"),
        a_document("summer", actions=[{"itemPercentOff": {"percent": "200"}}]),
        a_document("autumn", actions=[{"gift": {"sku": "X-1", "choice": ["A-9"]}}]),
        a_document("winter", stack="EXCLUSIVE", exclusionGroup="x"),
        a_document("spring"),
        "spring",
    ]
    done = await pricing.promotions.upsert(BOSS, documents, "test")
    assert (done.changed, done.unchanged) == (1, 0)
    place = ("input", "promotions")
    assert paths(done) == [
        (*place, "1", "actions", "0", "itemPercentOff", "percent"),
        (*place, "2", "actions", "0", "gift", "sku"),
        (*place, "2", "actions", "0", "gift", "choice", "0"),
        (*place, "3", "exclusionGroup"),
        (*place, "4"),
        (*place, "5"),
    ]
    unknown = done.problems[2]
    assert isinstance(unknown, UnknownSku)
    assert unknown.nearest == ("A-1", "A-2")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"reason": " "}, ("input", "reason")),
        ({"documents": [a_document()] * 1001}, ("input", "promotions")),
        ({"idempotency_key": ""}, ("input", "idempotencyKey")),
    ],
)
async def test_a_command_as_a_whole_is_refused(pricing: Pricing, changes: dict[str, Any], place: Sequence[str]) -> None:
    given = {"documents": [a_document()], "reason": "test", **changes}
    done = await pricing.promotions.upsert(BOSS, **given)
    assert [(type(problem), problem.path) for problem in done.problems] == [(InvalidInput, place)]


async def test_a_repeated_command_answers_as_it_did(pricing: Pricing, database: Database) -> None:
    first = await upsert(pricing, a_document(), idempotency_key="k")
    await an_active(pricing)
    assert await upsert(pricing, a_document(), idempotency_key="k") == first
    other = await pricing.promotions.upsert(BOSS, [a_document(priority=1)], "test", "k")
    assert isinstance(other.problems[0], IdempotencyConflict)
    paused = await step(pricing, Step.PAUSE, "spring", "gone", idempotency_key="p")
    await step(pricing, Step.RESUME, "spring")
    again = await step(pricing, Step.PAUSE, "spring", "gone", idempotency_key="p")
    assert (again.changed, again.unchanged, paths(again)) == (paused.changed, paused.unchanged, paths(paused))
    assert isinstance(again.problems[0], UnknownPromotion)
    assert again.problems[0].promotion == "gone"
    assert await state(pricing) == (4, ACTIVE)


async def test_every_write_is_in_the_audit_log_and_told_as_an_event(pricing: Pricing, database: Database) -> None:
    await an_active(pricing, validFrom="2026-04-01T00:00:00Z")
    await step(pricing, Step.END, "spring")
    entries = await audit(database)
    assert [entry[:3] for entry in entries] == [
        ("operator", f"pricing.{action}_promotion", "promotion:spring") for action in ("upsert", "activate", "end")
    ]
    assert entries[0][3] is None
    assert [entry[4]["state"] for entry in entries] == ["draft", "active", "ended"]
    assert [entry[3]["version"] for entry in entries[1:]] == [1, 2]
    assert all(entry[5] == "test" for entry in entries)
    told = await events(database)
    assert [(change.key, change.version, change.state["state"]) for change in told] == [
        ("spring", 1, "draft"),
        ("spring", 2, "active"),
        ("spring", 3, "ended"),
    ]
    assert told[0].state["labels"] == {}
    assert told[1].state["labels"] == {"en": "Spring sale", "de": "Frühling"}
    assert told[1].state["valid_from"] == "2026-04-01T00:00:00Z"


async def test_the_event_of_a_promotion_that_is_not_public_says_only_that_it_changed(
    pricing: Pricing, database: Database
) -> None:
    secret: dict[str, Any] = {
        "condition": {"customerSegment": {"segments": ["vip"]}},
        "validUntil": "2026-05-01T00:00:00Z",
    }
    await an_active(pricing, public=False, **secret)
    for change in await events(database):
        assert change.state["labels"] == {}
        assert change.state["valid_until"] is None
        assert "vip" not in json.dumps(change.state)


async def test_what_names_what_is_gone_cannot_begin_but_can_stop(database: Database) -> None:
    goods = ArticlesInMemory(*GOODS)
    pricing = wire_pricing(database, goods, ChannelsInMemory(*SHOP))
    action = {"actions": [{"itemPercentOff": {"percent": "5", "of": {"skus": ["B-1"]}}}]}
    await an_active(pricing, "running", **action)
    await upsert(pricing, a_document("new", **action))
    del goods.held[Sku("B-1")]
    done = await step(pricing, Step.ACTIVATE, "new")
    assert paths(done) == [("input", "ids", "0", "actions", "0", "itemPercentOff", "of", "skus", "0")]
    assert (await step(pricing, Step.PAUSE, "running")).problems == ()
    assert paths(await step(pricing, Step.RESUME, "running")) == paths(done)
    assert (await step(pricing, Step.END, "running", "new")).changed == 2


async def test_what_needs_a_code_begins_only_when_it_has_one(pricing: Pricing) -> None:
    await upsert(pricing, a_document(trigger="CODE"))
    done = await step(pricing, Step.ACTIVATE, "spring")
    assert paths(done) == [("input", "ids", "0", "trigger")]
    await pricing.codes.upsert_codes(BOSS, [CodeInput(code="SPRING10", promotion="spring")], "test")
    assert (await step(pricing, Step.ACTIVATE, "spring")).changed == 1


async def test_two_writers_of_one_promotion_both_count(pricing: Pricing, database: Database) -> None:
    await an_active(pricing)
    other = a_shop(database)
    writes = [upsert(one, a_document(priority=n)) for n, one in enumerate([pricing, other] * 3, 1)]
    done = await asyncio.gather(*writes)
    assert sum(one.changed for one in done) == 6
    versions = await pricing.promotion_reader.versions(BOSS, "spring", 20)
    assert [one.promotion.version for one in versions] == list(range(8, 0, -1))


async def test_an_edit_decided_for_a_draft_is_decided_anew_when_it_was_activated_meanwhile(
    pricing: Pricing, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hazard: what is to be announced is looked at for active promotions only, and without a lock."""
    await upsert(pricing, a_document())
    seen: list[PromotionState] = []
    look = PromotionService._passed

    async def slow(self: PromotionService, placed: Any, now_us: int) -> Any:
        seen.extend(item.state for _, item in placed)
        if len(seen) == 1:
            await step(pricing, Step.ACTIVATE, "spring")
        return await look(self, placed, now_us)

    monkeypatch.setattr(PromotionService, "_passed", slow)
    await upsert(pricing, a_document(priority=1))
    assert seen == [DRAFT, ACTIVE, ACTIVE]
    assert await state(pricing) == (3, ACTIVE)


async def test_writing_needs_the_right_to_write(pricing: Pricing) -> None:
    for viewer, error in ((SHOPPER, Unauthenticated), (READER, Forbidden)):
        with pytest.raises(error):
            await pricing.promotions.upsert(viewer, [a_document()], "test")
        for wish in (Step.ACTIVATE, Step.PAUSE, Step.RESUME, Step.END):
            with pytest.raises(error):
                await pricing.promotions.step(viewer, wish, ["spring"], "test")


async def test_exclusive_promotions_that_may_meet_are_a_notice(pricing: Pricing) -> None:
    """O-8."""
    await an_active(pricing, "one", stack="EXCLUSIVE")
    await upsert(pricing, a_document("two", stack="EXCLUSIVE"), a_document("three", stack="EXCLUSIVE", priority=2))
    found = await pricing.promotions.notices(["two", "three"])
    assert [notice.data["promotions"] for notice in found] == [["one", "two"]]
    await step(pricing, Step.END, "two")
    assert await pricing.promotions.notices(["two", "no name!"]) == []


async def test_a_refused_promotion_is_written_nowhere(pricing: Pricing, database: Database) -> None:
    done = await pricing.promotions.upsert(BOSS, [a_document(announcedPercent=50)], "test")
    assert [type(problem) for problem in done.problems] == [InvalidInput]
    assert isinstance(done.problems[0], Refused)
    for table in ("pricing_promotion", "pricing_promotion_version", "runtime_outbox", "runtime_audit"):
        assert await database.read(f"SELECT count(*) FROM {table}") == [(0,)]
