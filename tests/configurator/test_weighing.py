"""What a made configuration weighs, and what nobody could say."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, strategies as st

from modules.configurator.engine.weighing import weigh, weighed
from modules.configurator.model.assemblies import Explosion, Node
from modules.configurator.model.errors import OutOfRange
from modules.configurator.model.weights import Weight
from modules.configurator.service.sessions import Opening, Wishes
from modules.kernel.names import Sku
from tests.builders import an_article
from tests.configurator.builders import a_content, discrete
from tests.configurator.making import a_line, a_routing, a_structure, an_operation, exploded, works
from tests.configurator.manufacture import BOSS, RED_WIDE, SHOPPER, Maker

DOOR = a_content(discrete("COLOUR", "RED BLUE"))
SHOP = works(
    a_structure(
        "DOOR", a_line("FRAME", per=2), a_line("PAINT", per="0.25", unit_scale=2), a_line("LOCK", free_issue=True)
    ),
    a_structure("FRAME", a_line("SCREW", per=4)),
    routings=[a_routing("FRAME", an_operation("CUT"))],
)
GRAMS: dict[Sku, int | None] = {Sku("PAINT"): 1_201, Sku("SCREW"): 3, Sku("LOCK"): 500, Sku("FRAME"): 9_999}


def test_components_weigh_by_their_quantities_and_what_is_made_by_what_it_is_made_of() -> None:
    found = exploded(DOOR, SHOP, 10, COLOUR="RED")
    assert weighed(found) == ["SCREW", "LOCK", "PAINT"]
    # eight screws 24, a quarter of the paint 300.25, the customer's lock 500
    assert weigh(found, GRAMS) == Weight(825)


def test_without_a_weight_of_each_component_none_is_known_and_the_missing_are_named() -> None:
    found = exploded(DOOR, SHOP, COLOUR="RED")
    assert weigh(found, {**GRAMS, Sku("PAINT"): None}) == Weight(None, (Sku("PAINT"),))
    assert sorted(weigh(found, {Sku("LOCK"): 0}).missing) == ["PAINT", "SCREW"]


def test_what_is_made_of_no_other_parts_weighs_what_the_catalogue_says() -> None:
    found = exploded(DOOR, works(routings=[a_routing("DOOR", an_operation("CARVE"))]), 3, COLOUR="RED")
    assert (weighed(found), weigh(found, {Sku("DOOR"): 700})) == (["DOOR"], Weight(700))


def test_a_weight_beyond_all_measure_is_refused() -> None:
    with pytest.raises(OutOfRange):
        weigh(exploded(DOOR, SHOP, COLOUR="RED"), {**GRAMS, Sku("SCREW"): 10**9})


@given(
    leaves=st.lists(st.tuples(st.sampled_from("ABC"), st.decimals("0.01", 99, places=2)), min_size=1, max_size=6),
    order=st.integers(1, 9),
    grams=st.tuples(*[st.integers(0, 10_000)] * 3),
)
def test_the_whole_is_never_less_than_its_parts_and_less_than_a_gram_more(
    leaves: list[tuple[str, Decimal]], order: int, grams: tuple[int, int, int]
) -> None:
    weights = dict(zip(map(Sku, "ABC"), grams, strict=True))
    children = tuple(
        Node(step=f"{part}#{place}", part=Sku(part), quantity=count) for place, (part, count) in enumerate(leaves)
    )
    root = Node(step="X", part=Sku("X"), quantity=Decimal(order), children=children)
    exact = sum(Fraction(count) * weights[Sku(part)] for part, count in leaves) / order
    assert weigh(Explosion(root), weights).grams == ceil(exact)


WEIGHT = """query($configuration: ID!) { configurationMaking(configuration: $configuration, quantity: "2") {
    weight { weightGrams missing { sku } problems { code } } } }"""


async def test_the_graph_tells_what_one_unit_weighs_and_buyers_not_of_what(maker: Maker) -> None:
    configuration = await maker.configured(*RED_WIDE)
    told = []
    for grams, viewer in ((None, BOSS), (None, SHOPPER), (11, SHOPPER)):
        maker.articles.held[Sku("KEY-BLANK")] = an_article("KEY-BLANK", weight_grams=grams)
        maker.articles.held[Sku("BAR")] = an_article("BAR", weight_grams=1_001)
        told.append((await maker.run(WEIGHT, viewer, configuration=configuration))["configurationMaking"]["weight"])
    # five bars and six keys for two doors
    assert told == [
        {"weightGrams": None, "missing": [{"sku": "KEY-BLANK"}], "problems": []},
        {"weightGrams": None, "missing": [], "problems": []},
        {"weightGrams": 2_536, "missing": [], "problems": []},
    ]


async def test_a_session_that_is_not_whole_has_no_weight_yet(maker: Maker) -> None:
    opened = await maker.configurator.sessions.open(SHOPPER, Opening(Sku("DOOR")), Wishes())
    asked = "query($key: String!) { configurationMaking(key: $key) { weight { weightGrams problems { code } } } }"
    told = (await maker.run(asked, SHOPPER, key=opened.key))["configurationMaking"]["weight"]
    assert told == {"weightGrams": None, "problems": [{"code": "E_INCOMPLETE"}]}
