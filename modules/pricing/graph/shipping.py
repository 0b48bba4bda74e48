"""How goods reach the customer: what may be chosen, and how methods are handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from modules.kernel.errors import BadUserInput
from modules.kernel.graph import REASON, Decimal, Info, Money, Outcome, field
from modules.kernel.intake import COUNTRIES, is_country
from modules.kernel.money import Money as Amount
from modules.kernel.policies import TaxMode
from modules.kernel.viewer import Viewer
from modules.pricing.model import shipping as model
from modules.pricing.service.shipping import ShippingService

Country = Annotated[
    str | None, strawberry.argument(description="ISO 3166, two letters: only methods that deliver there.")
]


@strawberry.type(description="An amount in one currency up to which a rate holds, or that it costs.")
class ShippingAmount:
    currency: str = strawberry.field(description="ISO 4217.")
    amount: Decimal = strawberry.field(description="With the decimals of the currency.")

    @classmethod
    def all(cls, amounts: Sequence[tuple[str, int]]) -> list[ShippingAmount]:
        """From minor units by currency."""
        return [cls(currency=currency, amount=Decimal(Amount(minor, currency).amount)) for currency, minor in amounts]


@strawberry.type(
    description="What a method costs in a zone. The closest zone decides; of its rates the tightest that bears weight "
    "and value."
)
class ShippingRate:
    countries: list[str] = strawberry.field(description="Of the zone; none: wherever the method delivers.")
    regions: list[str] = strawberry.field(description="ISO 3166-2; none: the whole country.")
    postal_prefixes: list[str] = strawberry.field(description="How postal codes begin; none: all.")
    weight_up_to_grams: int | None = strawberry.field(description="Included; null: any weight.")
    value_up_to: list[ShippingAmount] = strawberry.field(description="Included; none: any value.")
    amounts: list[ShippingAmount] = strawberry.field(description="What it costs before promotions.")
    earliest_days: int | None = strawberry.field(description="Working days on the way; null: as the method says.")
    latest_days: int | None = strawberry.field(description="At the latest; null: as the method says.")

    @classmethod
    def of(cls, rate: model.ShippingRate) -> ShippingRate:
        """From the model's value."""
        earliest, latest = rate.days or (None, None)
        return cls(
            countries=list(rate.countries),
            regions=list(rate.regions),
            postal_prefixes=list(rate.postal_prefixes),
            weight_up_to_grams=rate.weight_up_to_g,
            value_up_to=ShippingAmount.all(rate.value_up_to),
            amounts=ShippingAmount.all(rate.amounts),
            earliest_days=earliest,
            latest_days=latest,
        )


@strawberry.type(description="A way in which goods reach the customer.")
class ShippingMethod:
    id: strawberry.ID = strawberry.field(description="What a cart names as its delivery.")
    name: str = strawberry.field(description="In the viewer's language.")
    amount: Money = strawberry.field(
        description="What it costs before promotions, net or gross as `taxMode` says; with rates, the lowest of them."
    )
    tax_mode: TaxMode = strawberry.field(description="What `amount` is.")
    pickup: bool = strawberry.field(description="Whether the goods are fetched in the store.")
    countries: list[str] = strawberry.field(description="Where it delivers to, ISO 3166; none: everywhere.")
    rates: list[ShippingRate] = strawberry.field(
        description="By zone, weight and value; none: `amount` holds everywhere. A cart's `deliveryOptions` apply them."
    )
    earliest_days: int | None = strawberry.field(description="Working days on the way; null: not known.")
    latest_days: int | None = strawberry.field(description="At the latest; null: not known.")

    @classmethod
    def of(cls, method: model.ShippingMethod, viewer: Viewer) -> ShippingMethod:
        """As the viewer sees it, in his currency."""
        minor = method.amount(viewer.currency)
        earliest, latest = method.days or (None, None)
        return cls(
            id=strawberry.ID(method.id),
            name=method.label(viewer.locale, viewer.channel.market.locales[0]),
            amount=Money.of(Amount(minor or 0, viewer.currency)),
            tax_mode=method.tax_mode,
            pickup=method.pickup,
            countries=list(method.countries),
            rates=[ShippingRate.of(rate) for rate in method.rates],
            earliest_days=earliest,
            latest_days=latest,
        )


async def _shipping_methods(info: Info, country: Country = None) -> list[ShippingMethod]:
    if country is not None and not is_country(country):
        raise BadUserInput(f"{country[:100]!r} is no country.", "country", COUNTRIES)
    viewer = info.context.viewer
    found = await info.context.use(ShippingService).methods(viewer, country)
    return [ShippingMethod.of(method, viewer) for method in found]


@strawberry.type
class ShippingQuery:
    shipping_methods: list[ShippingMethod] = field(
        _shipping_methods, description="What may be chosen in this channel and currency, in order."
    )


