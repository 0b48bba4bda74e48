"""How much of a product is sold at once, and what is configured: said by line, hindering no other."""

from __future__ import annotations

import pytest

from modules.cart.engine.notices import breaches, unvouched, vouched
from modules.cart.model import Line
from modules.kernel.configuration import Configuration, Standing
from modules.kernel.errors import Unavailable
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import QuantityRules, parse_quantity, pieces
from tests.builders import an_article

MUG, CABLE = Sku("mug"), Sku("cable")
RED, LOST = ConfigurationId("red"), ConfigurationId("lost")
METRES = QuantityRules(parse_quantity("0.5"), pieces(200), parse_quantity("0.25"), "m")
ARTICLES = {CABLE: an_article("cable", quantity_scale=2, quantities=METRES), MUG: an_article("mug"), Sku("gone"): None}


def a_line(sku: str, quantity: str = "1", configuration: ConfigurationId | None = None) -> Line:
    """So much of a product."""
    return Line(LineId(f"line of {sku}"), Sku(sku), parse_quantity(quantity), configuration)


@pytest.mark.parametrize(
    ("quantity", "code", "figure"),
    [
        ("0.5", None, {}),
        ("0.75", None, {}),
        ("200", None, {}),
        ("0.49", "QUANTITY_BELOW_MINIMUM", {"minimum": "0.5"}),
        ("200.25", "QUANTITY_ABOVE_MAXIMUM", {"maximum": "200"}),
        ("0.6", "QUANTITY_NOT_A_STEP", {"step": "0.25"}),
    ],
)
def test_a_quantity_that_is_not_sold_is_told_with_its_figures(
    quantity: str, code: str | None, figure: dict[str, str]
) -> None:
    found = breaches([a_line("mug", "7"), a_line("cable", quantity), a_line("gone")], ARTICLES)
    if code is None:
        assert found == []
        return
    (notice,) = found
    assert (notice.code, notice.line) == (code, "line of cable")
    assert notice.data == {"sku": "cable", "quantity": quantity, "unit": "m", **figure}
    assert f"{next(iter(figure.values()))} m" in notice.message


def test_what_is_sold_freely_breaks_no_rule() -> None:
    assert breaches([a_line("mug", "1000000")], ARTICLES) == []


def test_a_configuration_that_is_not_there_or_of_another_product_costs_its_line_the_price() -> None:
    lines = [a_line("mug", configuration=RED), a_line("cable", configuration=RED), a_line("pan", configuration=LOST)]
    taken, notices = vouched([*lines, a_line("plate")], {RED: Configuration(RED, MUG), LOST: None})
    assert [line.sku for line in taken] == ["mug", "plate"]
    assert [(notice.code, notice.line, notice.data["configuration"]) for notice in notices] == [
        ("CONFIGURATION_NOT_FOUND", "line of cable", "red"),
        ("CONFIGURATION_NOT_FOUND", "line of pan", "lost"),
    ]


def test_a_configuration_whose_model_has_changed_is_priced_while_it_is_possible_and_says_so() -> None:
    old = ConfigurationId("old")
    lines = [a_line("mug", configuration=RED), a_line("cable", configuration=old)]
    found = {RED: Configuration(RED, MUG, Standing.CHANGED), old: Configuration(old, CABLE, Standing.OUTDATED)}
    taken, notices = vouched(lines, found)
    assert [line.sku for line in taken] == ["mug"]
    assert [(notice.code, notice.line) for notice in notices] == [
        ("CONFIGURATION_OUTDATED", "line of cable"),
        ("CONFIGURATION_CHANGED", "line of mug"),
    ]


def test_a_configurator_that_is_silent_costs_configured_lines_the_price_and_no_other() -> None:
    lines = [a_line("mug", configuration=RED), a_line("plate")]
    taken, notices = unvouched(lines, Unavailable("Configurator"))
    assert [line.sku for line in taken] == ["plate"]
    assert [(notice.code, notice.line, notice.data) for notice in notices] == [
        ("UNAVAILABLE", "line of mug", {"module": "configurator"})
    ]
