"""How goods reach the customer: what may be chosen, and how methods are handed in."""

from __future__ import annotations

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


@strawberry.type(description="A way in which goods reach the customer.")
class ShippingMethod:
    id: strawberry.ID = strawberry.field(description="What a cart names as its delivery.")
    name: str = strawberry.field(description="In the viewer's language.")
    amount: Money = strawberry.field(description="What it costs before promotions, net or gross as `taxMode` says.")
    tax_mode: TaxMode = strawberry.field(description="What `amount` is.")
    pickup: bool = strawberry.field(description="Whether the goods are fetched in the store.")
    countries: list[str] = strawberry.field(description="Where it delivers to, ISO 3166; none: everywhere.")

    @classmethod
    def of(cls, method: model.ShippingMethod, viewer: Viewer) -> ShippingMethod:
        """As the viewer sees it, in his currency."""
        minor = method.amount(viewer.currency)
        return cls(
            id=strawberry.ID(method.id),
            name=method.label(viewer.locale, viewer.channel.market.locales[0]),
            amount=Money.of(Amount(minor or 0, viewer.currency)),
            tax_mode=method.tax_mode,
            pickup=method.pickup,
            countries=list(method.countries),
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


@strawberry.input(description="A shipping method, whole: what is absent gets its default.")
class ShippingMethodInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`; once a market.")
    market: strawberry.ID = strawberry.field(description="Of a market that has a channel.")
    names: list[ShippingNameInput] = strawberry.field(description="One for each language.")
    amounts: list[ShippingAmountInput] = strawberry.field(
        description="One for each currency; in others it cannot be chosen."
    )
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
        values = {name: value for name, value in vars(self).items() if name not in ("names", "amounts")}
        names = {text.locale: text.name for text in self.names}
        amounts = {one.currency: str(one.amount) for one in self.amounts}
        return model.ShippingMethodInput(**values, names=names, amounts=amounts)


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
