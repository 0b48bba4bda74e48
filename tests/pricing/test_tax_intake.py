"""Tax rules as they are handed in, checked value by value."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.kernel.errors import InvalidInput
from modules.pricing.engine.tax.intake import changed, tax_rule
from modules.pricing.model.taxes import TaxRule, TaxRuleInput
from tests.builders import NOW

PATH = ("input", "taxRules", 0)


def read_rule(**changes: Any) -> TaxRule:
    given = {"country": "DE", "tax_class": "standard", "rate": "0.19", **changes}
    return tax_rule(TaxRuleInput(**given), PATH)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"country": "de"}, "country"),
        ({"tax_class": ""}, "taxClass"),
        ({"rate": "19"}, "rate"),
        ({"rate": "-0.1"}, "rate"),
        ({"rate": "0.0000001"}, "rate"),
        ({"id": ""}, "id"),
        ({"region": "20"}, "region"),
        ({"region": "PT-20"}, "region"),
        ({"region": "DE-abcd"}, "region"),
        ({"valid_from": NOW, "valid_until": NOW}, "validUntil"),
    ],
)
def test_each_bad_value_of_a_tax_rule_is_refused_at_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_rule(**changes)
    assert caught.value.path == ("input", "taxRules", "0", place)


def test_a_tax_rule_is_known_by_country_region_class_and_beginning() -> None:
    assert read_rule(rate="0.07", valid_until=NOW, region="").id == read_rule().id
    others = ({"country": "AT"}, {"tax_class": "x"}, {"valid_from": NOW}, {"region": "DE-BY"})
    assert len({read_rule(**changes).id for changes in ({}, *others)}) == 5


def test_only_what_changed_gets_a_new_version() -> None:
    first = replace(read_rule(id="a"), version=3)
    held = {"a": first}
    other = read_rule(id="a", rate="0.2")
    new = read_rule(id="b")
    assert changed([first, new], held) == [replace(new, version=1)]
    assert changed([replace(first, version=0), other], held) == [replace(other, version=4)]
