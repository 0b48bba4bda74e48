"""The places that tax law tells apart: member states of the EU, and parts of states that do not count with them.

Sources: Council Directive 2006/112/EC, Articles 5 to 8; European Commission, "Territorial status of EU countries and
certain territories"; for Northern Ireland the Windsor Framework (goods only, from 2021 on). Read on 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Final
from zoneinfo import ZoneInfo

from modules.kernel.moments import at_local, contains, to_us


@dataclass(frozen=True, slots=True)
class Territory:
    """A place as tax on goods sees it."""

    country: str
    """Whose tax rules give the rate."""
    region: str
    area: str
    """Goods that move within one area do not leave home."""
    member: str
    """The member state it belongs to; empty: it lies outside the EU's VAT territory."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a state, known by its region or by how its postal codes begin."""

    state: str
    regions: tuple[str, ...]
    postal_codes: tuple[str, ...]
    country: str
    """The country whose rules hold there."""
    region: str = ""
    area: str = ""
    """Set where it is outside the VAT territory of its state."""
    own: bool = False


def _outside(state: str, area: str, regions: str = "", postal_codes: str = "", country: str = "") -> _Part:
    return _Part(state, tuple(regions.split()), tuple(postal_codes.split()), country or state, area=area)


def _inside(state: str, region: str, regions: str, postal_codes: str) -> _Part:
    return _Part(state, tuple(regions.split()), tuple(postal_codes.split()), state, region)


# IC and EA are reserved in ISO 3166 for the Canary Islands, and for Ceuta and Melilla.
_PARTS: Final = (
    _outside("DE", "Büsingen", postal_codes="78266"),
    _outside("DE", "Heligoland", postal_codes="27498"),
    _outside("ES", "IC", "ES-CN ES-GC ES-TF", "35 38", country="IC"),
    _outside("ES", "EA", "ES-CE ES-ML", "51 52", country="EA"),
    _outside("FI", "AX", "FI-01", "22", country="AX"),
    _outside("FR", "GP", "FR-971 FR-GP", "971", country="GP"),
    _outside("FR", "MQ", "FR-972 FR-MQ", "972", country="MQ"),
    _outside("FR", "GF", "FR-973 FR-GF", "973", country="GF"),
    _outside("FR", "RE", "FR-974 FR-RE", "974", country="RE"),
    _outside("FR", "YT", "FR-976 FR-YT", "976", country="YT"),
    _outside("GR", "Mount Athos", "GR-69", "63086 63087"),
    _outside("IT", "Livigno", postal_codes="23041"),
    _outside("IT", "Campione d'Italia", postal_codes="22061"),
    _inside("GB", "GB-NIR", "GB-NIR", "BT"),
    _inside("PT", "PT-20", "PT-20", "95 96 97 98 99"),
    _inside("PT", "PT-30", "PT-30", "90 91 92 93 94"),
)
_COUNTS_AS: Final = {"MC": ("FR", ""), "IM": ("GB", ""), "XI": ("GB", "GB-NIR"), "EL": ("GR", "")}
"""Monaco and the Isle of Man count as part of their neighbour; XI and EL stand in VAT ids."""

_JOINED: Final = {
    **dict.fromkeys("BE DE FR IT LU NL".split(), date(1958, 1, 1)),
    **dict.fromkeys("DK GB IE".split(), date(1973, 1, 1)),
    **dict.fromkeys("GR".split(), date(1981, 1, 1)),
    **dict.fromkeys("ES PT".split(), date(1986, 1, 1)),
    **dict.fromkeys("AT FI SE".split(), date(1995, 1, 1)),
    **dict.fromkeys("CY CZ EE HU LT LV MT PL SI SK".split(), date(2004, 5, 1)),
    **dict.fromkeys("BG RO".split(), date(2007, 1, 1)),
    **dict.fromkeys("HR".split(), date(2013, 7, 1)),
}
_LEFT: Final = {"GB": date(2021, 1, 1)}
"""The first day on which it was no part of the VAT territory any more."""
NORTHERN_IRELAND: Final = "XI"


def _edge(days: dict[str, date], country: str) -> int | None:
    day = days.get(country)
    # The Union's dates are those of Brussels.
    return to_us(at_local(day, time(), ZoneInfo("Europe/Brussels"))) if day else None


_MEMBERSHIP: Final = {country: (_edge(_JOINED, country), _edge(_LEFT, country)) for country in _JOINED}


def territory(country: str, region: str, postal_code: str, at_us: int) -> Territory:
    """What a place counts as at this instant; a region or postal code that means nothing special changes nothing.

    The region decides where it is known to be special, otherwise the postal code does.
    """
    country, region = _COUNTS_AS.get(country, (country, region))
    part = _part(country, region, postal_code)
    if part is None:
        return Territory(country, region, country, _member(country, region, at_us))
    if part.area:
        return Territory(part.country, "", part.area, "")
    return Territory(part.country, part.region, country, _member(part.country, part.region, at_us))


def _part(country: str, region: str, postal_code: str) -> _Part | None:
    parts = [part for part in _PARTS if part.state == country]
    code = postal_code.replace(" ", "").replace("-", "").upper()
    by_region = (part for part in parts if region in part.regions)
    by_code = (part for part in parts if code.startswith(part.postal_codes))
    return next(by_region, None) or next(by_code, None)


def _member(country: str, region: str, at_us: int) -> str:
    since, until = _MEMBERSHIP.get(country, (None, None))
    if since is not None and contains(since, until, at_us):
        return country
    left = until is not None and at_us >= until
    return NORTHERN_IRELAND if left and region == "GB-NIR" else ""
