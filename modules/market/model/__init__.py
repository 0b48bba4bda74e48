"""Markets, channels and stores as handed in and as kept; which language a visitor gets."""

from modules.market.model.locales import choose_locale
from modules.market.model.places import (
    ChannelInput,
    ChannelRecord,
    Directory,
    MarketInput,
    Place,
    Places,
    StoreInput,
    state,
)

__all__ = [
    "ChannelInput",
    "ChannelRecord",
    "Directory",
    "MarketInput",
    "Place",
    "Places",
    "StoreInput",
    "choose_locale",
    "state",
]
