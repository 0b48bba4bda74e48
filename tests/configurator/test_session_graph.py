"""Sessions through the graph: the whole step, refusals with their reasons, and every code that a buyer may meet."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from modules.configurator.engine import solver
from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, ValueType
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Category, Family, FamilyCharacteristic, PackageComponent
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import Compute, Level, Stop, Tell
from modules.configurator.model.trees import Arithmetic, Reference, ReferenceKind, Sign
from modules.configurator.service.solving import Solving
from modules.kernel.names import Locale
from modules.runtime.database import Database
from tests.configurator.builders import (
    DOOR,
    a_content,
    a_rule,
    a_table,
    an_expression,
    counted,
    discrete,
    equal,
    excludes,
    number,
    package,
    text,
    typed,
    value,
)
from tests.configurator.shop import MODELLER, Shop, a_shop
from tests.configurator.test_solver import all_different

CONFIGURE = """
mutation ($input: ConfigureInput!) {
  configure(input: $input) {
    key
    session {
      id state version stale obsolete partial approximate missing
      categories { id label characteristics { id } }
      characteristics {
        id label category required quantityUse lockedBy missing mayBeUnset
        options { id label possible }
        ranges { low high approximate }
        assignment { value label quantity provenance }
      }
      messages { rule level text }
    }
    dropped { choice { characteristic value valueLabel } instead insteadLabel }
    news { assignments { characteristic after { value provenance } } offers { characteristic more fewer } }
    problems { ...Told }
  }
}
fragment Told on Problem {
  code message path
  ... on BadConfigurationChoice { characteristic allowed nearest }
  ... on ConfigurationConflict {
    characteristic
    explanation { exact choices { label valueLabel } rules { id text } }
    repairs { dropped { choice { characteristic } instead } }
  }
  ... on ConfigurationLocked { characteristic package }
  ... on ConfigurationVersionConflict { expected current }
  ... on NoConfigurableRevision { sku day }
  ... on ConfigurationObsolete { revision }
  ... on ConfigurationClosed { state }
}
"""
FINALISE = """
mutation ($key: String!) {
  finaliseConfiguration(input: { key: $key }) {
    session { state configuration { id pinnedId number fingerprint product { sku } values { characteristic value } } }
    problems {
      code path
      ... on ConfigurationIncomplete { missing }
      ... on ConfigurationStopped { rules }
      ... on ConfigurationUndefined { chain }
      ... on ConfigurationStale { mine current }
      ... on BadConfigurationChoice { characteristic }
    }
  }
}
"""
MOVE = """
mutation ($input: MoveConfigurationInput!) {
  moveConfiguration(input: $input) {
    session { revision needDate stale choices { characteristic value } }
    left { choice { characteristic } reason }
    newlyRequired
    problems { code ... on ConfigurationRebaseRequired { mine holds mayKeep } }
  }
}
"""
WHY = """
query ($key: String!, $characteristic: ID!, $value: String!) {
  configurationSession(key: $key) {
    why(characteristic: $characteristic, value: $value) {
      verdict package
      explanation { choices { characteristic } rules { text } }
      repairs { dropped { choice { characteristic } instead } }
    }
  }
}
"""


def named(one: Characteristic, german: str, english: str) -> Characteristic:
    return replace(one, descriptions=((Locale("de"), german), (Locale("en"), english)))


def a_machine() -> Content:
    """Something of everything."""
    ratio = a_rule("ratio", Compute("RATIO", an_expression(Arithmetic(number(10), Sign.OVER, value("WIDTH")))))
    fee = a_rule("fee", Compute("FEE", an_expression(Reference("FEES", ReferenceKind.TABLE))))
    width = Bounds(scale=1, low=Decimal(0), high=Decimal(100), step=Decimal("0.5"))
    return a_content(
        named(discrete("COLOUR", "RED BLUE"), "Farbe", "Colour"),
        discrete("GLASS", "YES NO"),
        package("PACK", "SPORT NONE"),
        discrete("WHEELS", "STEEL ALLOY"),
        counted("KEY"),
        Characteristic(id="WIDTH", data_type=DataType.NUMBER, value_type=ValueType.VARIABLE, bounds=width, unit="mm"),
        text("NAME", max_length=10),
        typed("RATIO", None, None, scale=2),
        typed("FEE", None, None),
        discrete("SECRET", "A B", hidden=True),
        optional="NAME GLASS SECRET",
        tables=[a_table("FEES", "COLOUR", [("RED",)], [Decimal(5)])],
        components=[PackageComponent(package="PACK", option="SPORT", component="WHEELS", value="ALLOY")],
        rules=[
            replace(
                excludes("no-red-glass", equal("COLOUR", "RED"), equal("GLASS", "YES")),
                descriptions=((Locale("de"), "Rotes Glas gibt es nicht."), (Locale("en"), "There is no red glass.")),
            ),
            ratio,
            fee,
            a_rule("loud", Tell(Level.WARN, ((Locale("de"), "Laut!"),)), when=equal("WHEELS", "STEEL")),
            a_rule("stop", Stop(((Locale("de"), "So nicht."),)), when=equal("NAME", "FORBIDDEN")),
        ],
    )


COMPLETE = {"COLOUR": "RED", "PACK": "SPORT", "WIDTH": "20"}


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with a_shop(database, a_machine()) as shop:
        yield shop


def chosen(**choices: str | None) -> list[dict[str, Any]]:
    return [{"characteristic": name, "value": value} for name, value in choices.items()]


async def begin(shop: Shop, *choices: dict[str, Any]) -> str:
    payload = await configure(shop, sku=DOOR, choices=list(choices))
    assert payload["problems"] == []
    key: str = payload["key"]
    return key


async def configure(shop: Shop, **input: Any) -> dict[str, Any]:
    data = await shop.run(CONFIGURE, input=input)
    payload: dict[str, Any] = data["configure"]
    return payload


async def finalise(shop: Shop, key: str) -> dict[str, Any]:
    data = await shop.run(FINALISE, key=key)
    payload: dict[str, Any] = data["finaliseConfiguration"]
    return payload


def characteristic(payload: dict[str, Any], id: str) -> dict[str, Any]:
    (found,) = [one for one in payload["session"]["characteristics"] if one["id"] == id]
    return dict(found)


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


BAD: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("E_UNKNOWN_CHARACTERISTIC", {"characteristic": "COLOR", "value": "RED"}, {"nearest": ["COLOUR"]}),
    ("E_UNKNOWN_CHARACTERISTIC", {"characteristic": "COLOR", "value": None}, {"nearest": ["COLOUR"]}),
    ("E_UNKNOWN_OPTION", {"characteristic": "COLOUR", "value": "REED"}, {"nearest": ["RED"]}),
    ("E_TYPE", {"characteristic": "WIDTH", "value": "wide"}, {}),
    ("E_RANGE", {"characteristic": "WIDTH", "value": "100.5"}, {"allowed": "0 to 100"}),
    ("E_STEP", {"characteristic": "WIDTH", "value": "1.2"}, {}),
    ("E_SCALE", {"characteristic": "WIDTH", "value": "1.25"}, {"allowed": "1"}),
    ("E_LENGTH", {"characteristic": "NAME", "value": "x" * 11}, {}),
    ("E_QTY_FORBIDDEN", {"characteristic": "COLOUR", "value": "RED", "quantity": "2"}, {}),
    ("E_RANGE", {"characteristic": "KEY", "value": "YES", "quantity": "6"}, {"characteristic": "KEY.qty"}),
]


@pytest.mark.parametrize(("code", "choice", "data"), BAD)
async def test_what_cannot_be_a_value_is_told_with_its_place(
    shop: Shop, code: str, choice: dict[str, Any], data: dict[str, Any]
) -> None:
    key = await begin(shop)
    payload = await configure(shop, key=key, choices=[*chosen(PACK="NONE"), choice])
    (problem,) = payload["problems"]
    assert problem["code"] == code
    assert problem["path"][:3] == ["input", "choices", "1"]
    assert problem | data == problem
    assert payload["session"]["version"] == 1


async def test_what_a_package_sets_is_locked(shop: Shop) -> None:
    key = await begin(shop, *chosen(PACK="SPORT"))
    for wish in (chosen(WHEELS="STEEL"), chosen(WHEELS=None)):
        (problem,) = (await configure(shop, key=key, choices=wish))["problems"]
        assert (problem["code"], problem["package"]) == ("E_LOCKED_BY_PACKAGE", "PACK")


async def test_what_is_not_whole_is_not_finalised_and_all_that_is_missing_is_told(shop: Shop) -> None:
    key = await begin(shop, *chosen(**COMPLETE, KEY="YES", NAME="FORBIDDEN"))
    told = {problem["code"]: problem for problem in (await finalise(shop, key))["problems"]}
    assert list(told) == ["E_INCOMPLETE", "E_QTY_REQUIRED", "E_STOP_RULE"]
    assert told["E_INCOMPLETE"]["missing"] == ["KEY.qty"]
    assert told["E_QTY_REQUIRED"]["characteristic"] == "KEY"
    assert told["E_STOP_RULE"]["rules"] == ["stop"]


@pytest.mark.parametrize(
    ("change", "code", "chain"),
    [
        ({"WIDTH": "0"}, "E_DIV_ZERO", ["RATIO"]),
        ({"COLOUR": "BLUE"}, "E_TABLE_NO_MATCH", ["FEE", "table:FEES"]),
    ],
)
async def test_what_is_needed_and_has_no_result_is_told_with_its_chain(
    shop: Shop, change: dict[str, str], code: str, chain: list[str]
) -> None:
    key = await begin(shop, *chosen(**COMPLETE | change))
    told = {problem["code"]: problem for problem in (await finalise(shop, key))["problems"]}
    assert told[code]["chain"] == chain


async def test_a_whole_configuration_gets_its_id(shop: Shop) -> None:
    key = await begin(shop, *chosen(**COMPLETE), {"characteristic": "KEY", "value": "YES", "quantity": "2"})
    payload = await finalise(shop, key)
    assert payload["problems"] == []
    made = payload["session"]["configuration"]
    assert (payload["session"]["state"], made["number"], made["product"]["sku"]) == ("FINALISED", "1", DOOR)
    assert made["pinnedId"] == f"{made['id']}.{made['fingerprint']}"
    for id in (made["id"], made["pinnedId"]):
        found = await shop.run("query ($id: ID!) { configuration(id: $id) { number } }", id=id)
        assert found == {"configuration": {"number": "1"}}
    assert await shop.run('{ configuration(id: "1-00") { id } }') == {"configuration": None}
    (problem,) = (await configure(shop, key=key, choices=chosen(COLOUR="BLUE")))["problems"]
    assert (problem["code"], problem["state"]) == ("E_CLOSED", "FINALISED")


async def test_a_stale_session_says_so_until_it_is_rebased(shop: Shop) -> None:
    key = await begin(shop, *chosen(**COMPLETE), {"characteristic": "KEY", "value": "YES", "quantity": "2"})
    newer = a_machine()
    members = [replace(one, required=True) if one.characteristic == "GLASS" else one for one in newer.members]
    shop.workshop.release(replace(newer, version=2, members=tuple(members)))
    payload = await configure(shop, key=key, choices=chosen(NAME="anna"))
    assert (payload["problems"], payload["session"]["stale"]) == ([], True)
    (problem,) = (await finalise(shop, key))["problems"]
    assert (problem["code"], problem["mine"], problem["current"]) == ("E_STALE_MODEL", 1, 2)
    rebased = await shop.run(
        "mutation ($key: String!) { rebaseConfiguration(input: { key: $key }) "
        "{ session { stale choices { characteristic } } left { reason } newlyRequired problems { code } } }",
        key=key,
    )
    assert rebased["rebaseConfiguration"] == {
        "session": {
            "stale": False,
            "choices": [{"characteristic": one} for one in ("COLOUR", "PACK", "WIDTH", "KEY", "NAME")],
        },
        "left": [],
        "newlyRequired": [],
        "problems": [],
    }


async def test_an_obsolete_revision_is_read_only_and_can_be_left(shop: Shop) -> None:
    key = await begin(shop, *chosen(COLOUR="RED"))
    fewer = replace(a_machine(), revision=2)
    blue = [one for one in fewer.members if one.characteristic != "COLOUR"]
    only_blue = RevisionCharacteristic(characteristic="COLOUR", required=True, options=frozenset(("BLUE",)))
    shop.workshop.release(replace(fewer, members=(only_blue, *blue)))
    shop.workshop.retire(1)
    payload = await configure(shop, key=key, choices=chosen(COLOUR="BLUE"))
    assert [problem["code"] for problem in payload["problems"]] == ["E_REVISION_OBSOLETE"]
    assert [problem["code"] for problem in (await finalise(shop, key))["problems"]] == ["E_REVISION_OBSOLETE"]
    data = await shop.run("query ($key: String!) { configurationSession(key: $key) { obsolete } }", key=key)
    assert data == {"configurationSession": {"obsolete": True}}
    moved = await shop.run(MOVE, input={"key": key, "needDate": "2026-04-01"})
    (problem,) = moved["moveConfiguration"]["problems"]
    assert problem == {"code": "E_REBASE_REQUIRED", "mine": 1, "holds": 2, "mayKeep": False}
    moved = await shop.run(MOVE, input={"key": key, "needDate": "2026-04-01", "onto": "REBASE"})
    assert moved["moveConfiguration"]["session"]["revision"] == 2
    assert moved["moveConfiguration"]["left"] == [{"choice": {"characteristic": "COLOUR"}, "reason": "UNKNOWN"}]


async def test_a_need_date_in_another_revision_takes_a_word_on_what_to_do(shop: Shop) -> None:
    shop.workshop.release(a_machine(), phase_out=date(2026, 4, 1))
    shop.workshop.release(replace(a_machine(), revision=2), phase_in=date(2026, 4, 1))
    key = await begin(shop, *chosen(COLOUR="RED"))

    async def move(day: str, onto: str | None = None) -> dict[str, Any]:
        data = await shop.run(MOVE, input={"key": key, "needDate": day, "onto": onto})
        found: dict[str, Any] = data["moveConfiguration"]
        return found

    assert (await move("2026-03-31"))["session"]["revision"] == 1
    asked = await move("2026-04-01")
    assert (asked["session"], asked["problems"][0]["mayKeep"]) == (None, True)
    kept = await move("2026-04-01", "KEEP")
    assert (kept["session"]["revision"], kept["session"]["needDate"]) == (1, "2026-04-01")
    rebased = await move("2026-04-02", "REBASE")
    assert rebased["session"] == {
        "revision": 2,
        "needDate": "2026-04-02",
        "stale": False,
        "choices": [{"characteristic": "COLOUR", "value": "RED"}],
    }
    (problem,) = (await move("2025-01-01"))["problems"]
    assert problem["code"] == "E_NO_REVISION"


async def test_what_is_not_there_or_somebody_elses_version_is_refused(shop: Shop) -> None:
    (problem,) = (await configure(shop, sku="GATE"))["problems"]
    assert (problem["code"], problem["sku"], problem["day"]) == ("E_NO_REVISION", "GATE", "2026-03-02")
    key = await begin(shop)
    (problem,) = (await configure(shop, key=key, choices=chosen(COLOUR="RED"), expectedVersion=7))["problems"]
    assert (problem["code"], problem["expected"], problem["current"]) == ("E_VERSION", 7, 1)
    (problem,) = (await configure(shop, key="x" * 32))["problems"]
    assert problem["code"] == "E_NO_SESSION"
    for input in ({}, {"sku": DOOR, "key": key}):
        (problem,) = (await configure(shop, **input))["problems"]
        assert problem["code"] == "INVALID_INPUT"


async def test_what_is_not_decided_in_time_is_told_as_such(database: Database) -> None:
    async with a_shop(database, all_different(9, 8), solving=Solving(patience=5)) as shop:
        payload = await configure(shop, sku=DOOR)
        assert payload["session"]["partial"]
        assert {option["possible"] for option in characteristic(payload, "C0")["options"]} == {None}
        assert (await finalise(shop, payload["key"]))["problems"][0]["code"] == "E_BUDGET"


async def test_two_texts_of_one_hash_are_a_fault_and_nothing_is_finalised(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.configurator.store.specifications.hash_of", lambda text: "0" * 64)
    quantities = [{"characteristic": "KEY", "value": "YES", "quantity": quantity} for quantity in ("1", "2")]
    one, other = [await begin(shop, *chosen(**COMPLETE), quantity) for quantity in quantities]
    assert (await finalise(shop, one))["problems"] == []
    result = await shop.schema.execute(FINALISE, {"key": other}, shop.context())
    assert result.errors
    data = await shop.run("query ($key: String!) { configurationSession(key: $key) { state } }", key=other)
    assert data == {"configurationSession": {"state": "COMPLETE"}}


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
    query ($things: [_Any!]!) { _entities(representations: $things) { ... on Product { sku configurable { revision } } } }
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
