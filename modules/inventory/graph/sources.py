"""Sources and buffers: shown, and handed in."""

from __future__ import annotations

import strawberry

from modules.inventory.model import sources as sources_model
from modules.inventory.model.sources import ANY, WORKING_DAYS, SourceType, UnknownLocation as Unknown
from modules.inventory.model.sourcing import DestinationInput as PlaceInput
from modules.inventory.model.strategies import SourcingRuleInput as RuleInput, Strategy
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import REASON, Decimal, Info, Outcome, Problem, field
from modules.kernel.money import format_micros
from modules.kernel.quantity import format_quantity

strawberry.enum(SourceType, description="What kind of place it is.")
strawberry.enum(
    Strategy,
    name="SourcingStrategy",
    description="What counts first once as much as can be is filled. MIN_SPLIT: few parcels. PRIORITY: sources asked "
    "first. NEAREST: short ways. SHIP_FROM_STORE: stores only where warehouses cannot fill. HIGHEST_STOCK: few parcels,"
    " then where most lies. SINGLE_SOURCE_ONLY: all from one source or nothing.",
)


@strawberry.type(description="A warehouse, store or dropshipper that holds stock.")
class Source:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    name: str = strawberry.field(description="For people.")
    type: SourceType = strawberry.field(description="What kind of place it is.")
    country: str | None = strawberry.field(description="ISO 3166, two letters.")
    latitude: Decimal | None = strawberry.field(description="Degrees, north is positive.")
    longitude: Decimal | None = strawberry.field(description="Degrees, east is positive.")
    cut_off: str | None = strawberry.field(description='"HH:MM" in `zone`: what is ordered later leaves a day later.')
    zone: str = strawberry.field(description="IANA time zone.")
    can_ship: bool = strawberry.field(description="Whether goods are sent from here.")
    can_pick_up: bool = strawberry.field(description="Whether customers fetch goods here.")
    sells: bool = strawberry.field(description="False: for planning only, in no channel's availability.")
    working_days: list[int] = strawberry.field(description="On which goods leave: 1 is Monday, 7 Sunday.")
    holidays: list[str] = strawberry.field(description="Dates on which nothing leaves, ascending.")
    ship_capacity_per_day: int | None = strawberry.field(description="Parcels a day; null: without limit.")
    fresh_seconds: int | None = strawberry.field(
        description="How long a telling about its stock holds, in seconds; null: until the next one."
    )
    stale_buffer: Decimal = strawberry.field(description="Units left untouched while its stock is stale.")
    pickup_buffer: Decimal = strawberry.field(description="Units never promised for pick-up.")
    pickup_days: int = strawberry.field(description="Days for which goods wait for who fetches them.")

    @classmethod
    def of(cls, source: sources_model.Source) -> Source:
        """From the model's value."""
        latitude, longitude = source.latitude_micros, source.longitude_micros
        return cls(
            id=strawberry.ID(source.id),
            name=source.name,
            type=source.type,
            country=source.country,
            latitude=None if latitude is None else Decimal(format_micros(latitude)),
            longitude=None if longitude is None else Decimal(format_micros(longitude)),
            cut_off=source.cut_off,
            zone=source.zone,
            can_ship=source.can_ship,
            can_pick_up=source.can_pick_up,
            sells=source.sells,
            working_days=list(source.working_days),
            holidays=list(source.holidays),
            ship_capacity_per_day=source.ship_capacity_per_day,
            fresh_seconds=source.fresh_seconds,
            stale_buffer=Decimal(format_quantity(source.stale_buffer_micros)),
            pickup_buffer=Decimal(format_quantity(source.pickup_buffer_micros)),
            pickup_days=source.pickup_days,
        )


@strawberry.federation.type(shareable=True, description="No source has this id.")
class UnknownLocation(Problem):
    source: strawberry.ID = strawberry.field(description="As it was given.")
    allowed: str | None = strawberry.field(description="Those there are.")


@strawberry.input(description="A source, whole: what is left out gets its default.")
class SourceInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    type: SourceType = strawberry.field(default=SourceType.WAREHOUSE, description="What kind of place it is.")
    priority: int = strawberry.field(default=0, description="The smaller, the sooner it is asked.")
    country: str | None = strawberry.field(default=None, description="ISO 3166, two letters.")
    latitude: Decimal | None = strawberry.field(default=None, description="Degrees, north is positive.")
    longitude: Decimal | None = strawberry.field(default=None, description="Degrees, east is positive.")
    cut_off: str | None = strawberry.field(default=None, description='"HH:MM" in `zone`.')
    zone: str = strawberry.field(default="UTC", description="IANA time zone.")
    can_ship: bool = strawberry.field(default=True, description="Whether goods are sent from here.")
    can_pick_up: bool = strawberry.field(default=False, description="Whether customers fetch goods here.")
    sells: bool = strawberry.field(default=True, description="False: for planning only.")
    working_days: list[int] = strawberry.field(
        default_factory=lambda: list(WORKING_DAYS), description="On which goods leave: 1 is Monday, 7 Sunday."
    )
    holidays: list[str] = strawberry.field(
        default_factory=list, description='Dates on which nothing leaves, such as "2026-12-25"; at most 1,000.'
    )
    ship_capacity_per_day: int | None = strawberry.field(
        default=None, description="Parcels a day, 1 or more; null: without limit."
    )
    fresh_seconds: int | None = strawberry.field(
        default=None,
        description="How long a telling about its stock holds, up to 31 days: afterwards a store promises no pick-up, "
        "and all keep `staleBuffer` back. Null: until the next one.",
    )
    stale_buffer: Decimal = strawberry.field(default=Decimal("0"), description="Units kept back while it is stale.")
    pickup_buffer: Decimal = strawberry.field(default=Decimal("1"), description="Units never promised for pick-up.")
    pickup_days: int = strawberry.field(default=7, description="Days for which goods wait for who fetches them.")


