"""What modellers try out over GraphQL: traces, test cases with coverage, differences, formulas and tables."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from gateway.configurator import Configurator
from modules.configurator.formats.rereading import unread
from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import Put
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import Cell, CombinationTable, Factor, Match, Row
from modules.configurator.model.revisions import RevisionCharacteristic, Status
from modules.configurator.model.rules import AttachOptional, Compute
from modules.configurator.model.sessions import Choice
from modules.configurator.model.trees import Reference, ReferenceKind, ResultType
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.builders import discrete, typed
from tests.configurator.shopfloor import FIRST, a_revision, a_shop, accepted, area, become, doors, puts, require, rule
from tests.configurator.test_modellers_graph import DOOR, ask, change, put

pytestmark = pytest.mark.usefixtures("open_shops")
TRACE = """query($of: ModelVersionInput, $choices: [ConfigurationChoiceInput!], $key: String) {
    configuratorTrace(of: $of, choices: $choices, key: $key) {
        contentVersion state missing characteristics { id assignment { value provenance } }
        entries { source name result rules package compared { text left truth }
            trial { row { sequence cells { left right truth } } compared { text truth } why reads } }
        problems { code path ... on ConfigurationConflict { explanation { choices { characteristic } rules { id } } } }
    } }"""
CASES = """query($revision: ModelRevisionKeyInput!, $against: ModelVersionInput, $cases: [ID!]) {
    modelCaseRuns(revision: $revision, against: $against, cases: $cases) {
        passed failed
        results { id passed expectedPossible possible expectedComplete complete fired blamed
            deviations { characteristic expected found } problems { code } }
        coverage { rule covered fired blamed }
    } }"""
DIFFERENCES = """query($before: ModelVersionInput!, $after: ModelVersionInput!) {
    modelDifferences(before: $before, after: $after) { change kind name details { path before after } } }"""


def a_case(id: str, *choices: Choice, **more: Any) -> Put:
    return Put(master=ConfigurationCase(id=id, choices=choices, **more), of=FIRST)


RATES = CombinationTable(
    id="RATES",
    family="DOORS",
    factors=(Factor(Reference("AREA", ReferenceKind.FORMULA)),),
    rows=(Row(10, (Cell(Match.LESS, (Decimal(4),)),), Decimal(1)), Row(20, (Cell(),), Decimal(2))),
)


async def a_full_shop(database: Database) -> Configurator:
    """A door whose height follows from its width; sport doors are red, red ones have no glass, high ones a lamp."""
    shop = await a_shop(database)
    sport = PackageComponent(package="SPORT", option="YES", component="COLOUR", value="RED")
    members = (
        *a_revision(names="COLOUR WIDTH GLASS SPORT HEIGHT LAMP").members[:1],
        *(RevisionCharacteristic(characteristic=one) for one in "WIDTH GLASS SPORT HEIGHT LAMP".split()),
    )
    await accepted(
        shop,
        *puts(typed("HEIGHT", 0, 99), discrete("LAMP"), doors("SPORT", "HEIGHT", "LAMP", components=(sport,))),
        *puts(area("WIDTH * 2", (3, 6)), RATES, a_revision(members=members)),
        rule("NO_GLASS", "COLOUR = 'RED'", require("GLASS = 'NO'")),
        rule("SIZE", "WIDTH is set", Compute("HEIGHT", unread("formula:AREA", ResultType.NUMBER)), sequence=1),
        rule("LIGHT", "table:RATES >= 2", AttachOptional("LAMP", "YES"), sequence=2),
        rule("GREEN", "COLOUR = 'GREEN'", require("WIDTH > 2"), sequence=3),
        a_case("HIGH", Choice("SPORT", "YES"), complete=True, expected=(("GLASS", "NO"), ("LAMP", "YES"))),
        a_case("RED_GLASS", Choice("COLOUR", "RED"), Choice("GLASS", "YES"), possible=False),
        a_case("WRONG", Choice("COLOUR", "BLUE"), possible=False, expected=(("GLASS", "NO"),)),
    )
    return shop


async def trace(shop: Configurator, *choices: tuple[str, str], **more: Any) -> Any:
    wanted = [{"characteristic": name, "value": value} for name, value in choices]
    return (await ask(shop, TRACE, of={**DOOR, **more}, choices=wanted))["configuratorTrace"]


async def test_a_trace_tells_in_order_what_gave_what(database: Database) -> None:
    shop = await a_full_shop(database)
    found = await trace(shop, ("SPORT", "YES"), ("WIDTH", "3"))
    told = [(one["source"], one["name"], one["result"], one["rules"], one["package"]) for one in found["entries"]]
    assert (found["state"], found["problems"]) == ("COMPLETE", [])
    assert told == [
        ("CHOICE", "SPORT", "YES", [], None),
        ("CHOICE", "WIDTH", "3", [], None),
        ("PACKAGE", "COLOUR", "RED", [], "SPORT.YES"),
        ("FORCED", "GLASS", "NO", ["NO_GLASS", "package:SPORT.YES"], None),
        ("FORMULA", "formula:AREA", "6", [], None),
        ("COMPUTED", "HEIGHT", "6", ["SIZE"], None),
        ("TABLE", "table:RATES", "2", [], None),
        ("DEFAULT", "LAMP", "YES", ["LIGHT"], None),
        ("RULE", "NO_GLASS", "true", [], None),
        ("RULE", "SIZE", "true", [], None),
        ("RULE", "LIGHT", "true", [], None),
        ("RULE", "GREEN", "false", [], None),
    ]
    table = next(one["trial"] for one in found["entries"] if one["name"] == "table:RATES")
    assert (table["row"]["sequence"], table["reads"]) == (20, ["formula:AREA"])


async def test_what_cannot_be_is_told_and_nothing_traced(database: Database) -> None:
    shop = await a_full_shop(database)
    found = await trace(shop, ("COLOUR", "RED"), ("GLASS", "YES"))
    assert (found["state"], found["entries"], found["characteristics"]) == (None, [], [])
    (problem,) = found["problems"]
    assert (problem["code"], problem["explanation"]["rules"]) == ("E_CONFLICT", [{"id": "NO_GLASS"}])
    wrong = await trace(shop, ("COLOUR", "PINK"), ("WIDTH", "many"), ("DEPTH", "1"))
    assert [(one["code"], ".".join(one["path"])) for one in wrong["problems"]] == [
        ("E_UNKNOWN_OPTION", "choices.0.value"),
        ("E_TYPE", "choices.1.value"),
        ("E_UNKNOWN_CHARACTERISTIC", "choices.2"),
    ]


async def test_an_older_content_is_tried_as_it_was(database: Database) -> None:
    shop = await a_full_shop(database)
    cases = [
        {"remove": {"key": {"kind": "CASE", "id": id, "within": "DOOR#1"}}} for id in ("WRONG", "HIGH", "RED_GLASS")
    ]
    proved = [{"prove": {"kind": "FORMULA", "id": "AREA", "within": "DOORS"}}]
    no_table = {"remove": {"key": {"kind": "RULE", "id": "LIGHT", "within": "DOOR#1"}}}
    done = await change(shop, *cases, no_table, *proved, {"become": {"revision": DOOR, "status": "RELEASED"}})
    assert done["problems"] == []
    no_glass = [{"require": {"condition": "GLASS = 'NO'"}}]
    loose = put("rule", of=DOOR, id="NO_GLASS", condition="COLOUR = 'BLUE'", actions=no_glass)
    assert (await change(shop, loose))["problems"] == []
    both = [await trace(shop, ("COLOUR", "RED"), ("GLASS", "YES"), contentVersion=version) for version in (1, 2)]
    assert [(one["state"], len(one["problems"])) for one in both] == [(None, 1), ("COMPLETE", 0)]
    found = await ask(shop, DIFFERENCES, before={**DOOR, "contentVersion": 1}, after=DOOR)
    changed = [(one["change"], one["kind"], one["name"]) for one in found["modelDifferences"]]
    assert changed == [("CHANGED", "rule", "NO_GLASS")]
    details = [(one["path"], one["before"], one["after"]) for one in found["modelDifferences"][0]["details"]]
    assert details == [("condition", "COLOUR = 'RED'", "COLOUR = 'BLUE'")]
    assert await trace(shop, contentVersion=9) is None


async def test_cases_say_what_they_expected_what_came_and_what_they_cover(database: Database) -> None:
    shop = await a_full_shop(database)
    found = (await ask(shop, CASES, revision=DOOR))["modelCaseRuns"]
    assert (found["passed"], found["failed"]) == (2, 1)
    results = {one["id"]: one for one in found["results"]}
    assert results["HIGH"]["deviations"] == []
    assert (results["HIGH"]["passed"], results["HIGH"]["complete"]) == (True, True)
    wrong = results["WRONG"]
    assert (wrong["passed"], wrong["expectedPossible"], wrong["possible"]) == (False, False, True)
    assert wrong["deviations"] == [{"characteristic": "GLASS", "expected": "NO", "found": None}]
    refused = results["RED_GLASS"]
    assert (refused["passed"], refused["blamed"], refused["problems"]) == (
        True,
        ["NO_GLASS"],
        [{"code": "E_CONFLICT"}],
    )
    covered = {one["rule"]: (one["covered"], one["fired"], one["blamed"]) for one in found["coverage"]}
    assert covered["NO_GLASS"] == (True, ["HIGH"], ["RED_GLASS"])
    assert covered["GREEN"] == (False, [], [])
    one = (await ask(shop, CASES, revision=DOOR, cases=["HIGH"]))["modelCaseRuns"]
    assert [each["id"] for each in one["results"]] == ["HIGH"]
    assert (await ask(shop, CASES, revision={"part": "DOOR", "number": 7}))["modelCaseRuns"] is None


async def test_a_table_is_tried_on_other_values_than_it_keeps(database: Database) -> None:
    shop = await a_full_shop(database)
    run = "query($values: [ModelNamedValueInput!]) {" \
        ' modelRun(family: "DOORS", name: "table:RATES", values: $values) {' \
        " trial { result row { sequence } } parts { name result } } }"  # fmt: skip
    width = {"name": "WIDTH", "value": {"number": "1"}}
    found = (await ask(shop, run, values=[width]))["modelRun"]
    assert (found["trial"]["result"], found["parts"]) == ("1", [{"name": "formula:AREA", "result": "2"}])
    given = {"name": "formula:AREA", "value": {"number": "9"}}
    found = (await ask(shop, run, values=[width, given]))["modelRun"]
    assert found["trial"] == {"result": "2", "row": {"sequence": 20}}
    huge = {"name": "formula:AREA", "value": {"number": "9" * 40}}
    assert (await ask(shop, run, values=[huge]))["modelRun"]["trial"]["result"] == "2"
    assert await ask(shop, run, values=[{"name": "WIDTH", "value": {"text": "wide"}}]) == "WIDTH is a number."
    assert await ask(shop, '{ modelRun(family: "DOORS", name: "WIDTH") { trial { name } } }') == (
        "'WIDTH' is neither a formula nor a table."
    )


RUN = """query($name: String!, $values: [ModelNamedValueInput!]) { modelRun(family: "DOORS", name: $name,
    values: $values) { trial { result why whyCode } } }"""


async def test_what_runs_in_a_circle_is_told_by_its_code_wherever_it_is_tried(database: Database) -> None:
    shop = await a_shop(database)
    grow = rule("GROW", None, Compute("WIDTH", unread("WIDTH + 1", ResultType.NUMBER)))
    await accepted(shop, grow, a_case("ONE", Choice("COLOUR", "RED"), possible=False))
    traced = await trace(shop, ("COLOUR", "RED"))
    assert (traced["state"], [one["code"] for one in traced["problems"]]) == (None, ["E_CYCLE"])
    told = (await ask(shop, CASES, revision=DOOR))["modelCaseRuns"]
    assert [(one["passed"], [each["code"] for each in one["problems"]]) for one in told["results"]] == [
        (False, ["E_CYCLE"])
    ]
    assert (told["passed"], told["failed"]) == (0, 1)
    assert [problem.code for problem in (await become(shop, Status.RELEASED)).problems] == ["E_CYCLE"]


async def test_a_formula_that_reads_itself_has_no_result_unless_it_is_given_what_it_reads(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, *puts(area("formula:BACK + 1"), replace(area("formula:AREA"), id="BACK")))
    told = (await ask(shop, RUN, name="formula:AREA"))["modelRun"]["trial"]
    why = "These depend on one another: formula:AREA -> formula:BACK -> formula:AREA."
    assert told == {"result": None, "why": why, "whyCode": "E_CYCLE"}
    given = [{"name": "formula:BACK", "value": {"number": "2"}}]
    assert (await ask(shop, RUN, name="formula:AREA", values=given))["modelRun"]["trial"]["result"] == "3"


async def test_strangers_try_nothing(database: Database) -> None:
    shop = await a_shop(database)
    wants = {
        TRACE: {"of": DOOR},
        CASES: {"revision": DOOR},
        DIFFERENCES: {"before": DOOR, "after": DOOR},
        '{ modelRun(family: "DOORS", name: "table:RATES") { trial { name } } }': {},
    }
    for question, variables in wants.items():
        assert "models:read" in await ask(shop, question, a_viewer(), **variables)
