"""Documents: rows in JSON files, and JSON values in rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.importing import Report, WrongMapping, run_import
from gateway.importing.errors import BadValue
from gateway.importing.items import Item, read_inline
from gateway.importing.mapping import check_files, read_mapping, with_documents
from gateway.importing.values import Scope
from gateway.wiring import Trade, wire_trade
from modules.kernel.customer import Profile, VatId
from modules.kernel.moments import to_us
from modules.kernel.names import CustomerId
from modules.runtime.database import Database
from tests.gateway.importing.test_run import NOON, Quiet

MAPPING = """
name = "customers"
[defaults]
zone = "Europe/Berlin"
[[step]]
target = "segments"
documents = "segments.json"
[[step]]
target = "customers"
file = "customers.csv"
[step.fields]
id = "id"
groups = { column = "groups", split = "|" }
segments = { column = "segments", split = "|" }
contracts = "contract"
texts = ["tier"]
numbers.points = "points"
flags.letter = "letter"
moments.joined = "joined"
orders = "orders"
is_business = "business"
vat_number = "vat"
vat_valid = "vat_ok"
vat_validated_at = "vat_on"
"""
SEGMENTS = [
    {"id": "new", "name": "New", "rule": {"withinDays": {"attribute": "joined", "days": 30}}},
    {"id": "since", "name": "Since", "rule": {"after": {"attribute": "joined", "moment": "today-10d"}}},
    {"id": "press", "name": "Press", "rule": None},
]
CUSTOMERS = """id,groups,segments,contract,tier,points,letter,joined,orders,business,vat,vat_ok,vat_on
c-1,club|staff,press,k-1,gold,12.5,yes,today-5d,3,yes,ATU12345678,yes,2026-02-01
c-2,,,,,,,,,,,,
c-3,,,,jo@example.org,,,,,,,,
c-4,,,,,,,,,,,yes,2026-02-01
"""


async def load(trade: Trade, directory: Path) -> Report:
    """One import of the files above."""
    (directory / "segments.json").write_text(json.dumps(SEGMENTS))
    (directory / "customers.csv").write_text(CUSTOMERS)
    return await run_import(trade, read_mapping(MAPPING), directory, Quiet(), directory / "refused.csv", NOON)


async def test_segments_from_json_and_customers_from_csv_become_profiles(database: Database, tmp_path: Path) -> None:
    trade = wire_trade(database)
    report = await load(trade, tmp_path)
    assert [(step.changed, step.refused) for step in report.steps] == [(3, 0), (2, 2)]
    one, other = await trade.customers.profiles([CustomerId("c-1"), CustomerId("c-2")], NOON)
    vat = VatId("ATU12345678", True, datetime(2026, 1, 31, 23, tzinfo=UTC))
    segments = frozenset({"new", "since", "press"})
    groups, contracts = frozenset({"club", "staff"}), frozenset({"k-1"})
    until = to_us(datetime(2026, 3, 26, 23, tzinfo=UTC))
    assert one == Profile(CustomerId("c-1"), groups, segments, contracts, 3, True, vat, until)
    assert other == Profile(CustomerId("c-2"))
    refused = (tmp_path / "refused.csv").read_text()
    assert "e-mail" in refused
    assert "vat_number" in refused


async def test_documents_again_change_nothing(database: Database, tmp_path: Path) -> None:
    trade = wire_trade(database)
    await load(trade, tmp_path)
    assert [step.changed for step in (await load(trade, tmp_path)).steps] == [0, 0]


def test_days_in_documents_are_told_from_the_day_of_the_import(tmp_path: Path) -> None:
    rule = {"all": [{"before": {"attribute": "a", "moment": "today"}}, "not today", 7, True]}
    (tmp_path / "rows.json").write_text(json.dumps([{"id": "s", "name": "S", "rule": rule}]))
    (item,) = inline('target = "segments"\ndocuments = "rows.json"\nzone = "Europe/Berlin"', tmp_path)
    assert item.values["rule"]["all"] == [
        {"before": {"attribute": "a", "moment": "2026-03-01T23:00:00Z"}},
        "not today",
        7,
        True,
    ]


def test_a_rule_may_stand_in_the_mapping(tmp_path: Path) -> None:
    rule = '{ atLeast = { attribute = "orders", number = 1.50 } }'
    (item,) = inline(f'target = "segments"\nrows = [{{ id = "s", name = "S", rule = {rule} }}]', tmp_path)
    assert item.values["rule"] == {"atLeast": {"attribute": "orders", "number": "1.50"}}


def inline(step: str, directory: Path) -> list[Item]:
    """The items of a step without a table of its own."""
    (read,) = read_mapping(f"[[step]]\n{step}").steps
    found = read_inline(with_documents(read, directory), Scope({}, NOON))
    return [item for item in found if isinstance(item, Item)]


def test_a_column_that_holds_no_json_refuses_its_row(tmp_path: Path) -> None:
    from gateway.importing.documents import DocumentField
    from gateway.importing.values import Value

    (read,) = read_mapping('[[step]]\ntarget = "segments"\nrows = []').steps
    field = DocumentField(Value(columns=("rule",)), None, read.conversion)
    assert field.read([{"rule": '{"a": 1.5}'}], Scope({}, NOON)) == {"a": "1.5"}
    assert field.read([{"rule": ""}], Scope({}, NOON)) is None
    with pytest.raises(BadValue, match="not JSON"):
        field.read([{"rule": "{"}], Scope({}, NOON))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read"),
        ("{", "cannot be read"),
        ('{"id": "s"}', "not a list of rows"),
        ('["s"]', "a table is expected"),
        ('[{"id": "s"}]', "'name' is needed"),
        ('[{"id": "s", "name": "S", "rules": {}}]', "no field 'rules'"),
    ],
)
def test_a_file_that_is_no_list_of_rows_is_refused_before_anything_is_written(
    tmp_path: Path, content: Any, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "rows.json").write_text(content)
    mapping = read_mapping('[[step]]\ntarget = "segments"\ndocuments = "rows.json"')
    with pytest.raises(WrongMapping, match=sentence) as caught:
        check_files(mapping, tmp_path)
    assert "step 1 (segments, rows.json)" in str(caught.value)


@pytest.mark.parametrize(
    "step",
    ['documents = "a.json"\nrows = []', 'documents = "a.json"\nfile = "a.csv"', 'documents = "a.json"\nwhere = []'],
)
def test_a_step_has_one_source_of_rows(step: str) -> None:
    with pytest.raises(WrongMapping):
        read_mapping(f'[[step]]\ntarget = "segments"\n{step}')


async def test_a_derived_price_list_comes_with_its_rates(database: Database, tmp_path: Path) -> None:
    """P-7."""
    trade = wire_trade(database)
    toml = """
