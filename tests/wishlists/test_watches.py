"""When a watch tells: once, until it went out again; and only what is cheaper than what was told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, strategies as st

from modules.kernel.names import ChannelId, Sku
from modules.wishlists.model.lists import ItemId, Owner, WishlistId
from modules.wishlists.model.watches import QUIET_US, NewsKind, Sight, Watch, judge

NOW = 1_800_000_000_000_000
WATCH = Watch(
    "w",
    WishlistId("l"),
    ItemId("i"),
    Owner("guest:g"),
    Sku("mug"),
    ChannelId("web"),
    "EUR",
    stock=True,
    price=True,
    reference_micros=1000,
)
IN, OUT = Sight(True, 1000), Sight(False, 1000)


def look(watch: Watch, sight: Sight, now_us: int = NOW) -> tuple[Watch, list[NewsKind]]:
    """The watch after a look, written as the store writes it, and what is told."""
    after, news = judge(watch, sight, now_us)
    return (after if after == watch else replace(after, version=watch.version + 1)), [each.kind for each in news]


def test_back_in_stock_is_told_once_until_it_went_out_again() -> None:
    watch, told = look(WATCH, IN)
    assert told == []
    watch, told = look(watch, OUT)
    assert told == []
    watch, told = look(watch, IN)
    assert told == [NewsKind.BACK_IN_STOCK]
    watch, told = look(watch, IN, NOW + QUIET_US)
    assert told == []
    watch, _ = look(watch, OUT, NOW + QUIET_US)
    _, told = look(watch, IN, NOW + QUIET_US)
    assert told == [NewsKind.BACK_IN_STOCK]


def test_what_flaps_is_told_when_it_has_lasted_and_is_not_forgotten() -> None:
    watch, _ = look(look(WATCH, OUT)[0], IN)
    watch, told = look(look(watch, OUT, NOW + 1)[0], IN, NOW + 2)
    assert (told, watch.look_us) == ([], NOW + QUIET_US)
    watch, told = look(watch, IN, NOW + QUIET_US)
    assert (told, watch.look_us) == ([NewsKind.BACK_IN_STOCK], None)


def test_what_is_out_again_when_its_quiet_time_ends_is_told_when_it_is_back() -> None:
    watch, _ = look(look(WATCH, OUT)[0], IN)
    watch, _ = look(look(watch, OUT, NOW + 1)[0], IN, NOW + 2)
    watch, told = look(watch, OUT, NOW + QUIET_US)
    assert (told, watch.look_us) == ([], None)
    _, told = look(watch, IN, NOW + QUIET_US + 1)
    assert told == [NewsKind.BACK_IN_STOCK]


def test_cheaper_is_told_with_both_figures_and_again_only_when_cheaper_still() -> None:
    watch, news = judge(WATCH, Sight(True, 900), NOW)
    assert [(each.kind, each.old_micros, each.new_micros) for each in news] == [(NewsKind.CHEAPER, 1000, 900)]
    later = NOW + QUIET_US
    assert look(watch, Sight(True, 950), later)[1] == []
    _, news = judge(watch, Sight(True, 800), later)
    assert [(each.old_micros, each.new_micros) for each in news] == [(900, 800)]


def test_what_was_dear_again_is_told_again() -> None:
    watch, _ = look(WATCH, Sight(True, 900))
    watch, told = look(watch, Sight(True, 1000), NOW + QUIET_US)
    assert told == []
    assert look(watch, Sight(True, 900), NOW + QUIET_US)[1] == [NewsKind.CHEAPER]


def test_below_a_price_is_told_at_it_and_under_it() -> None:
    watch = replace(WATCH, below_micros=500)
    assert look(watch, Sight(True, 501))[1] == []
    assert look(watch, Sight(True, 500))[1] == [NewsKind.CHEAPER]


def test_without_a_price_at_first_the_first_one_seen_counts() -> None:
    watch, told = look(replace(WATCH, reference_micros=None), Sight(True, 900))
    assert (watch.reference_micros, told) == (900, [])
    assert look(watch, Sight(True, 899))[1] == [NewsKind.CHEAPER]


def test_only_what_is_asked_for_is_told() -> None:
    assert look(look(replace(WATCH, stock=False), OUT)[0], IN)[1] == []
    assert look(replace(WATCH, price=False), Sight(True, 1))[1] == []


@given(st.lists(st.tuples(st.booleans(), st.integers(800, 1100), st.integers(0, QUIET_US)), max_size=30))
def test_a_look_twice_tells_nothing_twice_and_six_hours_lie_between_two_of_a_kind(
    sights: list[tuple[bool, int, int]],
) -> None:
    watch, now, told = WATCH, NOW, dict[NewsKind, int]()
    for available, micros, passed in sights:
        now += passed
        watch, kinds = look(watch, Sight(available, micros), now)
        assert look(watch, Sight(available, micros), now)[1] == []
        for kind in kinds:
            assert now - told.get(kind, 0) >= QUIET_US
            told[kind] = now


@given(st.lists(st.booleans(), max_size=12))
def test_whatever_flapped_what_lasts_is_told(flaps: list[bool]) -> None:
    """However it came and went: after it went out and came back for good there is news by the end of the quiet time."""
    watch, told = WATCH, 0
    for index, available in enumerate([*flaps, False, True]):
        watch, kinds = look(watch, Sight(available, 1000), NOW + index)
        told = len(kinds) + (told if available else 0)
    watch, kinds = look(watch, IN, NOW + 20 + QUIET_US)
    assert told + len(kinds) == 1
