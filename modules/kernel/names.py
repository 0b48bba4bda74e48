"""Typed names: a sku is not a channel, and the type checker knows."""

from __future__ import annotations

import re
from typing import NewType

Sku = NewType("Sku", str)
ProductGroupId = NewType("ProductGroupId", str)
CategoryId = NewType("CategoryId", str)
MarketId = NewType("MarketId", str)
ChannelId = NewType("ChannelId", str)
StoreId = NewType("StoreId", str)
SourceId = NewType("SourceId", str)
PriceListId = NewType("PriceListId", str)
TaxClass = NewType("TaxClass", str)
CartId = NewType("CartId", str)
LineId = NewType("LineId", str)
ConfigurationId = NewType("ConfigurationId", str)
CustomerId = NewType("CustomerId", str)
PromotionId = NewType("PromotionId", str)
SegmentId = NewType("SegmentId", str)
ShippingMethodId = NewType("ShippingMethodId", str)
Locale = NewType("Locale", str)

MAX_LENGTH = 64
# Lone surrogates arrive in JSON escapes and can be neither stored nor sent.
_UNPRINTABLE = r"\x00-\x1f\x7f\ud800-\udfff"
_SKU = re.compile(rf"[^\s{_UNPRINTABLE}](?:[^{_UNPRINTABLE}]{{0,62}}[^\s{_UNPRINTABLE}])?")
_TEXT = re.compile(rf"[^{_UNPRINTABLE}]*[^\s{_UNPRINTABLE}][^{_UNPRINTABLE}]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Z]{2})?")


def is_sku(text: str) -> bool:
    """1 to 64 printable characters, no blank at either end."""
    return _SKU.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """What markets, channels, sources, price lists and categories are called: 1 to 64 of letters, digits, `. _ -`."""
    return _NAME.fullmatch(text) is not None


def is_locale(text: str) -> bool:
    """A language with an optional country: `de`, `de-AT`."""
    return _LOCALE.fullmatch(text) is not None


def is_text(text: str, most: int) -> bool:
    """A text for people in one line: 1 to `most` characters, not all of them blank, no control characters."""
    return len(text) <= most and _TEXT.fullmatch(text) is not None
