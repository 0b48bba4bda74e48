"""What is handed in about customers: bounded, and never a person's."""

from __future__ import annotations

from typing import Any

import pytest

from modules.customers.engine.intake import MOST_ATTRIBUTES, customer, segment
from modules.customers.model import CustomerInput, VatIdInput
from modules.kernel.errors import InvalidInput
from tests.builders import NOW
from tests.customers.builders import a_customer, a_segment


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (a_customer("jo@example.org"), ("id",)),
        (a_customer(groups=["jo@example.org"]), ("groups", "0")),
        (a_customer(note={"text": "write to jo@example.org"}), ("attributes", "0")),
        (a_customer(note={"text": "jo＠example.org"}), ("attributes", "0")),
        (a_customer(email={"text": "none"}), ("attributes", "0")),
        (CustomerInput(id="c", attributes=[("E-Mail", {"flag": True})]), ("attributes", "0")),
        (CustomerInput(id="c", attributes=[("jo@example.org", {"flag": True})]), ("attributes", "0")),
    ],
)
def test_what_looks_like_an_e_mail_address_is_refused(given: CustomerInput, path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        customer(given, (), {})
    assert refused.value.path == path


def test_the_refusal_of_an_e_mail_address_does_not_repeat_it() -> None:
    with pytest.raises(InvalidInput) as refused:
        customer(a_customer(note={"text": "jo@example.org"}), (), {})
    assert "jo" not in refused.value.message + str(refused.value.allowed)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (a_customer(""), ("id",)),
        (a_customer(orders=-1), ("orders",)),
        (a_customer(groups=["a", "a"]), ("groups", "1")),
        (a_customer(contracts=[f"c{n}" for n in range(101)]), ("contracts",)),
        (a_customer(segments=["unknown"]), ("segments",)),
        (a_customer(orders_={"number": "1"}, tier={"text": "x" * 201}), ("attributes", "1", "value", "text")),
        (a_customer(orders=1, isBusiness={"flag": True}), ("attributes", "0", "name")),
        (
            CustomerInput(id="c", attributes=[(f"a{n}", {"flag": True}) for n in range(MOST_ATTRIBUTES + 1)]),
            ("attributes",),
        ),
        (a_customer(vat_id=VatIdInput(number="de 123")), ("vatId", "number")),
        (a_customer(vat_id=VatIdInput(number="DE123456789", valid=True)), ("vatId", "validatedAt")),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_its_place(given: CustomerInput, path: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        customer(given, (), {})
    assert refused.value.path == path
    assert refused.value.allowed


def test_memberships_stand_in_one_order_whatever_order_they_came_in() -> None:
    one, other = a_customer(groups=["b", "a"]), a_customer(groups=["a", "b"])
    assert customer(one, (), {}) == customer(other, (), {})


def test_a_validation_that_failed_keeps_its_moment() -> None:
    """T-3."""
    kept = customer(a_customer(vat_id=VatIdInput(number="DE123456789", validated_at=NOW)), (), {}).vat_id
    assert kept is not None
    assert (kept.valid, kept.validated_us is None) == (False, False)


@pytest.mark.parametrize(("id", "rule"), [("no blanks", None), ("vip", {"all": []}), ("vip", {"what": {}})])
def test_a_segment_that_cannot_be_is_refused(id: str, rule: dict[str, Any] | None) -> None:
    with pytest.raises(InvalidInput):
        segment(a_segment(id, rule), ())
