"""Customers and segments in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from modules.customers.engine import documents
from modules.customers.events import CustomerChanged, SegmentChanged
from modules.customers.model import Customer, Segment, VatRecord
from modules.kernel.names import CustomerId
from modules.runtime.change import Change
from modules.runtime.database import AuditEntry, Database, Transaction
from modules.runtime.sql import raise_revision, upsert

# `groups` is a word of SQL's own: it stands in quotes.
_COLUMNS = (
    '"groups"',
    "segments",
    "contracts",
    "attributes",
    "orders",
    "is_business",
    "vat_number",
    "vat_valid",
    "vat_validated_us",
)
_CUSTOMERS = f"SELECT id, {', '.join(_COLUMNS)} FROM customers_customer"
_SEGMENTS = "SELECT id, name, rule FROM customers_segment ORDER BY id"
_UPSERT_CUSTOMER = upsert("customers_customer", ("id", *_COLUMNS), ("id",))
_UPSERT_SEGMENT = upsert("customers_segment", ("id", "name", "rule"), ("id",))
_RAISE_REVISION = raise_revision("customers")


class CustomerStore:
    """Reads of one statement, and `change` for all that writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def customers(self, ids: Sequence[str]) -> dict[CustomerId, Customer]:
        """Those that exist, by id."""
        found = await self._database.read(f"{_CUSTOMERS} WHERE id IN :ids", ids=list(ids))
        return {row[0]: _customer(row) for row in found}

    async def page(self, after: str, most: int) -> list[Customer]:
        """Customers behind this id, by id."""
        found = await self._database.read(
            f"{_CUSTOMERS} WHERE id > :after ORDER BY id LIMIT :most", after=after, most=most
        )
        return [_customer(row) for row in found]

    async def segments(self) -> tuple[Segment, ...]:
        """All segments by id."""
        return tuple(_segment(row) for row in await self._database.read(_SEGMENTS))

    @asynccontextmanager
    async def change(self) -> AsyncIterator[CustomersChange]:
        """A transaction that has the tables to itself; what was saved in it holds when the block ends."""
        async with self._database.transaction() as tx:
            ((revision,),) = await tx.read(_RAISE_REVISION)
            yield CustomersChange(tx, revision)


class CustomersChange(Change):
    """An open transaction. Events carry its revision as their version."""

    def __init__(self, tx: Transaction, revision: int) -> None:
        super().__init__(tx)
        self._revision = revision

    async def customers(self, ids: Sequence[str]) -> dict[CustomerId, Customer]:
        """Those that exist, by id."""
        found = await self.tx.read(f"{_CUSTOMERS} WHERE id IN :ids", ids=list(ids))
        return {row[0]: _customer(row) for row in found}

    async def segments(self) -> dict[str, Segment]:
        """All of them, by id."""
        return {row[0]: _segment(row) for row in await self.tx.read(_SEGMENTS)}

    async def save_customers(
        self, items: Sequence[Customer], before: Mapping[CustomerId, Customer], principal: str, reason: str
    ) -> None:
        """Writes customers with their audit entries and events; `before` holds what they replace."""
        await self.tx.run_many(_UPSERT_CUSTOMER, [_values(item) for item in items])
        for item in items:
            former = _state(before[item.id]) if item.id in before else None
            self._audit("customer", item.id, former, _state(item), principal, reason)
        self.tx.emit([_changed(item, self._revision) for item in items])

    async def save_segments(
        self, items: Sequence[Segment], before: Mapping[str, Segment], principal: str, reason: str
    ) -> None:
        """Writes segments with their audit entries and events; `before` holds what they replace."""
        await self.tx.run_many(_UPSERT_SEGMENT, [_segment_values(item) for item in items])
        for item in items:
            former = _segment_state(before[item.id]) if item.id in before else None
            self._audit("segment", item.id, former, _segment_state(item), principal, reason)
        self.tx.emit([SegmentChanged(version=self._revision, **_segment_state(item)) for item in items])

    def _audit(
        self, kind: str, id: str, before: dict[str, Any] | None, after: dict[str, Any], principal: str, reason: str
    ) -> None:
        self.tx.audit([AuditEntry(principal, f"customers.upsert_{kind}", f"{kind}:{id}", before, after, reason)])


def _changed(item: Customer, revision: int) -> CustomerChanged:
    return CustomerChanged(
        version=revision,
        id=item.id,
        groups=list(item.groups),
        segments=list(item.segments),
        contracts=list(item.contracts),
        orders=item.orders,
        is_business=item.is_business,
    )


def _state(item: Customer) -> dict[str, Any]:
    values = _values(item)
    lists = ("groups", "segments", "contracts", "attributes")
    return {name: json.loads(str(value)) if name in lists else value for name, value in values.items()}


def _values(item: Customer) -> dict[str, object]:
    attributes = [[name, documents.value_document(value)] for name, value in item.attributes]
    vat = item.vat_id
    return {
        "id": item.id,
        "groups": json.dumps(item.groups),
        "segments": json.dumps(item.segments),
        "contracts": json.dumps(item.contracts),
        "attributes": json.dumps(attributes, ensure_ascii=False),
        "orders": item.orders,
        "is_business": item.is_business,
        "vat_number": vat.number if vat else None,
        "vat_valid": bool(vat and vat.valid),
        "vat_validated_us": vat.validated_us if vat else None,
    }


def _customer(row: tuple[Any, ...]) -> Customer:
    id, groups, segments, contracts, attributes, orders, is_business, vat_number, vat_valid, vat_validated_us = row
    return Customer(
        id=CustomerId(id),
        groups=tuple(json.loads(groups)),
        segments=tuple(json.loads(segments)),
        contracts=tuple(json.loads(contracts)),
        attributes=tuple((name, documents.value(value, ())) for name, value in json.loads(attributes)),
        orders=orders,
        is_business=bool(is_business),
        vat_id=None if vat_number is None else VatRecord(vat_number, bool(vat_valid), vat_validated_us),
    )


def _segment_state(item: Segment) -> dict[str, Any]:
    rule = None if item.rule is None else documents.rule_document(item.rule)
    return {"id": item.id, "name": item.name, "rule": rule}


def _segment_values(item: Segment) -> dict[str, object]:
    state = _segment_state(item)
    return {**state, "rule": None if state["rule"] is None else json.dumps(state["rule"], ensure_ascii=False)}


def _segment(row: tuple[Any, ...]) -> Segment:
    id, name, rule = row
    return Segment(id=id, name=name, rule=None if rule is None else documents.rule(json.loads(rule), ()))
