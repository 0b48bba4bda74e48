"""What a contribution to a price is called, in the viewer's language."""

from __future__ import annotations

from decimal import Decimal

from modules.configurator.model.breakdowns import Contribution, PriceKind
from modules.configurator.model.contents import Content
from modules.configurator.model.masters import Texts
from modules.kernel.names import Locale


def label(one: Contribution, content: Content, locale: str) -> str:
    """As "Colour: Red"; of a rule its text, else its id; of the base price nothing."""
    locales = (locale, locale.partition("-")[0])
    if one.kind in (PriceKind.BASE, PriceKind.SURCHARGE):
        return text_in(one.text, locales) or one.entry
    characteristic = content.characteristics[one.characteristic]
    option = characteristic.option(one.value) if isinstance(one.value, str) else None
    value = f"{one.value:f} {characteristic.unit}".strip() if isinstance(one.value, Decimal) else one.value
    name = f"{characteristic.name(*locales)}: {option.name(*locales) if option else value}"
    return name if one.quantity is None else f"{name} ({one.quantity:f})"


def text_in(texts: Texts, locales: tuple[str, ...]) -> str:
    """In the first of these languages, else in its default one; empty without any."""
    found = dict(texts)
    mine = (found[Locale(locale)] for locale in locales if Locale(locale) in found)
    return next(mine, next(iter(found.values()), ""))
