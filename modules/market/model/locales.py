"""Which language a visitor gets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from modules.kernel.names import Locale

_LONGEST_HEADER = 500
_RANGE = re.compile(
    r"\s*(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]\s*=\s*(?P<weight>[01](?:\.[0-9]{0,3})?)\s*)?"
)


def choose_locale(header: str, locales: Sequence[Locale]) -> Locale:
    """The locale that fits an Accept-Language header best; the first of `locales` when none does. Never raises.

    By falling weight, then in the header's order: the locale itself, else one of the same language (`de-AT` is content
    with `de`, and `de` with `de-AT`). What has weight 0 is not chosen unless nothing else is left. Only the header's
    first 500 characters are looked at. `locales` holds one at least.
    """
    wishes = sorted(_wishes(header[:_LONGEST_HEADER]), key=lambda wish: -wish[1])
    refused = {wish for wish, weight in wishes if not weight}
    left = [locale for locale in locales if not _names(refused, locale)] or list(locales)
    for wish, weight in wishes:
        found = _fitting(wish, left) if weight else None
        if found:
            return found
    return left[0]


def _wishes(header: str) -> Iterator[tuple[str, int]]:
    """Language ranges in lower case with their weights in thousandths; malformed ones are passed over."""
    for part in header.split(","):
        if found := _RANGE.fullmatch(part):
            whole, _, rest = (found["weight"] or "1").partition(".")
            yield found["range"].lower(), min(1000, int(whole) * 1000 + int(rest.ljust(3, "0")))


def _fitting(wish: str, locales: Sequence[Locale]) -> Locale | None:
    if wish == "*":
        return locales[0]
    language = wish.partition("-")[0]
    exact = (locale for locale in locales if locale.lower() == wish)
    plain = (locale for locale in locales if locale == language)
    related = (locale for locale in locales if locale.partition("-")[0] == language)
    return next((locale for found in (exact, plain, related) for locale in found), None)


def _names(ranges: set[str], locale: Locale) -> bool:
    return locale.lower() in ranges or locale.partition("-")[0] in ranges
