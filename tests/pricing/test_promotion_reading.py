"""Promotions as they are told: to everybody what is public, to their authors all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.pricing import Pricing
from modules.kernel.errors import BadUserInput, Unauthenticated
from modules.kernel.names import Sku
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.promotions import PromotionState
from modules.runtime.database import Database
from tests.builders import NOW
from tests.pricing.promotion_documents import a_document
from tests.pricing.promotion_writers import BOSS, READER, SHOPPER, a_shop, an_active, step, upsert

DAY = timedelta(days=1)
DRAFT, SCHEDULED, ACTIVE, PAUSED, ENDED = PromotionState


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    return a_shop(database)


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


NO_TEXT = "\x00\ud800"
"""What neither database can hold."""


async def test_what_can_be_no_id_is_unknown(pricing: Pricing) -> None:
    assert await pricing.promotion_reader.promotions(SHOPPER, [NO_TEXT, "x" * 65]) == [None, None]
    assert await pricing.promotion_reader.versions(READER, NO_TEXT, 10) == []
    assert await pricing.promotions.dry_run(READER, NO_TEXT, 10) is None
    assert await pricing.promotions.notices([NO_TEXT]) == []


async def test_what_nobody_can_ask_for_is_bad_input(pricing: Pricing) -> None:
    await upsert(pricing, a_document())
    for argument, asking in (
        ("text", pricing.promotion_reader.page(READER, 10, text="x" * 201)),
        ("text", pricing.promotion_reader.page(READER, 10, text=NO_TEXT)),
        ("after", pricing.promotion_reader.page(READER, 10, after=NO_TEXT)),
        ("after", pricing.promotion_reader.versions(READER, "spring", 10, before=2**70)),
        ("after", pricing.promotions.dry_run(READER, "spring", 10, NO_TEXT)),
    ):
        with pytest.raises(BadUserInput) as refused:
            await asking
        assert refused.value.argument == argument


async def test_teasers_of_a_page_cost_no_statement(pricing: Pricing, database: Database) -> None:
    await an_active(pricing, actions=[{"itemPercentOff": {"percent": "5", "of": {"categories": ["garden"]}}}])
    before = database.statements
    found = await pricing.promotion_reader.teasers([Sku(sku) for sku in ("B-1", "A-1", "nobody")], SHOPPER)
    assert database.statements == before
    assert [[teaser.label for teaser in teasers] for teasers in found] == [[], ["Frühling"], []]
    await step(pricing, Step.PAUSE, "spring")
    assert await pricing.promotion_reader.teasers([Sku("A-1")], SHOPPER) == [()]
