"""The places that front ends and tills choose from, and how they are changed."""

from __future__ import annotations

import strawberry

from modules.kernel import place
from modules.kernel.graph import REASON, Info, Outcome
from modules.kernel.money import Rounding
from modules.kernel.policies import TaxRounding
from modules.kernel.viewer import Permission
from modules.market.graph.policies import MarketPolicies, MarketPoliciesInput
from modules.market.model import ChannelInput as ChannelGiven, MarketInput as MarketGiven, StoreInput as StoreGiven
from modules.market.service import MarketService

strawberry.enum(
    Rounding, name="Rounding", description="What happens to half a minor unit. HALF_UP goes away from zero."
)


@strawberry.type(description="Line amounts of a currency are multiples of a step.")
class LineStep:
    currency: str = strawberry.field(description="ISO 4217.")
    minor_units: int = strawberry.field(description="The step, in the currency's smallest unit.")


@strawberry.type(description="A country with its time zone, currencies and languages.")
class Market:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    country: str = strawberry.field(description="ISO 3166, two letters.")
    zone: str = strawberry.field(description="IANA time zone; the market's days begin and end by it.")
    currencies: list[str] = strawberry.field(description="ISO 4217; the first is the default.")
    locales: list[str] = strawberry.field(
        description="Languages of its texts, such as de-AT; the first is the default."
    )
    rounding: Rounding = strawberry.field(description="Of amounts.")
    tax_rounding: TaxRounding = strawberry.field(description="Where tax is rounded.")
    line_steps: list[LineStep] = strawberry.field(description="Only currencies with a step above one minor unit.")
    policies: MarketPolicies = strawberry.field(description="What the market chose.")

    @classmethod
    def of(cls, market: place.Market) -> Market:
        """From the kernel's value."""
        return cls(
            id=strawberry.ID(market.id),
            country=market.country,
            zone=market.zone.key,
            currencies=list(market.currencies),
            locales=list(market.locales),
            rounding=market.rounding,
            tax_rounding=market.tax_rounding,
            line_steps=[LineStep(currency=currency, minor_units=step) for currency, step in market.line_steps],
            policies=MarketPolicies.of(market.policies),
        )


@strawberry.type(description="A place of sale with a counter; send its id as Cogwerk-Store.")
class Store:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    name: str = strawberry.field(description="For people.")
    country: str = strawberry.field(description="ISO 3166, two letters.")

    @classmethod
    def of(cls, store: place.Store) -> Store:
        """From the kernel's value."""
        return cls(id=strawberry.ID(store.id), name=store.name, country=store.country)


@strawberry.type(description="How a channel is set up.")
class ChannelSettings:
    price_lists: list[strawberry.ID] = strawberry.field(description="The most important first.")
    sources: list[strawberry.ID] = strawberry.field(description="Where its goods may come from.")
    few_left: int = strawberry.field(description='Whole units up to which "few left" is shown; 0: never.')
    shows_figures: bool = strawberry.field(description="Whether shoppers see available quantities, or states only.")
    position: int = strawberry.field(description="The channel with the lowest is the default one.")


def _settings(root: strawberry.Parent[Channel], info: Info) -> ChannelSettings | None:
    record = info.context.use(MarketService).record(root.kept)
    if record is None or not info.context.viewer.may(Permission.MARKETS_WRITE):
        return None
    return ChannelSettings(
        price_lists=[strawberry.ID(name) for name in record.price_lists],
        sources=[strawberry.ID(name) for name in record.sources],
        few_left=record.few_left,
        shows_figures=record.shows_figures,
        position=record.position,
    )


@strawberry.type(description="A web shop, an app, a store's tills; send its id as Cogwerk-Channel.")
class Channel:
    id: strawberry.ID = strawberry.field(description="As it was handed in.")
    market: Market = strawberry.field(description="Whose currencies, languages and tax rules hold.")
    stores: list[Store] = strawberry.field(description="By id.")
    is_default: bool = strawberry.field(description="Whether it holds where no channel is named.")
    kept: strawberry.Private[place.Channel]
    settings: ChannelSettings | None = strawberry.field(
        resolver=_settings, description="Null without the scope markets:write."
    )


@strawberry.input(description="A step of a currency.")
class LineStepInput:
    currency: str = strawberry.field(description="ISO 4217.")
    minor_units: int = strawberry.field(description="The step, in the currency's smallest unit; 1 or more.")


