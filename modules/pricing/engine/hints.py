"""What a promotion still lacks, in words: "12.50 EUR to go for the free gift" (2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.basket import Missing
from modules.kernel.moments import format_moment, from_us
from modules.kernel.money import Money
from modules.kernel.names import Locale
from modules.kernel.policies import Policies
from modules.kernel.quantity import ONE, format_quantity
from modules.pricing.engine.actions.buy_get import BuyGet, PickFrom
from modules.pricing.engine.case import Lack
from modules.pricing.engine.entries import Entry
from modules.pricing.model.promotions import WHOLE

Words = Mapping[str, str]

_ENGLISH: Final[Words] = {
    "amount": "{missing} {basis} to go for {gain}",
    "one": "one more and {gain_follows}",
    "some": "{missing} more and {gain_follows}",
    "one_of": "one more of {basis} and {gain_follows}",
    "some_of": "{missing} more of {basis} and {gain_follows}",
    "sku": "with {basis} {gain_follows}",
    "sku_any": "with another product {gain_follows}",
    "time": "from {when} {gain_follows}",
    "code": "enter the code for {gain}",
    "other": "not yet: {gain}",
    "gift": "the free gift",
    "gift_follows": "there is a gift",
    "freeShipping": "free delivery",
    "freeShipping_follows": "delivery is free",
    "buyGet": "“{label}”",
    "buyGet_follows": "the cheapest is free",
    "label": "“{label}”",
    "label_follows": "there is “{label}”",
    "when": "%Y-%m-%d %H:%M",
    "point": ".",
}
_GERMAN: Final[Words] = {
    "amount": "noch {missing} {basis} bis {gain}",
    "one": "noch ein Stück, und {gain_follows}",
    "some": "noch {missing} Stück, und {gain_follows}",
    "one_of": "noch ein Stück {basis}, und {gain_follows}",
    "some_of": "noch {missing} Stück {basis}, und {gain_follows}",
    "sku": "mit {basis}: {gain_follows}",
    "sku_any": "mit einem weiteren Artikel: {gain_follows}",
    "time": "ab {when}: {gain_follows}",
    "code": "Code eingeben, und {gain_follows}",
    "other": "noch nicht: {gain_follows}",
    "gift": "zum Gratisgeschenk",
    "gift_follows": "es gibt ein Geschenk dazu",
    "freeShipping": "zum kostenlosen Versand",
    "freeShipping_follows": "der Versand ist kostenlos",
    "buyGet": "„{label}“",
    "buyGet_follows": "das günstigste ist gratis",
    "label": "„{label}“",
    "label_follows": "es gibt „{label}“",
    "when": "%d.%m.%Y %H:%M",
    "point": ",",
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """In which language, and by which clock, hints are said."""

    locale: Locale
    zone: ZoneInfo
    policies: Policies
    """What holds where a promotion does not say."""

    @property
    def words(self) -> Words:
        """German for German locales, English for all others."""
        return _GERMAN if self.locale.startswith("de") else _ENGLISH


def missing_of(lack: Lack, entry: Entry, tongue: Tongue) -> Missing:
    """A lack for programs and for people: decimal strings, moments in UTC, and the same in words."""
    required, actual, missing = _figures(lack)
    return Missing(lack.kind, required, actual, missing, lack.basis, _text(lack, missing, entry, tongue))


def _figures(lack: Lack) -> tuple[str, str, str]:
    numbers = lack.required, lack.actual, lack.missing
    if lack.kind == "amount":
        required, actual, missing = (Money(number, lack.basis).amount for number in numbers)
    elif lack.kind == "time":
        required, actual = (format_moment(from_us(number)) for number in numbers[:2])
        missing = ""
    elif lack.kind == "quantity":
        required, actual, missing = (format_quantity(number) for number in numbers)
    else:
        required, actual, missing = lack.basis, "", lack.basis
    return required, actual, missing


def _text(lack: Lack, missing: str, entry: Entry, tongue: Tongue) -> str:
    words = tongue.words
    gain = _gain(entry, tongue)
    label = entry.promotion.label(tongue.locale)
    values = {"missing": missing.replace(".", words["point"]), "basis": lack.basis}
    values["gain"] = words[gain].format(label=label)
    values["gain_follows"] = words[f"{gain}_follows"].format(label=label)
    if lack.kind == "time":
        values["when"] = from_us(lack.required).astimezone(tongue.zone).strftime(words["when"])
    text = words[_sentence(lack)].format(**values)
    return text[0].upper() + text[1:]


def _sentence(lack: Lack) -> str:
    if lack.kind == "quantity":
        number = "one" if lack.missing == ONE else "some"
        return f"{number}_of" if lack.basis else number
    if lack.kind == "sku":
        return "sku" if lack.basis else "sku_any"
    return lack.kind if lack.kind in ("amount", "time", "code") else "other"


def _gain(entry: Entry, tongue: Tongue) -> str:
    """What there is to gain, where one word says it better than the promotion's name."""
    acts = [act for _, members in entry.acts for act in members]
    kind = acts[0].KIND
    if len(acts) > 1 or kind not in tongue.words:
        return "label"
    is_said = not isinstance(acts[0], BuyGet) or _frees_the_cheapest(acts[0].settled(tongue.policies))
    return kind if is_said else "label"


def _frees_the_cheapest(act: BuyGet) -> bool:
    return act.percent == WHOLE and act.get_of in (None, act.buy_of) and act.pick is PickFrom.CHEAPEST
