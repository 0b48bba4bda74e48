"""What leaves a list for a cart, decided purely: each item for one cart alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modules.wishlists.model.leaving import Leaving
from modules.wishlists.model.lists import Held, ItemId

UnderWay = Mapping[ItemId, Leaving]
"""What a list has sent into carts and not taken off yet."""


class Parting(NamedTuple):
    """What a call takes into its cart, what of that nobody had sent there before, and what is another cart's."""

    going: tuple[Leaving, ...]
    begun: tuple[Leaving, ...] = ()
    staying: tuple[Leaving, ...] = ()


def set_out(asked: Sequence[Leaving], held: Held, under_way: UnderWay) -> Parting:
    """Sends on their way what still stands on the list as it is asked for.

    What is on its way into the same cart goes along, as it was sent there; what has arrived there is asked for again
    and changes nothing, so that a call that came before gets its answer.
    """
    arrived = {entry.operation.id for entry in held.entries}
    going, begun, staying = list[Leaving](), list[Leaving](), list[Leaving]()
    for each in asked:
        sent = under_way.get(each.item)
        if each.wish in arrived:
            going.append(each)
        elif sent and sent.cart == each.cart:
            going.append(sent)
        elif sent is None and _stands(each, held):
            going.append(each)
            begun.append(each)
        else:
            staying.append(each)
    return Parting(tuple(going), tuple(begun), tuple(staying))


def arrive(taken: Sequence[Leaving], held: Held, under_way: UnderWay) -> list[Leaving]:
    """Those of what a cart has taken that are still to be taken off the list: not what came onto it later."""
    return [each for each in taken if under_way.get(each.item, each) == each and _stands(each, held)]


def _stands(each: Leaving, held: Held) -> bool:
    return any((item.id, item.added_us) == (each.item, each.added_us) for item in held.state.items)
