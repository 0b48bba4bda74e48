"""Sessions through the graph: the whole step, reasons in the viewer's language, links, products."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from modules.configurator.engine import solver
from modules.configurator.model.families import Category, Family, FamilyCharacteristic
from modules.kernel.names import Locale
from modules.runtime.database import Database
from tests.configurator.builders import (
    DOOR,
)
from tests.configurator.machine import (
    COMPLETE,
    CONFIGURE,
    WHY,
    a_machine,
    begin,
    characteristic,
    chosen,
    configure,
    finalise,
)
from tests.configurator.shop import MODELLER, Shop, a_shop


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with a_shop(database, a_machine()) as shop:
        yield shop


async def test_choices_go_in_and_the_whole_step_comes_out(shop: Shop) -> None:
    payload = await configure(shop, sku=DOOR, choices=chosen(COLOUR="RED", PACK="SPORT", WIDTH="20"))
    colour, wheels, width = (characteristic(payload, id) for id in ("COLOUR", "WHEELS", "WIDTH"))
    assert (colour["label"], colour["assignment"]["provenance"]) == ("Farbe", "USER")
    assert (wheels["lockedBy"], wheels["assignment"]["provenance"]) == ("PACK", "PACKAGE")
    assert width["assignment"] == {"value": "20", "label": "20 mm", "quantity": None, "provenance": "USER"}
    assert characteristic(payload, "RATIO")["assignment"]["value"] == "0.5"
    assert characteristic(payload, "GLASS")["options"] == [
        {"id": "YES", "label": "YES", "possible": False},
        {"id": "NO", "label": "NO", "possible": True},
    ]
    assert payload["session"]["missing"] == ["KEY"]
    assert (payload["session"]["state"], payload["session"]["stale"]) == ("INCOMPLETE", False)


async def test_every_answer_tells_what_the_last_change_did(shop: Shop) -> None:
    key = await begin(shop)
    payload = await configure(shop, key=key, choices=chosen(COLOUR="RED"))
    assert payload["news"]["assignments"] == [
        {"characteristic": "COLOUR", "after": {"value": "RED", "provenance": "USER"}},
        {"characteristic": "FEE", "after": {"value": "5", "provenance": "COMPUTED"}},
    ]
    assert {"characteristic": "GLASS", "more": [], "fewer": ["YES"]} in payload["news"]["offers"]


async def test_buyers_are_not_shown_what_is_hidden_and_headings_come_in_their_order(shop: Shop) -> None:
    places = [("B", "COLOUR"), ("A", "GLASS"), ("B", "PACK"), ("none", "KEY")]
    shop.workshop.family = Family(
        id="DOORS",
        by_category=True,
        categories=(
            Category(id="A", descriptions=((Locale("de"), "Aussen"),), sequence=1),
            Category(id="B", descriptions=(), sequence=0),
        ),
        members=tuple(FamilyCharacteristic(characteristic=id, category=category) for category, id in places),
    )
    payload = await configure(shop, sku=DOOR)
    headings = payload["session"]["categories"]
    assert [(one["id"], one["label"]) for one in headings] == [("B", "B"), ("A", "Aussen"), (None, None)]
    assert [one["id"] for one in headings[0]["characteristics"]] == ["COLOUR", "PACK"]
    assert "SECRET" not in str(payload)
    shop.viewer = replace(shop.viewer, principal=MODELLER)
    assert "SECRET" in str(await configure(shop, key=payload["key"]))


async def test_a_refusal_says_why_in_the_viewers_language_and_offers_ways_out(shop: Shop) -> None:
    key = await begin(shop, *chosen(COLOUR="RED"))
    (problem,) = (await configure(shop, key=key, choices=chosen(GLASS="YES")))["problems"]
    assert problem == {
        "code": "E_CONFLICT",
        "message": "This value of GLASS is not possible here.",
        "path": ["input", "choices", "0"],
        "characteristic": "GLASS",
        "explanation": {
            "exact": True,
            "choices": [{"label": "Farbe", "valueLabel": "RED"}],
            "rules": [{"id": "no-red-glass", "text": "Rotes Glas gibt es nicht."}],
        },
        "repairs": [{"dropped": [{"choice": {"characteristic": "COLOUR"}, "instead": "BLUE"}]}],
    }
    forced = await configure(shop, key=key, choices=chosen(GLASS="YES"), force=True)
    assert forced["problems"] == []
    assert [one["choice"]["characteristic"] for one in forced["dropped"]] == ["COLOUR"]


async def test_why_a_value_is_not_possible_or_forced_can_be_asked_of_any(shop: Shop) -> None:
    key = await begin(shop, *chosen(COLOUR="RED", PACK="SPORT"))

    async def why(characteristic: str, value: str) -> dict[str, Any]:
        data = await shop.run(WHY, key=key, characteristic=characteristic, value=value)
        found: dict[str, Any] = data["configurationSession"]["why"]
        return found

    glass = await why("GLASS", "YES")
    assert (glass["verdict"], glass["explanation"]["choices"]) == ("IMPOSSIBLE", [{"characteristic": "COLOUR"}])
    assert glass["repairs"][0]["dropped"][0]["instead"] == "BLUE"
    assert (await why("WHEELS", "STEEL"))["verdict"] == "LOCKED"
    assert (await why("WHEELS", "ALLOY"))["verdict"] == "FORCED"
    assert (await why("GLASS", "NO"))["verdict"] == "POSSIBLE"


async def test_what_is_chosen_tells_what_it_could_be_changed_to(shop: Shop) -> None:
    key = await begin(shop, *chosen(GLASS="YES", COLOUR="BLUE", PACK="NONE"))
    document = """
    query ($key: String!) { configurationSession(key: $key) { alternatives { characteristic options } } }
    """
    data = await shop.run(document, key=key)
    assert data["configurationSession"]["alternatives"] == [
        {"characteristic": "GLASS", "options": ["YES", "NO"]},
        {"characteristic": "COLOUR", "options": ["BLUE"]},
        {"characteristic": "PACK", "options": ["SPORT", "NONE"]},
    ]


async def test_what_is_in_the_cart_is_configured_anew_from_its_id(shop: Shop) -> None:
    key = await begin(shop, *chosen(**COMPLETE, GLASS="NO"), {"characteristic": "KEY", "value": "YES", "quantity": "2"})
    made = (await finalise(shop, key))["session"]["configuration"]
    document = """
    mutation ($input: ConfigureInput!) {
      configure(input: $input) {
        key session { state choices { characteristic value quantity } } left { choice { characteristic } reason }
        problems { code path }
      }
    }
    """
    for id in (made["id"], made["pinnedId"]):
        anew = (await shop.run(document, input={"sku": DOOR, "configurationId": id}))["configure"]
        assert (anew["left"], anew["session"]["state"]) == ([], "COMPLETE")
        assert {"characteristic": "KEY", "value": "YES", "quantity": "2"} in anew["session"]["choices"]
        assert "RATIO" not in str(anew)  # what is computed is computed anew
        again = await finalise(shop, anew["key"])
        assert again["session"]["configuration"]["id"] == made["id"]
    shop.workshop.release(replace(a_machine(), version=2, rules=a_machine().rules[1:], members=a_machine().members[1:]))
    anew = (await shop.run(document, input={"sku": DOOR, "configurationId": made["id"]}))["configure"]
    assert anew["left"] == [{"choice": {"characteristic": "COLOUR"}, "reason": "UNKNOWN"}]
    (problem,) = (await shop.run(document, input={"sku": DOOR, "configurationId": "1-00"}))["configure"]["problems"]
    assert (problem["code"], problem["path"]) == ("INVALID_INPUT", ["input", "configurationId"])


async def test_links_read_or_edit_until_they_are_revoked_and_only_the_owner_finishes(shop: Shop) -> None:
    share = """
    mutation ($input: ShareConfigurationInput!) {
      shareConfiguration(input: $input) { key session { links { id right label } } problems { code } }
    }
    """
    key = await begin(shop, *chosen(COLOUR="RED"))

    async def link(right: str) -> str:
        input = {"key": key, "right": right, "idempotencyKey": f"a key for {right} links", "label": right.lower()}
        first, again = [await shop.run(share, input=input) for _ in range(2)]
        assert first["shareConfiguration"]["problems"] == []
        assert first == again
        found: str = first["shareConfiguration"]["key"]
        return found

    reads, edits = await link("READ"), await link("EDIT")
    (problem,) = (await configure(shop, key=reads, choices=chosen(PACK="NONE")))["problems"]
    assert problem["code"] == "E_RIGHT"
    assert (await configure(shop, key=edits, choices=chosen(PACK="NONE")))["problems"] == []
    assert [problem["code"] for problem in (await finalise(shop, edits))["problems"]] == ["E_RIGHT"]
    query = "query ($key: String!) { configurationSession(key: $key) { right links { id label } } }"
    owner = (await shop.run(query, key=key))["configurationSession"]
    assert ([one["label"] for one in owner["links"]], owner["right"]) == (["read", "edit"], "OWNER")
    assert (await shop.run(query, key=reads))["configurationSession"] == {"right": "READ", "links": None}
    revoke = """
    mutation ($input: RevokeConfigurationLinkInput!) { revokeConfigurationLink(input: $input) { problems { code } } }
    """
    for code in ([], ["E_NO_LINK"]):
        done = await shop.run(revoke, input={"key": key, "link": owner["links"][0]["id"]})
        assert [problem["code"] for problem in done["revokeConfigurationLink"]["problems"]] == code
    assert (await shop.run(query, key=reads))["configurationSession"] is None
    owners = await shop.run(share, input={"key": key, "right": "OWNER", "idempotencyKey": "a key for an owner"})
    assert [problem["code"] for problem in owners["shareConfiguration"]["problems"]] == ["INVALID_INPUT"]


async def test_links_of_a_session_are_limited(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modules.configurator.service.sharing.MOST_LINKS", 0)
    key = await begin(shop)
    document = "mutation ($input: ShareConfigurationInput!) { shareConfiguration(input: $input) { problems { code } } }"
    done = await shop.run(document, input={"key": key, "right": "READ", "idempotencyKey": "a key for one link"})
    assert done == {"shareConfiguration": {"problems": [{"code": "E_LINK_LIMIT"}]}}


async def test_a_page_of_products_asks_once_which_can_be_configured(shop: Shop) -> None:
    document = """
    query ($things: [_Any!]!) {
      _entities(representations: $things) { ... on Product { sku configurable { revision } } }
    }
    """
    things = [{"__typename": "Product", "sku": sku} for sku in (DOOR, "GATE", "MUG")]
    before = shop.workshop.asked
    data = await shop.run(document, things=things)
    assert data["_entities"] == [{"sku": DOOR, "configurable": {"revision": "1"}}, None, None]
    assert shop.workshop.asked - before == 3


async def test_without_a_solver_nothing_is_configurable_and_sessions_are_unavailable(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "Glucose4", None)
    context = shop.context()
    result = await shop.schema.execute(CONFIGURE, {"input": {"sku": DOOR}}, context)
    assert result.errors
    assert "solver" in result.errors[0].message
