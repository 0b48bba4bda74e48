"""A released model in a real database, written as the store keeps it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from modules.configurator.engine.assembling import assemble
from modules.configurator.engine.language import Scope
from modules.configurator.formats.expressions import parser
from modules.configurator.model.changes import AnyMaster, RevisionKey, key_of
from modules.configurator.model.characteristics import Characteristic
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Family, FamilyCharacteristic
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic, Status
from modules.configurator.model.rules import Exclude, FrontRule
from modules.configurator.model.trees import ResultType
from modules.configurator.store.documents import content_document, hash_of
from modules.configurator.store.models import ModelStore
from modules.configurator.store.writing import Frozen, Written
from modules.kernel.names import Locale, Sku
from modules.runtime.database import Database
from tests.configurator.builders import discrete

FAMILY = "doors_on_trial"
"""No family of the demo shop, beside which some tests put it."""
CHARACTERISTICS = (discrete("COLOUR", "RED BLUE"), discrete("GLASS", "YES NO"), discrete("LOCK", "PLAIN SAFE"))


def a_family(*characteristics: Characteristic) -> Family:
    members = [FamilyCharacteristic(characteristic=one.id, sequence=n) for n, one in enumerate(characteristics)]
    return Family(id=FAMILY, members=tuple(members))


def no_glass(colour: str) -> FrontRule:
    """Doors of this colour have no glass."""
    parse = parser(Scope({one.id: one for one in CHARACTERISTICS}))
    return FrontRule(
        id="NO_GLASS",
        descriptions=((Locale("en"), f"{colour} doors have no glass."),),
        condition=parse(f"COLOUR = '{colour}'", ResultType.BOOL),
        actions=(Exclude(parse("GLASS = 'YES'", ResultType.BOOL)),),
    )


async def release(database: Database, part: Sku, colour: str = "RED", version: int = 1) -> Content:
    """Makes the part configurable; a higher version is an edit of what is released."""
    store, key = ModelStore(database), RevisionKey(part, 1)
    members = tuple(
        RevisionCharacteristic(characteristic=one.id, sequence=n, required=True)
        for n, one in enumerate(CHARACTERISTICS)
    )
    revision = Revision(
        part=part,
        number=1,
        status=Status.RELEASED,
        phase_in=date(2020, 1, 1),
        members=members,
        content_version=version,
    )
    rule = no_glass(colour)
    masters: list[AnyMaster] = [a_family(*CHARACTERISTICS), Part(id=part, family=FAMILY), revision]
    async with store.writing() as writing:
        await writing.lock()
        await writing.save([Written(key_of(one), FAMILY, one, version) for one in masters], {})
        await writing.save([Written(key_of(one), "", one, version) for one in CHARACTERISTICS], {})
        await writing.save([Written(key_of(rule, key), FAMILY, rule, version)], {})
    bundle = await store.bundle(FAMILY)
    assert bundle
    content = assemble(bundle, part, 1)
    document = content_document(content)
    fixed = replace(revision, compile_hash=hash_of(document))
    async with store.writing() as writing:
        await writing.save([Written(key_of(fixed), FAMILY, fixed, version)], {})
        await writing.keep([Frozen(key, version, hash_of(document), document)])
    return content
