"""What the steps of a price are called, in German and in English."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from modules.kernel.money import format_micros
from modules.kernel.names import Locale
from modules.kernel.quantity import format_quantity

_ENGLISH: Final = {
    "list_price": "List price",
    "tier": "Quantity price for {}",
    "sale": "Reduced price",
    "tax": "Tax {} %",
    "delivery": "Delivery",
}
_GERMAN: Final = {
    "list_price": "Listenpreis",
    "tier": "Mengenpreis für {}",
    "sale": "Reduzierter Preis",
    "tax": "Steuer {} %",
    "delivery": "Lieferung",
}


@lru_cache(1_000)
def label(kind: str, locale: Locale, micros: int = 0) -> str:
    """The name of a step for people: German where that is the viewer's language, otherwise English.

    `micros` is the quantity of a tier or the rate of a tax, in millionths.
    """
    german = locale.partition("-")[0] == "de"
    text = (_GERMAN if german else _ENGLISH)[kind]
    if "{}" not in text:
        return text
    number = format_micros(micros * 100) if kind == "tax" else format_quantity(micros)
    return text.format(number.replace(".", ",") if german else number)
