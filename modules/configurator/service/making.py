"""Making: what a configuration costs its buyer and its maker, what it takes, and the document that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from modules.configurator.engine.costing import require_costs, roll_up
from modules.configurator.engine.exploding import BuildOrder, explode
from modules.configurator.engine.handover import document_of
from modules.configurator.engine.leadtime import lead_time
from modules.configurator.engine.pricing import PriceQuestion, price
from modules.configurator.engine.promising import availability, needs, promise, promises
from modules.configurator.engine.steps import Steps
from modules.configurator.engine.weighing import weigh, weighed
from modules.configurator.model.assemblies import Explosion, Identity, identified, identities
from modules.configurator.model.breakdowns import CostResult, Override, PriceBreakdown
from modules.configurator.model.errors import ConfiguratorRefusal, Incomplete, NoBasePrice, NoRevision
from modules.configurator.model.handing import HandedOver, HandOver
from modules.configurator.model.leadtimes import LeadTime
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.promises import Promise
from modules.configurator.model.revisions import Part
from modules.configurator.model.weights import Weight
from modules.configurator.model.works import CostKey, Costs, Floor, StoredCost, key_to_save
from modules.configurator.ports import Articles, Prices, Stock
from modules.configurator.service.books import Books, entries_of
from modules.configurator.service.door import Handle
from modules.configurator.service.gathering import Gathered, gather
from modules.configurator.service.models import Models
from modules.configurator.service.sessions import SessionService
from modules.configurator.service.solving import Model, Solving
from modules.configurator.service.subjects import Subject, Subjects, subject_of
from modules.configurator.store.making import MakingStore
from modules.configurator.store.specifications import SpecificationStore
from modules.kernel.configuration import unpinned
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import check_text
from modules.kernel.moments import to_us
from modules.kernel.money import MICROS
from modules.kernel.names import ConfigurationId, Sku
from modules.kernel.quantity import Quantity
from modules.kernel.stock import Availability
from modules.kernel.viewer import Permission, Viewer

LONGEST_LINE: Final = 200
MOST: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Built:
    """An exploded order with the shop floor it was exploded for, and the parts of its tree with their families."""

    explosion: Explosion
    floor: Floor
    part: Part
    parts: tuple[Sku, ...]
    fingerprints: Mapping[Sku, str]
    """The hashes of the contents of all that is configured."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The price of one unit, and whether its amounts are without tax."""

    breakdown: PriceBreakdown
    is_net: bool


@dataclass(frozen=True, slots=True)
class Costed:
    """What an order costs its maker, and the standard cost that was rolled up and kept before, if any; it is stale when
    a cost that came into it has changed since, or other ones come into it now."""

    result: CostResult
    saved: StoredCost | None

    @property
    def is_stale(self) -> bool:
        """Whether the one that is kept would be another one now."""
        return self.saved is not None and self.saved.inputs != self.result.inputs


@dataclass(frozen=True, slots=True)
class Shop:
    """Whom making asks."""

    store: MakingStore
    books: Books
    models: Models
    solving: Solving
    sessions: SessionService
    specifications: SpecificationStore
    subjects: Subjects
    prices: Prices
    stock: Stock
    articles: Articles


