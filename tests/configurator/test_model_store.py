"""Masters and contents in both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from modules.configurator.engine.assembling import assemble
from modules.configurator.engine.language import Scope
from modules.configurator.formats.expressions import parser
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, RevisionKey, fold_id, key_of
from modules.configurator.model.families import Family, FamilyCharacteristic
from modules.configurator.model.formulas import Formula
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic
from modules.configurator.model.rules import FrontRule, Require, RuleTemplate, TemplateStatus
from modules.configurator.model.trees import ResultType
from modules.configurator.store.documents import content_document, hash_of
from modules.configurator.store.models import ModelStore
from modules.configurator.store.writing import Frozen, Written
from modules.kernel.names import Locale, Sku
from modules.runtime.database import Database
from tests.configurator.builders import discrete, typed

DOOR = RevisionKey(Sku("DOOR"), 1)
COLOUR = discrete("COLOUR", "RED BLUE GREEN")
WIDTH = typed("WIDTH", 1, 9)
SCOPE = Scope({"COLOUR": COLOUR, "WIDTH": WIDTH}, {"AREA": ResultType.NUMBER})
PARSE = parser(SCOPE)
FAMILY = Family(
    id="Doors",
    descriptions=((Locale("en"), "Doors"),),
    members=(
        FamilyCharacteristic(characteristic="COLOUR", options=frozenset({"RED", "BLUE"})),
        FamilyCharacteristic(characteristic="WIDTH", sequence=1),
    ),
)
AREA = Formula(id="AREA", family="Doors", expression=PARSE("WIDTH * 2", ResultType.NUMBER))
OWN = FrontRule(
    id="WIDE",
    condition=PARSE("COLOUR = 'RED'", ResultType.BOOL),
    actions=(Require(PARSE("formula:AREA > 4", ResultType.BOOL)),),
)
TEMPLATE = RuleTemplate(
    id="ALL", family="Doors", status=TemplateStatus.RELEASED, rules=(FrontRule(id="FIRST", sequence=-1),)
)
MEMBERS = (
    RevisionCharacteristic(characteristic="COLOUR", options=frozenset({"RED", "GREEN"}), default="RED"),
    RevisionCharacteristic(characteristic="WIDTH", sequence=1, high=Decimal(5)),
)
REVISION = Revision(part=DOOR.part, number=1, phase_in=date(2026, 1, 1), members=MEMBERS)
MASTERS: list[AnyMaster] = [FAMILY, AREA, TEMPLATE, Part(id=DOOR.part, family="Doors"), REVISION]


async def write(store: ModelStore) -> None:
    rows = [Written(key_of(one), fold_id("Doors"), one, 1) for one in MASTERS]
    rows += [Written(key_of(one), "", one, 1) for one in (COLOUR, WIDTH)]
    rows.append(Written(key_of(OWN, DOOR), fold_id("Doors"), OWN, 1))
    async with store.writing() as writing:
        await writing.lock()
        await writing.save(rows, {})


async def test_a_family_is_read_whole_as_it_was_written(database: Database) -> None:
    store = ModelStore(database)
    await write(store)
    before = database.statements
    bundle = await store.bundle("DOORS")
    assert database.statements == before + 2
    assert bundle is not None
    assert bundle.rules[DOOR][0].condition == OWN.condition
    assert bundle.formulas["AREA"].expression == AREA.expression
    assert bundle.revisions[DOOR].members == MEMBERS
    assert set(bundle.characteristics) == {"COLOUR", "WIDTH"}
    assert bundle.family.created_us > 0
    assert await store.bundle("WINDOWS") is None
    assert await store.families_of(["colour"]) == {"colour": {"doors"}}


async def test_a_revision_offers_what_it_and_its_family_allow(database: Database) -> None:
    store = ModelStore(database)
    await write(store)
    bundle = await store.bundle("Doors")
    assert isinstance(bundle, Bundle)
    content = assemble(bundle, *DOOR)
    assert [option.id for option in content.options(content.members[0])] == ["RED"]
    assert [rule.id for rule in content.rules] == ["FIRST", "WIDE"]
    assert list(content.formulas) == ["AREA"]


async def test_a_content_comes_back_as_it_was_kept(database: Database) -> None:
    store = ModelStore(database)
    await write(store)
    bundle = await store.bundle("Doors")
    assert bundle is not None
    content = assemble(bundle, *DOOR)
    document = content_document(content)
    async with store.writing() as writing:
        await writing.keep([Frozen(DOOR, 1, hash_of(document), document)])
    assert await store.contents([(*DOOR, 1), (*DOOR, 2)]) == [content, None]
    assert await store.hashes([(*DOOR, 2), (*DOOR, 1)]) == [None, hash_of(document)]
