"""From documents to promotions and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from modules.kernel.errors import InvalidInput
from modules.pricing.engine import promotion_intake as intake
from modules.pricing.engine.actions import ACTIONS
from modules.pricing.engine.conditions import CONDITIONS
from modules.pricing.engine.documents import write
from modules.pricing.engine.promotion_intake import CODEC
from modules.pricing.engine.shapes import Variant, slots
from modules.pricing.model.promotions import Action, Condition, PromotionState, Stack, Trigger
from tests.pricing.kinds import values
from tests.pricing.promotion_documents import a_document, euros, read

KINDS = [*CONDITIONS.values(), *ACTIONS.values()]
FULL = a_document(
    validFrom="2026-04-01T00:00:00Z",
    validUntil="2026-05-01T00:00:00Z",
    schedule=[{"weekdays": ["FRIDAY"], "since": "17:00", "until": "02:00"}],
    priority=-3,
    stack="STACKABLE",
    exclusionGroup="seasonal",
    trigger="CODE",
    condition={"all": {"conditions": [{"subtotal": {"amount": euros("50.00")}}, {"market": {"markets": ["de"]}}]}},
    limits={"total": 100, "perCustomer": 1, "budget": euros("500.00")},
    public=False,
    appliesToReduced=False,
    announcedPercent=10,
    perishable=True,
    returnsUse=False,
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.KIND)
def test_every_field_of_every_kind_is_described(kind: type[Condition | Action]) -> None:
    assert kind.SUMMARY.endswith(".")
    assert [slot.name for slot in slots(kind) if not slot.description] == []


@settings(max_examples=300)
@given(condition=st.deferred(lambda: values(Variant(Condition), CODEC.kinds)))
def test_every_condition_survives_its_document(condition: Condition) -> None:
    document = json.loads(json.dumps(write(Variant(Condition), condition)))
    assert CODEC.condition(document, ("condition",)) == condition


@settings(max_examples=300)
@given(action=st.deferred(lambda: values(Variant(Action), CODEC.kinds)))
def test_every_action_survives_its_document(action: Action) -> None:
    document = json.loads(json.dumps(write(Variant(Action), action)))
    assert CODEC.action(document, ("actions", 0)) == action


def test_a_promotion_survives_its_document() -> None:
    promotion = intake.promotion(FULL, ())
    written = intake.document(promotion)
    assert intake.promotion(json.loads(json.dumps(written)), ()) == promotion
    assert {**written, "condition": None, "actions": None} == {**FULL, "condition": None, "actions": None}
    assert written["actions"] == [{"itemPercentOff": {"percent": "10", "of": {}}}]


def test_what_an_author_leaves_out_is_the_ordinary() -> None:
    promotion = read()
    assert promotion.state is PromotionState.DRAFT
    assert (promotion.stack, promotion.trigger) == (Stack.STACKABLE, Trigger.AUTOMATIC)
    assert promotion.public
    assert promotion.applies_to_reduced
    assert promotion.returns_use is None
    assert not promotion.limits.any
    assert (promotion.label("de-AT"), promotion.label("fr")) == ("Frühling", "Spring sale")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "place", "allowed"),
    [
        ({"id": "-"}, ("id",), "letters, digits"),
        ({"names": []}, ("names",), "1 entries at least"),
        ({"names": [{"locale": "de", "text": "a"}, {"locale": "de", "text": "b"}]}, ("names", "1"), "each entry once"),
        ({"names": [{"locale": "german", "text": "a"}]}, ("names", "0", "locale"), "'de'"),
        ({"names": [{"locale": "de", "text": " "}]}, ("names", "0", "text"), "1 to 200 characters"),
        ({"actions": []}, ("actions",), "1 entries at least"),
        ({"actions": [{"freeShipping": {}}] * 21}, ("actions",), "at most 20"),
        ({"actions": [{"itemPercentOff": {"percent": "101"}}]}, ("actions", "0", "itemPercentOff", "percent"), "100"),
        ({"actions": [{"itemPercentOff": {"percent": "0"}}]}, ("actions", "0", "itemPercentOff", "percent"), "than 0"),
        ({"actions": [{"buyGet": {"buy": 2, "get": 0}}]}, ("actions", "0", "buyGet", "get"), "1 at least"),
        ({"actions": [{"buyGet": {"buy": 0, "get": 1}}]}, ("actions", "0", "buyGet", "buy"), "1 at least"),
        ({"condition": {"market": {"markets": []}}}, ("condition", "market", "markets"), "1 entries at least"),
        ({"condition": {"moon": {}}}, ("condition",), "one of: all, any"),
        ({"validUntil": "tomorrow"}, ("validUntil",), "a moment with an offset"),
        ({"validFrom": "2026-05-01T00:00:00Z", "validUntil": "2026-05-01T00:00:00Z"}, ("validUntil",), "later than"),
        ({"priority": 1_000_001}, ("priority",), "1000000"),
        ({"exclusionGroup": "two words"}, ("exclusionGroup",), "letters, digits"),
        ({"limits": {"total": 0}}, ("limits", "total"), "1 at least"),
        ({"limits": {"perCustomer": 0}}, ("limits", "perCustomer"), "1 at least"),
        ({"announcedPercent": 0}, ("announcedPercent",), "1 at least"),
        ({"announcedPercent": 101}, ("announcedPercent",), "1 to 100"),
        ({"colour": "red"}, (), "one of: actions"),
    ],
)
def test_a_refusal_names_the_exact_place(changes: dict[str, Any], place: tuple[str, ...], allowed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(**changes)
    assert refused.value.path == ("input", "promotions", "0", *place)
    assert allowed in (refused.value.allowed or "")


def test_an_edit_makes_the_next_version_in_the_state_it_has() -> None:
    held = replace(read(), state=PromotionState.ACTIVE, version=4)
    (written,) = intake.changed([read(priority=7)], {held.id: held})
    assert (written.version, written.state, written.priority) == (5, PromotionState.ACTIVE, 7)
    assert intake.changed([read()], {held.id: held}) == []
    assert [one.version for one in intake.changed([read()], {})] == [1]
