"""Customers to test with: a service over the database, and things handed in by sensible defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules.customers.model import CustomerInput, SegmentInput, VatIdInput
from modules.customers.service import CustomerService
from modules.customers.store import CustomerStore
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer

OPERATING = a_viewer(OPERATOR)


def a_customer_service(database: Database) -> CustomerService:
    """Another process over the same database."""
    return CustomerService(CustomerStore(database))


def a_customer(
    id: str = "c-1",
    *,
    groups: Sequence[str] = (),
    segments: Sequence[str] = (),
    contracts: Sequence[str] = (),
    orders: int = 0,
    is_business: bool = False,
    vat_id: VatIdInput | None = None,
    **attributes: Mapping[str, Any],
) -> CustomerInput:
    """A customer without any memberships; attributes as value documents by name."""
    return CustomerInput(
        id=id,
        groups=groups,
        segments=segments,
        contracts=contracts,
        attributes=tuple(attributes.items()),
        orders=orders,
        is_business=is_business,
        vat_id=vat_id,
    )


def a_segment(id: str = "vip", rule: Mapping[str, Any] | None = None) -> SegmentInput:
    """A segment that is called like its id."""
    return SegmentInput(id=id, name=id, rule=rule)
