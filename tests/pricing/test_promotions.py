"""Promotions on both databases: written in versions, taken step by step, told to whom they concern."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.wiring import Pricing, wire_pricing
from modules.kernel.errors import (
    BadUserInput,
    Forbidden,
    IdempotencyConflict,
    InvalidInput,
    Refused,
    Unauthenticated,
    UnknownSku,
)
from modules.kernel.events import Change, Envelope
from modules.kernel.moments import from_us
from modules.kernel.names import PromotionId, Sku
from modules.kernel.outcome import Upserted
from modules.kernel.viewer import OPERATOR, Permission, Principal
from modules.pricing.engine.lifecycle import PromotionStateConflict, Step, UnknownPromotion
from modules.pricing.events import PromotionChanged
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.promotions import PromotionState
from modules.pricing.service.promotions import PromotionService
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory
from tests.pricing.promotion_documents import GOODS, SHOP, a_document

DAY = timedelta(days=1)
BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
READER = a_viewer(Principal("reader", permissions=frozenset({Permission.PROMOTIONS_READ})))
DRAFT, SCHEDULED, ACTIVE, PAUSED, ENDED = PromotionState


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    return wire_pricing(database, ArticlesInMemory(*GOODS), ChannelsInMemory(*SHOP))


async def upsert(pricing: Pricing, *documents: object, **more: Any) -> Upserted:
    done = await pricing.promotions.upsert(BOSS, documents, "test", **more)
    assert done.problems == ()
    return done


async def step(pricing: Pricing, step: Step, *ids: str, **more: Any) -> Upserted:
    return await pricing.promotions.step(BOSS, step, ids, "test", **more)


async def an_active(pricing: Pricing, id: str = "spring", **changes: Any) -> None:
    await upsert(pricing, a_document(id, **changes))
    assert (await step(pricing, Step.ACTIVATE, id)).problems == ()


async def state(pricing: Pricing, id: str = "spring") -> tuple[int, PromotionState]:
    (found,) = await pricing.promotion_reader.promotions(BOSS, [id])
    assert found
    return found.version, found.state


async def in_book(pricing: Pricing) -> list[tuple[str, int]]:
    book = await pricing.books.book()
    found = (book.entry(one.id) for one in await pricing.books.promotions())
    return [(entry.id, entry.promotion.version) for entry in found if entry]


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
    secret: dict[str, Any] = {"condition": {"customerSegment": {"segments": ["vip"]}}, "validUntil": "2026-05-01T00:00:00Z"}
    await an_active(pricing, public=False, **secret)
    for change in await events(database):
        assert change.state["labels"] == {}
        assert change.state["valid_until"] is None
        assert "vip" not in json.dumps(change.state)


async def test_versions_are_kept_with_who_when_and_why(pricing: Pricing) -> None:
    await upsert(pricing, a_document())
    await pricing.promotions.upsert(BOSS, [a_document(priority=3)], "more weight")
    await step(pricing, Step.ACTIVATE, "spring")
    newest, *older = await pricing.promotion_reader.versions(READER, "spring", 10)
    assert (newest.promotion.version, newest.promotion.state, newest.promotion.priority) == (3, ACTIVE, 3)
    assert [(one.promotion.version, one.promotion.priority, one.by, one.reason) for one in older] == [
        (2, 3, "operator", "more weight"),
        (1, 0, "operator", "test"),
    ]
    (oldest,) = await pricing.promotion_reader.versions(READER, "spring", 1, before=2)
    assert oldest.promotion.version == 1
    assert await pricing.promotion_reader.versions(READER, "nobody", 10) == []


async def test_the_book_of_a_past_moment_has_what_held_then(pricing: Pricing, database: Database) -> None:
    await an_active(pricing)
    at_us = await database.now_us()
    await asyncio.sleep(0.002)
    await upsert(pricing, a_document(priority=9))
    await step(pricing, Step.END, "spring")
    entry = (await pricing.books.book_at(at_us)).entry(PromotionId("spring"))
    assert entry
    assert (entry.promotion.version, entry.promotion.priority) == (2, 0)
    assert (await pricing.books.book_at(await database.now_us())).entry(PromotionId("spring")) is None


async def test_drafts_are_their_newest_versions_whatever_their_state(pricing: Pricing) -> None:
    await upsert(pricing, a_document("spring"), a_document("summer"))
    await step(pricing, Step.END, "summer")
    found = await pricing.books.drafts([PromotionId(id) for id in ("summer", "nobody", "spring")])
    assert [(one.id, one.state) if one else None for one in found] == [("summer", ENDED), None, ("spring", DRAFT)]


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
    other = wire_pricing(database, ArticlesInMemory(*GOODS), ChannelsInMemory(*SHOP))
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


async def test_another_process_reads_the_book_when_it_hears_of_it(pricing: Pricing, database: Database) -> None:
    other = wire_pricing(database, ArticlesInMemory(*GOODS), ChannelsInMemory(*SHOP))
    assert await in_book(other) == []
    await an_active(pricing)
    assert await in_book(other) == []
    await other.books.load()
    assert await in_book(other) == [("spring", 2)]


async def test_the_book_keeps_what_will_come_and_knows_what_is_gone(pricing: Pricing, database: Database) -> None:
    now = from_us(await database.now_us())
    await an_active(pricing, "coming", validFrom=f"{now + 9 * DAY:%Y-%m-%dT00:00:00Z}")
    await an_active(pricing, "paused")
    await an_active(pricing, "ended")
    await step(pricing, Step.PAUSE, "paused")
    await step(pricing, Step.END, "ended")
    book = await pricing.books.book()
    assert book.entry(PromotionId("coming"))
    assert [book.has_left(PromotionId(id)) for id in ("coming", "paused", "ended", "nobody")] == [
        False,
        True,
        True,
        False,
    ]
    async with database.transaction() as tx:
        month = 31 * DAY // timedelta(microseconds=1)
        await tx.run("UPDATE pricing_promotion SET written_at_us = written_at_us - :month", month=month)
    await pricing.books.load()
    book = await pricing.books.book()
    assert [book.has_left(PromotionId(id)) for id in ("paused", "ended")] == [True, False]


async def test_a_document_of_a_newer_program_does_not_take_the_others_with_it(
    pricing: Pricing, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await an_active(pricing, "new")
    await an_active(pricing, "old")
    async with database.transaction() as tx:
        document = json.dumps(a_document("new", actions=[{"teleport": {}}]))
        await tx.run("UPDATE pricing_promotion SET document = :document WHERE id = 'new'", document=document)
    await pricing.books.load()
    assert await in_book(pricing) == [("old", 2)]
    assert "'new'" in caplog.text


async def test_writing_needs_the_right_to_write(pricing: Pricing) -> None:
    for viewer, error in ((SHOPPER, Unauthenticated), (READER, Forbidden)):
        with pytest.raises(error):
            await pricing.promotions.upsert(viewer, [a_document()], "test")
        for wish in (Step.ACTIVATE, Step.PAUSE, Step.RESUME, Step.END):
            with pytest.raises(error):
                await pricing.promotions.step(viewer, wish, ["spring"], "test")


async def test_what_is_not_public_is_for_those_who_may_read_it(pricing: Pricing) -> None:
    await an_active(pricing, "open")
    await an_active(pricing, "secret", public=False)
    await an_active(pricing, "coming", validFrom="2030-01-01T00:00:00Z")
    await upsert(pricing, a_document("draft"))
    ids = ["secret", "open", "draft", "coming", "nobody"]
    found = await pricing.promotion_reader.promotions(SHOPPER, ids)
    assert [one and one.id for one in found] == [None, "open", None, None, None]
    found = await pricing.promotion_reader.promotions(READER, ids)
    assert [one and one.id for one in found] == ["secret", "open", "draft", "coming", None]
    page = await pricing.promotion_reader.page(SHOPPER, 10)
    assert [one.id for one in page.promotions] == ["open"]
    for reading in (
        pricing.promotion_reader.page(SHOPPER, 10, state=DRAFT),
        pricing.promotion_reader.versions(SHOPPER, "open", 10),
        pricing.promotions.dry_run(SHOPPER, "open", 10),
    ):
        with pytest.raises(Unauthenticated):
            await reading


async def test_a_list_is_of_a_state_as_it_reads_now(pricing: Pricing) -> None:
    await upsert(pricing, a_document("draft"))
    await an_active(pricing, "active")
    await an_active(pricing, "coming", validFrom="2026-03-03T00:00:00Z")
    await an_active(pricing, "over", validUntil="2026-03-05T00:00:00Z")
    await an_active(pricing, "paused")
    await an_active(pricing, "ended")
    await step(pricing, Step.PAUSE, "paused")
    await step(pricing, Step.END, "ended")
    later = replace(READER, now=NOW + 4 * DAY)

    async def listed(state: PromotionState | None, viewer: Any = READER) -> list[str]:
        return [one.id for one in (await pricing.promotion_reader.page(viewer, 10, state=state)).promotions]

    assert await listed(DRAFT) == ["draft"]
    assert await listed(ACTIVE) == ["active", "over"]
    assert await listed(SCHEDULED) == ["coming"]
    assert await listed(PAUSED) == ["paused"]
    assert await listed(ENDED) == ["ended"]
    assert await listed(ACTIVE, later) == ["active", "coming"]
    assert await listed(ENDED, later) == ["ended", "over"]
    assert await listed(None) == ["active", "coming", "draft", "ended", "over", "paused"]


async def test_a_list_goes_on_where_it_stopped(pricing: Pricing) -> None:
    await upsert(pricing, *(a_document(f"p-{n}") for n in range(5)))
    first = await pricing.promotion_reader.page(READER, 3)
    assert ([one.id for one in first.promotions], first.has_next) == (["p-0", "p-1", "p-2"], True)
    rest = await pricing.promotion_reader.page(READER, 3, after="p-2")
    assert ([one.id for one in rest.promotions], rest.has_next) == (["p-3", "p-4"], False)


@pytest.mark.parametrize(
    ("text", "found"),
    [("SPRING", ["a"]), ("früh", ["a"]), ("100 %", ["b"]), ("0%", []), ("_", []), ("b", ["b"]), ("  ", ["a", "b"])],
)
async def test_a_list_is_searched_by_id_and_names(pricing: Pricing, text: str, found: list[str]) -> None:
    await upsert(pricing, a_document("a"), a_document("b", names=[{"locale": "en", "text": "100 % off"}]))
    page = await pricing.promotion_reader.page(READER, 10, text=text)
    assert [one.id for one in page.promotions] == found


async def test_a_search_is_not_endless(pricing: Pricing) -> None:
    with pytest.raises(BadUserInput):
        await pricing.promotion_reader.page(READER, 10, text="x" * 201)


async def test_exclusive_promotions_that_may_meet_are_a_notice(pricing: Pricing) -> None:
    """O-8."""
    await an_active(pricing, "one", stack="EXCLUSIVE")
    await upsert(pricing, a_document("two", stack="EXCLUSIVE"), a_document("three", stack="EXCLUSIVE", priority=2))
    found = await pricing.promotions.notices(["two", "three"])
    assert [notice.data["promotions"] for notice in found] == [["one", "two"]]
    await step(pricing, Step.END, "two")
    assert await pricing.promotions.notices(["two", "no name!"]) == []


async def test_teasers_of_a_page_cost_no_statement(pricing: Pricing, database: Database) -> None:
    await an_active(pricing, actions=[{"itemPercentOff": {"percent": "5", "of": {"categories": ["garden"]}}}])
    before = database.statements
    found = await pricing.promotion_reader.teasers([Sku(sku) for sku in ("B-1", "A-1", "nobody")], SHOPPER)
    assert database.statements == before
    assert [[teaser.label for teaser in teasers] for teasers in found] == [[], ["Frühling"], []]
    await step(pricing, Step.PAUSE, "spring")
    assert await pricing.promotion_reader.teasers([Sku("A-1")], SHOPPER) == [()]


async def test_a_refused_promotion_is_written_nowhere(pricing: Pricing, database: Database) -> None:
    done = await pricing.promotions.upsert(BOSS, [a_document(announcedPercent=50)], "test")
    assert [type(problem) for problem in done.problems] == [InvalidInput]
    assert isinstance(done.problems[0], Refused)
    for table in ("pricing_promotion", "pricing_promotion_version", "runtime_outbox", "runtime_audit"):
        assert await database.read(f"SELECT count(*) FROM {table}") == [(0,)]
