"""What a count changes, and how levels travel."""

from __future__ import annotations

from datetime import timedelta

from modules.inventory.events import StockChanged
from modules.inventory.model.levels import Count, Level, Levels, decide, sees_stock
from modules.kernel.events import Envelope
from modules.kernel.moments import to_us
from modules.kernel.names import Sku, SourceId
from modules.kernel.quantity import pieces
from modules.kernel.viewer import ANONYMOUS, OPERATOR, Permission, Principal, Role
from tests.builders import NOW, a_viewer
from tests.inventory.builders import a_level

A, MAIN = Sku("A-1"), SourceId("main")
NOW_US = to_us(NOW)


def filed(*levels: Level) -> Levels:
    """Levels by sku and source."""
    held: Levels = {}
    for level in levels:
        held.setdefault(level.sku, {})[level.source] = level
    return held


def test_a_first_count_makes_version_one_even_of_nothing() -> None:
    (level,) = decide({}, [Count(A, MAIN, pieces(0))], NOW_US)
    assert (level.version, level.on_hand, level.as_of_us) == (1, 0, NOW_US)


def test_a_count_that_changes_nothing_makes_no_level() -> None:
    assert decide(filed(a_level("5")), [Count(A, MAIN, pieces(5), track=True)], NOW_US + 1) == []


def test_a_count_raises_the_version_by_one_and_keeps_what_it_leaves_out() -> None:
    before = a_level("5", safety_stock="2", backorder_limit="3", incoming=[(NOW, "4")], version=7)
    (level,) = decide(filed(before), [Count(A, MAIN, pieces(6))], NOW_US + 1)
    assert level == before._replace(on_hand=pieces(6), version=8, as_of_us=NOW_US + 1)


def test_a_count_may_take_things_back() -> None:
    before = a_level("5", safety_stock="2", track=False, incoming=[(NOW, "4")])
    count = Count(A, MAIN, pieces(5), safety_stock=pieces(0), track=True, incoming=())
    (level,) = decide(filed(before), [count], NOW_US)
    assert (level.safety_stock, level.track, level.incoming) == (0, True, ())


def test_a_level_travels_as_an_event_and_comes_back_the_same() -> None:
    level = a_level("5", safety_stock="2", backorder_limit="3", incoming=[(NOW + timedelta(hours=1), "4")], version=3)
    envelope = Envelope.decode(Envelope.of([level.event()], NOW).encode())
    (change,) = envelope.changes
    assert (change.key, change.version) == ("A-1@main", 3)
    assert Level.of(StockChanged.read(change)) == level


def test_stock_is_seen_with_the_scope_or_at_a_till() -> None:
    reader = Principal("key:1", permissions=frozenset({Permission.STOCK_READ}))
    associate = Principal("till", frozenset({Role.STORE_ASSOCIATE}))
    seen = [sees_stock(a_viewer(who)) for who in (OPERATOR, reader, associate, ANONYMOUS)]
    assert seen == [True, True, True, False]
