"""A family of doors as a modeller edits it, and the service that does."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from gateway.configurator import Configurator, wire_configurator
from modules.configurator.formats.rereading import unread
from modules.configurator.model.changes import AnyMaster, Become, Change, Put, RevisionKey
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.families import Family, FamilyCharacteristic, PackageComponent
from modules.configurator.model.formulas import Formula, TestCase
from modules.configurator.model.outcomes import Edited
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic, Status
from modules.configurator.model.rules import Action, FrontRule, Require
from modules.configurator.model.trees import Expression, Reference, ResultType
from modules.kernel.names import Sku
from modules.kernel.viewer import OPERATOR
from modules.runtime.database import Database
from tests.builders import a_viewer
from tests.configurator.builders import discrete, package, typed

OPENED: list[Configurator] = []
"""The fixture `open_shops` closes them."""
BOSS = a_viewer(OPERATOR)
DOOR = Sku("DOOR")
FIRST, SECOND = RevisionKey(DOOR, 1), RevisionKey(DOOR, 2)
JANUARY, JUNE = date(2026, 1, 1), date(2026, 6, 1)


def source(text: str) -> Expression:
    return unread(text, ResultType.BOOL)


def rule(id: str, when: str | None, *actions: Action, of: RevisionKey = FIRST, **more: Any) -> Put:
    condition = None if when is None else source(when)
    return Put(master=FrontRule(id=id, condition=condition, actions=actions, **more), of=of)


def require(text: str) -> Require:
    return Require(source(text))


def doors(*more: str, components: tuple[PackageComponent, ...] = (), **fields: Any) -> Family:
    names = fields.pop("names", "COLOUR WIDTH GLASS").split()
    members = tuple(
        FamilyCharacteristic(characteristic=name, sequence=place) for place, name in enumerate([*names, *more])
    )
    return Family(id="DOORS", members=members, components=components, **fields)


def a_revision(number: int = 1, names: str = "COLOUR WIDTH GLASS", **fields: Any) -> Revision:
    members = tuple(
        RevisionCharacteristic(characteristic=name, sequence=place, required=name != "GLASS")
        for place, name in enumerate(names.split())
    )
    fields.setdefault("phase_in", JANUARY)
    return Revision(part=DOOR, number=number, members=fields.pop("members", members), **fields)


CHARACTERISTICS: tuple[Characteristic, ...] = (
    discrete("COLOUR", "RED BLUE GREEN"),
    typed("WIDTH", 1, 9),
    discrete("GLASS"),
    package("SPORT", "YES NO"),
)


def area(expression: str = "WIDTH * 2", *cases: tuple[int, int], **more: Any) -> Formula:
    every = tuple(TestCase(((Reference("WIDTH"), Decimal(given)),), Decimal(result)) for given, result in cases)
    return Formula(id="AREA", family="DOORS", expression=source(expression), test_cases=every, **more)


async def a_shop(database: Database) -> Configurator:
    """With the family, the part, and revision 1, TENTATIVE."""
    shop = wire_configurator(database)
    OPENED.append(shop)
    await accepted(shop, *puts(*CHARACTERISTICS, doors(), Part(id=DOOR, family="DOORS"), a_revision()))
    return shop


def puts(*masters: AnyMaster) -> list[Put]:
    return [Put(master=one) for one in masters]


async def change(shop: Configurator, *changes: Change, **more: Any) -> Edited:
    return await shop.modelling.change(changes, BOSS, **more)


async def accepted(shop: Configurator, *changes: Change) -> Edited:
    done = await change(shop, *changes)
    assert [(problem.path, str(problem)) for problem in done.problems] == []
    return done


async def refused(shop: Configurator, *changes: Change) -> list[str]:
    """The codes; nothing was written."""
    before = await the_bundle(shop)
    done = await change(shop, *changes)
    assert (done.changed, await the_bundle(shop)) == (0, before)
    return [problem.code for problem in done.problems]


async def the_bundle(shop: Configurator) -> Any:
    return await shop.models.bundle("DOORS")


async def revision(shop: Configurator, number: int = 1) -> Revision:
    found: Revision = (await the_bundle(shop)).revisions[RevisionKey(DOOR, number)]
    return found


async def become(shop: Configurator, status: Status, number: int = 1, close: bool = False) -> Edited:
    wish = Become(revision=RevisionKey(DOOR, number), status=status, close_predecessor=close)
    return await change(shop, wish)


async def released(database: Database, *changes: Change) -> Configurator:
    """Revision 1 after these changes, RELEASED."""
    shop = await a_shop(database)
    if changes:
        await accepted(shop, *changes)
    await accepted(shop, Become(revision=FIRST, status=Status.RELEASED))
    return shop
