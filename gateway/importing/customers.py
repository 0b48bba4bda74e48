"""Customers and segments, as an import hands them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from gateway.importing.command import Command, Services, Values, given_of, importer, plain
from gateway.importing.errors import BadValue
from modules.customers.model import CustomerInput, SegmentInput, VatIdInput
from modules.kernel.moments import format_moment
from modules.kernel.outcome import Upserted


def _segment(values: Values) -> SegmentInput:
    return SegmentInput(**given_of(values))


def _customer(values: Values) -> CustomerInput:
    given = given_of(values)
    kinds = {"texts": "text", "numbers": "number", "flags": "flag", "moments": "moment"}
    attributes = [
        (name, {kind: format_moment(value) if isinstance(value, datetime) else plain(value)})
        for field, kind in kinds.items()
        for name, value in given.pop(field, {}).items()
    ]
    vat = {name: given.pop(f"vat_{name}") for name in ("number", "valid", "validated_at") if f"vat_{name}" in given}
    if vat and "number" not in vat:
        raise BadValue("a validation without its number", "vat_number")
    return CustomerInput(attributes=attributes, vat_id=VatIdInput(**vat) if vat else None, **given)


async def _send_segments(services: Services, items: Sequence[SegmentInput], reason: str) -> Upserted:
    return await services.customers.upsert_segments(importer(), items, reason)


async def _send_customers(services: Services, items: Sequence[CustomerInput], reason: str) -> Upserted:
    return await services.customers.upsert_customers(importer(), items, reason)


CUSTOMERS: Final[Mapping[str, Command]] = {
    "segments": Command(_segment, _send_segments),
    "customers": Command(_customer, _send_customers),
}
