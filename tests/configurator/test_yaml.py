"""Documents are read as they were written: no value guessed, none lost, nothing that grows."""

from __future__ import annotations

from decimal import Decimal

import pytest
import yaml
from hypothesis import given, strategies as st

from modules.configurator.formats.layout import yaml_of
from modules.configurator.formats.plain import Bare, Figure, Number, Plain
from modules.configurator.formats.texts import lines_of, read_text
from modules.configurator.model.errors import BadDocument
from tests.configurator.model_objects import TEXTS

ANY_TEXT = TEXTS | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.sampled_from(["1.10", "-3", "1E+3", "0.000", "007"])
SCALARS = st.one_of(st.none(), st.booleans(), ANY_TEXT, NUMBERS.map(Figure), NUMBERS.map(lambda n: Number(number=n)))
PLAINS = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(ANY_TEXT, one, max_size=3), max_leaves=12
)


def told(plain: Plain) -> object:
    """As the reader tells it."""
    if isinstance(plain, Number):
        return ("number", str(plain["number"]))
    if isinstance(plain, (Figure, Bare)):
        return ("number", str(plain))
    if isinstance(plain, list):
        return [told(one) for one in plain]
    if isinstance(plain, dict):
        return {key: told(one) for key, one in plain.items()}
    return plain


@given(PLAINS)
def test_what_was_written_is_read_again(plain: Plain) -> None:
    text = yaml_of(plain)
    assert told(read_text(text if not text.startswith("{") else f"\n- {text}")) in (told(plain), [told(plain)])


@given(PLAINS)
def test_other_readers_of_yaml_find_the_same_texts(plain: Plain) -> None:
    """As far as they are texts: their numbers are binary."""

    def texts(value: object) -> list[str]:
        if isinstance(value, dict) and not isinstance(value, Number):
            return [text for key, one in value.items() for text in (key, *texts(one))]
        if isinstance(value, list):
            return [text for one in value for text in texts(one)]
        return [value] if isinstance(value, str) and not isinstance(value, Figure) and value != "1E+3" else []

    assert texts(yaml.safe_load(yaml_of(plain))) == texts(plain)


def test_numbers_keep_their_digits_and_words_stay_words() -> None:
    read = read_text("a: 1.10\nb: no\nc: 2026-01-01\nd: 007\ne: '5'\nf: null\ng: true\nh: 0x1F\ni: 1_000\nj: NO\n")
    assert read == {
        "a": "1.10", "b": "no", "c": "2026-01-01", "d": "007", "e": "5", "f": None, "g": True, "h": "0x1F",
        "i": "1_000", "j": "NO",
    }  # fmt: skip
    assert [key for key, value in read.items() if isinstance(value, Bare)] == ["a", "d"]


def test_json_is_read_by_the_same_rules() -> None:
    read = read_text('{"a": 1.10, "b": "1.10", "c": [true, null]}')
    assert (read, type(read["a"]), type(read["b"])) == ({"a": "1.10", "b": "1.10", "c": [True, None]}, Bare, str)
    assert Decimal(read["a"]).as_tuple().digits == (1, 1, 0)


REFUSED = {
    "a: &x [1]\nb: *x": "Line 1, column 4: Anchors",
    "a: *x": "Line 1, column 4: Anchors",
    "a: !!python/object:os.system x": "Line 1, column 4: Tags",
    "a: 1\nb: 2\na: 3": "Line 3, column 1: 'a' stands here twice",
    "a: 1\n--- \nb: 2": "Line 2, column 1: A second document",
    "a: [1, 2": "Line 2",
    "a: 1\n\tb: 2": "Line 2",
    "? [1]\n: 2": "Line 1, column 3: A key",
    "[" * 60 + "]" * 60: "deeper",
    '{"a": 1, "a": 2}': "'a' stands there twice",
    '{"a": NaN}': "NaN is no number",
    '{"a": 1': "Line 1, column 8",
    '{"a":' + "[" * 200_000: "",
    "a: \x00": "",
    "a: '\ud800'": "",
    "x" * (32 * 2**20 + 1): "32 MiB",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:20]))
def test_what_cannot_be_read_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(BadDocument) as refused:
        read_text(text)
    assert REFUSED[text] in refused.value.message


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(BadDocument):
        read_text(bomb)


def test_the_line_of_a_path_is_found() -> None:
    text = "a:\n  - id: X\n    b: 1\n  - id: Y\n    c:\n      d: 2\n"
    paths = [("a",), ("a", "0"), ("a", "1"), ("a", "1", "c", "d"), ("a", "1", "c", "gone"), ("a", "7"), ("gone",)]
    assert lines_of(text, paths) == [1, 2, 4, 6, 5, 1, None]


def test_short_things_stand_whole_and_long_ones_line_by_line() -> None:
    plain: Plain = {
        "family": {"id": "CARS", "descriptions": {"en": "Cars", "de": "Autos"}},
        "rules": [
            {
                "id": "R",
                "condition": "POWER > 100 and COLOUR = 'RED'",
                "actions": [{"kind": "exclude", "condition": "A = 'no'"}],
            }
        ],
        "rows": [[10, "RED", Number(number="1.5"), ["between", 1, 5]]],
    }
    assert yaml_of(plain) == (
        "family: {id: CARS, descriptions: {en: Cars, de: Autos}}\n"
        "rules:\n"
        "  - id: R\n"
        "    condition: POWER > 100 and COLOUR = 'RED'\n"
        "    actions: [{kind: exclude, condition: A = 'no'}]\n"
        "rows:\n"
        "  - [10, RED, 1.5, [between, 1, 5]]\n"
    )
