"""The graph's shared words. Only a module's `graph.py` and the gateway import them."""

from modules.kernel.graph.entity import (
    GraphContext,
    Info,
    Part,
    Product,
    field,
    gather,
    product_field,
    products,
    subscription,
)
from modules.kernel.graph.problems import Outcome, Problem, problems
from modules.kernel.graph.scalars import JSON, DateTime, Decimal
from modules.kernel.graph.values import (
    After,
    ChangeKind,
    First,
    Moment,
    Money,
    Notice,
    PageInfo,
    TaxedMoney,
    UnitPrice,
    decode_cursor,
    encode_cursor,
    page_size,
)
from modules.kernel.selection import Wanted

__all__ = [
    "JSON",
    "After",
    "ChangeKind",
    "DateTime",
    "Decimal",
    "First",
    "GraphContext",
    "Info",
    "Moment",
    "Money",
    "Notice",
    "Outcome",
    "PageInfo",
    "Part",
    "Problem",
    "Product",
    "TaxedMoney",
    "UnitPrice",
    "Wanted",
    "decode_cursor",
    "encode_cursor",
    "field",
    "gather",
    "page_size",
    "problems",
    "product_field",
    "products",
    "subscription",
]
