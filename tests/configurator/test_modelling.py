"""Lists of changes: all of them hold, or none is taken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from modules.configurator.formats.rereading import unread
from modules.configurator.model.changes import Become, FirstRevision, Key, Kind, Put, Remove
from modules.configurator.model.families import PackageComponent
from modules.configurator.model.formulas import Usability
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Status
from modules.configurator.model.rules import AttachRequired, FrontRule, RuleTemplate, TemplateStatus
from modules.configurator.model.trees import ResultType
from modules.configurator.store.specifications import SpecificationStore
from modules.kernel.errors import Forbidden, Unauthenticated
from modules.kernel.names import PriceListId, Sku
from modules.kernel.viewer import ANONYMOUS, Permission, Principal
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.builders import discrete, typed
from tests.configurator.shopfloor import (
    BOSS,
    CHARACTERISTICS,
    DOOR,
    FIRST,
    JUNE,
    a_revision,
    a_shop,
    accepted,
    area,
    change,
    doors,
    puts,
    refused,
    require,
    revision,
    rule,
    source,
    the_bundle,
)

pytestmark = pytest.mark.usefixtures("open_shops")


async def test_a_new_part_begins_with_revision_1_and_all_its_family_has(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=Part(id=Sku("GATE"), family="DOORS")))
    await accepted(shop, Put(master=Part(id=Sku("FENCE"), family="DOORS"), first_revision=FirstRevision.EMPTY))
    found = await shop.models.revisions([Sku("GATE"), Sku("FENCE")])
    assert [[one.characteristic for one in found[Sku(part)][0].members] for part in ("GATE", "FENCE")] == [
        ["COLOUR", "WIDTH", "GLASS"],
        [],
    ]
    assert {one.status for those in found.values() for one in those} == {Status.TENTATIVE}
    assert {one.phase_in for those in found.values() for one in those} == {BOSS.now.date()}


async def test_a_list_holds_as_a_whole_or_not_at_all(database: Database) -> None:
    shop = await a_shop(database)
    done = await change(shop, Put(master=discrete("NEW")), Put(master=discrete("not an id")))
    assert [(problem.code, problem.path) for problem in done.problems] == [
        ("INVALID_INPUT", ("input", "changes", "1", "id"))
    ]
    assert await shop.models.characteristics(["NEW"]) == [None]


async def test_expressions_are_read_with_the_names_of_the_whole_list(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(
        shop,
        rule("R1", "formula:AREA > 4 UND HANDLE = 'LEFT'", require("COLOUR = 'RED'")),
        Put(master=area()),
        Put(master=discrete("HANDLE", "LEFT RIGHT")),
        Put(master=doors("HANDLE")),
    )
    found = (await the_bundle(shop)).rules[FIRST][0]
    assert found.condition.source == "formula:AREA > 4 AND HANDLE = 'LEFT'"


def with_member(place: int, **fields: Any) -> Put:
    return Put(master=a_revision(members=(replace(a_revision().members[place], **fields),)))


def setting(component: str, value: str | Decimal) -> Put:
    """A package that sets this."""
    one = PackageComponent(package="SPORT", option="YES", component=component, value=value)
    return Put(master=doors("SPORT", components=(one,)))


@pytest.mark.parametrize(
    ("change_", "code"),
    [
        (rule("R", "COLOUR = ", require("WIDTH > 1")), "E_SYNTAX"),
        (rule("R", "COLOR = 'RED'", require("WIDTH > 1")), "E_UNKNOWN_NAME"),
        (rule("R", "WIDTH = 'RED'", require("WIDTH > 1")), "E_TYPE_MISMATCH"),
        (rule("R", None, AttachRequired("COLOUR", "PINK")), "E_UNKNOWN_OPTION"),
        (rule("R", None, AttachRequired("NOTHING", "PINK")), "E_UNKNOWN_CHARACTERISTIC"),
        (rule("R", None, AttachRequired("WIDTH", "PINK")), "E_TYPE"),
        (Put(master=a_revision(names="COLOUR NOTHING")), "E_UNKNOWN_CHARACTERISTIC"),
        (with_member(1, default=Decimal(99)), "E_RANGE"),
        (with_member(0, options=frozenset({"PINK"})), "E_UNKNOWN_OPTION"),
        (Put(master=a_revision(phase_out=a_revision().phase_in)), "INVALID_INPUT"),
        (Put(master=doors("NOTHING")), "E_UNKNOWN_CHARACTERISTIC"),
        (setting("SPORT", "NO"), "INVALID_INPUT"),
        (setting("WIDTH", Decimal(99)), "E_RANGE"),
        (Put(master=Part(id=Sku("X"), family="NONE")), "INVALID_INPUT"),
        (Put(master=typed("A'B")), "INVALID_INPUT"),
        (Put(master=discrete("colour")), "INVALID_INPUT"),
        (Put(master=discrete("D", "A a")), "INVALID_INPUT"),
        (Remove(key=Key(Kind.CHARACTERISTIC, "WIDTH")), "E_IN_USE"),
        (Remove(key=Key(Kind.FAMILY, "DOORS")), "E_IN_USE"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_by_its_code(database: Database, change_: Put | Remove, code: str) -> None:
    shop = await a_shop(database)
    assert await refused(shop, change_) == [code]


PRICE = PriceEntry(
    id="P", price_list=PriceListId("base"), currency="EUR", family="DOORS", characteristic="COLOUR", option="RED"
)
NOT_ABOVE: list[Put] = [
    rule("R", "parent.COLOUR = 'RED'", require("WIDTH > 1")),
    rule("R", None, require("WIDTH > wurzel.WIDTH")),
    rule("R", "eltern.GLASS is set", require("WIDTH > 1")),
    Put(master=RuleTemplate(id="T", family="DOORS", rules=(FrontRule(id="R", condition=source("root.WIDTH > 1")),))),
    Put(master=replace(PRICE, expression=unread("parent.WIDTH", ResultType.NUMBER))),
    rule("R", "formula:TWICE > 2", require("WIDTH > 1")),
]


@pytest.mark.parametrize("change_", NOT_ABOVE)
async def test_where_nothing_is_above_no_parent_and_no_root_can_be_named(database: Database, change_: Put) -> None:
    shop = await a_shop(database)
    above = area("parent.WIDTH * 2")
    await accepted(shop, Put(master=above), Put(master=replace(area("formula:AREA + 1"), id="TWICE")))
    assert await refused(shop, change_) == ["E_UNKNOWN_NAME"]


async def test_a_formula_that_rules_read_keeps_to_ones_own_values(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=area()), rule("R", "formula:AREA > 2", require("WIDTH > 1")))
    assert await refused(shop, Put(master=area("parent.WIDTH"))) == ["E_IN_USE"]
    await accepted(shop, rule("R", "self.WIDTH > 2", require("WIDTH > 1")), Put(master=area("parent.WIDTH")))


async def test_what_is_so_already_is_left_alone(database: Database) -> None:
    shop = await a_shop(database)
    done = await accepted(shop, *puts(*CHARACTERISTICS, doors(), a_revision()))
    assert (done.changed, done.unchanged, done.written) == (0, 6, ())
    assert (await the_bundle(shop)).family.version == 1


async def test_an_unexpected_version_is_refused(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=doors(by_category=True), expected_version=1))
    assert await refused(shop, Put(master=doors(), expected_version=1)) == ["E_VERSION"]
    assert await refused(shop, Put(master=doors(), expected_version=0)) == ["E_VERSION"]
    await accepted(shop, Put(master=doors(), expected_version=2), Put(master=discrete("NEW"), expected_version=0))
    assert (await the_bundle(shop)).family.version == 3


async def test_of_edits_at_once_upon_one_version_one_holds(database: Database) -> None:
    shop = await a_shop(database)
    wishes = [Put(master=discrete("COLOUR", f"RED BLUE GREEN C{number}"), expected_version=1) for number in range(8)]
    done = await asyncio.gather(*(change(shop, wish) for wish in wishes))
    assert sorted(one.changed for one in done) == [0] * 7 + [1]
    assert {problem.code for one in done for problem in one.problems} == {"E_VERSION"}


async def test_edits_at_once_of_different_things_all_hold(database: Database) -> None:
    shop = await a_shop(database)
    done = await asyncio.gather(*(change(shop, rule(f"R{number}", None)) for number in range(8)))
    assert [one.changed for one in done] == [1] * 8
    assert len((await the_bundle(shop)).rules[FIRST]) == 8


async def test_a_dry_run_says_the_same_and_changes_nothing(database: Database) -> None:
    shop = await a_shop(database)
    before = await the_bundle(shop)
    tried = await change(shop, rule("R1", None, require("WIDTH > 2")), dry_run=True)
    assert tried.changed == 1
    assert await the_bundle(shop) == before
    assert await change(shop, rule("R1", None, require("WIDTH > 2"))) == tried
    assert [problem.code for problem in (await change(shop, rule("R2", "X"), dry_run=True)).problems] == [
        "E_UNKNOWN_NAME"
    ]


async def test_a_key_answers_again_as_it_did(database: Database) -> None:
    shop = await a_shop(database)
    first = await change(shop, rule("R1", None), idempotency_key="k")
    await accepted(shop, Remove(key=Key(Kind.RULE, "R1", FIRST.text)))
    assert await change(shop, rule("R1", None), idempotency_key="k") == first
    assert FIRST not in (await the_bundle(shop)).rules
    other = await change(shop, rule("R2", None), idempotency_key="k")
    assert [problem.code for problem in other.problems] == ["IDEMPOTENCY_CONFLICT"]


async def test_only_modellers_may(database: Database) -> None:
    shop = await a_shop(database)
    with pytest.raises(Unauthenticated):
        await shop.modelling.change([rule("R1", None)], a_viewer(ANONYMOUS))
    reader = a_viewer(Principal("reader", permissions=frozenset({Permission.MODELS_READ})))
    with pytest.raises(Forbidden):
        await shop.modelling.change([rule("R1", None)], reader)


async def test_ids_are_kept_in_composed_form(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=discrete("TU\u0308R")))
    assert [one and one.id for one in await shop.models.characteristics(["TÜR"])] == ["TÜR"]


async def test_an_edit_makes_what_reads_it_incomplete(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=area("WIDTH * 2", (2, 4))))
    assert (await the_bundle(shop)).formulas["AREA"].usability is Usability.INCOMPLETE


async def test_a_part_changes_its_family_while_nothing_is_released(database: Database) -> None:
    shop = await a_shop(database)
    windows = replace(doors(), id="WINDOWS")
    await accepted(shop, Put(master=windows), rule("R1", None, require("WIDTH > 2")))
    await accepted(shop, Put(master=Part(id=DOOR, family="WINDOWS")))
    moved = await shop.models.bundle("WINDOWS")
    assert moved is not None
    assert (list(moved.revisions), list(moved.rules)) == ([FIRST], [FIRST])
    assert (await the_bundle(shop)).parts == {}
    await accepted(shop, Become(revision=FIRST, status=Status.RELEASED))
    assert await refused(shop, Put(master=Part(id=DOOR, family="DOORS"))) == ["E_IN_USE"]


async def test_a_part_that_is_specified_while_its_family_is_changed_keeps_its_family(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=replace(doors(), id="WINDOWS")))
    answers: list[set[Sku]] = [set(), {DOOR}, {DOOR}]

    async def specified(self: object, parts: object) -> set[Sku]:
        return answers.pop(0)

    monkeypatch.setattr(SpecificationStore, "specified", specified)
    assert await refused(shop, Put(master=Part(id=DOOR, family="WINDOWS"))) == ["E_IN_USE"]
    assert answers == []


async def test_a_revision_that_was_never_more_than_tentative_can_go(database: Database) -> None:
    shop = await a_shop(database)
    await accepted(shop, Put(master=a_revision(2, phase_in=JUNE)), rule("R1", None, of=FIRST))
    await accepted(shop, Become(revision=FIRST, status=Status.TEST))
    assert await refused(shop, Remove(key=Key(Kind.REVISION, "1", "DOOR"))) == ["E_IN_USE"]
    await accepted(shop, Remove(key=Key(Kind.REVISION, "2", "DOOR")))
    assert list((await the_bundle(shop)).revisions) == [FIRST]


async def test_released_templates_are_part_of_what_revisions_offer(database: Database) -> None:
    shop = await a_shop(database)
    template = RuleTemplate(id="T", family="DOORS", rules=(FrontRule(id="R9", actions=(require("WIDTH > 2"),)),))
    await accepted(shop, Put(master=template))
    before = (await revision(shop)).compile_hash
    await accepted(shop, Put(master=replace(template, status=TemplateStatus.RELEASED)))
    assert (await revision(shop)).compile_hash != before
    (content,) = await shop.models.contents([(DOOR, 1, 1)])
    assert content is not None
    assert [one.id for one in content.rules] == ["R9"]
