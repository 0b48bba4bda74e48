"""Who changed what: `pricingAudit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from modules.kernel.graph import (
    JSON,
    Behind,
    DateTime,
    First,
    Info,
    PageInfo,
    decode_cursor,
    encode_cursor,
    field,
    page_size,
)
from modules.kernel.moments import from_us
from modules.pricing.model.trail import Entry, Subject
from modules.pricing.service.trail import NEWEST, TrailService

strawberry.enum(
    Subject,
    name="PricingSubject",
    description="What was changed. PRICE_IMPORT: many rows at once, one entry with their number and a digest of them."
    " PRICE_POINT: mistakes in the history that were voided. PRICE_HISTORY: a sku that goes on with another's history.",
)


@strawberry.type(description="One change.")
class PricingAuditEntry:
    by: strawberry.ID = strawberry.field(description="The principal who made it.")
    at: DateTime = strawberry.field(description="When.")
    action: str = strawberry.field(description="What was done, such as `set_price`.")
    subject: strawberry.ID = strawberry.field(description="The id of what was changed; of a history the sku.")
    reason: str | None = strawberry.field(description="Why, as was said then; null: nobody was asked.")
    before: JSON | None = strawberry.field(
        description="What was stored before, amounts as whole numbers as their names say; null: nothing."
    )
    after: JSON | None = strawberry.field(description="What was stored then; null: nothing.")

    @classmethod
    def of(cls, entry: Entry) -> PricingAuditEntry:
        """From the model's value."""
        return cls(
            by=strawberry.ID(entry.by),
            at=DateTime(from_us(entry.at_us)),
            action=entry.action,
            subject=strawberry.ID(entry.id),
            reason=entry.reason,
            before=_json(entry.before),
            after=_json(entry.after),
        )


@strawberry.type(description="A change and its place in the list.")
class PricingAuditEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind it.")
    node: PricingAuditEntry = strawberry.field(description="The change.")


@strawberry.type(description="Changes page by page.")
class PricingAuditConnection:
    edges: list[PricingAuditEdge] = strawberry.field(description="The newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


async def _audit(
    info: Info,
    of: Annotated[Subject, strawberry.argument(description="Changes of what.")],
    id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="Of which one: of a history the sku, of a shipping method `market/id`."),
    ] = None,
    first: First = 24,
    after: Behind = None,
) -> PricingAuditConnection:
    size = page_size(first)
    (below,) = (NEWEST,) if after is None else decode_cursor(after, int)
    service, viewer = info.context.use(TrailService), info.context.viewer
    found = await service.page(viewer, of, None if id is None else str(id), size + 1, below)
    edges = [PricingAuditEdge(cursor=encode_cursor([one.number]), node=PricingAuditEntry.of(one)) for one in found]
    page = PageInfo.of([edge.cursor for edge in edges[:size]], len(found) > size, after is not None)
    return PricingAuditConnection(edges=edges[:size], page_info=page)


def _json(held: Mapping[str, Any] | None) -> JSON | None:
    return None if held is None else JSON(dict(held))


@strawberry.type
class TrailQuery:
    pricing_audit: PricingAuditConnection = field(
        _audit,
        description="Who changed a price, a price list, a tax rule or a promotion, when and why, with what was stored "
        "before and after. Needs the scope promotions:read for promotions with their codes and uses, otherwise "
        "prices:write.",
    )
