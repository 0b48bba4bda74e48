"""Which language a visitor gets (`choose_locale`), and the order of channels."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from modules.kernel.names import ChannelId, Locale, MarketId
from modules.market.model import ChannelRecord, Places, choose_locale

LOCALES = (Locale("de"), Locale("en-GB"), Locale("fr"))


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("", "de"),
        ("fr", "fr"),
        ("FR", "fr"),
        ("en", "en-GB"),
        ("en-US", "en-GB"),
        ("fr-CH", "fr"),
        ("en-US,de;q=0.8", "en-GB"),
        ("fr;q=0.2, de-AT;q=0.5", "de"),
        ("fr;q=0.5, en;q=0.5", "fr"),
        ("ja, fr;q=0.1", "fr"),
        ("ja", "de"),
        ("*", "de"),
        ("ja, *;q=0.1", "de"),
        ("de;q=0", "en-GB"),
        ("de;q=0, *", "en-GB"),
        ("de;q=0, en;q=0, fr;q=0", "de"),
        ("de-DE-1996", "de"),
    ],
)
def test_the_heaviest_wish_that_can_be_met_is_chosen(header: str, chosen: str) -> None:
    assert choose_locale(header, LOCALES) == chosen


@pytest.mark.parametrize("header", [",,;;q=", "q=1", "de;q=2;q=3", "fr;q=x", "fr;q=0.12345", "\x00fr", "f" * 9])
def test_what_is_malformed_is_passed_over(header: str) -> None:
    assert choose_locale(header, LOCALES) == "de"


def test_only_the_beginning_of_an_endless_header_is_looked_at() -> None:
    assert choose_locale("ja," * 200_000 + "fr", LOCALES) == "de"


def test_the_own_locale_is_better_than_its_language_elsewhere() -> None:
    assert choose_locale("de-AT", [Locale("de"), Locale("de-CH"), Locale("de-AT")]) == "de-AT"
    assert choose_locale("de-LI", [Locale("de-CH"), Locale("de")]) == "de"


@given(
    st.text() | st.text(alphabet="abde-,;q=01.* \t", max_size=80),
    st.lists(st.sampled_from(["de", "de-AT", "en", "en-GB", "fr"]), min_size=1, unique=True),
)
def test_every_header_gives_one_of_the_locales(header: str, locales: list[str]) -> None:
    held = [Locale(locale) for locale in locales]
    assert choose_locale(header, held) in held


def test_channels_stand_by_position_then_id() -> None:
    def channel(id: str, position: int) -> ChannelRecord:
        return ChannelRecord(
            id=ChannelId(id),
            market=MarketId("de"),
            price_lists=(),
            sources=(),
            few_left=0,
            shows_figures=True,
            position=position,
        )

    records = [channel("web", 1), channel("till", 0), channel("app", 1)]
    places = Places(channels={record.id: record for record in records})
    assert [record.id for record in places.in_order()] == ["till", "app", "web"]
