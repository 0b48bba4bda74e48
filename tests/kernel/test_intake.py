"""Checks of what is handed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from modules.kernel.errors import InvalidInput
from modules.kernel.intake import check, check_list, check_text, is_country, is_zone, one_of, parsed, window
from modules.kernel.names import is_name

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PLACE = ("input", "things", 0)


@pytest.mark.parametrize(
    ("refused", "path"),
    [
        (lambda: check(False, "x" * 500, PLACE, "short ones"), ()),
        (lambda: check_text(" ", 10, (*PLACE, "name")), ("name",)),
        (lambda: check_list(["a"] * 4, is_name, PLACE, "names", most=3), ()),
        (lambda: check_list([], is_name, PLACE, "names", most=3, least=1), ()),
        (lambda: check_list(["a", " "], is_name, PLACE, "names", most=3), ("1",)),
        (lambda: check_list(["a", "b", "a"], is_name, PLACE, "names", most=3), ("2",)),
        (lambda: parsed(lambda: int("x" * 500), PLACE, "numbers"), ()),
        (lambda: window(NOW, NOW, PLACE), ("validUntil",)),
        (lambda: window(NOW, NOW, PLACE, ("from", "until")), ("until",)),
        (lambda: window(datetime(2026, 1, 1), None, PLACE), ("validFrom",)),
    ],
)
def test_a_refusal_tells_its_place_and_repeats_no_long_value(
    refused: Callable[[], object], path: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        refused()
    assert caught.value.path == ("input", "things", "0", *path)
    assert caught.value.allowed
    assert len(caught.value.message) < 250


def test_a_window_is_half_open_and_may_have_no_bounds() -> None:
    assert window(None, None, PLACE) == (None, None)
    since, until = window(NOW, NOW + timedelta(microseconds=1), PLACE)
    assert (since, until) == (1772452800000000, 1772452800000001)


def test_countries_and_zones_are_known_by_their_form_and_their_name() -> None:
    assert [is_country(text) for text in ("DE", "de", "DEU", "")] == [True, False, False, False]


def test_what_only_looks_like_a_country_is_none() -> None:
    # T-3: it would be abroad, and nothing would be taxed.
    assert [is_country(text) for text in ("GB", "UK", "XX", "ZZ", "XI", "EL", "IC", "XK")] == [
        True, False, False, False, True, True, True, True,
    ]  # fmt: skip
    assert [is_zone(text) for text in ("Europe/Berlin", "Berlin", "../etc/passwd")] == [True, False, False]


def test_what_is_allowed_is_told_in_order_and_not_without_end() -> None:
    assert one_of(["b", "a"]) == "one of: a, b"
    assert one_of([]) == "one of: none yet"
    assert one_of(f"{n:03}" for n in range(999)).endswith(", 049")
