"""Kernel words travel between processes and arrive as they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.remote.asker import CARRIED, Asker
from gateway.remote.ports import InventoryPort
from gateway.remote.wire import form, method
from modules.customers.model import All, AtLeast, AtMost, Not, Segment
from modules.kernel.basket import Notice
from modules.kernel.configuration import Surcharge, Surcharges, Unpriced
from modules.kernel.customer import Profile
from modules.kernel.names import CustomerId, Sku, SourceId
from modules.kernel.place import NOWHERE, Market
from modules.kernel.quantity import ONE, ZERO
from modules.kernel.stock import Availability, AvailabilityState, IncomingStock, SourceAvailability
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Permission
from tests.builders import NOW, a_channel, a_market, a_store, a_viewer

MOMENT = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
SOURCE = SourceAvailability(SourceId("main"), None, ONE, ZERO, (IncomingStock(MOMENT, ONE),), True, False, MOMENT)


@dataclass(frozen=True)
class Newer:
    """A record of the next version."""

    name: str
    added: int = 7


@dataclass(frozen=True)
class Older:
    """The same, before."""

    name: str


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        (Availability, Availability(Sku("A"), AvailabilityState.FEW_LEFT, ONE, MOMENT, (SOURCE,))),
        (list[Surcharges | Unpriced], [Surcharges((Surcharge("Rim", -5, ("r", 1)),)), Unpriced("GONE", "It is gone.")]),
        (Segment, Segment(id="s", name="S", rule=All((Not(AtLeast("orders", 5)), AtMost("orders", 5))))),
        (Profile | None, Profile(CustomerId("c"), frozenset({"b", "a"}), orders=3)),
        (Profile | None, None),
        (dict[str, tuple[str, int]], {"a": ("b", 1)}),
        (Notice, Notice("CODE", "A message.", data={"codes": [1, 2], "delivery": "post"})),
    ],
)
def test_a_value_arrives_as_it_was(hint: Any, value: object) -> None:
    assert form(hint).read(form(hint).write(value)) == value


def test_a_market_arrives_with_its_zone_and_its_policies() -> None:
    market = a_market(line_steps=[("HUF", 100)])
    travelling = form(list[Market])
    assert travelling.read(travelling.write([market])) == [market]


def test_two_versions_of_the_program_understand_each_other() -> None:
    assert form(Older).read(form(Newer).write(Newer("a", 8))) == Older("a")
    assert form(Newer).read(form(Older).write(Older("a"))) == Newer("a", 7)


@pytest.mark.parametrize(
    ("hint", "data"),
    [
        (int, "1"),
        (int, True),
        (str, None),
        (tuple[str, int], ["a"]),
        (Older, {}),
        (Older, []),
        (AvailabilityState, "SOLD"),
        (Surcharges | Unpriced, {"~": "Surcharge"}),
        (datetime, "yesterday"),
        (list[int], {"0": 1}),
    ],
)
def test_anything_else_is_refused(hint: Any, data: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that is all it promises
        form(hint).read(data)


def test_what_cannot_travel_is_named_before_anything_is_asked() -> None:
    with pytest.raises(TypeError, match="object"):
        form(object)


class Shop:
    """The places of the process that is asked."""

    def channel(self, id: str | None) -> Any:
        return a_channel(str(id))

    def store(self, id: str | None, channel: Any) -> Any:
        return a_store(id) if id else None


def test_a_viewer_arrives_with_the_places_of_the_process_that_is_asked() -> None:
    viewer = a_viewer(channel=a_channel("web"), store=a_store(), customer=Profile(CustomerId("c")), now=MOMENT)
    viewer = replace(viewer, address="192.0.2.7")
    asked = method(InventoryPort, "availability")
    _, asker = asked.asked(asked.ask([[Sku("A")], viewer]))
    arrived = asker.viewer(Shop())
    assert arrived == viewer
    assert arrived.principal is ANONYMOUS


def test_a_viewer_of_a_shop_without_channels_stands_nowhere() -> None:
    assert Asker.of(a_viewer(channel=NOWHERE)).viewer(Shop()).channel is NOWHERE


def test_no_right_to_change_anything_travels() -> None:
    asker = Asker.of(a_viewer(OPERATOR, now=NOW))
    assert asker.permissions == CARRIED
    assert {str(right).rpartition(":")[2] for right in CARRIED} == {"read", "act", "travel"}
    claimed = replace(asker, permissions=frozenset(Permission))
    assert claimed.viewer(Shop()).principal.permissions == CARRIED