@strawberry.input(description="A market, whole: what is absent gets its default.")
class MarketInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    country: str = strawberry.field(description="ISO 3166, two letters.")
    zone: str = strawberry.field(description="IANA time zone.")
    currencies: list[str] = strawberry.field(description="ISO 4217; the first is the default.")
    locales: list[str] = strawberry.field(description="Such as de-AT; the first is the default.")
    rounding: Rounding = strawberry.field(default=Rounding.HALF_UP, description="Of amounts.")
    tax_rounding: TaxRounding = strawberry.field(default=TaxRounding.LINE, description="Where tax is rounded.")
    line_steps: list[LineStepInput] = strawberry.field(
        default_factory=list, description="Only currencies with a step above one minor unit."
    )
    policies: MarketPoliciesInput | None = strawberry.field(
        default=None, description="Its choices; null: those that are usual in its country."
    )

    def given(self) -> MarketGiven:
        """As the service takes it."""
        steps = [(step.currency, step.minor_units) for step in self.line_steps]
        return MarketGiven(
            id=self.id,
            country=self.country,
            zone=self.zone,
            currencies=self.currencies,
            locales=self.locales,
            rounding=self.rounding,
            tax_rounding=self.tax_rounding,
            line_steps=steps,
            policies=self.policies.given(self.country) if self.policies else None,
        )


@strawberry.input(description="A channel, whole: what is absent gets its default.")
class ChannelInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    market: strawberry.ID = strawberry.field(description="Of a market that exists.")
    price_lists: list[strawberry.ID] = strawberry.field(default_factory=list, description="The most important first.")
    sources: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Where its goods may come from; the order is that of availability."
    )
    few_left: int = strawberry.field(default=0, description='Whole units up to which "few left" is shown; 0: never.')
    shows_figures: bool = strawberry.field(
        default=True, description="Whether shoppers see available quantities, or states only."
    )
    position: int = strawberry.field(default=0, description="The channel with the lowest is the default one.")

    def given(self) -> ChannelGiven:
        """As the service takes it."""
        return ChannelGiven(
            id=self.id,
            market=self.market,
            price_lists=self.price_lists,
            sources=self.sources,
            few_left=self.few_left,
            shows_figures=self.shows_figures,
            position=self.position,
        )


@strawberry.input(description="A store, whole.")
class StoreInput:
    id: strawberry.ID = strawberry.field(
        description="1 to 64 of letters, digits, `.`, `_` and `-`; its stock is that of the source of the same id."
    )
    name: str = strawberry.field(description="For people, 1 to 200 characters.")
    country: str = strawberry.field(description="ISO 3166, two letters.")
    channels: list[strawberry.ID] = strawberry.field(default_factory=list, description="Of channels that exist.")

    def given(self) -> StoreGiven:
        """As the service takes it."""
        return StoreGiven(id=self.id, name=self.name, country=self.country, channels=self.channels)


@strawberry.input(description="At most 1,000 markets.")
class UpsertMarketsInput:
    reason: str = strawberry.field(description=REASON)
    markets: list[MarketInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 channels.")
class UpsertChannelsInput:
    reason: str = strawberry.field(description=REASON)
    channels: list[ChannelInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 stores.")
class UpsertStoresInput:
    reason: str = strawberry.field(description=REASON)
    stores: list[StoreInput] = strawberry.field(description="Each once.")


@strawberry.type(description="What became of markets, channels or stores.")
class UpsertPlacesPayload(Outcome):
    pass


def _channels(info: Info) -> list[Channel]:
    service = info.context.use(MarketService)
    return [
        Channel(
            id=strawberry.ID(channel.id),
            market=Market.of(channel.market),
            stores=[Store.of(store) for store in service.stores(channel)],
            is_default=position == 0,
            kept=channel,
        )
        for position, channel in enumerate(service.channels())
    ]


def _markets(info: Info) -> list[Market]:
    return [Market.of(market) for market in info.context.use(MarketService).markets()]


@strawberry.type
class Query:
    channels: list[Channel] = strawberry.field(resolver=_channels, description="All channels, the default one first.")
    markets: list[Market] = strawberry.field(resolver=_markets, description="All markets, by id.")


async def _upsert_markets(info: Info, input: UpsertMarketsInput) -> UpsertPlacesPayload:
    items = [market.given() for market in input.markets]
    service = info.context.use(MarketService)
    return UpsertPlacesPayload.of(info, await service.upsert_markets(info.context.viewer, items, input.reason))


async def _upsert_channels(info: Info, input: UpsertChannelsInput) -> UpsertPlacesPayload:
    items = [channel.given() for channel in input.channels]
    service = info.context.use(MarketService)
    return UpsertPlacesPayload.of(info, await service.upsert_channels(info.context.viewer, items, input.reason))


async def _upsert_stores(info: Info, input: UpsertStoresInput) -> UpsertPlacesPayload:
    items = [store.given() for store in input.stores]
    service = info.context.use(MarketService)
    return UpsertPlacesPayload.of(info, await service.upsert_stores(info.context.viewer, items, input.reason))


@strawberry.type
class Mutation:
    upsert_markets: UpsertPlacesPayload = strawberry.field(
        resolver=_upsert_markets, description="Adds markets or replaces them wholly. Needs the scope markets:write."
    )
    upsert_channels: UpsertPlacesPayload = strawberry.field(
        resolver=_upsert_channels, description="Adds channels or replaces them wholly. Needs the scope markets:write."
    )
    upsert_stores: UpsertPlacesPayload = strawberry.field(
        resolver=_upsert_stores, description="Adds stores or replaces them wholly. Needs the scope markets:write."
    )
