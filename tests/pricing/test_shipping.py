"""Shipping methods on both databases: taken in, held in memory, chosen from."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from gateway.pricing import by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Forbidden, InvalidInput, Unauthenticated
from modules.kernel.events import Envelope
from modules.kernel.graph import GraphContext
from modules.kernel.names import Locale, MarketId, TaxClass
from modules.kernel.outcome import Upserted
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import OPERATOR, Principal, Viewer
from modules.pricing.events import ShippingMethodsChanged
from modules.pricing.graph import PART
from modules.pricing.handlers import follow
from modules.pricing.model.shipping import ShippingMethod, ShippingMethodInput, ShippingRate, ShippingRateInput
from modules.pricing.service.shipping import ShippingService
from modules.pricing.store.shipping import ShippingStore
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.outbox import Relay
from tests.builders import a_channel, a_market, a_viewer
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory

BOSS = a_viewer(OPERATOR)
DE, CH = MarketId("de"), MarketId("ch")
SWISS = a_channel("ch", market=a_market("ch", country="CH", currencies=("CHF", "JPY")))
CHANNELS = ChannelsInMemory(a_channel(), SWISS)
SCHEMA = GraphSchema([PART])


def a_method(id: str = "parcel", **changes: Any) -> ShippingMethodInput:
    """A parcel for 4.90 EUR, gross."""
    given: dict[str, Any] = {
        "id": id,
        "market": "de",
        "names": {"de": "Paket", "en": "Parcel"},
        "amounts": {"EUR": "4.90"},
        "tax_mode": TaxMode.GROSS,
        "tax_class": "standard",
    }
    return ShippingMethodInput(**{**given, **changes})


def a_rate(**changes: Any) -> ShippingRateInput:
    """4.90 EUR everywhere."""
    return ShippingRateInput(**{"amounts": {"EUR": "4.90"}, **changes})


@pytest.fixture
def shipping(database: Database) -> ShippingService:
    return ShippingService(ShippingStore(database), CHANNELS)


async def write(shipping: ShippingService, *methods: ShippingMethodInput, reason: str = "test") -> Upserted:
    return await shipping.upsert_shipping_methods(BOSS, methods, reason)


async def ids(shipping: ShippingService, viewer: Viewer = BOSS, country: str | None = None) -> list[str]:
    return [method.id for method in await shipping.methods(viewer, country)]


async def test_every_value_of_a_method_comes_back_from_the_store(shipping: ShippingService, database: Database) -> None:
    given = a_method(
        market="ch",
        amounts={"JPY": "900", "CHF": "7.5"},
        tax_mode=TaxMode.NET,
        tax_class="delivery",
        pickup=True,
        countries=["LI", "CH"],
        position=-3,
        active=False,
    )
    assert await write(shipping, given) == Upserted(1, 0)
    assert await ShippingStore(database).methods() == [
        ShippingMethod(
            id="parcel",
            market=CH,
            names=((Locale("de"), "Paket"), (Locale("en"), "Parcel")),
            amounts=(("CHF", 750), ("JPY", 900)),
            tax_mode=TaxMode.NET,
            tax_class=TaxClass("delivery"),
            pickup=True,
            countries=("CH", "LI"),
            position=-3,
            active=False,
            version=1,
        )
    ]


async def test_every_value_of_a_rate_comes_back_from_the_store(shipping: ShippingService, database: Database) -> None:
    rate = a_rate(
        countries=["DE", "AT"],
        regions=["DE-BY"],
        postal_prefixes=["sw1a 1"],
        weight_up_to_g=5_000,
        value_up_to={"EUR": "500"},
        earliest_days=1,
    )
    given = a_method(amounts={}, rates=[rate, a_rate(amounts={"EUR": "3"})], earliest_days=2, latest_days=4)
    assert await write(shipping, given) == Upserted(1, 0)
    assert await write(shipping, given) == Upserted(0, 1)
    (method,) = await ShippingStore(database).methods()
    assert (method.days, method.amounts, method.amount("EUR"), method.amount("CHF")) == ((2, 4), (), 300, None)
    assert method.rates == (
        ShippingRate(
            countries=("AT", "DE"),
            regions=("DE-BY",),
            postal_prefixes=("SW1A1",),
            weight_up_to_g=5_000,
            value_up_to=(("EUR", 50_000),),
            amounts=(("EUR", 490),),
            days=(1, 1),
        ),
        ShippingRate(amounts=(("EUR", 300),)),
    )


async def test_a_method_is_known_by_its_market_and_id(shipping: ShippingService) -> None:
    await write(shipping, a_method(), a_method(market="ch", amounts={"CHF": "9"}))
    german, swiss = await shipping.method("parcel", DE, "EUR"), await shipping.method("parcel", CH, "CHF")
    assert german
    assert swiss
    assert (german.amount("EUR"), swiss.amount("CHF")) == (490, 900)


async def test_a_method_without_an_amount_in_the_currency_cannot_be_chosen(shipping: ShippingService) -> None:  # P-7
    await write(shipping, a_method(market="ch", amounts={"CHF": "9"}), a_method("off", active=False))
    assert await shipping.method("parcel", CH, "JPY") is None
    assert await shipping.method("parcel", CH) is not None
    assert await shipping.method("parcel", DE, "EUR") is None
    assert await shipping.method("off", DE, "EUR") is None
    assert await ids(shipping, a_viewer(channel=SWISS)) == ["parcel"]
    assert await ids(shipping, a_viewer(channel=SWISS, currency="JPY")) == []


async def test_methods_are_chosen_from_in_order_of_position_and_by_country(shipping: ShippingService) -> None:
    await write(
        shipping,
        a_method("b", position=1),
        a_method("a", position=1, countries=["AT", "DE"]),
        a_method("store", pickup=True, amounts={"EUR": "0"}),
    )
    assert await ids(shipping) == ["store", "a", "b"]
    assert await ids(shipping, country="AT") == ["store", "a", "b"]
    assert await ids(shipping, country="FR") == ["store", "b"]


async def test_what_is_so_already_is_neither_written_nor_published(
    shipping: ShippingService, database: Database
) -> None:
    await write(shipping, a_method())
    assert await write(shipping, a_method(), a_method("other"), reason="more") == Upserted(1, 1)
    assert await write(shipping, a_method(amounts={"EUR": "5.90"}), reason="dearer") == Upserted(1, 0)
    envelopes = [Envelope.decode(row) for (row,) in await database.read("SELECT envelope FROM runtime_outbox")]
    changes = [change for envelope in envelopes for change in envelope.changes]
    assert [change.state["markets"] for change in changes] == [["de"]] * 3
    assert [change.state["version"] for change in changes] == [1, 2, 3]
    ((target, before, after),) = await database.read(
        "SELECT target, before, after FROM runtime_audit WHERE reason = 'dearer'"
    )
    assert target == "shipping_method:de/parcel"
    assert (json.loads(before)["amounts"], json.loads(after)["amounts"]) == ({"EUR": 490}, {"EUR": 590})


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"id": "a b"}, ["id"]),
        ({"market": "fr"}, ["market"]),
        ({"names": {}}, ["names"]),
        ({"names": {"german": "Paket"}}, ["names", "0"]),
        ({"names": {"de": " "}}, ["names", "de"]),
        ({"amounts": {}}, ["amounts"]),
        ({"amounts": {"USD": "1"}}, ["amounts", "0"]),
        ({"amounts": {"EUR": "-1"}}, ["amounts", "EUR"]),
        ({"amounts": {"EUR": "4.905"}}, ["amounts", "EUR"]),
        ({"amounts": {"EUR": "1000000.01"}}, ["amounts", "EUR"]),
        ({"tax_class": ""}, ["taxClass"]),
        ({"countries": ["Germany"]}, ["countries", "0"]),
        ({"countries": ["DE", "DE"]}, ["countries", "1"]),
        ({"position": 10**7}, ["position"]),
        ({"earliest_days": 3, "latest_days": 2}, ["latestDays"]),
        ({"latest_days": 1_000}, ["latestDays"]),
        ({"rates": [a_rate()]}, ["amounts"]),
        ({"amounts": {}, "rates": [a_rate(amounts={"USD": "1"})]}, ["rates", "0", "amounts", "0"]),
        ({"amounts": {}, "rates": [a_rate(), a_rate(countries=["UK"])]}, ["rates", "1", "countries", "0"]),
        ({"amounts": {}, "rates": [a_rate(regions=["Bayern"])]}, ["rates", "0", "regions", "0"]),
        ({"amounts": {}, "rates": [a_rate(postal_prefixes=["10%"])]}, ["rates", "0", "postalPrefixes", "0"]),
        ({"amounts": {}, "rates": [a_rate(weight_up_to_g=0)]}, ["rates", "0", "weightUpToGrams"]),
        ({"amounts": {}, "rates": [a_rate(value_up_to={"CHF": "1"})]}, ["rates", "0", "valueUpTo"]),
        ({"amounts": {}, "rates": [a_rate(earliest_days=-1)]}, ["rates", "0", "earliestDays"]),
    ],
)
async def test_a_method_is_refused_at_the_value_that_is_not_allowed(
    shipping: ShippingService, changes: dict[str, Any], place: list[str]
) -> None:
    done = await write(shipping, a_method(**changes), a_method("good"))
    (problem,) = done.problems
    assert isinstance(problem, InvalidInput)
    assert list(problem.path) == ["input", "shippingMethods", "0", *place]
    assert problem.allowed
    assert await ids(shipping) == ["good"]


async def test_of_two_with_one_id_in_a_market_the_later_is_refused(shipping: ShippingService) -> None:
    done = await write(shipping, a_method(), a_method(position=1), a_method(market="ch", amounts={"CHF": "1"}))
    assert (done.changed, [problem.path for problem in done.problems]) == (2, [("input", "shippingMethods", "1")])


async def test_only_who_may_write_prices_writes_methods(shipping: ShippingService) -> None:
    with pytest.raises(Unauthenticated):
        await shipping.upsert_shipping_methods(a_viewer(), [a_method()], "mine")
    with pytest.raises(Forbidden):
        await shipping.upsert_shipping_methods(a_viewer(Principal("someone")), [a_method()], "mine")
    (problem,) = (await write(shipping, a_method(), reason="")).problems
    assert problem.path == ("input", "reason")
    assert await ids(shipping) == []


@pytest.mark.parametrize(
    ("wish", "name"), [("de", "Paket"), ("de-AT", "Paket"), ("en", "Parcel"), ("fr", "Parcel"), ("it", "Parcel")]
)
def test_a_method_is_named_in_the_nearest_language(wish: str, name: str) -> None:
    named = {
        "id": "m",
        "market": DE,
        "amounts": (),
        "tax_mode": TaxMode.NET,
        "tax_class": TaxClass("x"),
    }
    both = ShippingMethod(names=((Locale("de"), "Paket"), (Locale("en"), "Parcel")), **named)  # type: ignore[arg-type]
    none = ShippingMethod(names=(), **named)  # type: ignore[arg-type]
    assert both.label(Locale(wish), Locale("en")) == name
    assert none.label(Locale(wish), Locale("en")) == "m"


class Watched(ShippingService):
    """Tells when it has read the methods."""

    def __init__(self, database: Database) -> None:
        super().__init__(ShippingStore(database), CHANNELS)
        self.read = asyncio.Semaphore(0)

    async def load(self) -> None:
        await super().load()
        self.read.release()


async def test_methods_of_another_process_are_read_again(database: Database, feed: StreamFeed, relay: Relay) -> None:
    here, there = Watched(database), ShippingService(ShippingStore(database), CHANNELS)
    following = asyncio.create_task(follow(here, feed, ShippingMethodsChanged.NAME))
    async with asyncio.timeout(20):
        await here.read.acquire()
        await write(there, a_method())
        while not await ids(here):
            await here.read.acquire()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


UPSERT = """
mutation ($methods: [ShippingMethodInput!]!) {
  upsertShippingMethods(input: { reason: "set up", shippingMethods: $methods }) { changed problems { path } }
}"""
CHOICE = """query ($country: String) {
  shippingMethods(country: $country) { id name amount { amount currency } taxMode pickup countries }
}"""


async def test_the_graph_takes_methods_in_and_offers_them(database: Database) -> None:
    services = by_field(wire_pricing(database, ArticlesInMemory(), CHANNELS))

    async def ask(document: str, viewer: Viewer, **variables: Any) -> Any:
        context = GraphContext(viewer, None, services, SCHEMA.parts, SCHEMA.owners)  # type: ignore[arg-type]
        return await SCHEMA.execute(document, variables, context_value=context)

    method = {
        "id": "parcel",
        "market": "de",
        "names": [{"locale": "de", "name": "Paket"}, {"locale": "en", "name": "Parcel"}],
        "amounts": [{"currency": "EUR", "amount": "4.9"}],
        "taxMode": "GROSS",
        "taxClass": "standard",
        "countries": ["DE"],
    }
    done = await ask(UPSERT, BOSS, methods=[method, {**method, "id": "?"}])
    assert done.data["upsertShippingMethods"]["changed"] == 1
    assert done.data["upsertShippingMethods"]["problems"] == [{"path": ["input", "shippingMethods", "1", "id"]}]
    offered = {
        "id": "parcel",
        "name": "Parcel",
        "amount": {"amount": "4.90", "currency": "EUR"},
        "taxMode": "GROSS",
        "pickup": False,
        "countries": ["DE"],
    }
    english = a_viewer(locale="en")
    assert (await ask(CHOICE, english)).data == {"shippingMethods": [offered]}
    assert (await ask(CHOICE, english, country="AT")).data == {"shippingMethods": []}
    failed = await ask(CHOICE, english, country="Austria")
    assert isinstance(failed.errors[0].original_error, BadUserInput)
    assert isinstance((await ask(UPSERT, english, methods=[method])).errors[0].original_error, Unauthenticated)
