"""Markets, channels and stores: handed in, kept, and looked up again, on both databases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from modules.kernel.errors import Forbidden, InvalidInput, Unauthenticated, UnknownPlace
from modules.kernel.events import Envelope
from modules.kernel.money import Rounding
from modules.kernel.outcome import MOST_ITEMS, Upserted
from modules.kernel.place import NOWHERE
from modules.kernel.policies import TaxRounding
from modules.kernel.viewer import OPERATOR, Principal
from modules.market.model import ChannelInput, MarketInput, StoreInput
from modules.market.model.policies import usual
from modules.market.service import MarketService
from modules.market.store import MarketStore
from modules.runtime.database import Database
from tests.builders import a_channel, a_market, a_store, a_viewer

OPERATING = a_viewer(OPERATOR)
GERMANY = MarketInput(id="de", country="DE", zone="Europe/Berlin", currencies=["EUR", "CHF"], locales=["de", "en"])
HUNGARY = MarketInput(
    id="hu",
    country="HU",
    zone="Europe/Budapest",
    currencies=["HUF"],
    locales=["hu"],
    rounding=Rounding.HALF_EVEN,
    tax_rounding=TaxRounding.TOTAL,
    line_steps=[("HUF", 100)],
)
WEB = ChannelInput(id="web", market="de", price_lists=["sale", "list"], sources=["main", "berlin"], few_left=3)
TILL = ChannelInput(id="till", market="hu", price_lists=["list"], shows_figures=False, position=-1)
BERLIN = StoreInput(id="berlin", name="Berlin Mitte", country="DE", channels=["web", "till"])


@pytest.fixture
async def market(database: Database) -> MarketService:
    """A shop with two markets, two channels and a store."""
    service = MarketService(MarketStore(database))
    await service.load()
    assert await service.upsert_markets(OPERATING, [GERMANY, HUNGARY], "set up") == Upserted(2, 0)
    assert await service.upsert_channels(OPERATING, [WEB, TILL], "set up") == Upserted(2, 0)
    assert await service.upsert_stores(OPERATING, [BERLIN], "set up") == Upserted(1, 0)
    return service


async def events(database: Database) -> list[dict[str, Any]]:
    """What waits in the outbox, in order."""
    rows = await database.read("SELECT envelope FROM runtime_outbox ORDER BY id")
    return [dict(change.state) for (envelope,) in rows for change in Envelope.decode(envelope).changes]


def refusals(done: Upserted) -> list[tuple[str, ...]]:
    """Where in the input something was refused; each says what is allowed."""
    for problem in done.problems:
        assert isinstance(problem, InvalidInput)
        assert problem.allowed
    return [problem.path for problem in done.problems]


async def test_an_empty_shop_is_nowhere(database: Database) -> None:
    service = MarketService(MarketStore(database))
    await service.load()
    assert service.channel(None) is NOWHERE
    assert service.currency(None, NOWHERE) == "XXX"
    with pytest.raises(UnknownPlace, match="there is: none"):
        service.channel("web")


async def test_every_value_of_a_place_comes_back_from_the_store(market: MarketService, database: Database) -> None:
    other = MarketService(MarketStore(database))
    await other.load()
    germany = a_market(currencies=["EUR", "CHF"])
    hungary = a_market(
        "hu",
        country="HU",
        zone="Europe/Budapest",
        currencies=["HUF"],
        locales=["hu"],
        rounding=Rounding.HALF_EVEN,
        tax_rounding=TaxRounding.TOTAL,
        line_steps=[("HUF", 100)],
        policies=usual("HU"),
    )
    web = a_channel(market=germany, price_lists=["sale", "list"], sources=["main", "berlin"], few_left=3)
    till = a_channel("till", market=hungary, sources=[], shows_figures=False)
    for service in (market, other):
        assert list(service.markets()) == [germany, hungary]
        assert list(service.channels()) == [till, web]
        assert list(service.stores(web)) == [a_store(channels=["web", "till"])]


async def test_the_first_channel_by_position_is_the_default(market: MarketService) -> None:
    assert market.channel(None).id == "till"
    assert market.channel("web").id == "web"


async def test_an_unknown_place_names_those_there_are(market: MarketService) -> None:
    web = market.channel("web")
    with pytest.raises(UnknownPlace, match="till, web") as channel:
        market.channel("wep")
    with pytest.raises(UnknownPlace, match="berlin") as store:
        market.store("bonn", web)
    with pytest.raises(UnknownPlace, match="EUR, CHF") as currency:
        market.currency("USD", web)
    codes = [found.value.code for found in (channel, store, currency)]
    assert codes == ["UNKNOWN_CHANNEL", "UNKNOWN_STORE", "UNKNOWN_CURRENCY"]


async def test_a_store_is_found_in_its_channels_only(market: MarketService) -> None:
    store = StoreInput(id="bonn", name="Bonn", country="DE", channels=["till"])
    await market.upsert_stores(OPERATING, [store], "opened")
    found = market.store("bonn", market.channel("till"))
    assert found is not None
    assert found.name == "Bonn"
    assert market.store(None, market.channel("till")) is None
    with pytest.raises(UnknownPlace):
        market.store("bonn", market.channel("web"))


async def test_a_currency_is_the_market_s_default_unless_asked_otherwise(market: MarketService) -> None:
    web = market.channel("web")
    assert market.currency(None, web) == "EUR"
    assert market.currency("CHF", web) == "CHF"


async def test_what_is_so_already_is_neither_written_nor_published_nor_audited(
    market: MarketService, database: Database
) -> None:
    before = await events(database)
    done = await market.upsert_channels(OPERATING, [TILL, WEB], "again")
    assert done == Upserted(0, 2)
    assert await events(database) == before
    assert await database.read("SELECT id FROM runtime_audit WHERE reason = 'again'") == []


async def test_a_change_is_published_with_a_higher_version_and_the_whole_state(
    market: MarketService, database: Database
) -> None:
    changed = ChannelInput(id="web", market="hu", few_left=7, position=-2)
    await market.upsert_channels(OPERATING, [changed], "moved")
    former, latest = [event for event in await events(database) if event["id"] == "web"]
    assert latest["version"] > former["version"]
    assert latest["kind"] == "channel"
    assert latest["state"] == {
        "market": "hu",
        "price_lists": [],
        "sources": [],
        "few_left": 7,
        "shows_figures": True,
        "position": -2,
    }
    assert market.channel(None).id == "web"


async def test_a_change_is_audited_with_what_was_before(market: MarketService, database: Database) -> None:
    moved = StoreInput(id="berlin", name="Berlin Mitte", country="DE", channels=[])
    await market.upsert_stores(OPERATING, [moved], "closed")
    (entry,) = await database.read(
        "SELECT principal, action, target, before, after FROM runtime_audit WHERE reason = 'closed'"
    )
    assert entry[:3] == ("operator", "market.upsert_store", "store:berlin")
    assert json.loads(entry[3])["channels"] == ["web", "till"]
    assert json.loads(entry[4])["channels"] == []


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (MarketInput(id="d e", country="DE", zone="UTC", currencies=["EUR"], locales=["de"]), ("id",)),
        (MarketInput(id="x", country="de", zone="UTC", currencies=["EUR"], locales=["de"]), ("country",)),
        (MarketInput(id="x", country="DE", zone="Europe/Bonn", currencies=["EUR"], locales=["de"]), ("zone",)),
        (MarketInput(id="x", country="DE", zone="../etc/passwd", currencies=["EUR"], locales=["de"]), ("zone",)),
        (MarketInput(id="x", country="DE", zone="UTC", currencies=[], locales=["de"]), ("currencies",)),
        (MarketInput(id="x", country="DE", zone="UTC", currencies=["EUR", "eur"], locales=["de"]), ("currencies", "1")),
        (MarketInput(id="x", country="DE", zone="UTC", currencies=["EUR", "EUR"], locales=["de"]), ("currencies", "1")),
        (MarketInput(id="x", country="DE", zone="UTC", currencies=["EUR"], locales=[]), ("locales",)),
        (MarketInput(id="x", country="DE", zone="UTC", currencies=["EUR"], locales=["de_DE"]), ("locales", "0")),
    ],
)
async def test_a_market_is_refused_at_the_value_that_is_not_allowed(
    market: MarketService, item: MarketInput, path: tuple[str, ...]
) -> None:
    good = MarketInput(id="at", country="AT", zone="Europe/Vienna", currencies=["EUR"], locales=["de-AT"])
    done = await market.upsert_markets(OPERATING, [item, good], "more")
    assert (done.changed, done.unchanged) == (1, 0)
    assert refusals(done) == [("input", "markets", "0", *path)]
    assert [held.id for held in market.markets()] == ["at", "de", "hu"]


@pytest.mark.parametrize(
    ("steps", "path"), [([("USD", 5)], ("0",)), ([("EUR", 0)], ("0",)), ([("EUR", 5), ("EUR", 10)], ("1",))]
)
async def test_a_line_step_is_of_a_currency_of_the_market_and_at_least_one_unit(
    market: MarketService, steps: Sequence[tuple[str, int]], path: tuple[str, ...]
) -> None:
    item = MarketInput(id="x", country="DE", zone="UTC", currencies=["EUR"], locales=["de"], line_steps=steps)
    done = await market.upsert_markets(OPERATING, [item], "more")
    assert refusals(done) == [("input", "markets", "0", "lineSteps", *path)]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (ChannelInput(id="", market="de"), ("id",)),
        (ChannelInput(id="x", market="fr"), ("market",)),
        (ChannelInput(id="x", market="de", price_lists=["list", "a b"]), ("priceLists", "1")),
        (ChannelInput(id="x", market="de", sources=["main", "main"]), ("sources", "1")),
        (ChannelInput(id="x", market="de", few_left=-1), ("fewLeft",)),
        (ChannelInput(id="x", market="de", position=2**63), ("position",)),
    ],
)
async def test_a_channel_is_refused_at_the_value_that_is_not_allowed(
    market: MarketService, item: ChannelInput, path: tuple[str, ...]
) -> None:
    done = await market.upsert_channels(OPERATING, [item], "more")
    assert refusals(done) == [("input", "channels", "0", *path)]


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (StoreInput(id="x", name=" ", country="DE"), ("name",)),
        (StoreInput(id="x", name="\ud800", country="DE"), ("name",)),
        (StoreInput(id="x", name="Bonn", country="Germany"), ("country",)),
        (StoreInput(id="x", name="Bonn", country="DE", channels=["web", "wep"]), ("channels", "1")),
    ],
)
async def test_a_store_is_refused_at_the_value_that_is_not_allowed(
    market: MarketService, item: StoreInput, path: tuple[str, ...]
) -> None:
    done = await market.upsert_stores(OPERATING, [item], "more")
    assert refusals(done) == [("input", "stores", "0", *path)]


async def test_of_two_with_one_id_in_a_call_the_later_is_refused(market: MarketService) -> None:
    twin = ChannelInput(id="web", market="hu")
    done = await market.upsert_channels(OPERATING, [WEB, twin], "twice")
    assert (done.changed, done.unchanged) == (0, 1)
    assert refusals(done) == [("input", "channels", "1")]
    assert market.channel("web").market.id == "de"


async def test_a_call_without_reason_or_with_too_many_items_does_nothing(market: MarketService) -> None:
    many = [StoreInput(id=f"s{number}", name="S", country="DE") for number in range(MOST_ITEMS + 1)]
    assert refusals(await market.upsert_stores(OPERATING, many, "many")) == [("input", "stores")]
    assert refusals(await market.upsert_stores(OPERATING, many[:1], "")) == [("input", "reason")]
    assert [store.id for store in market.stores(market.channel("web"))] == ["berlin"]


async def test_only_who_may_write_markets_changes_them(market: MarketService) -> None:
    with pytest.raises(Unauthenticated):
        await market.upsert_markets(a_viewer(), [GERMANY], "mine")
    with pytest.raises(Forbidden):
        await market.upsert_channels(a_viewer(Principal("someone")), [WEB], "mine")
    with pytest.raises(Unauthenticated):
        await market.upsert_stores(a_viewer(), [BERLIN], "mine")


async def test_writers_at_the_same_time_lose_nothing_and_share_no_version(
    market: MarketService, database: Database
) -> None:
    others = [MarketService(MarketStore(database)) for _ in range(4)]
    stores = [StoreInput(id=f"s{n}", name=f"Store {n}", country="DE", channels=["web"]) for n in range(4)]
    await asyncio.gather(
        *(other.upsert_stores(OPERATING, [store], "all") for other, store in zip(others, stores, strict=True))
    )
    await market.load()
    assert [store.id for store in market.stores(market.channel("web"))] == ["berlin", "s0", "s1", "s2", "s3"]
    versions = [event["version"] for event in await events(database) if event["id"].startswith("s")]
    assert len(set(versions)) == 4
