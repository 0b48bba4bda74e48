"""What a client selected below a field, as Wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from modules.kernel.graph import Decimal, Wanted
from modules.kernel.graph.scalars import SCALARS
from modules.kernel.selection import wanted

_ONE = Decimal("1")
_seen: list[tuple[Wanted, ...]] = []


@strawberry.type
class Item:
    title: str | None = None

    @strawberry.field
    def price(self, quantity: Decimal = _ONE) -> str | None:
        return str(quantity)


@strawberry.type
class Query:
    @strawberry.field
    def items(self, info: strawberry.Info[Any, Any]) -> list[Item]:
        _seen.append(wanted(info._raw_info, (), "Item"))
        return [Item()]


def _ask(query: str, variables: Mapping[str, object] | None = None) -> tuple[Wanted, ...]:
    _seen.clear()
    schema = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
    result = schema.execute_sync(query, dict(variables or {}))
    assert result.errors is None
    return _seen[-1]


def test_an_argument_given_as_a_variable_is_read_like_a_literal() -> None:
    literal = _ask('{ items { price(quantity: "2") } }')
    variable = _ask("query ($q: Decimal!) { items { price(quantity: $q) } }", {"q": "2"})
    assert literal == variable == (Wanted("price", ("2",)),)


def test_a_variable_that_is_not_given_leaves_the_default() -> None:
    assert _ask("query ($q: Decimal) { items { price(quantity: $q) } }") == (Wanted("price", ("1",)),)


def test_skip_and_include_follow_variables_also_in_fragments() -> None:
    query = "query ($no: Boolean!) { items { ...F ... @skip(if: $no) { price } } } fragment F on Item { title }"
    assert _ask(query, {"no": True}) == (Wanted("title"),)
    assert _ask(query, {"no": False}) == (Wanted("title"), Wanted("price", ("1",)))
