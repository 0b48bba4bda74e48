"""Codes: compared, judged, made up, and never told to who guesses."""

from __future__ import annotations

import string
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from modules.kernel.errors import InvalidInput
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId
from modules.pricing.engine.case import CodeResult
from modules.pricing.engine.codes import (
    ALPHABET,
    GUESSES,
    Found,
    Tries,
    answer,
    entered,
    judge,
    least_length,
    make_up,
    normalise,
    read_batch,
)
from modules.pricing.model.codes import BatchInput, BatchState, Code, CodeBatch
from tests.builders import NOW

AT_US = to_us(NOW)
HOUR = timedelta(hours=1)


def a_code(code: str = "summer", **given: Any) -> Code:
    """Of the promotion `sale`, without limits."""
    return Code(**{"shown": code.upper(), "promotion": PromotionId("sale"), **given}, code=code)


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("Sommer10", " SOMMER10\t"),
        ("STRASSE", "straße"),
        ("ＳＯＭＭＥＲ", "sommer"),
        ("ﬁx", "FIX"),
        ("İstanbul", "i\u0307stanbul"),
        ("\u00a0a b", "A B"),
        ("Å", "A\u030a"),
    ],
)
def test_codes_that_are_the_same_to_a_reader_compare_equal(typed: str, same: str) -> None:
    """C-1: NFKC, trim, case folding."""
    assert normalise(typed) == normalise(same) != ""


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a\nb", "\ud800", "x" * 65, "x" * 10_000, "ﷺ" * 60, "a\u200bb"])
def test_what_nobody_can_have_printed_is_no_code(text: str) -> None:
    assert normalise(text) == ""


@given(st.text(max_size=80))
def test_the_compared_form_of_a_compared_form_is_itself(text: str) -> None:
    """C-1."""
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=64))
def test_capitals_do_not_matter(text: str) -> None:
    """C-1."""
    assert normalise(text.swapcase()) == normalise(text)


def test_entering_a_code_twice_keeps_the_first() -> None:
    """C-1."""
    assert entered(["b", "A", " a", "B", "", "x" * 99]) == {"b": "b", "a": "A", "": ""}


@pytest.mark.parametrize(
    ("given", "uses", "result"),
    [
        ({}, 10**9, CodeResult.ACCEPTED),
        ({"max_uses": 3}, 2, CodeResult.ACCEPTED),
        ({"max_uses": 3}, 3, CodeResult.LIMIT_REACHED),
        ({"valid_from_us": AT_US}, 0, CodeResult.ACCEPTED),
        ({"valid_from_us": AT_US + 1}, 0, CodeResult.NOT_STARTED),
        ({"valid_until_us": AT_US + 1}, 0, CodeResult.ACCEPTED),
        ({"valid_until_us": AT_US}, 0, CodeResult.EXPIRED),
        ({"withdrawn_us": 0}, 0, CodeResult.EXPIRED),
        ({"valid_until_us": AT_US, "max_uses": 1}, 1, CodeResult.EXPIRED),
    ],
)
def test_a_code_is_judged_by_its_window_and_its_uses(given: dict[str, Any], uses: int, result: CodeResult) -> None:
    """C-2, G-5."""
    assert judge(Found(a_code(**given), uses), AT_US) is result


@pytest.mark.parametrize(
    ("given", "until_us"),
    [
        ({}, None),
        ({"valid_until_us": AT_US + 5}, AT_US + 5),
        ({"valid_from_us": AT_US + 3, "valid_until_us": AT_US + 5}, AT_US + 3),
        ({"valid_from_us": AT_US - 3, "valid_until_us": AT_US}, None),
        ({"valid_until_us": AT_US + 5, "withdrawn_us": 0}, None),
    ],
)
def test_a_claim_says_when_its_code_begins_or_ends_next(given: dict[str, Any], until_us: int | None) -> None:
    """P-8"""
    (claim,) = answer({"a": "a"}, {"a": "A"}, {"a": Found(a_code("a", **given))}, Tries(), AT_US).claims
    assert claim.until_us == until_us


def ask(typed: str, known: str, tries: Tries) -> tuple[str, str, str]:
    """Letters are codes: what became of each (Accepted, Unknown, Too many), new unknown marks, new good marks."""
    codes = entered(typed)
    found = {name: Found(a_code(name)) for name in known}
    told = answer(codes, {name: name.upper() for name in codes}, found, tries, AT_US)
    letters = {CodeResult.ACCEPTED: "A", CodeResult.UNKNOWN: "U", CodeResult.TOO_MANY_TRIES: "T"}
    return "".join(letters[claim.result] for claim in told.claims), "".join(told.unknown), "".join(told.good)


