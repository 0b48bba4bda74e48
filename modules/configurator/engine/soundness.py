"""Whether a master can be so, beside all others: what is refused at entry, whatever the status of revisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from modules.configurator.engine.entering import enter, nearest
from modules.configurator.engine.soundfigures import formula_flaws, table_flaws
from modules.configurator.engine.soundmaking import routing_flaws, structure_flaws
from modules.configurator.engine.soundrules import above_flaws, rule_flaws
from modules.configurator.engine.uses import of_master
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.changes import AnyMaster, AtTheTop, Key, fold_id
from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, QuantityUse, ValueType
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import BadChoice, UnknownCharacteristic, UnknownOption, WrongType
from modules.configurator.model.families import Family, FamilyCharacteristic, PackageComponent
from modules.configurator.model.formulas import CombinationTable, Formula
from modules.configurator.model.masters import is_id
from modules.configurator.model.prices import PriceEntry
from modules.configurator.model.revisions import Part, Revision, RevisionCharacteristic
from modules.configurator.model.rules import FrontRule, RuleTemplate
from modules.configurator.model.sessions import Choice
from modules.configurator.model.structures import Routing, Structure
from modules.kernel.errors import InvalidInput, Refused
from modules.kernel.money import MICROS, is_currency
from modules.kernel.names import is_sku, is_text
from modules.kernel.outcome import Path

IDS: Final = "a letter or underscore, then letters, digits and underscores; 1 to 64, no blanks, no quotes"
MOST_OPTIONS: Final = 2_000
MOST_MEMBERS: Final = 5_000
MOST_SCALE: Final = 12


def flaws(key: Key, master: AnyMaster, bundle: Bundle) -> Iterator[Refused]:
    """What forbids that a master is so in its family, each with the path from the master on.

    A characteristic is looked at by itself; `bundle` is what the family would be with it and all other changes.
    """
    match master:
        case Characteristic():
            yield from characteristic_flaws(master)
        case Family():
            yield from _family_flaws(master, bundle)
        case Part():
            yield from _part_flaws(master)
        case Revision():
            yield from _revision_flaws(master, bundle)
        case _:
            if not isinstance(master, Structure | Routing):
                yield from id_flaws(key.id)
            if isinstance(master, AtTheTop):
                yield from above_flaws(of_master(master, {}), bundle)
            yield from _more_flaws(master, bundle)


def _more_flaws(master: AnyMaster, bundle: Bundle) -> Iterator[Refused]:
    match master:
        case Formula():
            yield from formula_flaws(master)
        case CombinationTable():
            yield from table_flaws(master, bundle)
        case FrontRule():
            yield from rule_flaws(master, bundle)
        case RuleTemplate():
            yield from _template_flaws(master, bundle)
        case Structure() | Routing():
            yield from _made_flaws(master)
            yield from structure_flaws(master, bundle) if isinstance(master, Structure) else routing_flaws(master)
        case PriceEntry():
            yield from _price_flaws(master, bundle)


def id_flaws(id: str, *path: str | int) -> Iterator[Refused]:
    """Why it can be no id."""
    if not is_id(id):
        yield InvalidInput(f"{id[:64]!r} is no id.", (*path, "id"), IDS)


def twice(ids: Iterable[str], name: str, step: str = "id", fold: Callable[[str], str] = fold_id) -> Iterator[Refused]:
    """Refusals of ids that are there already, in the list `name`."""
    seen: set[str] = set()
    for place, id in enumerate(ids):
        if fold(id) in seen:
            yield InvalidInput(f"{id[:64]!r} is there twice.", (name, place, step), "each once, whatever its case")
        seen.add(fold(id))


def characteristic_flaws(one: Characteristic) -> Iterator[Refused]:
    """What is wrong with a characteristic and its options."""
    yield from id_flaws(one.id)
    if len(one.options) > MOST_OPTIONS:
        yield InvalidInput(f"{len(one.options)} options are too many.", ("options",), f"at most {MOST_OPTIONS}")
    if one.options and not one.has_options:
        yield InvalidInput(f"{one.id} is typed and has no options.", ("options",), "none, or DISCRETE or PACKAGE")
    yield from twice((option.id for option in one.options), "options")
    for place, option in enumerate(one.options):
        yield from id_flaws(option.id, "options", place)
        if (option.number is not None) is not (one.data_type is DataType.NUMBER):
            allowed = "a number for each option of a NUMBER, none for those of a TEXT"
            yield WrongType(
                f"{option.id} does not go with {one.data_type}.", one.id, allowed, ("options", place, "number")
            )
    if not 1 <= one.max_length <= 4_000:
        yield InvalidInput(f"{one.max_length} is no length.", ("maxLength",), "1 to 4000")
    yield from _bounds_flaws(one.bounds, "bounds")
    yield from _bounds_flaws(one.quantity_bounds, "quantityBounds")


def _bounds_flaws(bounds: Bounds, path: str) -> Iterator[Refused]:
    if not 0 <= bounds.scale <= MOST_SCALE:
        yield InvalidInput(f"{bounds.scale} is no number of decimals.", (path, "scale"), f"0 to {MOST_SCALE}")
    if bounds.low is not None and bounds.high is not None and bounds.high < bounds.low:
        yield InvalidInput(f"{bounds.high} is below {bounds.low}.", (path, "high"), "not below low")
    if bounds.step is not None and bounds.step <= 0:
        yield InvalidInput(f"{bounds.step} is no step.", (path, "step"), "above 0")
    for name in ("low", "high", "step"):
        figure = getattr(bounds, name)
        if figure is not None and -figure.normalize().as_tuple().exponent > bounds.scale:
            yield InvalidInput(f"{figure} has too many decimals.", (path, name), f"at most {bounds.scale} decimals")


def _family_flaws(family: Family, bundle: Bundle) -> Iterator[Refused]:
    yield from id_flaws(family.id)
    if len(family.members) > MOST_MEMBERS:
        yield InvalidInput(f"{len(family.members)} members are too many.", ("members",), f"at most {MOST_MEMBERS}")
    yield from twice((one.id for one in family.categories), "categories")
    yield from twice((one.characteristic for one in family.members), "members", "characteristic")
    categories = {one.id for one in family.categories}
    for place, member in enumerate(family.members):
        yield from _member_flaws(member, bundle.characteristics, ("members", place))
        if member.category and member.category not in categories:
            allowed = f"one of: {', '.join(sorted(categories)) or 'none yet'}"
            yield InvalidInput(
                f"There is no category {member.category[:64]!r}.", ("members", place, "category"), allowed
            )
    yield from _component_flaws(family, bundle)


def _member_flaws(
    member: FamilyCharacteristic | RevisionCharacteristic, known: Mapping[str, Characteristic], path: Path
) -> Iterator[Refused]:
    """Options outside of the global list are refused."""
    characteristic = known.get(member.characteristic)
    if characteristic is None:
        name = member.characteristic
        yield UnknownCharacteristic(name, nearest(name, known), (*path, "characteristic"))
        return
    yield from option_flaws(characteristic, sorted(member.options or ()), (*path, "options"))


def option_flaws(
    characteristic: Characteristic, options: Iterable[str], path: Path, allowed: Iterable[str] | None = None
) -> Iterator[Refused]:
    """Refusals of options that the characteristic (or what is `allowed` of it) has not."""
    ids = [option.id for option in characteristic.options] if allowed is None else list(allowed)
    for option in options:
        if option not in ids:
            yield UnknownOption(characteristic.id, option, nearest(option, ids), path)


def _component_flaws(family: Family, bundle: Bundle) -> Iterator[Refused]:
    whole = whole_family(family, bundle)
    seen: set[tuple[str, str, str]] = set()
    for place, one in enumerate(family.components):
        path = ("components", place)
        if (one.package, one.option, one.component) in seen:
            yield InvalidInput(f"{one.component} is set twice.", (*path, "component"), "one value per component")
        seen.add((one.package, one.option, one.component))
        yield from _package_flaws(one, whole, path)


def _package_flaws(one: PackageComponent, whole: Content, path: Path) -> Iterator[Refused]:
    package, component = (whole.characteristics.get(name) for name in (one.package, one.component))
    if package is not None and package.value_type is not ValueType.PACKAGE:
        yield InvalidInput(f"{one.package} is no package.", (*path, "package"), "a characteristic of kind PACKAGE")
    if component is not None and component.value_type is ValueType.PACKAGE:
        allowed = "a characteristic that is no package: there is one level"
        yield InvalidInput(f"{one.component} is a package.", (*path, "component"), allowed)
        return
    yield from value_flaws(whole, Choice(one.package, one.option), (*path, "package"), (*path, "option"))
    yield from value_flaws(
        whole,
        Choice(one.component, one.value, one.quantity),
        (*path, "component"),
        (*path, "value"),
        (*path, "quantity"),
    )


def value_flaws(whole: Content, choice: Choice, *paths: Path) -> Iterator[Refused]:
    """Why it can be no value: `paths` lead to the characteristic, the value and the quantity."""
    try:
        enter(whole, choice)
    except BadChoice as error:
        steps = [str(step) for step in error.path]
        at = 2 if steps == ["quantity"] else 1 if steps == ["value"] else 0
        error.path = tuple(str(step) for step in paths[min(at, len(paths) - 1)])
        yield error


def whole_family(family: Family, bundle: Bundle) -> Content:
    """As if a revision had all that the family has."""
    members = tuple(
        RevisionCharacteristic(characteristic=one.characteristic, sequence=one.sequence, options=one.options)
        for one in family.members
        if one.characteristic in bundle.characteristics
    )
    return Content(part="", revision=0, characteristics=bundle.characteristics, members=members)  # type: ignore[arg-type]


def _part_flaws(part: Part) -> Iterator[Refused]:
    if not is_sku(part.id):
        yield InvalidInput(f"{part.id[:64]!r} is no sku.", ("id",), "1 to 64 printable characters")


def _revision_flaws(revision: Revision, bundle: Bundle) -> Iterator[Refused]:
    if revision.number < 1:
        yield InvalidInput(f"{revision.number} is no number.", ("number",), "1 and above")
    yield from _date_flaws(revision.phase_in, revision.phase_out)
    yield from twice((one.characteristic for one in revision.members), "members", "characteristic")
    held = {one.characteristic: one for one in bundle.family.members}
    known = {name: one for name, one in bundle.characteristics.items() if name in held}
    for place, member in enumerate(revision.members):
        found = list(_member_flaws(member, known, ("members", place)))
        yield from found
        if not found:
            yield from _own_flaws(member, held[member.characteristic], known[member.characteristic], ("members", place))


def _own_flaws(
    member: RevisionCharacteristic, held: FamilyCharacteristic, known: Characteristic, path: Path
) -> Iterator[Refused]:
    if held.options is not None:
        yield from option_flaws(known, sorted(member.options or ()), (*path, "options"), held.options)
    if member.low is not None and member.high is not None and member.high < member.low:
        yield InvalidInput(f"{member.high} is below {member.low}.", (*path, "high"), "not below low")
    yield from _narrower(member, known, path)
    if member.default is not None:
        options = held.options if member.options is None else member.options
        one = Content(
            part="",  # type: ignore[arg-type]
            revision=0,
            characteristics={known.id: known},
            members=(
                RevisionCharacteristic(characteristic=known.id, options=options, low=member.low, high=member.high),
            ),
        )
        choice = Choice(known.id, member.default, member.default_quantity)
        yield from value_flaws(one, choice, path, (*path, "default"), (*path, "defaultQuantity"))
    elif member.default_quantity is not None and known.quantity_use is QuantityUse.NONE:
        yield InvalidInput(f"{known.id} has no quantity.", (*path, "defaultQuantity"), "none")


def _narrower(member: RevisionCharacteristic, known: Characteristic, path: Path) -> Iterator[Refused]:
    low, high = known.bounds.low, known.bounds.high
    if member.low is not None and low is not None and member.low < low:
        yield InvalidInput(f"{member.low} is below {low}.", (*path, "low"), f"{low} and above: a revision only narrows")
    if member.high is not None and high is not None and member.high > high:
        yield InvalidInput(
            f"{member.high} is above {high}.", (*path, "high"), f"at most {high}: a revision only narrows"
        )


def _date_flaws(phase_in: date, phase_out: date | None) -> Iterator[Refused]:
    if phase_out is not None and phase_out <= phase_in:
        yield InvalidInput(f"{phase_out} is not after {phase_in}.", ("phaseOut",), "later than phaseIn (half open)")


def _template_flaws(template: RuleTemplate, bundle: Bundle) -> Iterator[Refused]:
    yield from twice((rule.id for rule in template.rules), "rules")
    for place, rule in enumerate(template.rules):
        for flaw in (*id_flaws(rule.id), *rule_flaws(rule, bundle)):
            flaw.path = ("rules", str(place), *flaw.path)
            yield flaw


def _made_flaws(made: Structure | Routing) -> Iterator[Refused]:
    if made.revision < 1:
        yield InvalidInput(f"{made.revision} is no number.", ("revision",), "1 and above")
    yield from _date_flaws(made.phase_in, made.phase_out)
    yield from twice((one.id for one in made.alternates), "alternates")
    for place, alternate in enumerate(made.alternates):
        name = "lines" if isinstance(made, Structure) else "operations"
        for flaw in twice((one.id for one in getattr(alternate, name)), name):
            flaw.path = ("alternates", str(place), *flaw.path)
            yield flaw


def _terms_flaws(entry: PriceEntry) -> Iterator[Refused]:
    if not is_text(entry.price_list, 64):
        yield InvalidInput("This is no price list.", ("priceList",), "1 to 64 characters")
    if not is_currency(entry.currency):
        yield InvalidInput(f"{entry.currency[:8]!r} is no currency.", ("currency",), "ISO 4217: three capital letters")
    if not 0 <= entry.max_reduction_micros <= MICROS:
        yield InvalidInput("This is no part of an amount.", ("maxReduction",), "0 to 1: 0.25 for a quarter")
    begin, end = entry.valid_from_us, entry.valid_until_us
    if begin is not None and end is not None and end <= begin:
        yield InvalidInput("The end is not after the beginning.", ("validUntil",), "later than validFrom")


def _price_flaws(entry: PriceEntry, bundle: Bundle) -> Iterator[Refused]:
    known = bundle.characteristics
    if entry.characteristic not in known:
        yield UnknownCharacteristic(entry.characteristic, nearest(entry.characteristic, known), ("characteristic",))
    elif entry.option is not None:
        yield from option_flaws(known[entry.characteristic], [entry.option], ("option",))
    if entry.part is not None and entry.part not in bundle.parts:
        yield InvalidInput(f"{entry.part[:64]!r} is no part of the family.", ("part",), "a part of the same family")
    if entry.revision is not None and (entry.part, entry.revision) not in bundle.revisions:
        yield InvalidInput(f"There is no revision {entry.revision}.", ("revision",), "a revision of the entry's part")
    yield from _terms_flaws(entry)
