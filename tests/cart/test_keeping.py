"""Quotes as text and back, and who may read them again (P-8)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.cart.engine.keeping import KeptQuote, own_view, pack, unpack, views
from modules.kernel.basket import Destination, Quote
from modules.kernel.customer import Profile
from modules.kernel.names import CustomerId
from modules.kernel.viewer import OPERATOR, Permission, Principal, Role, Viewer
from modules.pricing.engine.quote import Rules, quote
from tests.builders import a_basket, a_viewer, an_article
from tests.pricing.builders import a_row, a_tax_rule, some_goods
from tests.pricing.test_quote_delivery import PARCEL


def a_rich_quote() -> Quote:
    """Lines, taxes, delivery by rates of its own, notices with data, a known destination."""
    goods = some_goods(
        a_row("11.90", sku="A"),
        articles=[an_article("A"), an_article("B")],
        rules=[a_tax_rule(), a_tax_rule("0.20", country="AT")],
    )
    basket = replace(a_basket(("A", 3), ("B", 1)), delivery="parcel", destination=Destination("AT"), payment="cash")
    found = quote(basket, goods, a_viewer(), Rules(shipping=replace(PARCEL, days=(2, 4))))
    assert found.lines[0].steps
    assert found.delivery
    assert found.notices
    return found


def test_a_quote_comes_back_as_it_was() -> None:
    kept = KeptQuote(a_rich_quote(), "asked")
    assert unpack(pack(kept)) == kept


@pytest.mark.parametrize("text", ["", "?", "bm90IGNvbXByZXNzZWQ="])
def test_what_another_version_wrote_is_none(text: str) -> None:
    assert unpack(text) is None


def test_a_quote_with_a_field_that_is_gone_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    import orjson

    text = pack(KeptQuote(a_rich_quote(), "asked"))
    loads = orjson.loads
    monkeypatch.setattr(orjson, "loads", lambda data: {**loads(data), "gone": 1})
    assert unpack(text) is None


CLERK = Principal("clerk", permissions=frozenset({Permission.STOCK_READ}))
TILL = Principal("till", frozenset({Role.STORE_ASSOCIATE}))


def anna(principal: Principal | None = None) -> Viewer:
    """Whose customer is Anna."""
    return replace(a_viewer(principal) if principal else a_viewer(), customer=Profile(CustomerId("anna")))


@pytest.mark.parametrize(
    ("reader", "author", "reads"),
    [
        (a_viewer(), a_viewer(), True),
        (a_viewer(Principal("app")), a_viewer(), True),
        (a_viewer(CLERK), a_viewer(), True),
        (a_viewer(), a_viewer(CLERK), False),
        (a_viewer(), a_viewer(TILL), False),
        (a_viewer(TILL), a_viewer(CLERK), False),
        (a_viewer(OPERATOR), a_viewer(OPERATOR), True),
        (anna(), anna(), True),
        (anna(), a_viewer(), True),
        (a_viewer(), anna(), False),
        (anna(TILL), anna(), True),
        (a_viewer(TILL), anna(), False),
        (anna(), anna(CLERK), False),
    ],
)
def test_a_quote_is_read_by_who_would_have_been_shown_it(reader: Viewer, author: Viewer, reads: bool) -> None:
    assert (own_view(author) in views(reader)) is reads


def test_the_own_view_is_looked_at_first() -> None:
    for viewer in (a_viewer(), anna(), anna(CLERK)):
        assert views(viewer)[0] == own_view(viewer)
        assert len(views(viewer)) == len(set(views(viewer)))
