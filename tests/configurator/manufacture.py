"""A maker of doors with frames, wired as the gateway wires it: masters, prices, stock and sessions in real tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from gateway.configurator import Configurator, wire_configurator
from gateway.making import Making, wire_making
from gateway.pricing import Pricing, wire_pricing
from gateway.schema import GraphSchema
from modules.configurator.engine.assembling import assemble
from modules.configurator.engine.editing import Edit
from modules.configurator.engine.language import Scope
from modules.configurator.formats.expressions import parser
from modules.configurator.graph import PART
from modules.configurator.model.changes import AnyMaster, RevisionKey, fold_id, key_of
from modules.configurator.model.characteristics import Characteristic, QuantityUse
from modules.configurator.model.families import Family, FamilyCharacteristic
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic, Status
from modules.configurator.model.rules import FrontRule, Surcharge
from modules.configurator.model.structures import (
    Declare,
    Routing,
    RoutingAlternate,
    RoutingOperation,
    SetQuantity,
    Structure,
    StructureAlternate,
    StructureLine,
)
from modules.configurator.model.trees import Expression, ResultType
from modules.configurator.model.works import CostKey, StoredCost, Supply, WorkCentre
from modules.configurator.service.door import Handle
from modules.configurator.service.sessions import Opening, Wishes
from modules.configurator.service.subjects import Subject
from modules.configurator.store.documents import content_document, hash_of
from modules.configurator.store.models import ModelStore
from modules.configurator.store.writing import Frozen, Written
from modules.kernel.graph import GraphContext
from modules.kernel.names import ConfigurationId, Locale, PriceListId, Sku
from modules.kernel.viewer import OPERATOR
from modules.pricing.model.taxes import TaxRuleInput
from modules.runtime.database import Database
from tests.builders import NOW, a_channel, a_viewer, an_article
from tests.configurator.builders import counted, discrete, typed
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, StockInMemory, a_row_input

DOOR, FRAME = Sku("DOOR"), Sku("FRAME")
BOSS = a_viewer(OPERATOR)
SHOPPER = a_viewer()
BEGIN = date(2020, 1, 1)
EN = Locale("en")
KNOWN: dict[str, Characteristic] = {
    one.id: one
    for one in (
        replace(discrete("COLOUR", "RED BLUE"), descriptions=((EN, "Colour"),)),
        typed("WIDTH", 1, 200),
        counted("KEY", "YES NO", QuantityUse.OPTIONAL),
    )
}
_PARSE = parser(Scope(KNOWN))


def term(source: str) -> Expression:
    """A number."""
    return _PARSE(source, ResultType.NUMBER)


def condition(source: str) -> Expression:
    """A truth."""
    return _PARSE(source, ResultType.BOOL)


def entry(id: str, characteristic: str, option: str | None = None, **more: Any) -> PriceEntry:
    """Of the part DOOR in EUR on the list of `a_channel()`."""
    return PriceEntry(
        **{"id": id, "price_list": PriceListId("list"), "currency": "EUR", "family": "DOORS", "part": DOOR}
        | {"characteristic": characteristic, "option": option}
        | more
    )


FAMILY = Family(id="DOORS", members=tuple(FamilyCharacteristic(characteristic=name) for name in KNOWN))
PRICES = (
    entry("red", "COLOUR", "RED", amount_micros=10_000_000, percent_micros=100_000, version=1),
    entry("keys", "KEY", "YES", amount_micros=3_335_000, per_quantity=True, version=1),
)
RULE = FrontRule(
    id="WIDE",
    condition=condition("WIDTH > 100"),
    actions=(Surcharge(amount_micros=25_000_000, text=((EN, "Over-wide"),)),),
)
STRUCTURES = (
    Structure(
        part=DOOR,
        revision=1,
        phase_in=BEGIN,
        alternates=(
            StructureAlternate(
                id="A",
                sequence=0,
                lines=(
                    StructureLine(
                        id="10", sequence=10, component=FRAME, actions=(Declare("WIDTH", term("WIDTH - 10")),)
                    ),
                    StructureLine(id="20", sequence=20, component=Sku("KEY-BLANK"), times_quantity_of="KEY"),
                ),
            ),
        ),
    ),
    Structure(
        part=FRAME,
        revision=1,
        phase_in=BEGIN,
        alternates=(
            StructureAlternate(
                id="A",
                sequence=0,
                lines=(
                    StructureLine(
                        id="10", sequence=10, component=Sku("BAR"), actions=(SetQuantity(term("WIDTH / 50")),)
                    ),
                ),
            ),
        ),
    ),
)
ROUTING = Routing(
    part=DOOR,
    revision=1,
    phase_in=BEGIN,
    alternates=(
        RoutingAlternate(
            id="R",
            sequence=0,
            operations=(RoutingOperation(id="FIT", sequence=1, work_centre="BENCH", setup=term("1"), run=term("0.5")),),
        ),
    ),
)


def revision_of(part: Sku, *names: str) -> Revision:
    """Released, with these characteristics; keys are optional."""
    return Revision(
        part=part,
        number=1,
        status=Status.RELEASED,
        phase_in=BEGIN,
        members=tuple(
            RevisionCharacteristic(characteristic=name, sequence=place, required=name != "KEY")
            for place, name in enumerate(names)
        ),
    )


REVISIONS = (revision_of(DOOR, "COLOUR", "WIDTH", "KEY"), revision_of(FRAME, "COLOUR", "WIDTH"))
MASTERS: list[AnyMaster] = [
    FAMILY,
    *(Part(id=part, family="DOORS") for part in (DOOR, FRAME)),
    *REVISIONS,
    *STRUCTURES,
    ROUTING,
    *PRICES,
]


async def write_models(store: ModelStore, *more: AnyMaster) -> None:
    """All masters and some more, and what the released revisions offer."""
    await write(store, [*MASTERS, *more])
    bundle = await store.bundle("DOORS")
    assert bundle
    frozen = []
    for one in REVISIONS:
        document = content_document(assemble(bundle, one.part, 1))
        frozen.append(Frozen(RevisionKey(one.part, 1), 1, hash_of(document), document))
    async with store.writing() as writing:
        await writing.lock()
        await writing.keep(frozen)


async def write(store: ModelStore, masters: list[AnyMaster]) -> None:
    """These masters, over those that are there."""
    rows = [Written(key_of(one), fold_id("DOORS"), one, 1) for one in masters]
    rows += [Written(key_of(one), "", one, 1) for one in KNOWN.values()]
    rows.append(Written(key_of(RULE, RevisionKey(DOOR, 1)), fold_id("DOORS"), RULE, 1))
    async with store.writing() as writing:
        await writing.lock()
        await writing.save(rows, {})


@dataclass
class Maker:
    """One process of the maker."""

    database: Database
    configurator: Configurator
    pricing: Pricing
    making: Making
    stock: StockInMemory
    articles: ArticlesInMemory
    schema: GraphSchema

    async def configured(self, *choices: tuple[str, str | None, int | None]) -> ConfigurationId:
        """The finished configuration of these choices."""
        edits = [Edit(name, value, quantity) for name, value, quantity in choices]  # type: ignore[arg-type]
        opened = await self.configurator.sessions.open(SHOPPER, Opening(DOOR), Wishes(edits))
        assert opened.problems == (), opened.problems
        done = await self.configurator.finishing.finalise(SHOPPER, Handle(opened.key))
        assert done.problems == (), done.problems
        assert done.shown
        assert done.shown.session.configuration
        return done.shown.session.configuration

    async def run(self, document: str, viewer: Any = BOSS, **variables: Any) -> dict[str, Any]:
        """The data of an operation; fails the test on errors."""
        held = (*vars_of(self.configurator), *vars_of(self.making), *vars_of(self.pricing))
        services = {type(service): service for service in held}
        context = GraphContext(viewer, None, services, self.schema.parts, self.schema.owners)  # type: ignore[arg-type]
        result = await self.schema.execute(document, variables, context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data


def vars_of(services: Any) -> list[object]:
    """The services that a dataclass holds."""
    return [getattr(services, name) for name in services.__dataclass_fields__]


@asynccontextmanager
async def a_maker(database: Database) -> AsyncIterator[Maker]:
    """Doors from 200.00 EUR with tax, 19 percent of it."""
    configurator = wire_configurator(database)
    articles = ArticlesInMemory(an_article("DOOR"))
    stock = StockInMemory()
    pricing = wire_pricing(
        database, articles, ChannelsInMemory(a_channel()), lambda: NOW, configured=configurator.surcharges
    )
    making = wire_making(database, configurator, articles, pricing.quotes, stock)
    try:
        await write_models(configurator.models)
        await pricing.load()
        await pricing.taxes.upsert_tax_rules(
            BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law"
        )
        row = a_row_input(sku="DOOR", amount="200")
        assert (await pricing.rows.set_prices(BOSS, [row], "test")).problems == ()
        yield Maker(database, configurator, pricing, making, stock, articles, GraphSchema([PART]))
    finally:
        await configurator.solving.close()


RED_WIDE = (("COLOUR", "RED", None), ("WIDTH", "120", None), ("KEY", "YES", 3))
HOUR = 1_000_000


async def a_subject(maker: Maker, choices: Any = RED_WIDE) -> Subject:
    found = await maker.making.making.find(BOSS, Handle(), await maker.configured(*choices))
    assert found
    return found


async def put_floor(maker: Maker, **days: int) -> None:
    supplies = [Supply(part=Sku(part.replace("_", "-")), lead_time_days=number) for part, number in days.items()]
    bench = WorkCentre(id="BENCH", rate_micros=40 * HOUR)
    done = await maker.making.floor.upsert(BOSS, [bench, *supplies], "opened")
    assert (done.problems, done.changed) == ((), 1 + len(supplies))


async def put_costs(maker: Maker, **costs: int) -> None:
    every = [StoredCost(CostKey(Sku(part.replace("_", "-"))), micros) for part, micros in costs.items()]
    done = await maker.making.floor.set_costs(BOSS, every, "bought")
    assert (done.problems, done.changed) == ((), len(every))