@strawberry.input(description="A text in one language.")
class ShippingNameInput:
    locale: str = strawberry.field(description="Such as de-AT.")
    name: str = strawberry.field(description="1 to 200 characters.")


@strawberry.input(description="What delivery costs in one currency.")
class ShippingAmountInput:
    currency: str = strawberry.field(description="ISO 4217, one of the market's.")
    amount: Decimal = strawberry.field(description="With the decimals of the currency; 0 is free.")


_EARLIEST = "Working days on the way, 0 to 365; a day is Monday to Friday."
_LATEST = "At the latest; without it as `earliestDays`."


@strawberry.input(description="What a method costs in a zone, up to a weight and a value.")
class ShippingRateInput:
    amounts: list[ShippingAmountInput] = strawberry.field(description="One for each currency.")
    countries: list[str] = strawberry.field(
        default_factory=list, description="Its zone, ISO 3166; none: wherever the method delivers."
    )
    regions: list[str] = strawberry.field(
        default_factory=list, description='ISO 3166-2: "ES-CN"; none: the whole country.'
    )
    postal_prefixes: list[str] = strawberry.field(
        default_factory=list, description="How postal codes begin; blanks and case do not count; none: all."
    )
    weight_up_to_grams: int | None = strawberry.field(default=None, description="Included; without it any weight.")
    value_up_to: list[ShippingAmountInput] = strawberry.field(
        default_factory=list, description="Included, one for each currency of `amounts`; none: any value."
    )
    earliest_days: int | None = strawberry.field(default=None, description=_EARLIEST)
    latest_days: int | None = strawberry.field(default=None, description=_LATEST)

    def given(self) -> model.ShippingRateInput:
        """As the service takes it."""
        return model.ShippingRateInput(
            amounts=_by_currency(self.amounts),
            countries=self.countries,
            regions=self.regions,
            postal_prefixes=self.postal_prefixes,
            weight_up_to_g=self.weight_up_to_grams,
            value_up_to=_by_currency(self.value_up_to),
            earliest_days=self.earliest_days,
            latest_days=self.latest_days,
        )


def _by_currency(amounts: Sequence[ShippingAmountInput]) -> dict[str, str]:
    return {one.currency: str(one.amount) for one in amounts}


@strawberry.input(description="A shipping method, whole: what is absent gets its default.")
class ShippingMethodInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`; once a market.")
    market: strawberry.ID = strawberry.field(description="Of a market that has a channel.")
    names: list[ShippingNameInput] = strawberry.field(description="One for each language.")
    amounts: list[ShippingAmountInput] = strawberry.field(
        default_factory=list,
        description="One for each currency; in others it cannot be chosen. None with `rates`, which have their own.",
    )
    rates: list[ShippingRateInput] = strawberry.field(
        default_factory=list, description="What it costs by zone, weight and value, at most 1,000."
    )
    earliest_days: int | None = strawberry.field(default=None, description=_EARLIEST)
    latest_days: int | None = strawberry.field(default=None, description=_LATEST)
    tax_mode: TaxMode = strawberry.field(description="What the amounts are.")
    tax_class: str = strawberry.field(description="As products name it; the market may tax delivery as the goods.")
    pickup: bool = strawberry.field(
        default=False, description="Whether the goods are fetched in the store, so that its country's tax holds."
    )
    countries: list[str] = strawberry.field(
        default_factory=list, description="Where it delivers to, ISO 3166; none: everywhere."
    )
    position: int = strawberry.field(default=0, description="The method with the lowest comes first.")
    active: bool = strawberry.field(default=True, description="Whether it may be chosen.")

    def given(self) -> model.ShippingMethodInput:
        """As the service takes it."""
        values = {name: value for name, value in vars(self).items() if name not in ("names", "amounts", "rates")}
        names = {text.locale: text.name for text in self.names}
        rates = [rate.given() for rate in self.rates]
        return model.ShippingMethodInput(**values, names=names, amounts=_by_currency(self.amounts), rates=rates)


@strawberry.input(description="At most 1,000 shipping methods.")
class UpsertShippingMethodsInput:
    reason: str = strawberry.field(description=REASON)
    shipping_methods: list[ShippingMethodInput] = strawberry.field(description="Each once.")


@strawberry.type(description="What became of the methods.")
class UpsertShippingMethodsPayload(Outcome):
    pass


async def _upsert_shipping_methods(info: Info, input: UpsertShippingMethodsInput) -> UpsertShippingMethodsPayload:
    service = info.context.use(ShippingService)
    methods = [method.given() for method in input.shipping_methods]
    done = await service.upsert_shipping_methods(info.context.viewer, methods, input.reason)
    return UpsertShippingMethodsPayload.of(info, done)


@strawberry.type
class ShippingMutation:
    upsert_shipping_methods: UpsertShippingMethodsPayload = field(
        _upsert_shipping_methods,
        description="Adds shipping methods or replaces them wholly; needs the scope prices:write.",
    )
