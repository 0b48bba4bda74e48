"""Revisions: from TENTATIVE to OBSOLETE, what is checked on the way, and edits of what is RELEASED (section 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest

from modules.configurator.model.cases import ConfigurationCase
from modules.configurator.model.changes import Become, Change, Key, Kind, Prove, Put, Remove
from modules.configurator.model.errors import InUse
from modules.configurator.model.families import FamilyCharacteristic, PackageComponent
from modules.configurator.model.formulas import TestCase, Usability
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Status, effective
from modules.configurator.model.rules import FrontRule, HoldTo, RuleTemplate, TemplateStatus
from modules.configurator.model.sessions import Choice
from modules.configurator.model.structures import (
    Routing,
    RoutingAlternate,
    RoutingOperation,
    Structure,
    StructureAlternate,
    StructureLine,
)
from modules.configurator.model.trees import Reference
from modules.kernel.names import PriceListId, Sku
from modules.runtime.database import Database
from tests.configurator.builders import a_table, discrete
from tests.configurator.shopfloor import (
    DOOR,
    FIRST,
    JANUARY,
    JUNE,
    SECOND,
    a_revision,
    a_shop,
    accepted,
    area,
    become,
    change,
    doors,
    refused,
    released,
    require,
    revision,
    rule,
    source,
    the_bundle,
)

pytestmark = pytest.mark.usefixtures("open_shops")

TO = {
    Status.TENTATIVE: {Status.TEST, Status.RELEASED, Status.OBSOLETE},
    Status.TEST: {Status.TENTATIVE, Status.RELEASED, Status.OBSOLETE},
    Status.RELEASED: {Status.OBSOLETE},
    Status.OBSOLETE: set(),
}


@pytest.mark.parametrize(("begin", "end"), list(product(Status, Status)))
async def test_of_the_16_transitions_these_are_open(database: Database, begin: Status, end: Status) -> None:
    shop = await a_shop(database)
    if begin is not Status.TENTATIVE:
        assert (await become(shop, begin)).changed == 1
    done = await become(shop, end)
    assert [problem.code for problem in done.problems] == ([] if end in TO[begin] else ["E_BAD_TRANSITION"])
    assert (await revision(shop)).status is (end if end in TO[begin] else begin)


async def test_test_asks_for_a_sound_structure_and_no_more(database: Database) -> None:
    shop = await a_shop(database)
    narrow = a_revision(names="WIDTH")
    await accepted(shop, rule("R1", "COLOUR = 'RED'", require("WIDTH > 99")), Put(master=narrow))
    done = await become(shop, Status.TEST)
    assert [problem.code for problem in done.problems] == ["E_UNKNOWN_CHARACTERISTIC"]
    await accepted(shop, rule("R1", None, require("WIDTH > 99")))
    assert (await become(shop, Status.TEST)).problems == ()


def a_case(choice: Choice, possible: bool = True) -> Put:
    return Put(master=ConfigurationCase(id="C", choices=(choice,), possible=possible), of=FIRST)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (rule("R1", None, require("WIDTH > 99")), "E_UNSATISFIABLE_MODEL"),
        (rule("R1", None, require("formula:AREA > 4")), "E_NOT_USABLE"),
        (a_case(Choice("WIDTH", Decimal(3)), possible=False), "E_NOT_USABLE"),
        (a_case(Choice("COLOUR", "PINK")), "E_NOT_USABLE"),
    ],
)  # fmt: skip
async def test_a_release_is_refused_while_a_full_check_fails(database: Database, bad: Put, code: str) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=area()), bad)
    done = await become(shop, Status.RELEASED)
    assert [problem.code for problem in done.problems] == [code]
    assert (await revision(shop)).status is Status.TENTATIVE


async def test_a_dead_option_is_a_warning(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, rule("R1", None, require("COLOUR <> 'RED'")))
    done = await become(shop, Status.RELEASED)
    assert done.problems == ()
    assert [(one.kind, one.about, one.rules, one.is_error) for one in done.notices] == [
        ("dead option", ("COLOUR", "RED"), ("R1",), False)
    ]


async def test_an_edit_of_what_is_released_makes_the_next_content_version(database: Database) -> None:
    shop = await released(database)
    before = await shop.models.contents([(DOOR, 1, 1)])
    await accepted(shop, rule("R1", None, require("WIDTH > 2")))
    await accepted(shop, rule("R2", None, require("WIDTH > 3")))
    assert (await revision(shop)).content_version == 3
    found = await shop.models.contents([(DOOR, 1, 1), (DOOR, 1, 2), (DOOR, 1, 3)])
    assert found[:1] == before
    assert [[one.id for one in content.rules] for content in found if content] == [[], ["R1"], ["R1", "R2"]]
    assert (await shop.models.hashes([(DOOR, 1, 3)])) == [(await revision(shop)).compile_hash]


async def test_an_edit_that_changes_nothing_for_buyers_makes_no_version(database: Database) -> None:
    shop = await released(database)
    await accepted(shop, rule("R1", None, require("WIDTH > 2"), disabled=True), Put(master=discrete("UNUSED")))
    assert (await revision(shop)).content_version == 1


async def test_an_edit_that_fails_a_full_check_is_refused_in_released(database: Database) -> None:
    shop = await released(database)
    assert await refused(shop, rule("R1", None, require("WIDTH > 99"))) == ["E_UNSATISFIABLE_MODEL"]
    assert (await revision(shop)).content_version == 1


async def test_before_a_release_an_edit_is_neither_checked_nor_counted(database: Database) -> None:
    shop = await a_shop(database)
    before = (await revision(shop)).compile_hash
    await accepted(shop, rule("R1", None, require("WIDTH > 99")))
    now = await revision(shop)
    assert (now.content_version, now.compile_hash == before) == (1, False)


STRUCTURE = Structure(
    part=DOOR,
    revision=1,
    phase_in=JANUARY,
    alternates=(
        StructureAlternate(
            id="A",
            sequence=1,
            lines=(StructureLine(id="L1", sequence=1, component=Sku("PAINT"), condition=source("COLOUR = 'RED'")),),
        ),
    ),
)
OPERATION = RoutingOperation(
    id="O1", sequence=1, work_centre="W", condition=source("COLOUR = 'RED'"), setup=source("1"), run=source("1")
)
ROUTING = Routing(
    part=DOOR, revision=1, phase_in=JANUARY, alternates=(RoutingAlternate(id="A", sequence=1, operations=(OPERATION,)),)
)
PRICE = PriceEntry(
    id="P1", price_list=PriceListId("base"), currency="EUR", family="DOORS", characteristic="COLOUR", option="RED"
)
SPORT = (PackageComponent(package="SPORT", option="YES", component="COLOUR", value="RED"),)
TEMPLATE = RuleTemplate(
    id="T",
    family="DOORS",
    status=TemplateStatus.RELEASED,
    rules=(FrontRule(id="R2", condition=source("COLOUR = 'RED'")),),
)
TABLE = a_table(
    "T1",
    "COLOUR",
    [("RED",), ("BLUE",), ("GREEN",)],
    [Decimal(1), Decimal(2), Decimal(3)],
    family="DOORS",
    test_cases=(TestCase(((Reference("COLOUR"), "RED"),), Decimal(1)),),
)
PROVE_TABLE = Prove(key=Key(Kind.TABLE, "T1", "DOORS"))
REFERRERS: dict[str, list[Change]] = {
    "rule R1": [rule("R1", "COLOUR = 'RED'", require("WIDTH > 2"))],
    "rule R2": [Put(master=TEMPLATE)],
    "table T1": [Put(master=TABLE), PROVE_TABLE, rule("R3", None, HoldTo("T1"))],
    "structure line L1": [Put(master=STRUCTURE)],
    "operation O1": [Put(master=ROUTING)],
    "price P1": [Put(master=PRICE)],
    "package SPORT.YES": [
        Put(master=doors("SPORT", components=SPORT)),
        Put(master=a_revision(names="COLOUR WIDTH GLASS SPORT")),
    ],
}


@pytest.mark.parametrize("name", REFERRERS)
async def test_what_something_active_refers_to_stays_in_released(database: Database, name: str) -> None:
    shop = await released(database, *REFERRERS[name])
    fewer = frozenset({"BLUE", "GREEN"})
    narrow = tuple(
        replace(one, options=fewer) if one.characteristic == "COLOUR" else one for one in (await revision(shop)).members
    )
    done = await change(shop, Put(master=replace(await revision(shop), members=narrow)))
    assert [problem.code for problem in done.problems] == ["E_IN_USE"]
    (problem,) = done.problems
    assert isinstance(problem, InUse)
    assert (problem.name, len(problem.referrers)) == ("COLOUR.RED", 1)
    assert problem.referrers[0].startswith(name)


async def test_all_referrers_are_named_wherever_it_is_taken_away(database: Database) -> None:
    shop = await released(database, *REFERRERS["rule R1"], *REFERRERS["rule R2"], *REFERRERS["price P1"])
    for taken in (
        Put(master=discrete("COLOUR", "BLUE GREEN")),
        Put(master=doors(names="WIDTH GLASS")),
        Put(
            master=replace(
                doors(names="WIDTH GLASS"),
                members=(
                    FamilyCharacteristic(characteristic="COLOUR", options=frozenset({"BLUE"})),
                    *doors(names="WIDTH GLASS").members,
                ),
            )
        ),
    ):
        done = await change(shop, taken)
        assert {problem.code for problem in done.problems} == {"E_IN_USE"}
        names = {name for problem in done.problems if isinstance(problem, InUse) for name in problem.referrers}
        assert names == {"rule R1 of DOOR#1", "rule R2 of template T of DOORS", "price P1 of DOORS"}


async def test_what_nobody_refers_to_may_go_in_released(database: Database) -> None:
    shop = await released(database)
    await accepted(shop, Put(master=doors(names="COLOUR WIDTH")))
    (content,) = await shop.models.contents([(DOOR, 1, 2)])
    assert content is not None
    assert [member.characteristic for member in content.members] == ["COLOUR", "WIDTH"]


async def test_referrer_and_what_it_refers_to_may_go_together(database: Database) -> None:
    shop = await released(database, *REFERRERS["rule R1"])
    await accepted(shop, Put(master=discrete("COLOUR", "BLUE GREEN")), Remove(key=Key(Kind.RULE, "R1", FIRST.text)))
    assert (await revision(shop)).content_version == 2


PROVE = Prove(key=Key(Kind.FORMULA, "AREA", "DOORS"))


async def test_an_edit_of_a_used_formula_is_an_edit_of_every_released_revision_that_uses_it(database: Database) -> None:
    uses, half = rule("R1", None, require("formula:AREA > 2")), replace(a_revision(1), phase_out=JUNE)
    later = Put(master=a_revision(2, phase_in=JUNE))
    release = Become(revision=FIRST, status=Status.RELEASED), Become(revision=SECOND, status=Status.RELEASED)
    shop = await a_shop(database)
    good = Put(master=area("WIDTH * 2", (2, 4)))
    await accepted(shop, good, PROVE, Put(master=half), later, uses, replace(uses, of=SECOND), *release)
    await accepted(shop, Put(master=area("WIDTH * 3", (2, 6))))
    assert [one.content_version for one in (await the_bundle(shop)).revisions.values()] == [2, 2]
    assert (await the_bundle(shop)).formulas["AREA"].usability is Usability.USABLE
    assert await refused(shop, Put(master=area("WIDTH * 3", (2, 5)))) == ["E_NOT_USABLE"] * 2
    assert await refused(shop, Put(master=area("WIDTH * 3"))) == ["E_NOT_USABLE"] * 2


async def test_a_formula_is_usable_once_its_cases_hold_and_until_the_next_edit(database: Database) -> None:
    shop = await a_shop(database)
    twice = replace(area("formula:AREA * 2", (2, 8)), id="TWICE")
    found = []
    for changes in (
        [Put(master=area("WIDTH * 2", (2, 5))), Put(master=twice), PROVE],
        [Put(master=area("WIDTH * 2", (2, 4))), PROVE],
        [replace(PROVE, key=replace(PROVE.key, id="TWICE"))],
        [Put(master=area("2 * WIDTH", (2, 4)))],
    ):
        await accepted(shop, *changes)
        formulas = (await the_bundle(shop)).formulas
        found.append([formulas[id].usability is Usability.USABLE for id in ("AREA", "TWICE")])
    assert found == [[False, False], [True, False], [True, True], [False, False]]


async def test_days_are_half_open_and_released_revisions_share_none(database: Database) -> None:
    shop = await released(database)
    await accepted(shop, Put(master=a_revision(2, phase_in=JUNE)))
    done = await become(shop, Status.RELEASED, 2)
    assert [problem.code for problem in done.problems] == ["E_DATE_OVERLAP"]
    assert (await become(shop, Status.RELEASED, 2, close=True)).problems == ()
    every = (await the_bundle(shop)).revisions
    assert every[FIRST].phase_out == JUNE
    assert effective(DOOR, every.values(), JUNE - timedelta(days=1)).number == 1
    assert effective(DOOR, every.values(), JUNE).number == 2
    later = replace(every[FIRST], phase_out=JUNE + timedelta(days=1))
    assert await refused(shop, Put(master=later)) == ["E_DATE_OVERLAP"]
    await accepted(shop, Put(master=replace(every[FIRST], phase_out=JUNE - timedelta(days=1))))


async def test_an_obsolete_revision_is_read_only_and_stays_as_it_was(database: Database) -> None:
    shop = await released(database, *REFERRERS["rule R1"])
    kept = await shop.models.contents([(DOOR, 1, 1)])
    await accepted(shop, Become(revision=FIRST, status=Status.OBSOLETE))
    assert await refused(shop, rule("R2", None, require("WIDTH > 2"))) == ["E_REVISION_OBSOLETE"]
    assert await refused(shop, Put(master=a_revision(phase_in=date(2026, 2, 2)))) == ["E_REVISION_OBSOLETE"]
    assert await refused(shop, Remove(key=Key(Kind.RULE, "R1", FIRST.text))) == ["E_REVISION_OBSOLETE"]
    # What only it refers to may go: it has its own content.
    await accepted(shop, Put(master=doors(names="WIDTH GLASS")))
    assert await shop.models.contents([(DOOR, 1, 1)]) == kept


async def test_a_change_and_the_release_after_it_are_one(database: Database) -> None:
    shop = await a_shop(database)
    wish = Become(revision=FIRST, status=Status.RELEASED)
    assert await refused(shop, rule("R1", None, require("WIDTH > 99")), wish) == ["E_UNSATISFIABLE_MODEL"]
    await accepted(shop, rule("R1", None, require("WIDTH > 3")), wish)
    assert (await revision(shop)).status is Status.RELEASED


async def test_every_change_of_a_revision_is_told_and_noted(database: Database) -> None:
    shop = await released(database)
    await accepted(shop, rule("R1", None, require("WIDTH > 3")))
    sent = await database.read("SELECT envelope FROM runtime_outbox WHERE module = 'configurator' ORDER BY id")
    assert '"status":"released"' in sent[-1][0]
    assert '"content_version":2' in sent[-1][0]
    noted = await database.read("SELECT action, target, before, reason FROM runtime_audit ORDER BY id DESC LIMIT 1")
    assert noted == [("configurator.put", "rule:DOOR#1/R1", None, "edited")]
