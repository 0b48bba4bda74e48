"""Value types of the graph that several modules give: money, pages, kinds of change."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Final, TypeVar, cast

import orjson
import strawberry

from modules.kernel import basket, money
from modules.kernel.errors import BadUserInput
from modules.kernel.feed import ChangeKind as FeedChangeKind
from modules.kernel.graph.scalars import JSON, DateTime, Decimal
from modules.kernel.later import Later
from modules.kernel.policies import TaxMode

MAX_PAGE = 100
T = TypeVar("T")
KEY: Final = "Made by the client, 1 to 200 characters; the same key and input within 24 hours: the same outcome."
"""A command's `idempotencyKey`."""
REASON: Final = "Why, for the audit log: 1 to 500 characters."
"""A command's `reason`."""

After = Annotated[str | None, strawberry.argument(description="Of an earlier event: resumes behind it, without a gap.")]
"""A subscription's `after`."""
Behind = Annotated[str | None, strawberry.argument(description="The endCursor of an earlier page.")]
"""A list's `after`."""
First = Annotated[int, strawberry.argument(description=f"1 to {MAX_PAGE}.")]
"""A list's `first`."""
Moment = Annotated[
    DateTime | None,
    strawberry.argument(description="Another moment, past or future; needs the scope time:travel. Without it: now."),
]
"""A field's `at`."""

ChangeKind = strawberry.enum(
    FeedChangeKind,
    name="ChangeKind",
    description=(
        "SNAPSHOT: the state of now. CHANGE: what is new. RESYNC: the state of now, as `after` could not be honoured."
    ),
)

strawberry.enum(TaxMode, description="Whether amounts are without tax (NET) or include it (GROSS).")


@strawberry.federation.type(shareable=True, description="An amount at its currency's exponent.")
class Money:
    amount: Decimal = strawberry.field(description='A decimal string: "12.50".')
    currency: str = strawberry.field(description="ISO 4217.")

    @staticmethod
    def of(value: money.Money) -> Money:
        """The kernel's value as it is: the graph reads the same attributes of it, and only those selected."""
        return cast("Money", value)


@strawberry.federation.type(shareable=True, description="The price of one unit; like Money, with up to 6 decimals.")
class UnitPrice:
    amount: Decimal = strawberry.field(description='A decimal string: "0.0899".')
    currency: str = strawberry.field(description="ISO 4217.")

    @staticmethod
    def of(value: money.UnitPrice) -> UnitPrice:
        """The kernel's value as it is."""
        return cast("UnitPrice", value)


@strawberry.federation.type(shareable=True, description="net + tax = gross, exactly.")
class TaxedMoney:
    net: Money = strawberry.field(description="Without tax.")
    tax: Money = strawberry.field(description="The tax on it.")
    gross: Money = strawberry.field(description="With tax.")

    @staticmethod
    def of(value: basket.TaxedMoney) -> TaxedMoney:
        """The kernel's value as it is."""
        return cast("TaxedMoney", value)


@strawberry.federation.type(
    shareable=True,
    description="Something a person should know that hinders nothing yet: a changed price, missing stock.",
)
class Notice:
    code: str = strawberry.field(description="Stable, for programs.")
    message: str = strawberry.field(description="One sentence, for people.")
    line_id: strawberry.ID | None = strawberry.field(default=None, description="The line it is about; null: the whole.")
    data: JSON | None = strawberry.field(default=None, description="What the message says, for programs.")

    @classmethod
    def of(cls, value: basket.Notice) -> Notice:
        """From the kernel's value."""
        line = strawberry.ID(value.line) if value.line else None
        return cls(code=value.code, message=value.message, line_id=line, data=JSON(dict(value.data)))


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more stands behind it.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before it.")
    start_cursor: str | None = strawberry.field(description="Of its first entry; null for an empty page.")
    end_cursor: str | None = strawberry.field(description="Of its last entry: give it as `after` to go on.")

    @classmethod
    def of(cls, cursors: Sequence[str], has_next: bool, has_previous: bool) -> PageInfo:
        """Of a page whose entries have these cursors, in order."""
        start, end = (cursors[0], cursors[-1]) if cursors else (None, None)
        return cls(has_next_page=has_next, has_previous_page=has_previous, start_cursor=start, end_cursor=end)


def listed(make: Callable[[], Iterable[T]]) -> list[T]:
    """A field's list that is made only where the field is selected."""
    return cast("list[T]", Later(make))


def page_size(first: int) -> int:
    """The wish for a page's length, checked; raises BadUserInput."""
    if not 1 <= first <= MAX_PAGE:
        raise BadUserInput(f"first is {first}", "first", f"1 to {MAX_PAGE}")
    return first


def encode_cursor(position: Sequence[str | int]) -> str:
    """An opaque cursor of a list position."""
    return base64.urlsafe_b64encode(orjson.dumps(list(position))).decode().rstrip("=")


def decode_cursor(cursor: str, *shape: type) -> list[Any]:
    """The position of a cursor made by `encode_cursor` from values of these types; raises BadUserInput for others."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        position = None
    if not isinstance(position, list) or [type(value) for value in position] != list(shape):
        raise BadUserInput("this cursor is not one of this list", "after", "the endCursor of an earlier page")
    return position
