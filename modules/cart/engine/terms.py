"""What a price depends on besides the goods: from what a client wrote to a basket that is still empty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from modules.cart.engine.reading import read_code
from modules.cart.model import MOST_CODES, CartState
from modules.kernel.basket import Basket, Destination, GiftChoice
from modules.kernel.errors import BadUserInput, InvalidInput
from modules.kernel.intake import COUNTRIES, check, is_country
from modules.kernel.names import MAX_LENGTH, CustomerId, PromotionId, Sku, is_text
from modules.kernel.outcome import Path

MOST_TERMS = 20
"""Gifts chosen and drafts asked for, each."""
_LONGEST_PLACE = 20


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a price depends on besides the goods, as the client wrote it, nothing checked. A key of quotes."""

    at: datetime | None = None
    destination: Destination | None = None
    delivery: str | None = None
    payment: str | None = None
    gifts: tuple[tuple[str, str], ...] = ()
    """Promotion and sku."""
    customer: str | None = None
    drafts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


NOTHING: Final = Wishes()
"""Only the goods are known."""
_UNKNOWN: Final = Basket(())


def read_terms(wishes: Wishes, place: str) -> Basket:
    """An empty basket on these terms. Raises BadUserInput, under the argument `place`, for what cannot be meant."""
    if wishes is NOTHING:
        return _UNKNOWN
    try:
        return _terms(wishes, tuple(place.split(".")))
    except InvalidInput as refusal:
        raise BadUserInput(refusal.message, ".".join(refusal.path), refusal.allowed) from None


def known_terms(asked: Basket, state: CartState) -> Basket:
    """What is asked for, and for the rest what the cart knows: where it goes, how it is paid, which gifts (T-2)."""
    address, gifts = state.delivery_address, {gift.promotion: gift for gift in (*state.gifts, *asked.gifts)}
    return replace(
        asked,
        codes=state.codes,
        destination=asked.destination or (address.destination if address else None),
        delivery=asked.delivery or state.delivery,
        payment=asked.payment or state.payment,
        gifts=tuple(gifts.values()),
    )


def _terms(wishes: Wishes, path: Path) -> Basket:
    for name, most in (("gifts", MOST_TERMS), ("drafts", MOST_TERMS), ("codes", MOST_CODES)):
        count = len(getattr(wishes, name))
        check(count <= most, f"{count} {name}", (*path, name), f"at most {most}")
    for name in ("delivery", "payment", "customer"):
        text = getattr(wishes, name)
        check(text is None or is_text(text, MAX_LENGTH), text, (*path, name), f"1 to {MAX_LENGTH} characters")
    return Basket(
        (),
        codes=tuple(read_code(code, (*path, "codes", index)) for index, code in enumerate(wishes.codes)),
        destination=_destination(wishes.destination, (*path, "destination")),
        delivery=wishes.delivery,
        payment=wishes.payment,
        gifts=tuple(GiftChoice(PromotionId(promotion), Sku(sku)) for promotion, sku in wishes.gifts),
        drafts=tuple(PromotionId(id) for id in dict.fromkeys(wishes.drafts)),
        customer=CustomerId(wishes.customer) if wishes.customer else None,
    )


def _destination(place: Destination | None, path: Path) -> Destination | None:
    if place is None:
        return None
    check(is_country(place.country), place.country, (*path, "country"), COUNTRIES)
    for name, text in (("region", place.region), ("postalCode", place.postal_code)):
        check(not text or is_text(text, _LONGEST_PLACE), text, (*path, name), f"at most {_LONGEST_PLACE} characters")
    return place