@pytest.mark.parametrize(
    ("typed", "known", "tries", "answers", "unknown", "good"),
    [
        ("abc", "abc", Tries(most=2), "AAA", "", ""),  # an honest customer costs no write
        ("axb", "ab", Tries(most=2), "AUA", "X", "AB"),
        ("xyab", "ab", Tries(most=2), "UUTT", "XY", ""),  # many guesses in one question are no way round
        ("xyzw", "", Tries(most=2), "UUTT", "XY", ""),
        ("ab", "a", Tries(frozenset("XY"), most=2), "TT", "", ""),
        ("ab", "ab", Tries(frozenset("XY"), frozenset("A"), most=2), "AT", "", ""),
        ("xa", "a", Tries(frozenset("X"), frozenset("A"), most=2), "UA", "", ""),  # the same again counts once
        ("xyzwa", "a", Tries(most=None), "UUUUA", "", ""),
    ],
)
def test_guesses_are_numbered_and_their_answers_tell_nothing(
    typed: str, known: str, tries: Tries, answers: str, unknown: str, good: str
) -> None:
    """C-2."""
    assert ask(typed, known, tries) == (answers, unknown, good)


def test_who_has_no_try_left_cannot_tell_a_code_from_none() -> None:
    """C-2: also a claim's promotion is the same for both."""
    spent = Tries(frozenset("XY"), most=2)
    told = [
        answer({"a": "a"}, {"a": "A"}, {"a": Found(a_code("a"))} if exists else {}, spent, AT_US)
        for exists in (True, False)
    ]
    assert told[0] == told[1]


def test_codes_are_long_enough_that_guessing_is_hopeless() -> None:
    for count in (1, 10_000, 1_000_000):
        assert len(ALPHABET) ** least_length(count) >= count * GUESSES > len(ALPHABET) ** (least_length(count) - 1)


def test_codes_have_no_look_alikes_and_spell_no_word() -> None:
    assert not set(ALPHABET) & set("01OILAEU")
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert ALPHABET.isupper()


def test_made_up_codes_differ_and_use_all_signs_alike() -> None:
    made = make_up(20_000, 10)
    assert len(set(made)) == 20_000
    assert {len(code) for code in made} == {10}
    shares = Counter("".join(made))
    expected = 200_000 // len(ALPHABET)
    # Seven standard deviations: a sign that modulo favoured would be far beyond.
    assert all(abs(shares[sign] - expected) < 7 * 85 for sign in ALPHABET)


def test_all_codes_of_a_length_can_be_made_up() -> None:
    assert sorted(make_up(len(ALPHABET), 1)) == sorted(ALPHABET)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 101}, "count"),
        ({"prefix": "x" * 21}, "prefix"),
        ({"prefix": "a\nb"}, "prefix"),
        ({"length": 4}, "length"),
        ({"length": 33}, "length"),
        ({"valid_from": NOW, "valid_until": NOW}, "validUntil"),
    ],
)
def test_a_batch_that_cannot_be_meant_is_refused_at_its_place(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_batch(BatchInput(**{"promotion": "sale", "count": 10, **given}), "b", 100)  # type: ignore[arg-type]
    assert caught.value.path == ("input", field)


def test_a_batch_without_a_length_gets_the_least_safe_one() -> None:
    batch = read_batch(BatchInput(promotion="sale", count=100, prefix=" X- ", valid_until=NOW + HOUR), "b", 100)
    assert (batch.prefix, batch.length, batch.valid_until_us) == ("X-", least_length(100), AT_US + 3_600_000_000)


@pytest.mark.parametrize(
    ("made", "withdrawn_us", "state"),
    [
        (0, None, BatchState.RUNNING),
        (9, None, BatchState.RUNNING),
        (10, None, BatchState.DONE),
        (9, 1, BatchState.WITHDRAWN),
    ],
)
def test_the_state_of_a_batch_is_read_off_its_numbers(made: int, withdrawn_us: int | None, state: BatchState) -> None:
    batch = CodeBatch(
        id="b", promotion=PromotionId("sale"), prefix="", length=9, count=10, made=made, withdrawn_us=withdrawn_us
    )
    assert batch.state is state
