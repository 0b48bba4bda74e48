"""Promotions in the graph: what they are, and who made them so."""

from __future__ import annotations

from typing import Annotated

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
    instant,
    page_size,
)
from modules.kernel.moments import to_us
from modules.kernel.viewer import Permission, Viewer
from modules.pricing.engine.lifecycle import state_at
from modules.pricing.engine.promotion_intake import document
from modules.pricing.engine.summary import summary
from modules.pricing.model import promotions as model
from modules.pricing.model.promotion_lists import KeptVersion
from modules.pricing.model.promotions import PromotionState
from modules.pricing.service.promotion_reader import NEWEST, PromotionReader

strawberry.enum(
    PromotionState,
    description="DRAFT: not active yet. SCHEDULED: active, its window has not begun. ACTIVE: applies. PAUSED: may be "
    "resumed. ENDED: for good, or its window is over.",
)


@strawberry.type(description="A name in a language.")
class PromotionLabel:
    locale: str = strawberry.field(description="Such as de or de-AT.")
    text: str = strawberry.field(description="In this language.")


@strawberry.type(description="What a promotion's author stated; for those with the scope promotions:read.")
class PromotionTerms:
    summary: str = strawberry.field(description="What it does and when, in one line of English.")
    condition: JSON | None = strawberry.field(
        description="As `upsertPromotions` takes it: { kind: { fields } }; null: none."
    )
    actions: JSON = strawberry.field(description="A list, as `upsertPromotions` takes it: [{ kind: { fields } }].")
    limits: JSON = strawberry.field(description="As `upsertPromotions` takes them.")
    document: JSON = strawberry.field(description="The promotion, whole, as `upsertPromotions` takes it.")

    @classmethod
    def of(cls, promotion: model.Promotion) -> PromotionTerms:
        """All of it."""
        told = document(promotion)
        return cls(
            summary=summary(promotion),
            condition=None if promotion.condition is None else JSON(told["condition"]),
            actions=JSON(told["actions"]),
            limits=JSON(told["limits"]),
            document=JSON(told),
        )


def _terms(parent: strawberry.Parent[Promotion], info: Info) -> PromotionTerms | None:
    return PromotionTerms.of(parent.kept) if info.context.viewer.may(Permission.PROMOTIONS_READ) else None


@strawberry.type(description="A promotion in one version.")
class Promotion:
    id: strawberry.ID = strawberry.field(description="As its author made it.")
    version: int = strawberry.field(description="Rises with each change; quotes name it.")
    state: PromotionState = strawberry.field(description="How it reads now.")
    label: str = strawberry.field(description="What it is called, in the viewer's language.")
    names: list[PromotionLabel] = strawberry.field(description="What it is called; the first is the default.")
    public: bool = strawberry.field(description="Whether it is advertised to everybody.")
    valid_from: DateTime | None = strawberry.field(description="The first moment it may apply; null: none is set.")
    valid_until: DateTime | None = strawberry.field(
        description="The first moment it applies no more; null: none is set."
    )
    kept: strawberry.Private[model.Promotion]
    terms: PromotionTerms | None = field(
        _terms, description="What its author stated; null without the scope promotions:read."
    )

    @classmethod
    def of(cls, promotion: model.Promotion, viewer: Viewer) -> Promotion:
        """As it reads at the viewer's moment."""
        names = [PromotionLabel(locale=locale, text=text) for locale, text in promotion.names]
        return cls(
            id=strawberry.ID(promotion.id),
            version=promotion.version,
            state=state_at(promotion, to_us(viewer.now)),
            label=promotion.label(viewer.locale),
            names=names,
            public=promotion.public,
            valid_from=instant(promotion.valid_from_us),
            valid_until=instant(promotion.valid_until_us),
            kept=promotion,
        )


@strawberry.type(description="A promotion and its place in the list.")
class PromotionEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind it.")
    node: Promotion = strawberry.field(description="The promotion.")


@strawberry.type(description="Promotions page by page, by id.")
class PromotionConnection:
    edges: list[PromotionEdge] = strawberry.field(description="In order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


@strawberry.type(description="What a promotion was from a moment on.")
class PromotionVersion:
    promotion: Promotion = strawberry.field(description="In this version; its state is that of this version.")
    by: strawberry.ID = strawberry.field(description="The principal who made it so.")
    at: DateTime = strawberry.field(description="When.")
    reason: str = strawberry.field(description="Why, in the words given then.")

    @classmethod
    def of(cls, kept: KeptVersion, viewer: Viewer) -> PromotionVersion:
        """With all that is kept."""
        promotion = Promotion.of(kept.promotion, viewer)
        promotion.state = kept.promotion.state
        return cls(
            promotion=promotion,
            by=strawberry.ID(kept.by),
            at=instant(kept.at_us),
            reason=kept.reason,
        )


@strawberry.type(description="A version and its place in the list.")
class PromotionVersionEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind it.")
    node: PromotionVersion = strawberry.field(description="The version.")


@strawberry.type(description="The versions of a promotion page by page, the newest first.")
class PromotionVersionConnection:
    edges: list[PromotionVersionEdge] = strawberry.field(description="In order.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")


Id = Annotated[strawberry.ID, strawberry.argument(description="Of the promotion.")]
State = Annotated[PromotionState | None, strawberry.argument(description="Only those that read so now.")]
Text = Annotated[str | None, strawberry.argument(description="Stands in the id or in a name; at most 200 characters.")]


async def _promotion(info: Info, id: Id) -> Promotion | None:
    viewer = info.context.viewer
    (found,) = await info.context.use(PromotionReader).promotions(viewer, [id])
    return Promotion.of(found, viewer) if found else None


async def _promotions(
    info: Info, state: State = None, text: Text = None, first: First = 24, after: Behind = None
) -> PromotionConnection:
    viewer, size = info.context.viewer, page_size(first)
    behind: str = decode_cursor(after, str)[0] if after else ""
    found = await info.context.use(PromotionReader).page(viewer, size, behind, state, text or "")
    edges = [PromotionEdge(cursor=encode_cursor([one.id]), node=Promotion.of(one, viewer)) for one in found.promotions]
    page = PageInfo.of([edge.cursor for edge in edges], found.has_next, bool(after))
    return PromotionConnection(edges=edges, page_info=page)


async def _promotion_versions(
    info: Info, id: Id, first: First = 24, after: Behind = None
) -> PromotionVersionConnection:
    viewer, size = info.context.viewer, page_size(first)
    before: int = decode_cursor(after, int)[0] if after else NEWEST
    found = await info.context.use(PromotionReader).versions(viewer, id, size + 1, before)
    edges = [
        PromotionVersionEdge(cursor=encode_cursor([one.promotion.version]), node=PromotionVersion.of(one, viewer))
        for one in found[:size]
    ]
    page = PageInfo.of([edge.cursor for edge in edges], len(found) > size, bool(after))
    return PromotionVersionConnection(edges=edges, page_info=page)


@strawberry.type
class PromotionQuery:
    promotion: Promotion | None = field(
        _promotion,
        description="A promotion; without the scope promotions:read only one that is public and active now.",
    )
    promotions: PromotionConnection = field(
        _promotions,
        description="Promotions by id; without the scope promotions:read only those that are public and active now.",
    )
    promotion_versions: PromotionVersionConnection = field(
        _promotion_versions, description="What a promotion was, the newest first; needs the scope promotions:read."
    )
