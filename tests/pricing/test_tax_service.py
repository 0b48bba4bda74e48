"""Tax rules on both databases: written, clashing, held in memory, told to others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from modules.kernel.errors import Forbidden, InvalidInput, Unauthenticated
from modules.kernel.events import Envelope
from modules.kernel.moments import to_us
from modules.kernel.names import TaxClass
from modules.kernel.outcome import Upserted
from modules.kernel.viewer import OPERATOR, Principal
from modules.pricing.engine.tax import TaxRuleAmbiguous
from modules.pricing.events import TaxRulesChanged
from modules.pricing.model.taxes import TaxKind, TaxRuleInput
from modules.pricing.service.taxes import TaxService
from modules.pricing.store.taxes import TaxStore
from modules.runtime.database import Database
from tests.builders import NOW, a_viewer

BOSS = a_viewer(OPERATOR)
STANDARD, AT_US = TaxClass("standard"), to_us(NOW)
APRIL = datetime(2026, 4, 1, tzinfo=UTC)


def a_rule(rate: str = "0.23", **changes: Any) -> TaxRuleInput:
    """Portugal's, unless told otherwise."""
    return TaxRuleInput(**{"country": "PT", "tax_class": "standard", "rate": rate, **changes})


@pytest.fixture
def taxes(database: Database) -> TaxService:
    return TaxService(TaxStore(database))


async def test_every_value_of_a_rule_comes_back_from_the_store(taxes: TaxService, database: Database) -> None:
    given = a_rule("0.16", region="PT-20", kind=TaxKind.REDUCED, valid_from=NOW, valid_until=APRIL, id="azores")
    assert await taxes.upsert_tax_rules(BOSS, [given], "law") == Upserted(1, 0)
    (rule,) = await TaxStore(database).rules()
    assert (rule.id, rule.country, rule.region, rule.tax_class) == ("azores", "PT", "PT-20", STANDARD)
    assert (rule.rate_micros, rule.kind, rule.version) == (160_000, TaxKind.REDUCED, 1)
    assert (rule.valid_from_us, rule.valid_until_us) == (AT_US, to_us(APRIL))


async def test_rules_of_a_region_and_of_its_country_stand_side_by_side(taxes: TaxService) -> None:  # T-1
    done = await taxes.upsert_tax_rules(BOSS, [a_rule(), a_rule("0.16", region="PT-20")], "law")
    assert done == Upserted(2, 0)
    book = await taxes.book()
    rates = [book.rule("PT", STANDARD, AT_US, region) for region in ("", "PT-20", "PT-30")]
    assert [rule.rate_micros for rule in rates if rule] == [230_000, 160_000, 230_000]


@pytest.mark.parametrize("region", ["", "PT-20"])
async def test_two_rules_of_one_place_at_one_time_are_refused_when_written(taxes: TaxService, region: str) -> None:
    await taxes.upsert_tax_rules(BOSS, [a_rule(region=region, id="first", valid_until=APRIL)], "law")
    clash, fine = a_rule(region=region, valid_from=NOW, id="b"), a_rule(region=region, valid_from=APRIL, id="c")
    done = await taxes.upsert_tax_rules(BOSS, [clash, fine], "law")
    (problem,) = done.problems
    assert done.changed == 1
    assert isinstance(problem, TaxRuleAmbiguous)  # T-1
    assert (problem.rule, problem.path) == ("first", ("input", "taxRules", "0"))
    assert (region or "PT") in problem.message


async def test_a_change_is_published_once_and_audited_with_what_was_before(
    taxes: TaxService, database: Database
) -> None:
    await taxes.upsert_tax_rules(BOSS, [a_rule(id="pt"), a_rule(id="es", country="ES")], "begin")
    assert await taxes.upsert_tax_rules(BOSS, [a_rule(id="pt")], "again") == Upserted(0, 1)
    await taxes.upsert_tax_rules(BOSS, [a_rule("0.22", id="pt")], "law")
    envelopes = [Envelope.decode(row) for (row,) in await database.read("SELECT envelope FROM runtime_outbox")]
    changes = [change for envelope in envelopes if envelope.name == TaxRulesChanged.NAME for change in envelope.changes]
    assert [change.state["countries"] for change in changes] == [["ES", "PT"], ["PT"]]
    assert changes[0].state["version"] < changes[1].state["version"]
    rows = await database.read("SELECT target, before, after FROM runtime_audit WHERE reason = 'law'")
    ((target, before, after),) = rows
    assert target == "tax_rule:pt"
    assert (json.loads(before)["rate_micros"], json.loads(after)["rate_micros"]) == (230_000, 220_000)


async def test_what_is_not_allowed_changes_nothing(taxes: TaxService) -> None:
    (problem,) = (await taxes.upsert_tax_rules(BOSS, [a_rule()], " ")).problems
    assert isinstance(problem, InvalidInput)
    assert problem.path == ("input", "reason")
    with pytest.raises(Unauthenticated):
        await taxes.upsert_tax_rules(a_viewer(), [a_rule()], "mine")
    with pytest.raises(Forbidden):
        await taxes.upsert_tax_rules(a_viewer(Principal("someone")), [a_rule()], "mine")
    assert (await taxes.book()).rule("PT", STANDARD, AT_US) is None
