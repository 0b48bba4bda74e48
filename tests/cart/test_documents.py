"""The documents of a log: what is written today is read for as long as carts are kept."""

from __future__ import annotations

import pytest

from modules.cart.engine.documents import decode, encode
from modules.cart.model import AddCode, AddLine, Entry, Kind, Operation, RemoveLine, SetQuantity, Wish
from modules.kernel.names import ConfigurationId, LineId, Sku
from modules.kernel.quantity import pieces
from tests.cart.histories import WISHES


def test_every_wish_is_read_as_it_was_written() -> None:
    assert {Operation("op", wish).kind for wish in WISHES} == set(Kind)
    for wish in WISHES:
        document = b'{"at":7,' + encode(Operation("op", wish), "till 3")[1:]
        assert decode(document.decode()) == Entry(7, Operation("op", wish), "till 3")


@pytest.mark.parametrize(
    ("document", "wish"),
    [
        (
            '{"at":7,"id":"op","by":"till","kind":"addLine","line":"a","sku":"mug","quantity":2000000,"configuration":"c"}',
            AddLine(Sku("mug"), pieces(2), LineId("a"), ConfigurationId("c")),
        ),
        (
            '{"at":7,"id":"op","by":"till","kind":"setQuantity","line":"a","quantity":0}',
            SetQuantity(LineId("a"), pieces(0)),
        ),
        ('{"at":7,"id":"op","by":"till","kind":"removeLine","line":"a","quantity":0}', RemoveLine(LineId("a"))),
        ('{"at":7,"id":"op","by":"till","kind":"addCode","quantity":0,"code":"SPRING"}', AddCode("SPRING")),
    ],
)
def test_documents_of_former_versions_are_understood(document: str, wish: Wish) -> None:
    assert decode(document) == Entry(7, Operation("op", wish), "till")
