"""What is handed in is checked value by value: a refusal tells its place in the input and what is allowed there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Final, TypeVar
from zoneinfo import available_timezones

from modules.kernel.errors import InvalidInput
from modules.kernel.moments import to_us
from modules.kernel.names import is_text
from modules.kernel.outcome import Path

NAMES: Final = "1 to 64 of letters, digits, '.', '_' and '-', beginning with a letter or digit"
SKUS: Final = "1 to 64 printable characters, no blank at either end"
COUNTRIES: Final = "a country by ISO 3166, two capital letters: GB, not UK"
CURRENCIES: Final = "ISO 4217: three capital letters"
LOCALES: Final = "a language with an optional country: 'de', 'de-AT'"
ZONES: Final = "an IANA time zone such as 'Europe/Berlin'"
MOMENTS: Final = "a moment with an offset from UTC"
_SHOWN: Final = 100
_COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)
"""All of ISO 3166-1."""
_LIKE_COUNTRIES: Final = frozenset(("EA", "EL", "IC", "XI", "XK"))
"""What customs and tax offices use beside them: Ceuta and Melilla, Greece, the Canaries, Northern Ireland, Kosovo."""

T = TypeVar("T")


def is_country(text: str) -> bool:
    """Whether there is this country. What only looks like one, such as UK, would be abroad, and free of tax (T-3)."""
    return text in _COUNTRIES or text in _LIKE_COUNTRIES


def is_zone(text: str) -> bool:
    """Whether there is this time zone."""
    return text in _zones()


def one_of(names: Iterable[str]) -> str:
    """What is allowed, for people; a long list is cut."""
    return f"one of: {', '.join(sorted(names)[:50]) or 'none yet'}"


def refusal(value: object, path: Path, allowed: str) -> InvalidInput:
    """What to raise for a value that is not allowed; of a long one only the beginning is repeated."""
    return InvalidInput(f"{str(value)[:_SHOWN]!r} is not allowed here.", path, allowed)


def check(good: bool, value: object, path: Path, allowed: str) -> None:
    """Raises InvalidInput unless it is good; of a long value only the beginning is repeated."""
    if not good:
        raise refusal(value, path, allowed)


def check_text(text: str, most: int, path: Path) -> None:
    """Raises InvalidInput unless it is a text in one line of 1 to `most` characters."""
    check(is_text(text, most), text, path, f"a text of 1 to {most} characters")


def check_list(
    values: Sequence[str], is_good: Callable[[str], bool], path: Path, allowed: str, *, most: int, least: int = 0
) -> None:
    """Raises InvalidInput unless there are `least` to `most` values, each good and each there once."""
    if not least <= len(values) <= most:
        raise InvalidInput(f"There are {len(values)} entries.", path, f"{least} to {most} entries")
    seen: set[str] = set()
    for index, value in enumerate(values):
        check(is_good(value), value, (*path, index), allowed)
        if value in seen:
            raise InvalidInput(f"{value!r} stands here twice.", (*path, index), "each entry once")
        seen.add(value)


def parsed(parse: Callable[[], T], path: Path, allowed: str) -> T:
    """What `parse` makes of a value; InvalidInput for its ValueError."""
    try:
        return parse()
    except ValueError as error:
        raise InvalidInput(f"{str(error)[: 2 * _SHOWN]}.", path, allowed) from None


def window(
    since: datetime | None, until: datetime | None, path: Path, names: tuple[str, str] = ("validFrom", "validUntil")
) -> tuple[int | None, int | None]:
    """A half-open interval in microseconds since 1970 (G-5), None without bound; raises InvalidInput for an empty one.

    `names` are its fields in the input.
    """
    begin, end = names
    since_us, until_us = _moment(since, (*path, begin)), _moment(until, (*path, end))
    if since_us is not None and until_us is not None and until_us <= since_us:
        raise InvalidInput("The end is not after the beginning.", (*path, end), f"later than {begin}")
    return since_us, until_us


def _moment(moment: datetime | None, path: Path) -> int | None:
    return None if moment is None else parsed(lambda: to_us(moment), path, MOMENTS)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