[[step]]
target = "markets"
rows = [{ id = "ch", country = "CH", zone = "Europe/Zurich", currencies = ["CHF"], locales = ["de"] }]
[[step]]
target = "channels"
rows = [{ id = "web-ch", market = "ch", price_lists = ["swiss"] }]
[[step]]
target = "exchange_rates"
file = "rates.csv"
[step.gather]
by = ["table"]
[step.fields]
id = "table"
day = "day"
[[step.fields.rates]]
currency_from = { constant = "EUR" }
currency_to = "currency"
rate = "rate"
[[step]]
target = "price_lists"
rows = [
  { id = "retail", names = { en = "Retail" } },
  { id = "swiss", source = "retail", rates = "ecb", currency_from = "EUR", currency_to = "CHF", step = 0.05 },
  { id = "odd", source = "retail" },
]
"""
    (tmp_path / "rates.csv").write_text(
        "table,day,currency,rate\necb,2026-03-02,CHF,0.9412\necb,2026-03-02,DKK,7.46\nbad,soon,CHF,1\n"
    )
    report = await run_import(trade, read_mapping(toml), tmp_path, Quiet(), tmp_path / "refused.csv", NOON)
    assert [(step.changed, step.refused) for step in report.steps[2:]] == [(1, 1), (2, 1)]
    assert "a derived list needs" in (tmp_path / "refused.csv").read_text()


async def test_promotions_come_as_documents_and_become_active_when_they_say_so(
    database: Database, tmp_path: Path
) -> None:
    trade = wire_trade(database)
    names = [{"locale": "en", "text": "Ten"}]
    actions = [{"orderPercentOff": {"percent": "10"}}]
    documents = [
        {"id": "draft", "names": names, "actions": actions},
        {"id": "live", "names": names, "actions": actions, "state": "ACTIVE"},
        {"id": "coded", "names": names, "actions": actions, "trigger": "CODE", "codes": ["TEN"], "state": "ACTIVE"},
        {"id": "codeless", "names": names, "actions": actions, "trigger": "CODE", "state": "ACTIVE"},
        {"id": "thief", "names": names, "actions": actions, "trigger": "CODE", "codes": ["ten"], "state": "ACTIVE"},
        {"id": "odd", "names": names, "actions": actions, "state": "SOON"},
        {"id": "broken", "names": names, "actions": [{"orderPercentOff": {"percent": "110"}}], "state": "ACTIVE"},
    ]
    (tmp_path / "promotions.json").write_text(json.dumps(documents))
    toml = """
[[step]]
target = "promotions"
documents = "promotions.json"
[[step]]
target = "codes"
rows = [{ code = "ELEVEN", promotion = "coded", max_uses = 3 }, { code = "NONE", promotion = "unknown" }]
"""
    first = await run_import(trade, read_mapping(toml), tmp_path, Quiet(), tmp_path / "refused.csv")
    assert [(step.changed, step.refused) for step in first.steps] == [(5, 4), (1, 1)]
    states = await database.read("SELECT id, state FROM pricing_promotion ORDER BY id")
    assert dict(map(tuple, states)) == {
        "coded": "active", "codeless": "draft", "draft": "draft", "live": "active", "thief": "draft"
    }  # fmt: skip
    refused = (tmp_path / "refused.csv").read_text()
    assert "promotions.json,6,state" in refused
    assert "promotions.json,7,actions.0.order_percent_off.percent" in refused
    second = await run_import(trade, read_mapping(toml), tmp_path, Quiet(), tmp_path / "refused.csv")
    assert [(step.changed, step.unchanged) for step in second.steps] == [(0, 3), (0, 1)]


def test_whole_documents_come_from_no_table() -> None:
    with pytest.raises(WrongMapping, match="by documents or rows"):
        read_mapping('[[step]]\ntarget = "promotions"\nfile = "promotions.csv"')
