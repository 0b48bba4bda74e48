"""Who changed what, as the graph tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.pricing import Pricing, by_field, wire_pricing
from gateway.schema import GraphSchema
from modules.kernel.errors import BadUserInput, Forbidden, Unauthenticated
from modules.kernel.graph import GraphContext, Part
from modules.kernel.viewer import OPERATOR, Permission, Principal, Viewer
from modules.pricing.engine.lifecycle import Step
from modules.pricing.graph import PART
from modules.pricing.model.codes import CodeInput
from modules.pricing.model.prices import EndPricesInput
from modules.pricing.model.taxes import TaxRuleInput
from modules.pricing.model.trail import Subject
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from tests.builders import a_channel, a_viewer, an_article
from tests.pricing.builders import ArticlesInMemory, ChannelsInMemory, a_row_input
from tests.pricing.promotion_documents import a_document

BOSS = a_viewer(OPERATOR)
SCHEMA = GraphSchema([Part("shelf"), PART])
AUDIT = """
query ($of: PricingSubject!, $id: ID, $first: Int! = 24, $after: String) {
  pricingAudit(of: $of, id: $id, first: $first, after: $after) {
    edges { node { by at action subject reason before after } }
    pageInfo { hasNextPage endCursor }
  }
}"""


@pytest.fixture
async def pricing(database: Database) -> Pricing:
    """A price that was set, changed and ended, one that was imported, and an active promotion with a code."""
    pricing = wire_pricing(
        database, ArticlesInMemory(an_article("A-1"), an_article("A_1")), ChannelsInMemory(a_channel())
    )
    await pricing.taxes.upsert_tax_rules(BOSS, [TaxRuleInput(country="DE", tax_class="standard", rate="0.19")], "law")
    for amount in ("10", "11"):
        await pricing.rows.set_prices(BOSS, [a_row_input(id="row", amount=amount)], f"to {amount}")
    await pricing.rows.end_prices(BOSS, EndPricesInput(ids=["row"]), "over")
    await pricing.rows.set_prices(BOSS, [a_row_input(sku="A_1", id="rOw")], "another")
    await pricing.rows.import_prices(BOSS, [a_row_input(sku="A_1", id="imported", store="berlin")], "moved")
    await pricing.promotions.upsert(BOSS, [a_document()], "plan")
    await pricing.promotions.step(BOSS, Step.ACTIVATE, ["spring"], "go")
    await pricing.codes.upsert_codes(BOSS, [CodeInput(code="MAY", promotion="spring")], "mailing")
    return pricing


@pytest.fixture
def ask(pricing: Pricing, feed: StreamFeed) -> Any:
    async def ask(viewer: Viewer = BOSS, **variables: Any) -> Any:
        context = GraphContext(viewer, feed, by_field(pricing), SCHEMA.parts, SCHEMA.owners)
        answer = await SCHEMA.execute(AUDIT, variables, context)
        if answer.errors:
            raise answer.errors[0].original_error or answer.errors[0]
        assert answer.data
        return answer.data["pricingAudit"]

    return ask


def told(page: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Of each change what was done, to what, and why."""
    return [(edge["node"]["action"], edge["node"]["subject"], edge["node"]["reason"]) for edge in page["edges"]]


async def test_every_change_of_a_row_is_told_with_its_author_and_both_states(ask: Any) -> None:
    page = await ask(of="PRICE", id="row")
    assert told(page) == [("end_price", "row", "over"), ("set_price", "row", "to 11"), ("set_price", "row", "to 10")]
    _, changed, first = (edge["node"] for edge in page["edges"])
    assert (changed["by"], first["before"]) == ("operator", None)
    amounts = [state["amount_micros"] for state in (changed["before"], changed["after"], first["after"])]
    assert amounts == [10_000_000, 11_000_000, 10_000_000]
    assert changed["at"].endswith("Z")


async def test_changes_come_page_by_page_the_newest_first(ask: Any) -> None:
    found, after = [], None
    for _ in range(4):
        page = await ask(of="PRICE", first=1, after=after)
        found += told(page)
        after = page["pageInfo"]["endCursor"]
    assert [reason for *_, reason in found] == ["another", "over", "to 11", "to 10"]
    assert page["pageInfo"]["hasNextPage"] is False


async def test_each_kind_of_thing_has_its_own_changes(ask: Any) -> None:
    cases = [
        ("PRICE_IMPORT", None, ["moved"]),
        ("TAX_RULE", None, ["law"]),
        ("PROMOTION", "spring", ["go", "plan"]),
        ("CODE", "may", ["mailing"]),
        ("PRICE_LIST", None, []),
        ("PROMOTION", "nobody", []),
        ("PRICE", "row%", []),
        ("PRICE", "\x00", []),
    ]
    found = [(of, id, [reason for *_, reason in told(await ask(of=of, id=id))]) for of, id, _ in cases]
    assert found == cases


async def test_each_kind_needs_the_right_to_what_it_is_about(ask: Any) -> None:
    rights = {Permission.PRICES_WRITE, Permission.PROMOTIONS_READ}
    for subject in Subject:
        with pytest.raises(Unauthenticated):
            await ask(a_viewer(), of=subject.name)
        with pytest.raises(Forbidden):
            await ask(having(*rights - {subject.permission}), of=subject.name)
        assert await ask(having(subject.permission), of=subject.name)


def having(*rights: Permission) -> Viewer:
    """Somebody with these rights only."""
    return a_viewer(Principal("somebody", permissions=frozenset(rights)))


async def test_a_cursor_of_another_list_is_refused(ask: Any) -> None:
    for after in ("x", "WyJhIl0", "Wy0xXQ"):
        with pytest.raises(BadUserInput):
            await ask(of="PRICE", after=after)