class MakingService:
    """One per process. Structures and costs are for who may read models; price and dates for who has the session."""

    def __init__(self, shop: Shop, cost_currency: str = "EUR") -> None:
        self._shop = shop
        self._currency = cost_currency

    async def find(self, viewer: Viewer, handle: Handle, configuration: str | None = None) -> Subject | None:
        """The finished configuration of this id on the model of today, else the session that the handle opens; None
        where there is neither. Raises a ConfiguratorRefusal where the configuration's values do not fit the model."""
        if configuration is None:
            shown = await self._shop.sessions.get(viewer, handle)
            return subject_of(shown) if shown else None
        found = await self._shop.specifications.named([unpinned(configuration)[0]])
        (subject,) = await self._shop.subjects.of(found, viewer)
        if isinstance(subject, ConfiguratorRefusal):
            raise subject
        return subject

    async def price(self, subject: Subject, viewer: Viewer, overrides: Sequence[Override] = ()) -> Priced:
        """What one unit costs before promotions, line by line: the product's own list price for the viewer, and what
        the configuration adds. Also of what is not whole yet.

        Overrides need PRICES_WRITE. Raises NoBasePrice, and what `engine.pricing.price` raises.
        """
        if overrides:
            viewer.require(Permission.PRICES_WRITE)
        (own,) = await self._shop.prices.own_prices([subject.part], viewer)
        if own is None:
            raise NoBasePrice(f"{subject.part} has no base price in {viewer.currency}.", [subject.part])
        families = await self._shop.books.families([subject.part])
        entries: Sequence[PriceEntry] = ()
        if subject.part in families:
            _, bundle = families[subject.part]
            entries, _ = entries_of(bundle, subject.part, own.price_list, own.currency, to_us(viewer.now))
        question = PriceQuestion(subject.content, subject.assignments, own.currency, own.micros, entries)
        return Priced(price(question, overrides), own.is_net)

    async def structure(self, subject: Subject, quantity: Decimal, viewer: Viewer) -> Built:
        """All that an order takes. Needs MODELS_READ. Raises Incomplete, and what `explode` raises."""
        viewer.require(Permission.MODELS_READ)
        return await self._build(subject, quantity)

    async def promise(self, subject: Subject, quantity: Decimal, viewer: Viewer) -> Promise:
        """How many can be made and when an order that begins today is finished. Raises as `structure`, which needs a
        right that this needs not: the components are nobody's who has not."""
        built = await self._build(subject, quantity)
        skus = list(needs(built.explosion))
        found = await self._shop.stock.availability(skus, viewer) if skus else []
        market = viewer.channel.market
        told = promise(
            built.explosion, market.today(viewer.now), market.zone, dict(zip(skus, found, strict=True)), built.floor
        )
        return told if viewer.may(Permission.MODELS_READ) else _discreet(told)

    async def weight(self, subject: Subject, quantity: Decimal, viewer: Viewer) -> Weight:
        """What one unit of an order weighs; which parts have no weight is for MODELS_READ. Raises as `structure`, which
        needs a right that this needs not, and OutOfRange."""
        built = await self._build(subject, quantity)
        skus = weighed(built.explosion)
        found = await self._shop.articles.articles(skus)
        told = weigh(built.explosion, {article.sku: article.weight_grams for article in found if article})
        return told if viewer.may(Permission.MODELS_READ) else replace(told, missing=())

    async def makeable(
        self, wishes: Sequence[tuple[ConfigurationId, Quantity]], viewer: Viewer, besides: Mapping[Sku, Quantity]
    ) -> list[Availability | None]:
        """How many of each finished configuration can be made, and when so many are there; same length and order.

        None for what cannot be built or is not there. The same few statements for many. Components that several need
        go to them in their order, after what is sold `besides` as it is.
        """
        found = await self._shop.specifications.named([unpinned(id)[0] for id, _ in wishes])
        subjects = await self._shop.subjects.of(found, viewer)
        whole = [one for one in subjects if isinstance(one, Subject)]
        if not whole:
            return [None] * len(wishes)
        market = viewer.channel.market
        day = market.today(viewer.now)
        try:
            gathered = await gather(self._shop.books, self._shop.models, whole, day)
        except NoRevision:
            return [None] * len(wishes)
        floor = await self._shop.store.floor(gathered.parts)
        orders = [(one, Decimal(quantity) / MICROS) for one, (_, quantity) in zip(subjects, wishes, strict=True)]
        built = await self._shop.solving.on_many(
            lambda steps: [_tried(one, quantity, gathered, floor, steps) for one, quantity in orders]
        )
        skus = sorted({sku for explosion in built if explosion for sku in needs(explosion)})
        stock = dict(zip(skus, await self._shop.stock.availability(skus, viewer), strict=True)) if skus else {}
        taken = {sku: Decimal(quantity) / MICROS for sku, quantity in besides.items()}
        told = promises(built, day, market.zone, stock, floor, taken)
        return [
            availability(one, explosion, market.zone) if one and explosion else None
            for one, explosion in zip(told, built, strict=True)
        ]

    async def lead_time(self, subject: Subject, quantity: Decimal, viewer: Viewer) -> LeadTime:
        """How long an order takes that begins today and buys all it needs. Needs MODELS_READ."""
        built = await self.structure(subject, quantity, viewer)
        return self._lead_time(built, viewer)

    async def cost(self, subject: Subject, quantity: Decimal, viewer: Viewer) -> Costed:
        """The roll-up. Needs MODELS_READ."""
        built = await self.structure(subject, quantity, viewer)
        stored = await self._stored(built)
        key = key_to_save(subject.part, subject.id, built.part.cost_level)
        saved = next((one for one in stored if one.key == key and one.inputs), None)
        return Costed(self._rolled(built, stored), saved)

    async def save_cost(
        self, subject: Subject, quantity: Decimal, viewer: Viewer, accepted: Iterable[str] = ()
    ) -> tuple[CostKey, Costed]:
        """Keeps what one unit costs as the standard cost of the part or of its configuration, as its level says.

        Needs MODELS_WRITE. Raises ZeroCost while the log has entries that are neither free issue nor accepted.
        """
        viewer.require(Permission.MODELS_WRITE)
        built = await self._build(subject, quantity)
        result = await self._cost(built)
        require_costs(result, accepted)
        if subject.id is None and key_to_save(subject.part, "1", built.part.cost_level).configuration != "*":
            raise Incomplete(["configuration"])
        key = key_to_save(subject.part, subject.id, built.part.cost_level)
        async with self._shop.store.change() as change:
            unit = result.root.per_unit
            at_us = await change.save_costs(Costs(self._currency, {key: unit}), result.inputs)
        return key, Costed(result, StoredCost(key, unit, result.inputs, at_us))

    async def hand_over(
        self, subject: Subject, line: str, quantity: Decimal, viewer: Viewer, overrides: Sequence[Override] = ()
    ) -> HandedOver:
        """The document of a finished configuration for a line of a quote or an order, kept and sent once: again with
        the same specification and content version it is the one that was sent. Needs MODELS_WRITE.
        """
        viewer.require(Permission.MODELS_WRITE)
        check_text(line, LONGEST_LINE, ("input", "line"))
        built = await self._build(subject, quantity)
        priced = await self.price(subject, viewer, overrides)
        given = HandOver(
            line=line,
            site=subject.site,
            need_date=subject.need_date,
            explosion=built.explosion,
            price=priced.breakdown,
            cost=await self._cost(built),
            lead_time=self._lead_time(built, viewer),
        )
        async with self._shop.store.change() as change:
            ids = await change.identify(identities(given.explosion.root), built.fingerprints)
            given = replace(given, explosion=_with(given.explosion, ids))
            handed, is_new = await change.hand_over(given.key, line, lambda number: document_of(given, number))
            if is_new:
                change.audit_overrides(viewer.principal.id, line, priced.breakdown, overrides)
        return handed

    async def handed_over(self, line: str, viewer: Viewer) -> list[HandedOver]:
        """A line's documents, the first first. Needs MODELS_READ."""
        viewer.require(Permission.MODELS_READ)
        return await self._shop.store.handed_over(line)

    def _lead_time(self, built: Built, viewer: Viewer) -> LeadTime:
        begin = viewer.channel.market.today(viewer.now)
        return lead_time(built.explosion.root, begin, built.floor.supplies, built.floor.centres)

    async def _cost(self, built: Built) -> CostResult:
        return self._rolled(built, await self._stored(built))

    async def _stored(self, built: Built) -> list[StoredCost]:
        return await self._shop.store.costs(built.parts, self._currency)

    def _rolled(self, built: Built, stored: Iterable[StoredCost]) -> CostResult:
        costs = Costs(self._currency, {one.key: one.micros for one in stored}, built.floor.overheads)
        return roll_up(built.explosion, costs, built.floor.centres)

    async def _build(self, subject: Subject, quantity: Decimal) -> Built:
        subject.require_whole()
        if not 0 < quantity <= MOST:
            raise InvalidInput(f"{quantity} cannot be made.", ("quantity",), f"more than 0, up to {MOST}")
        gathered = await gather(self._shop.books, self._shop.models, [subject], subject.need_date)
        floor = await self._shop.store.floor(gathered.parts)
        explosion = await self._shop.solving.on_many(lambda steps: _explode(subject, quantity, gathered, floor, steps))
        ids = await self._shop.store.ids(identities(explosion.root))
        fingerprints = {part: model.hash for part, model in gathered.models(subject).items()}
        return Built(_with(explosion, ids), floor, gathered.masters[subject.part], gathered.parts, fingerprints)


def _explode(
    subject: Subject, quantity: Decimal, gathered: Gathered, floor: Floor, steps: Callable[[Model], Steps]
) -> Explosion:
    models, works = gathered.models(subject), gathered.works(subject, floor)
    order = BuildOrder(subject.content, subject.assignments, quantity, subject.need_date, subject.id)
    return explode(order, works, lambda content: steps(models[content.part]))


def _tried(
    subject: object, quantity: Decimal, gathered: Gathered, floor: Floor, steps: Callable[[Model], Steps]
) -> Explosion | None:
    """None for what cannot be built."""
    try:
        return _explode(subject, quantity, gathered, floor, steps) if isinstance(subject, Subject) else None
    except ConfiguratorRefusal:
        return None


def _with(explosion: Explosion, ids: Mapping[Identity, ConfigurationId]) -> Explosion:
    return replace(explosion, root=identified(explosion.root, ids))


def _discreet(told: Promise) -> Promise:
    """Without what it is made of."""
    plan = replace(told.lead_time, critical=(), warnings=())
    return replace(told, scarcest=None, components=(), lead_time=plan)
