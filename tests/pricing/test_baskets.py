"""Samples of baskets: how many, what of them, how long, and never in anybody's way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import pytest

from modules.kernel.basket import Destination, GiftChoice
from modules.kernel.customer import Profile
from modules.kernel.errors import Unavailable
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId, PromotionId, Sku
from modules.kernel.quantity import pieces
from modules.kernel.viewer import Principal
from modules.pricing.engine.campaigns import asked_again, claimed_again, seen
from modules.pricing.engine.case import CodeClaim, CodeResult
from modules.pricing.model.campaigns import SeenBasket
from modules.pricing.service.baskets import BATCH, MOST_WAITING, BasketRecorder
from modules.pricing.store.campaigns import BasketStore
from modules.runtime.database import Database
from tests.builders import NOW, a_basket, a_store, a_viewer

ALL_US = (0, to_us(NOW) * 2)
SPRING = PromotionId("spring")
CLAIMS = (
    CodeClaim("anna-1234", "ANNA-1234", SPRING),
    CodeClaim("old", "old", PromotionId("winter"), CodeResult.EXPIRED),
    CodeClaim("nothing", "nothing", None, CodeResult.UNKNOWN),
)
PERSONAL = replace(
    a_basket(("A-1", 2), ("B-1", "0.5"), id="cart-7", version=3, codes=["ANNA-1234"]),
    destination=Destination("AT", "AT-9", "1010"),
    delivery="parcel",
    payment="cash",
    gifts=(GiftChoice(SPRING, Sku("G")),),
    customer=CustomerId("customer-9"),
)
ANNA = replace(
    a_viewer(Principal("principal-5"), store=a_store()),
    customer=Profile(CustomerId("customer-9"), segments=frozenset({"vip"})),
    address="192.0.2.1",
)


async def kept(database: Database) -> list[SeenBasket]:
    return await BasketStore(database).read(*ALL_US, after=(0, ""), most=100_000)


def a_recorder(store: BasketStore, percent: int = 100, draws: Sequence[int] = (0,)) -> BasketRecorder:
    chance = cycle(draws)
    return BasketRecorder(store, percent, lambda: NOW, lambda: next(chance))


async def test_a_kept_basket_comes_back_as_it_was_asked_about_and_leads_to_nobody(database: Database) -> None:
    recorder = a_recorder(BasketStore(database))
    recorder.offer(PERSONAL, ANNA, CLAIMS)
    await recorder.write()
    (found,) = await kept(database)
    again = asked_again(found)
    assert [(line.sku, line.quantity) for line in again.lines] == [("A-1", pieces(2)), ("B-1", 500_000)]
    assert (again.delivery, again.payment, again.gifts) == ("parcel", "cash", PERSONAL.gifts)
    assert again.destination == Destination("AT")
    assert [claim.promotion for claim in claimed_again(found)] == [SPRING]
    assert (found.at_us, found.channel, found.store, found.currency) == (to_us(NOW), "web", "berlin", "EUR")
    rows = await database.read("SELECT * FROM pricing_seen_basket")
    for secret in ("customer-9", "principal-5", "cart-7", "ANNA", "anna", "1010", "AT-9", "192.0.2.1", "vip"):
        assert secret not in json.dumps(rows)


@pytest.mark.parametrize(("percent", "expected"), [(0, 0), (1, 1), (30, 30), (100, 100)])
async def test_the_share_that_is_wished_is_kept(database: Database, percent: int, expected: int) -> None:
    recorder = a_recorder(BasketStore(database), percent, range(100))
    for _ in range(100):
        recorder.offer(a_basket(), a_viewer(), ())
    await recorder.write()
    assert len(await kept(database)) == expected


async def test_an_empty_basket_is_no_sample(database: Database) -> None:
    recorder = a_recorder(BasketStore(database))
    recorder.offer(replace(a_basket(), lines=()), a_viewer(), ())
    await recorder.write()
    assert await kept(database) == []


async def test_memory_is_bounded_and_writing_goes_in_batches(database: Database) -> None:
    recorder = a_recorder(BasketStore(database))
    for _ in range(MOST_WAITING + 7):
        recorder.offer(a_basket(), a_viewer(), ())
    before = database.statements
    await recorder.write()
    assert database.statements - before == MOST_WAITING // BATCH
    assert len(await kept(database)) == MOST_WAITING


class Failing(BasketStore):
    """Writes, and then says that it does not know whether it did."""

    fails = True

    async def save(self, baskets: Sequence[SeenBasket]) -> None:
        await super().save(baskets)
        if self.fails:
            raise Unavailable("The database")


async def test_what_may_be_written_already_is_written_again_and_kept_once(database: Database) -> None:
    store = Failing(database)
    recorder = a_recorder(store)
    recorder.offer(a_basket(), a_viewer(), ())
    with pytest.raises(Unavailable):
        await recorder.write()
    store.fails = False
    await recorder.write()
    assert len(await kept(database)) == 1


async def test_baskets_are_forgotten_after_90_days_and_not_a_moment_sooner(database: Database) -> None:
    oldest = NOW - timedelta(days=90)
    store = BasketStore(database)
    moments = [oldest - timedelta(microseconds=1), oldest, NOW]
    for number, moment in enumerate(moments):
        await store.save([seen(str(number), a_basket(), a_viewer(now=moment), ())])
    recorder = a_recorder(store)
    await recorder.clean_up()
    assert [basket.id for basket in await kept(database)] == ["1", "2"]
    before = database.statements
    await recorder.clean_up()
    assert database.statements == before, "once an hour is enough"


async def test_baskets_are_read_page_by_page_in_one_order_and_by_channel(database: Database) -> None:
    store = BasketStore(database)
    found = [seen(f"{number:02d}", a_basket(), a_viewer(), ()) for number in range(5)]
    await store.save([*found[:4], replace(found[4], channel="pos")])  # type: ignore[arg-type]
    pages, place = [], (0, "")
    while page := await store.read(*ALL_US, place, 2):
        pages.append([basket.id for basket in page])
        place = page[-1].at_us, page[-1].id
    assert pages == [["00", "01"], ["02", "03"], ["04"]]
    assert [basket.id for basket in await store.read(*ALL_US, (0, ""), 9, "pos")] == ["04"]
    assert await store.read(to_us(NOW) + 1, ALL_US[1], (0, ""), 9) == []
    assert await store.read(0, to_us(NOW), (0, ""), 9) == []