@strawberry.input(description="At most 1,000 sources.")
class UpsertSourcesInput:
    reason: str = strawberry.field(description=REASON)
    sources: list[SourceInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.input(description="What a channel leaves untouched for others: exactly one of `units` and `percent`.")
class ChannelBufferInput:
    channel: strawberry.ID = strawberry.field(description="For whom it is held back.")
    sku: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="* is every product.")
    source: strawberry.ID = strawberry.field(default=strawberry.ID(ANY), description="* is every source.")
    units: Decimal | None = strawberry.field(default=None, description="In the product's unit; 0 ends a buffer.")
    percent: Decimal | None = strawberry.field(default=None, description="Of what is on hand, rounded up to units.")


@strawberry.input(description="At most 1,000 buffers. The most specific one counts.")
class SetChannelBuffersInput:
    reason: str = strawberry.field(description=REASON)
    buffers: list[ChannelBufferInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.input(description="Where goods are to go.")
class StockDestinationInput:
    country: str = strawberry.field(description="ISO 3166, two letters.")
    latitude: Decimal | None = strawberry.field(default=None, description="Degrees; with `longitude`, or neither.")
    longitude: Decimal | None = strawberry.field(default=None, description="Degrees; with `latitude`, or neither.")

    def given(self) -> PlaceInput:
        """As the service takes it."""
        return PlaceInput(**vars(self))


@strawberry.input(description="By which goals a channel chooses where its goods come from.")
class SourcingRuleInput:
    strategy: Strategy = strawberry.field(description="Which goals, in which order.")
    channel: strawberry.ID = strawberry.field(
        default=strawberry.ID(ANY), description="* is every channel without its own."
    )


@strawberry.input(description="Rules of sourcing.")
class SetSourcingRulesInput:
    reason: str = strawberry.field(description=REASON)
    rules: list[SourcingRuleInput] = strawberry.field(description="Each channel once.")


@strawberry.type(description="What became of sources, buffers or rules; the good ones are written.")
class SetUpStockPayload(Outcome):
    pass


def _sources(info: Info) -> list[Source]:
    return [Source.of(source) for source in info.context.use(InventoryService).sources(info.context.viewer)]


async def _upsert_sources(info: Info, input: UpsertSourcesInput) -> SetUpStockPayload:
    service = info.context.use(InventoryService)
    sources = [sources_model.SourceInput(**vars(source)) for source in input.sources]
    return SetUpStockPayload.of(info, await service.upsert_sources(info.context.viewer, sources, input.reason))


async def _set_channel_buffers(info: Info, input: SetChannelBuffersInput) -> SetUpStockPayload:
    service = info.context.use(InventoryService)
    buffers = [sources_model.BufferInput(**vars(buffer)) for buffer in input.buffers]
    done = await service.set_channel_buffers(info.context.viewer, buffers, input.reason)
    return SetUpStockPayload.of(info, done)


async def _set_sourcing_rules(info: Info, input: SetSourcingRulesInput) -> SetUpStockPayload:
    service = info.context.use(InventoryService)
    rules = [RuleInput(**vars(rule)) for rule in input.rules]
    return SetUpStockPayload.of(info, await service.set_sourcing_rules(info.context.viewer, rules, input.reason))


@strawberry.type
class SourceQuery:
    sources: list[Source] = field(
        _sources, description="All sources, the first asked first; those for planning only with the scope stock:read."
    )


@strawberry.type
class SourceMutation:
    upsert_sources: SetUpStockPayload = field(
        _upsert_sources, description="Replaces sources or adds them; needs the scope stock:write."
    )
    set_channel_buffers: SetUpStockPayload = field(
        _set_channel_buffers, description="What channels leave untouched for others; needs the scope stock:write."
    )
    set_sourcing_rules: SetUpStockPayload = field(
        _set_sourcing_rules, description="How channels choose their sources; needs the scope stock:write."
    )


def unknown_location(error: Unknown) -> UnknownLocation:
    return UnknownLocation(
        code=error.code,
        message=error.message,
        path=list(error.path),
        source=strawberry.ID(error.source),
        allowed=error.allowed,
    )
