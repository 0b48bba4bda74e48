"""What is wrong with a condition or formula is told with its place, in a modeller's words; nothing gets out of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from modules.configurator.engine.language import condition, term
from modules.configurator.engine.language.syntax import DEEPEST, LONGEST
from modules.configurator.model.errors import BadExpression, BadSyntax, TypeMismatch, UnknownName
from modules.configurator.model.trees import ResultType
from tests.configurator.random_trees import SCOPE


@pytest.mark.parametrize(
    ("source", "line", "column", "expected"),
    [
        ("COLOUR =", 1, 9, "a text in quotes"),
        ("", 1, 1, "a name"),
        ("COLOUR = 'RED' AND", 1, 19, "a name"),
        ("COLOUR = 'RED'\n  OR OR", 2, 6, "a name"),
        ("(WIDTH = 1", 1, 11, ")"),
        ("WIDTH = 1)", 1, 10, "the end"),
        ("WIDTH 3", 1, 7, "a comparison (= <> < <= > >=)"),
        ("WIDTH 3", 1, 7, "IS SET"),
        ("WIDTH BETWEEN 1", 1, 16, "AND"),
        ("WIDTH IN 3", 1, 10, "("),
        ("WIDTH IN (3", 1, 12, "a comma"),
        ("IF WIDTH = 1", 1, 13, "THEN"),
        ("MATCHES T", 1, 9, "table:NAME"),
        ("1 < WIDTH < 3", 1, 11, "AND"),
        ("WIDTH = 1,5", 1, 10, "the end"),
    ],
)
def test_what_cannot_stand_there_is_told_with_what_could(source: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(BadSyntax) as raised:
        condition(source, SCOPE)
    assert (raised.value.code, raised.value.line, raised.value.column) == ("E_SYNTAX", line, column)
    assert expected in raised.value.expected


@pytest.mark.parametrize(
    ("source", "column", "hint"),
    [
        ("WIDTH = 1,5", 10, "point"),
        ("Türtext = 'x", 11, "not closed"),
        ("WIDTH.size = 1", 6, ".qty"),
        ("WIDTH = .5", 9, "both sides"),
        ("WIDTH = 1 ; 2", 11, "';'"),
        ("WIDTH = \udc80", 9, "means nothing"),
        ("Türtext = 'a\tb'", 11, "not closed"),
        ("WIDTH = 12345678901234567890123456789", 9, "28 digits"),
    ],
)
def test_usual_slips_are_named(source: str, column: int, hint: str) -> None:
    with pytest.raises(BadSyntax, match=hint) as raised:
        condition(source, SCOPE)
    assert raised.value.column == column
    str(raised.value).encode()  # what is told can be sent


@pytest.mark.parametrize(
    ("source", "column", "nearest"),
    [
        ("COLUR = 'RED'", 1, ("COLOUR",)),
        ("COLOUR = 'REDD'", 10, ("RED",)),
        ("'red' = COLOUR", 1, ("RED",)),
        ("COLOUR IN ('RED', 'GRUN')", 19, ("GRÜN",)),
        ("COLOUR = if(WIDTH = 1, 'RED', 'BLACK')", 10, ()),
        ("formula:AREAS = 1", 9, ("formula:AREA",)),
        ("MATCHES table:TT", 15, ("table:T",)),
        ("COLOUR.qty = 1", 1, ("COLOUR",)),
        ("maxx(1) = 1", 1, ("max",)),
        ("xyzzy = 1", 1, ()),
    ],
)
def test_a_name_that_nothing_has_is_told_with_the_nearest(source: str, column: int, nearest: tuple[str, ...]) -> None:
    with pytest.raises(UnknownName) as raised:
        condition(source, SCOPE)
    assert (raised.value.code, raised.value.column) == ("E_UNKNOWN_NAME", column)
    assert raised.value.nearest == nearest


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("COLOUR * 2 = 3", 1),
        ("'a' * 999999 = 'a'", 1),
        ("2 * 'a' = 'a'", 5),
        ("'a' + 'b' = 'ab'", 1),
        ("COLOUR = 1", 10),
        ("HEIGHT = 'N10'", 10),
        ("COLOUR < 'RED'", 1),
        ("formula:`or` < true", 1),
        ("COLOUR BETWEEN 1 AND 2", 1),
        ("WIDTH", 1),
        ("WIDTH AND true", 1),
        ("NOT 'a'", 5),
        ("(WIDTH = 1) = (WIDTH = 2)", 1),
        ("formula:`or` = (WIDTH = 2)", 16),
        ("WIDTH + (WIDTH = 1) = 1", 9),
        ("if(WIDTH = 1, 1, 'a') = 1", 18),
        ("if(WIDTH, 1, 2) = 1", 4),
        ("if(true, true, false)", 10),
        ("WIDTH ^ 10 = 1", 9),
        ("WIDTH ^ 1.5 = 1", 9),
        ("round(WIDTH, WIDTH) = 1", 14),
        ("round(WIDTH, 1, 2) = 1", 1),
        ("abs(1, 2) = 1", 1),
        ("(WIDTH + 1) IS SET", 1),
        ("formula:AREA IS SET", 1),
        ("COLOUR IN ('RED', 1)", 19),
    ],
)
def test_types_that_do_not_go_together_are_told_with_their_place(source: str, column: int) -> None:
    with pytest.raises(TypeMismatch) as raised:
        condition(source, SCOPE)
    assert (raised.value.code, raised.value.line, raised.value.column) == ("E_TYPE_MISMATCH", 1, column)


def test_a_formula_gives_what_it_is_asked_for() -> None:
    with pytest.raises(TypeMismatch, match=r"number.*text"):
        term("WIDTH", SCOPE, ResultType.TEXT)
    assert term("WIDTH = 1", SCOPE, ResultType.BOOL) == condition("WIDTH = 1", SCOPE)


@pytest.mark.parametrize(
    "attack",
    [
        "WIDTH.__class__.__base__.__subclasses__()",
        "__import__('os').system('id')",
        "(lambda: 1)()",
        "[x for x in (1, 2)]",
        "{'a': 1}['a'] = 1",
        "eval('1') = 1",
        "WIDTH := 1",
        "9^9^9^9 = 1",
        "9^999999999 = 1",
        "'a' * 10^9 = 'a'",
        "f'{WIDTH}' = 'a'",
        "open('/etc/passwd') = 'a'",
        "COLOUR = 'RED'; DROP TABLE part",
        "COLOUR = 'RED' --",
        "`__class__` = 1",
        "formula:`AREA` .real = 1",
        "1 if WIDTH = 1 else 2",
        "WIDTH = 1e999999999",
        "WIDTH = 0x7f",
        "WIDTH = ١",
        "\\u0057IDTH = 1",
        "WIDTH = 1 # note",
        "WIDTH\x00 = 1",
        "self.self.WIDTH = 1",
    ],
)
def test_there_is_no_way_out_of_the_language(attack: str) -> None:
    with pytest.raises(BadExpression):
        condition(attack, SCOPE)


@pytest.mark.parametrize(
    "source",
    [
        "(" * 999 + "1" + ")" * 999,
        "-" * 1_990 + "1",
        "+".join(["1"] * 1_000),
        "1+(" * 600,
        "not " * 490 + "true",
        "if(true," * 200,
        "abs(" * 400 + "1" + ")" * 400,
        "1^1" * 500,
        "wenn wahr dann " * 100,
    ],
)
def test_nesting_ends_long_before_python_does(source: str) -> None:
    with pytest.raises(BadSyntax):
        term(source, SCOPE)


def test_forty_levels_are_allowed_and_one_more_is_not() -> None:
    assert term("(" * (DEEPEST - 1) + "1" + ")" * (DEEPEST - 1), SCOPE).source == "1"
    with pytest.raises(BadSyntax, match="40 levels"):
        term("(" * DEEPEST + "1" + ")" * DEEPEST, SCOPE)


def test_two_thousand_characters_are_allowed_and_one_more_is_not() -> None:
    assert term("1".ljust(LONGEST), SCOPE).source == "1"
    with pytest.raises(BadSyntax, match="2000 characters"):
        term("1".ljust(LONGEST + 1), SCOPE)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_with_its_place(source: str) -> None:
    _read_or_refuse(source)


@given(st.lists(st.sampled_from("( ) , + - * / ^ = < and or not in is if wenn then . ' 1 WIDTH KEY .qty".split())))
@settings(max_examples=300, deadline=None)
def test_any_row_of_words_is_read_or_refused_with_its_place(words: list[str]) -> None:
    _read_or_refuse(" ".join(words))


def _read_or_refuse(source: str) -> None:
    place = _place_of_refusal(source)
    if place is None:
        stored = term(source, SCOPE)
        assert term(stored.source, SCOPE) == stored
    else:
        assert 1 <= place[0] <= source.count("\n") + 1
        assert place[1] >= 1


def _place_of_refusal(source: str) -> tuple[int, int] | None:
    try:
        term(source, SCOPE)
    except BadExpression as refusal:
        return refusal.line, refusal.column
    return None
