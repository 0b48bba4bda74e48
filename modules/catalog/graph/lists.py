"""Lists of products: what may be asked for, and the page that answers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import strawberry

from modules.catalog.graph.values import ProductConnection, ProductEdge
from modules.catalog.model import After, Filter, Page, Sort, SortField, search_words
from modules.kernel.errors import BadUserInput
from modules.kernel.graph import PageInfo, Product, decode_cursor, encode_cursor
from modules.kernel.names import is_sku, is_text

MOST_SKUS = 1_000
LONGEST_SEARCH = 200

strawberry.enum(
    SortField,
    name="ProductSortField",
    description="TITLE: in the viewer's language. NEWEST: by the moment from which a product is active.",
)


@strawberry.enum(description="ASC: A to Z, oldest first. DESC: Z to A, newest first.")
class SortDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.input(description="What a list of products holds; each condition that is given must be met.")
class ProductFilter:
    skus: list[strawberry.ID] | None = strawberry.field(default=None, description="At most 1,000.")
    category: strawberry.ID | None = strawberry.field(default=None, description="Categories below it are included.")
    text: str | None = strawberry.field(
        default=None,
        description="Words that all stand in title or sku, in part at least; case and accents do not count.",
    )

    def wanted(self) -> Filter:
        """Checked; raises BadUserInput."""
        if self.skus is not None and len(self.skus) > MOST_SKUS:
            raise BadUserInput(f"{len(self.skus)} skus are too many", "filter.skus", f"at most {MOST_SKUS}")
        text = (self.text or "").strip()
        if text and not is_text(text, LONGEST_SEARCH):
            raise BadUserInput("this text cannot be searched", "filter.text", f"at most {LONGEST_SEARCH} characters")
        skus = None if self.skus is None else tuple(sku for sku in self.skus if is_sku(sku))
        return Filter(skus=skus, category=self.category, words=search_words(text))


@strawberry.input(description="The order of a list of products; equals stand by sku.")
class ProductSort:
    field: SortField = strawberry.field(default=SortField.TITLE, description="By what.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Which way.")

    def order(self) -> Sort:
        """As the service takes it."""
        return Sort(self.field, descending=self.direction is SortDirection.DESC)


def position(after: str | None, sort: Sort) -> After | None:
    """Where a cursor points to; raises BadUserInput for one that no list with this order made."""
    if after is None:
        return None
    return After(*decode_cursor(after, str, str if sort.field is SortField.TITLE else int, str))


def connection(page: Page, nodes: Sequence[Product], sort: Sort, after: str | None) -> ProductConnection:
    """The page as the client sees it. Behind a cursor there is a page before: the cursor's product stands on it."""
    cursors = [encode_cursor([page.list, sort.key(listed), listed.sku]) for listed in page.items]
    return ProductConnection(
        edges=[ProductEdge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)],
        page_info=PageInfo.of(cursors, page.has_next, after is not None),
    )
