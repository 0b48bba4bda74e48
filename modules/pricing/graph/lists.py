"""Price lists and exchange rates: how they are seen and handed in."""

from __future__ import annotations

from datetime import date

import strawberry

from modules.kernel.graph import REASON, Decimal, Info, Outcome, field
from modules.kernel.money import exponent, format_micros
from modules.pricing.model import lists as model
from modules.pricing.model.lists import Toward
from modules.pricing.service.lists import ListService

strawberry.enum(
    Toward,
    name="EndingDirection",
    description="Which of the amounts that end right is taken: the NEAREST, of two equally near ones the higher; the "
    "next one UP; the next one DOWN. What is not free never becomes free by it.",
)


@strawberry.type(description="What a price list is called in a language.")
class PriceListName:
    locale: str = strawberry.field(description="Such as de-AT.")
    text: str = strawberry.field(description="In this language.")


@strawberry.type(description="How the rows of a list come from those of another.")
class PriceListDerivation:
    source: strawberry.ID = strawberry.field(description="The list it is derived from.")
    exchange_rates: strawberry.ID = strawberry.field(description="The id of the rates.")
    currency_from: str = strawberry.field(description="Rows of the source in this currency are taken.")
    currency_to: str = strawberry.field(description="The currency of the derived rows.")
    ending: str | None = strawberry.field(description="What amounts end in: `.95`; null: no such ending.")
    step: Decimal | None = strawberry.field(description="What amounts are multiples of: `0.05`; null: no step.")
    direction: Toward | None = strawberry.field(description="How the ending is reached; null without any.")

    @classmethod
    def of(cls, derivation: model.Derivation) -> PriceListDerivation:
        """As it was handed in."""
        ending, places = derivation.ending, exponent(derivation.currency_to)
        is_step = ending is not None and ending.is_step
        return cls(
            source=strawberry.ID(derivation.source),
            exchange_rates=strawberry.ID(derivation.rates),
            currency_from=derivation.currency_from,
            currency_to=derivation.currency_to,
            ending=format_micros(ending.offset, places or 2).lstrip("0") if ending and not is_step else None,
            step=Decimal(format_micros(ending.grain, places)) if ending and is_step else None,
            direction=ending.toward if ending else None,
        )


@strawberry.type(description="A price list.")
class PriceList:
    id: strawberry.ID = strawberry.field(description="As rows and channels name it.")
    names: list[PriceListName] = strawberry.field(description="By language, the default one first.")
    derivation: PriceListDerivation | None = strawberry.field(description="Null: its rows are handed in.")
    version: int = strawberry.field(description="Rises with each change of it or of its exchange rates.")

    @classmethod
    def of(cls, one: model.PriceList) -> PriceList:
        """As it was handed in."""
        names = [PriceListName(locale=locale, text=text) for locale, text in one.names]
        derivation = PriceListDerivation.of(one.derivation) if one.derivation else None
        return cls(id=strawberry.ID(one.id), names=names, derivation=derivation, version=one.version)


@strawberry.type(description="What units of a currency are in another one.")
class ExchangeRate:
    currency_from: str = strawberry.field(description="ISO 4217.")
    currency_to: str = strawberry.field(description="ISO 4217.")
    rate: Decimal = strawberry.field(description="Units of `currencyTo` for `per` units of `currencyFrom`.")
    per: int = strawberry.field(description="Units of `currencyFrom`.")


@strawberry.type(description="A named table of exchange rates; only price lists that name it are converted with it.")
class ExchangeRates:
    id: strawberry.ID = strawberry.field(description="As derivations name it.")
    day: date = strawberry.field(description="As of when.")
    rates: list[ExchangeRate] = strawberry.field(description="By currencies.")
    version: int = strawberry.field(description="Rises with each change.")

    @classmethod
    def of(cls, one: model.ExchangeRates) -> ExchangeRates:
        """As it was handed in."""
        rates = [
            ExchangeRate(
                currency_from=rate.currency_from,
                currency_to=rate.currency_to,
                rate=Decimal(format_micros(rate.micros)),
                per=rate.per,
            )
            for rate in one.rates
        ]
        return cls(id=strawberry.ID(one.id), day=one.day, rates=rates, version=one.version)


async def _price_lists(info: Info) -> list[PriceList]:
    found = await info.context.use(ListService).lists(info.context.viewer)
    return [PriceList.of(one) for one in found.lists.values()]


async def _exchange_rates(info: Info) -> list[ExchangeRates]:
    found = await info.context.use(ListService).lists(info.context.viewer)
    return [ExchangeRates.of(one) for one in found.rates.values()]


@strawberry.type
class ListQuery:
    price_lists: list[PriceList] = field(
        _price_lists,
        description="Price lists that were described, by id; others are known by channels and rows alone. "
        "Needs the scope prices:write.",
    )
    exchange_rates: list[ExchangeRates] = field(
        _exchange_rates, description="All exchange rates, by id. Needs the scope prices:write."
    )


