"""Names: what may be called how."""

from __future__ import annotations

import pytest

from modules.kernel.names import is_locale, is_name, is_sku


@pytest.mark.parametrize("text", ["A", "A-1", "SKU 12/3 blau", "ä", "x" * 64, "4006381333931"])
def test_skus_are_printable_and_not_too_long(text: str) -> None:
    assert is_sku(text)


@pytest.mark.parametrize("text", ["", " ", " A", "A ", "A\n", "A\tB", "x" * 65, "A\x00"])
def test_blanks_at_the_ends_and_control_characters_are_no_sku(text: str) -> None:
    assert not is_sku(text)


@pytest.mark.parametrize(("text", "is_one"), [("web", True), ("de.b2b_1-x", True), ("", False), ("-web", False)])
def test_places_and_lists_have_plain_names(text: str, is_one: bool) -> None:
    assert is_name(text) is is_one
    assert not is_name("x" * 65)
    assert not is_name("web\n")
    assert not is_name("straße")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("de", True), ("de-AT", True), ("gsw", True), ("de_AT", False), ("DE", False), ("de-at", False), ("de\n", False)],
)
def test_a_locale_is_a_language_with_an_optional_country(text: str, is_one: bool) -> None:
    assert is_locale(text) is is_one
