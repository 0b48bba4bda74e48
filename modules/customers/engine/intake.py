"""From what is handed in to records: every value checked, and nothing taken that looks like a person's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from modules.customers.engine import documents
from modules.customers.model import (
    RESERVED,
    Customer,
    CustomerInput,
    Document,
    Kind,
    Segment,
    SegmentInput,
    Value,
    VatIdInput,
    VatRecord,
)
from modules.kernel.errors import InvalidInput
from modules.kernel.intake import MOMENTS, NAMES, check, check_list, check_text, one_of, parsed
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId, is_name
from modules.kernel.outcome import Path

MOST_MEMBERSHIPS: Final = 100
"""Groups, segments or contracts one customer may have, of each."""
MOST_ATTRIBUTES: Final = 50
MOST_ORDERS: Final = 1_000_000_000
LONGEST_NAME: Final = 200
_VAT_NUMBER: Final = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,14}")
_E_MAIL: Final = re.compile(r"[^\s@]@[^\s@]")
_E_MAIL_NAME: Final = re.compile(r"e[-_.]?mail|mail[-_.]?address", re.IGNORECASE)
_IMPERSONAL: Final = "no personal data: no e-mail, no name, no address"


def customer(given: CustomerInput, path: Path, segments: Mapping[str, object]) -> Customer:
    """The customer that was meant, in segments that exist; raises InvalidInput for the first value not allowed."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check(0 <= given.orders <= MOST_ORDERS, given.orders, (*path, "orders"), f"0 to {MOST_ORDERS}")
    for name in given.segments:
        check(name in segments, name, (*path, "segments"), one_of(segments))
    return Customer(
        id=CustomerId(given.id),
        groups=_names(given.groups, (*path, "groups")),
        segments=_names(given.segments, (*path, "segments")),
        contracts=_names(given.contracts, (*path, "contracts")),
        attributes=_attributes(given.attributes, (*path, "attributes")),
        orders=given.orders,
        is_business=given.is_business,
        vat_id=None if given.vat_id is None else _vat_id(given.vat_id, (*path, "vatId")),
    )


def segment(given: SegmentInput, path: Path) -> Segment:
    """The segment that was meant; raises InvalidInput with the place in its rule."""
    check(is_name(given.id), given.id, (*path, "id"), NAMES)
    check_text(given.name, LONGEST_NAME, (*path, "name"))
    rule = None if given.rule is None else documents.rule(given.rule, (*path, "rule"))
    return Segment(id=given.id, name=given.name, rule=rule)


def _names(given: Sequence[str], path: Path) -> tuple[str, ...]:
    check_list(given, is_name, path, NAMES, most=MOST_MEMBERSHIPS)
    return tuple(sorted(given))


def _attributes(given: Sequence[tuple[str, Document]], path: Path) -> tuple[tuple[str, Value], ...]:
    check_list([name for name, _ in given], is_name, path, NAMES, most=MOST_ATTRIBUTES)
    return tuple(sorted((name, _attribute(name, held, (*path, index))) for index, (name, held) in enumerate(given)))


def _attribute(name: str, held: Document, path: Path) -> Value:
    check(name not in RESERVED, name, (*path, "name"), f"a name other than {' and '.join(sorted(RESERVED))}")
    value = documents.value(held, (*path, "value"))
    text = str(value.held) if value.kind is Kind.TEXT else ""
    if _E_MAIL_NAME.search(name) or _E_MAIL.search(unicodedata.normalize("NFKC", text)):
        # What it says is not repeated: the refusal may stand in a log.
        raise InvalidInput("This looks like an e-mail address.", path, _IMPERSONAL)
    return value


def _vat_id(given: VatIdInput, path: Path) -> VatRecord:
    allowed = "a country's two letters and the number without blanks: DE123456789"
    check(_VAT_NUMBER.fullmatch(given.number) is not None, given.number, (*path, "number"), allowed)
    moment = given.validated_at
    if given.valid and moment is None:
        # T-3: a validation counts with its moment only.
        raise InvalidInput("It says valid, and not since when.", (*path, "validatedAt"), MOMENTS)
    us = None if moment is None else parsed(lambda: to_us(moment), (*path, "validatedAt"), MOMENTS)
    return VatRecord(given.number, given.valid, us)
