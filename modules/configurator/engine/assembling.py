"""From a family's master data to what one of its revisions offers: the content that is compiled and frozen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from modules.configurator.engine.uses import Use, needed, of_component, of_master, of_rule
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, RevisionKey
from modules.configurator.model.contents import Content
from modules.configurator.model.families import Family, FamilyCharacteristic, PackageComponent
from modules.configurator.model.masters import Master
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.rules import FrontRule, TemplateStatus
from modules.kernel.names import Sku

M = TypeVar("M", bound=Master)


def assemble(bundle: Bundle, part: Sku, revision: int) -> Content:
    """What a revision of the bundle offers, as it stands in the master data; raises KeyError for one it has not.

    Members are the revision's that the family still has, with the options that both allow; rules are the revision's
    own and those of the family's RELEASED templates, disabled ones left out; formulas and tables are those that rules,
    prices, structures or routings read, directly or not; characteristics are the members' and all others that any of
    these name. Versions and moments are left out, so that equal contents are equal.
    """
    key = RevisionKey(part, revision)
    own = bundle.revisions[key]
    members = _members(bundle.family, own.members)
    rules = sorted(_rules(bundle, key), key=lambda rule: (rule.sequence, rule.id))
    components = _components(bundle.family, {member.characteristic for member in members})
    uses = _uses(bundle, key, rules, components)
    formulas, tables = needed(uses, bundle.formulas, bundle.tables)
    uses += [use for formula in formulas.values() for use in of_master(formula, {})]
    uses += [use for table in tables.values() for use in of_master(table, {})]
    names = {use.name for use in uses if use.is_characteristic} | {member.characteristic for member in members}
    return Content(
        part=part,
        revision=revision,
        version=own.content_version,
        characteristics={
            id: _undated(bundle.characteristics[id]) for id in sorted(names & set(bundle.characteristics))
        },
        members=tuple(members),
        components=tuple(components),
        formulas={id: _undated(one) for id, one in formulas.items()},
        tables={id: _undated(one) for id, one in tables.items()},
        rules=tuple(_undated(rule) for rule in rules),
    )


def _members(family: Family, wanted: Iterable[RevisionCharacteristic]) -> list[RevisionCharacteristic]:
    held = {member.characteristic: member for member in family.members}
    found = (_narrowed(held[one.characteristic], one) for one in wanted if one.characteristic in held)
    return sorted(found, key=lambda member: (member.sequence, member.characteristic))


def _narrowed(held: FamilyCharacteristic, member: RevisionCharacteristic) -> RevisionCharacteristic:
    """With the options that both allow."""
    if held.options is None or member.options is None:
        return replace(member, options=member.options if held.options is None else held.options)
    return replace(member, options=member.options & held.options)


def _rules(bundle: Bundle, key: RevisionKey) -> Iterator[FrontRule]:
    for template in sorted(bundle.templates.values(), key=lambda one: one.id):
        if template.status is TemplateStatus.RELEASED:
            yield from (rule for rule in template.rules if not rule.disabled)
    yield from (rule for rule in bundle.rules.get(key, ()) if not rule.disabled)


def _components(family: Family, within: Collection[str]) -> list[PackageComponent]:
    """Of the packages that the revision has."""
    return [one for one in family.components if one.package in within]


def _uses(
    bundle: Bundle, key: RevisionKey, rules: Iterable[FrontRule], components: Iterable[PackageComponent]
) -> list[Use]:
    """What the revision's rules, packages and prices and the part's structures and routings use."""
    found = [use for rule in rules for use in of_rule(rule, bundle.tables)]
    found += [use for component in components for use in of_component(component)]
    more: list[AnyMaster] = [one for one in bundle.structures if one.part == key.part]
    more += [one for one in bundle.routings if one.part == key.part]
    more += [one for one in bundle.prices if holds_for(one, key)]
    return found + [use for one in more for use in of_master(one, {})]


def holds_for(entry: PriceEntry, key: RevisionKey) -> bool:
    """Whether a price is the revision's own, or its part's or family's."""
    return entry.part in (None, key.part) and entry.revision in (None, key.number)


def _undated(master: M) -> M:
    return replace(master, version=0, created_us=0, changed_us=0)
