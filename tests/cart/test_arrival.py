"""When goods arrive, by working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from modules.cart.engine.arrival import estimates, leaving, working_day
from modules.kernel.basket import BasketLine, DeliveryCost, DeliveryOption, TaxedMoney
from modules.kernel.names import LineId, Sku
from modules.kernel.quantity import Quantity, pieces
from modules.kernel.stock import Availability, AvailabilityState
from tests.builders import NOW

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOW + timedelta(days=3)


@pytest.mark.parametrize(
    ("day", "count", "arrives"),
    [
        (date(2026, 3, 2), 0, date(2026, 3, 2)),
        (date(2026, 3, 2), 4, date(2026, 3, 6)),
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 0, date(2026, 3, 9)),
        (date(2026, 3, 8), 1, date(2026, 3, 10)),
    ],
)
def test_weekends_are_no_working_days(day: date, count: int, arrives: date) -> None:
    assert working_day(day, count) == arrives


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 365))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    arrives, begin = working_day(day, count), working_day(day, 0)
    assert arrives.isoweekday() < 6
    assert begin - day < timedelta(days=3)
    between = (begin + timedelta(days=number) for number in range((arrives - begin).days))
    assert sum(each.isoweekday() < 6 for each in between) == count


def there(
    sku: str, count: int | None, earliest: datetime | None = NOW, state: AvailabilityState = AvailabilityState.IN_STOCK
) -> Availability:
    """So many pieces, from this moment on."""
    return Availability(Sku(sku), state, None if count is None else pieces(count), earliest, ())


def lines(**counts: int) -> list[BasketLine]:
    """So many pieces of each."""
    return [BasketLine(LineId(sku), Sku(sku), Quantity(count * 1_000_000)) for sku, count in counts.items()]


@pytest.mark.parametrize(
    ("stock", "leaves"),
    [
        ([there("a", 2), there("b", None)], NOW),
        ([there("a", 2), there("b", 5, LATER)], LATER),
        ([there("a", 1), there("b", 5)], None),
        ([there("a", 2), there("b", 5, None)], None),
        ([there("a", 2), there("b", None, None, AvailabilityState.UNKNOWN)], NOW),
        ([there("a", 2)], NOW),
    ],
)
def test_goods_leave_when_all_of_them_can(stock: list[Availability], leaves: datetime | None) -> None:
    assert leaving(lines(a=2, b=1), {answer.sku: answer for answer in stock}, NOW) == leaves


def test_two_lines_of_a_product_are_counted_together() -> None:
    twice = [BasketLine(LineId("1"), Sku("a"), pieces(2)), BasketLine(LineId("2"), Sku("a"), pieces(2))]
    assert leaving(twice, {Sku("a"): there("a", 3)}, NOW) is None
    assert leaving(twice, {Sku("a"): there("a", 4)}, NOW) == NOW


def an_option(days: tuple[int, int] | None) -> DeliveryOption:
    """A parcel that takes so long."""
    return DeliveryOption("parcel", "", False, DeliveryCost("parcel", "", TaxedMoney.zero("EUR"), days=days))


def test_the_day_of_leaving_is_the_markets_own() -> None:
    friday_night = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)  # Saturday in Berlin
    (estimate,) = estimates([an_option((1, 2))], friday_night, BERLIN)
    assert estimate.arrives == (date(2026, 3, 10), date(2026, 3, 11))


@pytest.mark.parametrize(
    ("option", "leaves"),
    [(an_option(None), NOW), (an_option((1, 2)), None), (DeliveryOption("parcel", "", False, None), NOW)],
)
def test_what_is_not_known_has_no_days(option: DeliveryOption, leaves: datetime | None) -> None:
    (estimate,) = estimates([option], leaves, BERLIN)
    assert estimate.arrives is None
