"""Writing promotions in tests: each step must succeed unless the test asks for the outcome."""

from __future__ import annotations

from typing import Any

from gateway.pricing import Pricing, wire_pricing
from modules.kernel.outcome import Upserted
from modules.kernel.viewer import OPERATOR, Permission, Principal
from modules.pricing.engine.lifecycle import Step
from modules.pricing.model.promotions import PromotionState
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory
from tests.pricing.promotion_documents import GOODS, SHOP, a_document

BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
READER = a_viewer(Principal("reader", permissions=frozenset({Permission.PROMOTIONS_READ})))


def a_shop(database: Database) -> Pricing:
    """A process over the database that sells GOODS in SHOP."""
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
