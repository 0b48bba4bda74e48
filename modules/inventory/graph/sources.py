"""Sources and buffers: shown, and handed in."""

from __future__ import annotations

import strawberry

from modules.inventory.model import sources as sources_model
from modules.inventory.model.sources import ANY, SourceType, UnknownLocation as Unknown
from modules.inventory.service.stock import InventoryService
from modules.kernel.graph import (
    Decimal,
    Info,
    Outcome,
    Problem,
    field,
)
from modules.kernel.money import format_micros

strawberry.enum(SourceType, description="What kind of place it is.")


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


@strawberry.input(description="At most 1,000 sources.")
class UpsertSourcesInput:
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
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
    reason: str = strawberry.field(description="Why, for the audit log: 1 to 500 characters.")
    buffers: list[ChannelBufferInput] = strawberry.field(description="At most 1,000, each once.")


@strawberry.type(description="What became of sources or buffers; the good ones are written.")
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


def unknown_location(error: Unknown) -> UnknownLocation:
    return UnknownLocation(
        code=error.code,
        message=error.message,
        path=list(error.path),
        source=strawberry.ID(error.source),
        allowed=error.allowed,
    )