@strawberry.input(description="What a price list is called in a language.")
class PriceListNameInput:
    locale: str = strawberry.field(description="Such as de-AT; each once.")
    text: str = strawberry.field(description="1 to 200 characters.")


@strawberry.input(
    description="How the rows of a list come from those of another: amount times rate, half up to the decimals of "
    "`currencyTo`, or to the ending. Amounts finer than their currency (0.0899) keep 6 decimals and take no ending; "
    "nor do floors."
)
class PriceListDerivationInput:
    source: strawberry.ID = strawberry.field(
        description="A list that channels name or that was described, not derived itself."
    )
    exchange_rates: strawberry.ID = strawberry.field(description="Of rates that have this pair of currencies.")
    currency_from: str = strawberry.field(description="Rows of the source in this currency are taken.")
    currency_to: str = strawberry.field(description="One of the shop's; may be the same, for a mark-up or mark-down.")
    ending: str | None = strawberry.field(
        default=None, description="What every whole unit ends in: `.00`, `.95`, `.99`. Not together with `step`."
    )
    step: Decimal | None = strawberry.field(default=None, description="What amounts are multiples of: `0.05`, `10`.")
    direction: Toward = strawberry.field(default=Toward.NEAREST, description="How ending or step is reached.")

    def given(self) -> model.DerivationInput:
        """As the service takes it."""
        return model.DerivationInput(
            source=self.source,
            rates=self.exchange_rates,
            currency_from=self.currency_from,
            currency_to=self.currency_to,
            ending=self.ending,
            step=self.step,
            toward=self.direction,
        )


@strawberry.input(description="A price list, whole. For it to hold, a channel must name it.")
class PriceListInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    names: list[PriceListNameInput] = strawberry.field(default_factory=list, description="The default one first.")
    derivation: PriceListDerivationInput | None = strawberry.field(
        default=None, description="Null: rows are handed in. A list that had one loses the rows it was given."
    )

    def given(self) -> model.PriceListInput:
        """As the service takes it."""
        names = [(name.locale, name.text) for name in self.names]
        derivation = self.derivation.given() if self.derivation else None
        return model.PriceListInput(id=self.id, names=names, derivation=derivation)


@strawberry.input(description="What units of a currency are in another one.")
class ExchangeRateInput:
    currency_from: str = strawberry.field(description="ISO 4217.")
    currency_to: str = strawberry.field(description="ISO 4217; may be the same.")
    rate: Decimal = strawberry.field(description="Above 0, at most 1000000, at most 6 decimals.")
    per: int = strawberry.field(default=1, description="For so many units of `currencyFrom`, 1 to 1,000,000.")


@strawberry.input(description="A named table of exchange rates, whole.")
class ExchangeRatesInput:
    id: strawberry.ID = strawberry.field(description="1 to 64 of letters, digits, `.`, `_` and `-`.")
    day: date = strawberry.field(description="As of when.")
    rates: list[ExchangeRateInput] = strawberry.field(description="1 to 500, each pair of currencies once.")

    def given(self) -> model.ExchangeRatesInput:
        """As the service takes it."""
        rates = [model.RateInput(**vars(rate)) for rate in self.rates]
        return model.ExchangeRatesInput(id=self.id, day=self.day, rates=rates)


@strawberry.input(description="At most 1,000 price lists.")
class UpsertPriceListsInput:
    reason: str = strawberry.field(description=REASON)
    price_lists: list[PriceListInput] = strawberry.field(description="Each once.")


@strawberry.input(description="At most 1,000 tables of exchange rates.")
class UpsertExchangeRatesInput:
    reason: str = strawberry.field(description=REASON)
    exchange_rates: list[ExchangeRatesInput] = strawberry.field(description="Each once.")


@strawberry.type(description="What became of price lists or exchange rates; derived rows are right when this answers.")
class UpsertPriceListsPayload(Outcome):
    pass


async def _upsert_price_lists(info: Info, input: UpsertPriceListsInput) -> UpsertPriceListsPayload:
    service, items = info.context.use(ListService), [one.given() for one in input.price_lists]
    done = await service.upsert_price_lists(info.context.viewer, items, input.reason)
    return UpsertPriceListsPayload.of(info, done)


async def _upsert_exchange_rates(info: Info, input: UpsertExchangeRatesInput) -> UpsertPriceListsPayload:
    service, items = info.context.use(ListService), [one.given() for one in input.exchange_rates]
    done = await service.upsert_exchange_rates(info.context.viewer, items, input.reason)
    return UpsertPriceListsPayload.of(info, done)


@strawberry.type
class ListMutation:
    upsert_price_lists: UpsertPriceListsPayload = field(
        _upsert_price_lists, description="Adds price lists or replaces them wholly. Needs the scope prices:write."
    )
    upsert_exchange_rates: UpsertPriceListsPayload = field(
        _upsert_exchange_rates,
        description="Adds exchange rates or replaces them wholly; lists derived with them follow. "
        "Needs the scope prices:write.",
    )
