"""What is handed in: every value is checked, every refusal names its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.inventory.engine import intake
from modules.inventory.engine.intake import MOST_INCOMING
from modules.inventory.model.levels import IncomingInput, LevelInput
from modules.inventory.model.sources import BufferInput
from modules.kernel.errors import Refused
from modules.kernel.names import ChannelId, Sku
from modules.kernel.outcome import Path
from modules.kernel.product import Assortment
from modules.kernel.quantity import pieces
from tests.builders import NOW, an_article
from tests.inventory.builders import a_count, a_source, a_source_input

CHANNELS = {ChannelId("web")}

HERE: Path = ("input", "items", 0)
ASSORTMENT = Assortment({Sku("A-1"): an_article(), Sku("C-1"): an_article("C-1", quantity_scale=3)}, {})
SOURCES = {source.id: source for source in (a_source("main"), a_source("berlin"))}


def refused(level: LevelInput) -> tuple[str, ...]:
    """Where in the level the cause stands."""
    with pytest.raises(Refused) as caught:
        intake.count(level, HERE, ASSORTMENT, SOURCES)
    return caught.value.path[3:]


@pytest.mark.parametrize(
    ("level", "path"),
    [
        (a_count(sku="new"), ("sku",)),
        (a_count(source="new"), ("source",)),
        (a_count("-1"), ("onHand",)),
        (a_count("0.5"), ("onHand",)),
        (a_count("0.0001", sku="C-1"), ("onHand",)),
        (a_count("1000001"), ("onHand",)),
        (a_count("1e999999999"), ("onHand",)),
        (a_count("NaN"), ("onHand",)),
        (a_count("many"), ("onHand",)),
        (replace(a_count(), safety_stock="-1"), ("safetyStock",)),
        (replace(a_count(), backorder_limit="0.5"), ("backorderLimit",)),
        (replace(a_count(), incoming=[IncomingInput(at=NOW, quantity="0")]), ("incoming", "0", "quantity")),
        (
            replace(a_count(), incoming=[IncomingInput(at=NOW.replace(tzinfo=None), quantity="1")]),
            ("incoming", "0", "at"),
        ),
        (replace(a_count(), incoming=[IncomingInput(at=NOW, quantity="1")] * (MOST_INCOMING + 1)), ("incoming",)),
    ],
)
def test_every_value_of_a_level_is_checked(level: LevelInput, path: tuple[str, ...]) -> None:
    assert refused(level) == path


def test_a_count_keeps_what_was_said_and_none_for_the_rest() -> None:
    given = replace(a_count("0.125", sku="C-1"), safety_stock="0.1", track=False)
    count = intake.count(given, HERE, ASSORTMENT, SOURCES)
    assert (count.on_hand, count.safety_stock, count.track) == (125_000, 100_000, False)
    assert (count.backorder_limit, count.incoming) == (None, None)


def test_goods_on_their_way_are_kept_by_their_moment() -> None:
    later, sooner = (IncomingInput(at=NOW.replace(hour=hour), quantity="1") for hour in (9, 8))
    count = intake.count(replace(a_count(), incoming=[later, sooner]), HERE, ASSORTMENT, SOURCES)
    assert [item.at for item in count.incoming or ()] == [sooner.at, later.at]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a b"),
        ("name", ""),
        ("priority", 10**9),
        ("country", "Germany"),
        ("cut_off", "24:00"),
        ("zone", "Europe/Nowhere"),
        ("latitude", "90.1"),
        ("longitude", "-181"),
        ("latitude", "north"),
    ],
)
def test_every_value_of_a_source_is_checked(field: str, value: object) -> None:
    given = replace(a_source_input(), **{field: value})  # type: ignore[arg-type]
    with pytest.raises(Refused) as caught:
        intake.source(given, HERE)
    head, *tail = field.split("_")
    assert caught.value.path[3:] == (head + "".join(word.title() for word in tail),)


def test_degrees_are_kept_as_millionths() -> None:
    source = intake.source(replace(a_source_input(), latitude="-33.8568", longitude="151.215297"), HERE)
    assert (source.latitude_micros, source.longitude_micros) == (-33_856_800, 151_215_297)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (BufferInput(channel="web"), ()),
        (BufferInput(channel="web", units="1", percent="1"), ()),
        (BufferInput(channel="web", percent="101"), ("percent",)),
        (BufferInput(channel="web", units="-1"), ("units",)),
        (BufferInput(channel="", units="1"), ("channel",)),
        (BufferInput(channel="nope", units="1"), ("channel",)),
        (BufferInput(channel="web", sku=" ", units="1"), ("sku",)),
        (BufferInput(channel="web", source="nowhere", units="1"), ("source",)),
    ],
)
def test_every_value_of_a_buffer_is_checked(given: BufferInput, path: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        intake.buffer(given, HERE, SOURCES, CHANNELS)
    assert caught.value.path[3:] == path


def test_a_buffer_is_units_or_a_percentage() -> None:
    assert intake.buffer(BufferInput(channel="web", units="2"), HERE, SOURCES, CHANNELS).units == pieces(2)
    assert (
        intake.buffer(BufferInput(channel="web", percent="12.5"), HERE, SOURCES, CHANNELS).percent_micros == 12_500_000
    )
