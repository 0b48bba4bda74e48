"""What modellers do over GraphQL, from a new family to a released part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType

from gateway.configurator import Configurator
from gateway.pricing import by_field
from gateway.schema import GraphSchema
from modules.configurator.graph import PART
from modules.configurator.graph.modelforms import form, name_of
from modules.configurator.model.changes import CLASSES
from modules.kernel.graph import GraphContext
from modules.kernel.viewer import Viewer
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.shopfloor import BOSS, a_shop

pytestmark = pytest.mark.usefixtures("open_shops")
SCHEMA = GraphSchema([PART])
CHANGE = """mutation($input: ChangeModelsInput!) { changeModels(input: $input) {
    changed unchanged written { kind id within } revisions { part number status contentVersion }
    findings { kind about rules isError }
    problems { code path ... on ModelInUse { name referrers } ... on ModelBadExpression { line column nearest } }
} }"""
FAMILY = """{ modelFamily(id: "doors") { family { version document } revisions { number status contentVersion }
    masters { key { kind id within } document } } }"""


async def ask(shop: Configurator, document: str, viewer: Viewer = BOSS, **variables: Any) -> Any:
    feed: Any = None
    context = GraphContext(viewer, feed, by_field(shop), SCHEMA.parts, SCHEMA.owners)
    result = await SCHEMA.execute(document, variables, context)
    return result.errors[0].message if result.errors else result.data


async def change(shop: Configurator, *changes: dict[str, Any], **more: Any) -> Any:
    found = await ask(shop, CHANGE, input={"changes": list(changes), "reason": "modelling", **more})
    assert isinstance(found, dict), found
    return found["changeModels"]


def put(kind: str, **master: Any) -> dict[str, Any]:
    more = {name: master.pop(name) for name in ("of", "expectedVersion") if name in master}
    return {"put": {"master": {kind: master}, **more}}


DOOR = {"part": "DOOR", "number": 1}
HANDLE = put(
    "characteristic",
    id="HANDLE",
    descriptions=[{"locale": "en", "text": "Handle"}, {"locale": "de", "text": "Griff"}],
    options=[{"id": "LEFT"}, {"id": "RIGHT", "sequence": 1}],
)
MEMBERS = [{"characteristic": name} for name in ("COLOUR", "WIDTH", "GLASS", "HANDLE")]
EVERYTHING = [
    HANDLE,
    put("family", id="DOORS", members=MEMBERS),
    put(
        "formula",
        id="AREA",
        family="DOORS",
        expression="WIDTH * 2",
        scale=1,
        testCases=[{"values": [{"name": "WIDTH", "value": {"number": "2"}}], "result": {"number": "4"}}],
    ),
    put(
        "table",
        id="RATES",
        family="DOORS",
        factors=[{"reference": "COLOUR"}, {"reference": "WIDTH", "testValue": {"number": "3"}}],
        rows=[
            {
                "sequence": 1,
                "cells": [
                    {"match": "=", "operands": [{"text": "RED"}]},
                    {"match": "between", "operands": [{"number": "1"}, {"number": "4"}]},
                ],
                "result": {"number": "1.5"},
            },
            {"sequence": 2, "cells": [{}, {}], "result": {"number": "2"}},
        ],
    ),
    put(
        "revision",
        part="DOOR",
        number=1,
        phaseIn="2026-01-01",
        members=[{"characteristic": "COLOUR", "required": True, "default": {"text": "RED"}}, *MEMBERS[1:]],
    ),
    put(
        "rule",
        of=DOOR,
        id="R1",
        condition="COLOUR = 'RED'",
        actions=[
            {"require": {"condition": "formula:AREA > 4"}},
            {"makeUnavailable": {"characteristic": "GLASS", "options": ["YES"]}},
            {"attachOptional": {"characteristic": "HANDLE", "value": {"text": "LEFT"}}},
            {"tell": {"level": "INFO", "text": [{"locale": "en", "text": "Red it is."}]}},
            {"surcharge": {"amount": "12.5"}},
        ],
    ),
    put(
        "case",
        of=DOOR,
        id="C1",
        choices=[{"characteristic": "COLOUR", "value": {"text": "RED"}}],
        expected=[{"name": "GLASS", "value": None}],
    ),
    put(
        "structure",
        part="DOOR",
        revision=1,
        phaseIn="2026-01-01",
        alternates=[
            {
                "id": "A",
                "sequence": 1,
                "lines": [
                    {
                        "id": "L",
                        "sequence": 1,
                        "component": "WOOD",
                        "quantityPer": "2",
                        "actions": [{"setQuantity": {"expression": "WIDTH"}}],
                    }
                ],
            }
        ],
    ),
    put(
        "price",
        id="P",
        family="DOORS",
        priceList="base",
        currency="EUR",
        characteristic="GLASS",
        amount="3000000.25",
        validFrom="2026-01-01T00:00:00Z",
    ),
    {"prove": {"kind": "FORMULA", "id": "AREA", "within": "DOORS"}},
]


async def test_everything_can_be_written_in_one_list_and_read_back(database: Database) -> None:
    shop = await a_shop(database)
    done = await change(shop, *EVERYTHING, {"become": {"revision": DOOR, "status": "RELEASED"}})
    assert done["problems"] == []
    assert done["revisions"] == [{"part": "DOOR", "number": 1, "status": "RELEASED", "contentVersion": 1}]
    family = (await ask(shop, FAMILY))["modelFamily"]
    found = {(one["key"]["kind"], one["key"]["id"]): one["document"] for one in family["masters"]}
    assert found["RULE", "R1"]["actions"][0] == {"kind": "require", "condition": "formula:AREA > 4"}
    assert found["RULE", "R1"]["actions"][4]["amount_micros"] == 12_500_000
    assert found["PRICE", "P"]["amount_micros"] == 3_000_000_250_000
    assert found["TABLE", "RATES"]["rows"][0] == [1, {"number": "1.5"}, "RED", ["between", 1, 4]]
    assert found["FORMULA", "AREA"]["usability"] == "usable"
    again = await change(shop, *EVERYTHING)
    assert (again["changed"], again["unchanged"], again["problems"]) == (0, len(EVERYTHING), [])


async def test_a_problem_stands_where_its_cause_is(database: Database) -> None:
    shop = await a_shop(database)
    bad = put("rule", of=DOOR, id="R", actions=[{"require": {"condition": "COLUR = 'RED'"}}])
    done = await change(shop, HANDLE, bad, put("family", id="DOORS", members=MEMBERS, expectedVersion=7))
    assert [(one["code"], ".".join(one["path"])) for one in done["problems"]] == [
        ("E_VERSION", "input.changes.2.put.expectedVersion")
    ]
    done = await change(shop, HANDLE, bad)
    (problem,) = done["problems"]
    assert problem["path"] == ["input", "changes", "1", "put", "master", "rule", "actions", "0", "condition"]
    assert (problem["code"], problem["line"], problem["nearest"]) == ("E_UNKNOWN_NAME", 1, ["COLOUR"])


async def test_referrers_are_data(database: Database) -> None:
    shop = await a_shop(database)
    await change(shop, *EVERYTHING)
    done = await change(shop, {"remove": {"key": {"kind": "FORMULA", "id": "AREA", "within": "DOORS"}}})
    assert [(one["name"], one["referrers"]) for one in done["problems"]] == [("formula AREA", ["rule R1 of DOOR#1"])]
    assert await ask(shop, '{ modelWhereUsed(family: "DOORS", name: "COLOUR", option: "RED") }') == {
        "modelWhereUsed": ["rule R1 of DOOR#1", "table RATES of DOORS"]
    }


async def test_findings_and_verdicts_are_shown_before_a_release(database: Database) -> None:
    shop = await a_shop(database)
    await change(shop, *EVERYTHING[:-1])
    check = '{ checkRevision(part: "DOOR", revision: 1) { findings { kind about } problems { code } } }'
    found = (await ask(shop, check))["checkRevision"]
    assert [one["code"] for one in found["problems"]] == ["E_NOT_USABLE"]
    verdicts = await ask(shop, '{ modelVerdicts(family: "DOORS") { name usable obstacles cases { passed result } } }')
    assert verdicts["modelVerdicts"] == [
        {"name": "formula:AREA", "usable": True, "obstacles": [], "cases": [{"passed": True, "result": "4.0"}]},
        {"name": "table:RATES", "usable": False, "obstacles": ["no test case"], "cases": []},
    ]


async def test_a_list_is_paged(database: Database) -> None:
    shop = await a_shop(database)
    page = "query($after: String) { modelMasters(kind: CHARACTERISTIC, first: 3, after: $after) {" \
        " nodes { key { id } version } pageInfo { hasNextPage endCursor } } }"  # fmt: skip
    first = (await ask(shop, page))["modelMasters"]
    assert ([one["key"]["id"] for one in first["nodes"]], first["pageInfo"]["hasNextPage"]) == (
        ["COLOUR", "GLASS", "SPORT"],
        True,
    )
    rest = (await ask(shop, page, after=first["pageInfo"]["endCursor"]))["modelMasters"]
    assert [one["key"]["id"] for one in rest["nodes"]] == ["WIDTH"]


async def test_strangers_see_and_do_nothing(database: Database) -> None:
    shop = await a_shop(database)
    assert "models:read" in await ask(shop, FAMILY, a_viewer())
    input = {"changes": [HANDLE], "reason": "r"}
    assert "models:write" in await ask(shop, CHANGE, a_viewer(), input=input)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_field_of_every_input_is_described(kind: Any) -> None:
    make: Callable[[Any], Any] = form
    made = make(CLASSES[kind])
    fields = made.__strawberry_definition__.fields
    assert name_of(CLASSES[kind]).startswith("Model")
    assert [one.python_name for one in fields if not one.description] == []


COPY = """mutation($input: CopyRevisionInput!) { copyRevision(input: $input) {
    revision { part number status phaseIn phaseOut contentVersion } problems { code path } } }"""


async def copy(shop: Configurator, **more: Any) -> Any:
    input = {"revision": DOOR, "reason": "next year's doors", **more}
    return (await ask(shop, COPY, input=input))["copyRevision"]


async def test_a_copy_is_tentative_and_has_members_rules_and_cases(database: Database) -> None:
    shop = await a_shop(database)
    await change(shop, *EVERYTHING, {"become": {"revision": DOOR, "status": "RELEASED"}})
    days = {"phaseIn": "2027-01-01", "phaseOut": "2028-01-01"}
    wish = {**days, "idempotencyKey": "copy-one-0000001"}
    first, again = await copy(shop, **wish), await copy(shop, **wish)
    assert first == again
    told = {"part": "DOOR", "number": 2, "status": "TENTATIVE", "contentVersion": 1, **days}
    assert first == {"revision": told, "problems": []}
    masters = {(one["key"]["kind"], one["key"]["within"], one["key"]["id"]): one["document"] for one in
               (await ask(shop, FAMILY))["modelFamily"]["masters"]}  # fmt: skip
    for kind, id in (("RULE", "R1"), ("CASE", "C1")):
        assert masters[kind, "DOOR#2", id] == masters[kind, "DOOR#1", id]
    assert masters["REVISION", "DOOR", "2"]["members"] == masters["REVISION", "DOOR", "1"]["members"]
    assert (await copy(shop, dryRun=True)) == {"revision": None, "problems": []}
    assert (await copy(shop))["revision"]["number"] == 3


async def test_what_cannot_be_copied_is_refused(database: Database) -> None:
    shop = await a_shop(database)
    await change(shop, {"become": {"revision": DOOR, "status": "OBSOLETE"}})

    async def refusal(**more: Any) -> list[tuple[str, str]]:
        return [(one["code"], ".".join(one["path"])) for one in (await copy(shop, **more))["problems"]]

    assert await refusal() == [("E_REVISION_OBSOLETE", "input.revision")]
    assert await refusal(revision={"part": "DOOR", "number": 9}) == [("INVALID_INPUT", "input.revision")]
    assert await refusal(revision={"part": "'; --" * 99, "number": -1}) == [("INVALID_INPUT", "input.revision")]
    assert await refusal(reason="") == [("INVALID_INPUT", "input.reason")]
    again = put("revision", part="DOOR", number=2, phaseIn="2026-01-01", members=MEMBERS[:3])
    assert (await change(shop, again))["problems"] == []
    second = {"revision": {"part": "DOOR", "number": 2}}
    assert await refusal(**second, number=2) == [("INVALID_INPUT", "input.number")]
    assert await refusal(**second, number=0) == [("INVALID_INPUT", "input.number")]
    assert await refusal(**second, expectedVersion=7) == [("E_VERSION", "input.expectedVersion")]
    assert await refusal(**second, phaseIn="2026-01-01", phaseOut="2026-01-01") == [("INVALID_INPUT", "input.phaseOut")]


async def test_a_row_that_lacks_cells_is_refused(database: Database) -> None:
    shop = await a_shop(database)
    await change(shop, *EVERYTHING)
    rows = [{"sequence": 1, "cells": [], "result": {"number": "1"}}]
    table = put("table", id="RATES", family="DOORS", factors=[{"reference": "COLOUR"}], rows=rows)
    (problem,) = (await change(shop, table))["problems"]
    assert problem["code"] == "INVALID_INPUT"


async def test_a_character_that_no_text_may_hold_is_no_fault_of_ours(database: Database) -> None:
    shop = await a_shop(database)
    names = "query($name: ID!) { modelFamily(id: $name) { family { version } } }"
    found = await ask(shop, names, name="DOORS\u0000")
    assert found in ({"modelFamily": None}, "A text holds the character U+0000.")


def everything_of(kind: Any) -> str:
    """A selection of all there is, down to the leaves."""
    if isinstance(kind, GraphQLNonNull | GraphQLList):
        return everything_of(kind.of_type)
    if not isinstance(kind, GraphQLObjectType):
        return ""
    return "{ " + " ".join(f"{name} {everything_of(field.type)}" for name, field in kind.fields.items()) + " }"


def handed_in(value: Any) -> Any:
    """What was read as an input takes it: null is what is left out."""
    if isinstance(value, dict):
        return {name: handed_in(one) for name, one in value.items() if one is not None}
    return [handed_in(one) for one in value] if isinstance(value, list) else value


async def test_what_is_read_as_typed_fields_can_be_handed_in_again(database: Database) -> None:
    shop = await a_shop(database)
    assert (await change(shop, *EVERYTHING))["problems"] == []
    every = f"content {everything_of(SCHEMA._schema.type_map['ModelMasterContent'])}"
    asked = f'{{ modelFamily(id: "doors") {{ family {{ {every} }} masters {{ key {{ kind within }} {every} }} }} }}'
    found = (await ask(shop, asked))["modelFamily"]
    masters = [(found["family"]["content"], None), *((one["content"], one["key"]) for one in found["masters"])]
    puts = []
    for content, key in masters:
        within = {"of": DOOR} if key and key["kind"] in ("RULE", "CASE") else {}
        puts.append({"put": {"master": handed_in(content), **within}})
    done = await change(shop, *puts)
    assert (done["problems"], done["changed"], done["unchanged"]) == ([], 0, len(puts))
    rule = next(one["content"]["rule"] for one in found["masters"] if one["key"]["kind"] == "RULE")
    assert rule["actions"][4]["surcharge"]["amount"] == "12.5"
