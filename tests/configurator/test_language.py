"""Conditions and formulas: what may be written, what it means, and how it is stored."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given, settings

from modules.configurator.engine.language import Scope, condition, expression, joined, term, written
from modules.configurator.engine.language.syntax import LONGEST
from modules.configurator.model import trees as t
from modules.configurator.model.errors import BadSyntax
from tests.configurator.builders import compare, discrete, equal, number, quantity, value
from tests.configurator.random_trees import CONDITIONS, NUMBERS, SCOPE


@given(CONDITIONS)
@settings(max_examples=400, deadline=None)
def test_what_is_written_is_read_as_the_same_condition(tree: t.Condition) -> None:
    source = written(tree)
    assume(len(source) <= LONGEST)
    assert condition(source, SCOPE) == t.Expression(source, tree)


@given(NUMBERS)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_as_the_same_formula(tree: t.Term) -> None:
    source = written(tree)
    assume(len(source) <= LONGEST)
    assert term(source, SCOPE, t.ResultType.NUMBER) == t.Expression(source, tree)


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("COLOUR = 'RED' und nicht WIDTH > 3 oder wahr", "COLOUR = 'RED' AND NOT WIDTH > 3 OR true"),
        ("wenn COLOUR = 'GRÜN' dann HEIGHT zwischen 10 und 20", "IF COLOUR = 'GRÜN' THEN HEIGHT BETWEEN 10 AND 20"),
        ("HEIGHT nicht zwischen 10 und 20", "HEIGHT NOT BETWEEN 10 AND 20"),
        ("KEY.menge ist gesetzt und COLOUR ist nicht gesetzt", "KEY.qty IS SET AND COLOUR IS NOT SET"),
        ("COLOUR ist leer", "COLOUR IS NOT SET"),
        ("COLOUR nicht in ('RED', 'GRÜN')", "COLOUR NOT IN ('RED', 'GRÜN')"),
        ("passt tabelle:T", "MATCHES table:T"),
        ("formel:AREA > tabelle:T", "formula:AREA > table:T"),
        ("eltern.WIDTH = wurzel.WIDTH + selbst.WIDTH", "parent.WIDTH = root.WIDTH + WIDTH"),
        ("betrag(WIDTH) = aufrunden(1.5)", "abs(WIDTH) = ceil(1.5)"),
        ("runden(WIDTH, 2) = abrunden(WIDTH)", "round(WIDTH, 2) = floor(WIDTH)"),
        ("wenn(falsch, 1, 2) = 2", "if(false, 1, 2) = 2"),
        ("WENN WIDTH = 1 DANN WIDTH = 2", "IF WIDTH = 1 THEN WIDTH = 2"),
    ],
)
def test_german_and_english_words_make_one_tree_stored_in_english(german: str, english: str) -> None:
    assert condition(german, SCOPE) == condition(english, SCOPE)
    assert condition(german, SCOPE).source == english


@pytest.mark.parametrize(
    ("source", "tree"),
    [
        ("COLOUR = 'RED'", equal("COLOUR", "RED")),
        ('COLOUR = "RED"', equal("COLOUR", "RED")),
        ("WIDTH ≥ 1.50", compare("WIDTH", ">=", number("1.5"))),
        ("WIDTH != 1", compare("WIDTH", "<>", 1)),
        ("`IN` = 'YES'", equal("IN", "YES")),
        ("colour = 'RED'", equal("COLOUR", "RED")),
        ("KEY.qty > 2", compare(quantity("KEY"), ">", 2)),
        ("Türtext = 'it''s'", equal("Türtext", "it's")),
        ("Tu\u0308rtext = 'u\u0308'", equal("Türtext", "ü")),
        ("NOT formula:`or`", t.Not(t.Reference("or", t.ReferenceKind.FORMULA))),
        ("NOT WIDTH IS SET", t.Not(t.IsSet(value("WIDTH")))),
        (
            "true OR false AND true",
            t.Any((t.TRUE, t.All((t.FALSE, t.TRUE)))),
        ),
    ],
)
def test_a_source_means_its_tree(source: str, tree: t.Condition) -> None:
    assert condition(source, SCOPE).tree == tree


@pytest.mark.parametrize(
    ("source", "stored"),
    [
        ("1 - 2 - 3", "1 - 2 - 3"),
        ("1 - (2 - 3)", "1 - (2 - 3)"),
        ("(1 * 2) + 3", "1 * 2 + 3"),
        ("-2^2", "-2^2"),
        ("(-2)^2", "(-2)^2"),
        ("(2 ** 3) ^ 2", "(2^3)^2"),
        ("round(1.25)", "round(1.25, 0)"),
        ("if WIDTH = 1 then 2 else 3", "if(WIDTH = 1, 2, 3)"),
        ("1\n  + 2", "1 + 2"),
        ("- 0", "0"),
    ],
)
def test_what_is_stored_has_the_brackets_that_its_meaning_needs(source: str, stored: str) -> None:
    assert term(source, SCOPE).source == stored


def test_minus_before_a_power_belongs_to_the_power() -> None:
    assert term("-2^2", SCOPE).tree == t.Negative(t.Power(number(2), 2))


def test_a_list_of_elements_is_joined_to_a_condition() -> None:
    elements = ["(", "COLOUR", "=", "'RED'", "OR", "WIDTH", ">", "3", ")", "AND", "KEY.qty", "=", "2"]
    assert condition(joined(elements), SCOPE).source == "(COLOUR = 'RED' OR WIDTH > 3) AND KEY.qty = 2"


def test_names_with_umlauts_and_one_form_however_they_were_typed() -> None:
    scope = Scope({"GRÖSSE": discrete("GRÖSSE", "Ä")})
    assert condition("gro\u0308sse = 'A\u0308'", scope).source == "GRÖSSE = 'Ä'"


def test_what_can_be_written_can_be_stored() -> None:
    """The stored form has blanks that a source may lack; it is held to the same length."""
    narrow = "+".join(["(1)"] * 39) + " " * 1_500
    assert term(term(narrow, SCOPE).source, SCOPE) == term(narrow, SCOPE)
    chain = " and ".join(["WIDTH=1"] * 166)
    assert len(chain) < LONGEST
    with pytest.raises(BadSyntax):
        condition(chain, SCOPE)


def test_a_condition_of_one_part_is_that_part_and_of_none_what_it_comes_to() -> None:
    assert written(t.Not(t.All((equal("WIDTH", 1),)))) == "NOT WIDTH = 1"
    assert (written(t.Any(())), written(t.All(()))) == ("false", "true")
    assert expression(t.Constant(Decimal("1E+2"))).source == "100"
