"""Feature models become families with as many configurations, and what cannot be read is refused by its line."""

from __future__ import annotations

from datetime import date

import pytest

from modules.configurator.engine.assembling import assemble
from modules.configurator.formats.drafts import read_family
from modules.configurator.formats.families import as_yaml
from modules.configurator.formats.uvl import Imported, import_uvl
from modules.configurator.model.bundles import Bundle
from modules.kernel.names import Sku
from tests.configurator.brute import Brute

DAY = date(2026, 1, 1)
SANDWICH = """
namespace Sandwich
features
    Sandwich {abstract}
        mandatory
            Bread // always
                alternative
                    "Full Grain" {calories 203, price 1.99}
                    Flatbread
                    Toast
        optional
            Cheese
                optional
                    Gouda
                    Cheddar
            Meat
                or
                    Salami
                    Ham
        [1..2]
            Lettuce
            Tomato
            Onion
constraints
    Toast => !Salami /* two
       lines */
    Cheese <=> (Gouda | Cheddar)
    Ham & Cheese => "Full Grain"
"""


def bundle(text: str) -> Bundle:
    imported = import_uvl(text, "model", DAY)
    assert imported.problems == ()
    assert imported.bundle is not None
    return imported.bundle


def count(text: str) -> int:
    found = bundle(text)
    return len(Brute(assemble(found, Sku(found.family.id), 1)).every())


def sandwiches() -> int:
    """Counted by hand: loops over what may be chosen, each sentence of the model once."""
    found = 0
    for bread in ("full grain", "flatbread", "toast"):
        for cheese in range(4):  # none, gouda, cheddar, both
            for meat in range(4):  # none, salami, ham, both
                refused = (bread == "toast" and meat in (1, 3)) or (meat in (2, 3) and cheese and bread != "full grain")
                found += 0 if refused else 6  # one or two of three vegetables
    return found


def test_a_feature_model_has_as_many_configurations_as_its_family() -> None:
    assert count(SANDWICH) == sandwiches()


CASES = {
    "mandatory\n            B\n            C": 1,
    "optional\n            B\n            C": 4,
    "or\n            B\n            C\n            D": 7,
    "alternative\n            B\n            C\n            D": 3,
    "[2..3]\n            B\n            C\n            D\n            E": 10,
    "[2]\n            B\n            C\n            D\n            E": 6,
    "[2..*]\n            B\n            C\n            D\n            E": 11,
    "[0..1]\n            B\n            C": 3,
    "[0..*]\n            B\n            C": 4,
}


@pytest.mark.parametrize("group", CASES)
def test_each_kind_of_group_allows_what_it_says(group: str) -> None:
    assert count(f"features\n    A\n        {group}\n") == CASES[group]


def test_a_part_of_a_part_needs_its_parent() -> None:
    tree = ["features", " A", "  optional", "   B", "    mandatory", "     C", "      optional", "       D", ""]
    assert count("\n".join(tree)) == 3


SENTENCES = {
    "B | C": 3,
    "B & C": 1,
    "!(B & C)": 3,
    "B => C": 3,
    "B <=> C": 2,
    "!B": 2,
    "B => C => B": 2,  # (B => C) => B
    "B | C & !B": 3,
    "A & B": 2,
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_holds(sentence: str) -> None:
    text = f"features\n    A\n        optional\n            B\n            C\nconstraints\n    {sentence}\n"
    assert count(text) == SENTENCES[sentence]


def test_a_large_group_is_split_and_means_the_same() -> None:
    many = "\n".join(f"            a_feature_with_a_rather_long_name_{number}" for number in range(60))
    found = bundle(f"features\n    A\n        or\n{many}\n        optional\n            B\n")
    hidden = [one for one in found.characteristics.values() if one.hidden]
    assert len(hidden) == 3
    assert not any(one.identity for one in hidden)


def test_names_become_ids_and_stay_readable() -> None:
    found = bundle(
        'features\n    "My root"\n        optional\n            if\n            "7 of 9"\n            My_Root\n'
    )
    assert list(found.characteristics) == ["My_root", "F_if", "F_7_of_9", "My_Root_2"]
    assert [one.name("en") for one in found.characteristics.values()] == ["My root", "if", "7 of 9", "My_Root"]
    assert found.family.id == "model"


def test_attributes_stand_in_the_description() -> None:
    found = bundle(SANDWICH)
    assert found.characteristics["Full_Grain"].name("en") == "Full Grain (calories 203, price 1.99)"


def test_attributes_may_go_over_lines() -> None:
    found = bundle("features\n    A {\n        price 5,\n        abstract\n    }\n        optional\n            B\n")
    assert list(found.characteristics) == ["A", "B"]


def test_an_imported_family_is_a_document_like_any_other() -> None:
    found = bundle(SANDWICH)
    draft = read_family(as_yaml(found))
    assert draft.flaws == ()
    assert draft.bundle == found


REFUSED = {
    "features\n    A\n        optional\n            Integer B\n": "line 4: B is a typed feature (Integer)",
    "features\n    A\n        optional\n            B cardinality [1..3]\n": "line 4: B has a feature cardinality",
    "features\n    A\n        optional\n            B {constraint A => B}\n": "line 4: B has a constraint",
    "features\n    A\n        optional\n            A\n": "line 4: The feature 'A' stands here twice",
    "features\n    A\n    B\n": "line 3: 'B' stands beside the root",
    "features\n    A\n        some\n            B\n": "line 3: Expected is a group",
    "features\n    A\n        [3..4]\n            B\n            C\n": "line 3: 2 features cannot be 3 to 2",
    "features\n    A\n        optional\n            B C\n": "line 4: 'B C' is no feature",
    "imports\n    other as o\nfeatures\n    A\n": "line 2: Imports",
    "A\n": "line 1: Expected is one of namespace",
    "": "line 1: There are no features",
    "features\n    A\nconstraints\n    A => B\n": "line 4: There is no feature 'B'",
    "features\n    A\nconstraints\n    A => (A\n": "line 4: A bracket is not closed",
    "features\n    A\nconstraints\n    A =>\n": "line 4: It ends where a feature should stand",
    "features\n    A\nconstraints\n    A.price > 5\n": "line 4: Names of imported models and attributes",
    "features\n    A\nconstraints\n    A > 5\n": "line 4: '>' is arithmetic",
    "features\n    A\nconstraints\n    sum(price) < 5\n": "line 4: sum(...) is an aggregate",
    "features\n    A\nconstraints\n    A A\n": "line 4: 'A' stands where it has no meaning",
    "features\n    A\nconstraints\n    " + "!" * 31 + "A\n": "line 4: More than 30",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: REFUSED[text][:40])
def test_what_is_not_read_is_refused_by_its_line(text: str) -> None:
    imported = import_uvl(text, "model", DAY)
    assert imported.bundle is None
    assert [str(problem) for problem in imported.problems if str(problem).startswith(REFUSED[text])], imported.problems


def test_a_group_with_too_many_ways_is_refused() -> None:
    many = "\n".join(f"            F{number}" for number in range(40))
    imported: Imported = import_uvl(f"features\n    A\n        [10..20]\n{many}\n", "model", DAY)
    assert [str(problem) for problem in imported.problems] == [
        "line 3: A group of 40 features with [10..20] is larger than can be read."
    ]


def test_all_problems_are_told_at_once() -> None:
    text = "features\n    A\n        optional\n            B\nconstraints\n    A => C\n    B > 5\n    D\n"
    assert [problem.line for problem in import_uvl(text, "model", DAY).problems] == [6, 7, 8]
