"""The VAT rates beside the project: they load, and say what held on a day."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.importing import import_files
from gateway.importing.progress import Lines
from gateway.wiring import wire_trade
from modules.kernel.moments import to_us
from modules.kernel.money import MICROS
from modules.kernel.names import TaxClass
from modules.pricing.engine.tax import TaxBook
from modules.pricing.engine.tax.territories import territory
from modules.runtime.database import Database

FOLDER = Path(__file__).resolve().parents[3] / "examples" / "eu-vat"
NOW_US = to_us(datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("UTC")))


async def load(database: Database, directory: Path) -> TaxBook:
    """All rates, into an empty shop."""
    trade = wire_trade(database)
    with (directory / "lines.txt").open("w") as stream:
        report = await import_files(trade, FOLDER / "mapping.toml", FOLDER, directory, Lines(stream))
    assert report.refused == 0
    with (FOLDER / "rates.csv").open(encoding="utf-8") as file:
        assert sum(step.changed for step in report.steps) == len(list(csv.DictReader(file)))
    return await trade.pricing.taxes.book()


def percent(book: TaxBook, country: str, tax_class: str, at_us: int, region: str = "") -> str | None:
    rule = book.rule(country, TaxClass(tax_class), at_us, region)
    return f"{rule.rate_micros * 100 // MICROS}.{rule.rate_micros * 100 % MICROS // 10_000:02}" if rule else None


# The last second of the old rate and the first of the new one, by the clock of the country.
CHANGES = [
    ("DE", "Europe/Berlin", "standard", "2020-07-01", "19.00", "16.00"),
    ("DE", "Europe/Berlin", "standard", "2021-01-01", "16.00", "19.00"),
    ("DE", "Europe/Berlin", "reduced", "2020-07-01", "7.00", "5.00"),
    ("DE", "Europe/Berlin", "reduced", "2021-01-01", "5.00", "7.00"),
    ("IE", "Europe/Dublin", "standard", "2020-09-01", "23.00", "21.00"),
    ("LU", "Europe/Luxembourg", "standard", "2023-01-01", "17.00", "16.00"),
    ("LU", "Europe/Luxembourg", "standard", "2024-01-01", "16.00", "17.00"),
    ("EE", "Europe/Tallinn", "standard", "2024-01-01", "20.00", "22.00"),
    ("EE", "Europe/Tallinn", "standard", "2025-07-01", "22.00", "24.00"),
    ("CZ", "Europe/Prague", "reduced", "2024-01-01", "15.00", "12.00"),
    ("CH", "Europe/Zurich", "standard", "2024-01-01", "7.70", "8.10"),
    ("FI", "Europe/Helsinki", "standard", "2024-09-01", "24.00", "25.50"),
    ("FI", "Europe/Helsinki", "reduced", "2026-01-01", "14.00", "13.50"),
    ("SK", "Europe/Bratislava", "standard", "2025-01-01", "20.00", "23.00"),
    ("RO", "Europe/Bucharest", "standard", "2025-08-01", "19.00", "21.00"),
    ("LT", "Europe/Vilnius", "reduced", "2026-01-01", "9.00", "12.00"),
    ("AT", "Europe/Vienna", "super-reduced", "2026-07-01", None, "4.90"),
]


async def test_rates_change_at_midnight_where_they_hold(database: Database, tmp_path: Path) -> None:  # T-1, G-5
    book = await load(database, tmp_path)
    for country, zone, tax_class, day, before, after in CHANGES:
        midnight = to_us(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)))
        found = percent(book, country, tax_class, midnight - 1), percent(book, country, tax_class, midnight)
        assert found == (before, after), (country, tax_class, day)


async def test_every_member_state_has_a_standard_rate_of_15_percent_or_more(database: Database, tmp_path: Path) -> None:
    book = await load(database, tmp_path)  # Directive 2006/112/EC, Article 97
    with (FOLDER / "rates.csv").open(encoding="utf-8") as file:
        countries = {row["country"] for row in csv.DictReader(file)}
    members = {country for country in countries if territory(country, "", "", NOW_US).member}
    assert len(members) == 27
    assert countries - members == {"CH", "GB", "NO"}
    rates = {country: book.rule(country, TaxClass("standard"), NOW_US) for country in members}
    assert [country for country, rule in rates.items() if rule is None or rule.rate_micros < 150_000] == []


@pytest.mark.parametrize(("region", "standard"), [("PT-20", "16.00"), ("PT-30", "22.00"), ("", "23.00")])
async def test_the_azores_and_madeira_have_rates_of_their_own(
    database: Database, tmp_path: Path, region: str, standard: str
) -> None:  # T-1
    assert percent(await load(database, tmp_path), "PT", "standard", NOW_US, region) == standard
