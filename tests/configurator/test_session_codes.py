"""Every code that whoever configures may meet, through the graph (section 9)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.service.solving import Solving
from modules.runtime.database import Database
from tests.configurator.builders import (
    DOOR,
)
from tests.configurator.machine import (
    COMPLETE,
    FINALISE,
    MOVE,
    a_machine,
    begin,
    characteristic,
    chosen,
    configure,
    finalise,
)
from tests.configurator.shop import Shop, a_shop
from tests.configurator.test_solver import all_different


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with a_shop(database, a_machine()) as shop:
        yield shop


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


async def test_a_choice_that_a_package_makes_as_well_can_be_taken_back_and_stays_set(shop: Shop) -> None:
    for choices in ((*chosen(WHEELS="ALLOY"), *chosen(PACK="SPORT")), (*chosen(PACK="SPORT"), *chosen(WHEELS="ALLOY"))):
        key = await begin(shop, *choices)
        payload = await configure(shop, key=key, choices=chosen(WHEELS=None))
        assert payload["problems"] == []
        wheels = characteristic(payload, "WHEELS")
        assert (wheels["assignment"]["value"], wheels["assignment"]["provenance"]) == ("ALLOY", "PACKAGE")


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
