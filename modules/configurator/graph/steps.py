"""What one step of configuring looks like: characteristics, what they may be, what they are and why."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.configurator.graph.words import Words, plain
from modules.configurator.model.characteristics import Bounds, Characteristic, DataType, QuantityUse, ValueType
from modules.configurator.model.revisions import RevisionCharacteristic
from modules.configurator.model.sessions import Assignment, Provenance
from modules.configurator.model.steps import Message, Offer, Range, Step
from modules.kernel.graph import Decimal

strawberry.enum(DataType, name="CharacteristicDataType", description="What values are.")
strawberry.enum(
    ValueType,
    name="CharacteristicValueType",
    description="DISCRETE: one of its options. VARIABLE: typed. PACKAGE: an option that sets other characteristics.",
)
strawberry.enum(QuantityUse, name="CharacteristicQuantityUse", description="Whether a value has a quantity beside it.")
strawberry.enum(
    Provenance,
    name="ConfigurationProvenance",
    description="Where a value comes from: chosen (USER), set by a package (PACKAGE), the only possible one (RULE), "
    "calculated (COMPUTED), given by the parent in a structure (INHERITED), or a DEFAULT, which gives way to anything.",
)


def decimal(number: object) -> Decimal | None:
    """A number of the model as the graph tells it."""
    return None if number is None else Decimal(f"{number:f}")


@strawberry.type(description="One of the values that can be chosen.")
class CharacteristicOption:
    id: strawberry.ID = strawberry.field(description="To choose it by.")
    label: str = strawberry.field(description="In the viewer's language.")
    number: Decimal | None = strawberry.field(description="What formulas calculate with.")
    possible: bool | None = strawberry.field(
        description="Whether it leads to a whole configuration beside all choices, its own among them: what a chosen "
        "one could be changed to stands in the session's alternatives. Null: not decided in time."
    )


@strawberry.type(description="Numbers that are possible, both ends inclusive.")
class CharacteristicRange:
    low: Decimal | None = strawberry.field(description="Null: without bound.")
    high: Decimal | None = strawberry.field(description="Null: without bound.")
    approximate: bool = strawberry.field(
        description="Whether a formula over several numbers may still refuse some of them."
    )

    @classmethod
    def of(cls, range: Range) -> Self:
        """From the model's."""
        return cls(low=decimal(range.low), high=decimal(range.high), approximate=range.approximate)


@strawberry.type(description="Which numbers may be typed.")
class CharacteristicBounds:
    scale: int = strawberry.field(description="At most so many decimals; nothing is rounded.")
    low: Decimal | None = strawberry.field(description="Null: without bound.")
    high: Decimal | None = strawberry.field(description="Null: without bound.")
    step: Decimal | None = strawberry.field(description="A multiple of it from the lower bound on; null: any.")

    @classmethod
    def of(cls, bounds: Bounds) -> Self:
        """From the model's."""
        return cls(scale=bounds.scale, low=decimal(bounds.low), high=decimal(bounds.high), step=decimal(bounds.step))


@strawberry.type(description="What a characteristic is, and why.")
class CharacteristicAssignment:
    value: str = strawberry.field(description="An option's id, a number as a decimal string, or a text.")
    label: str = strawberry.field(description="The same for people, a number with its unit.")
    quantity: Decimal | None = strawberry.field(description="Of what has one.")
    provenance: Provenance = strawberry.field(description="Where it comes from.")

    @classmethod
    def of(cls, name: str, one: Assignment, words: Words) -> Self:
        """In the viewer's language."""
        return cls(
            value=plain(one.value) or "",
            label=words.value(name, one.value) or "",
            quantity=decimal(one.quantity),
            provenance=one.provenance,
        )


@strawberry.type(description="Something that can be said of a part, with what it may be beside the other choices.")
class ConfigurableCharacteristic:
    id: strawberry.ID = strawberry.field(description="To choose by.")
    label: str = strawberry.field(description="In the viewer's language.")
    category: strawberry.ID | None = strawberry.field(description="Under which heading it is shown.")
    data_type: DataType = strawberry.field(description="What its values are.")
    value_type: ValueType = strawberry.field(description="Where they come from.")
    unit: str | None = strawberry.field(description="Of numbers.")
    required: bool = strawberry.field(description="Whether nothing is whole without it.")
    hidden: bool = strawberry.field(description="Not for buyers; shown to whoever may read models.")
    options: list[CharacteristicOption] = strawberry.field(
        description="All that the revision has, in their sequence; those that are possible now say so."
    )
    bounds: CharacteristicBounds | None = strawberry.field(description="Of typed numbers.")
    ranges: list[CharacteristicRange] = strawberry.field(description="Of typed numbers: what is possible, ascending.")
    any_text: bool = strawberry.field(description="Whether a text may be typed.")
    max_length: int | None = strawberry.field(description="Of typed texts, in characters.")
    may_be_unset: bool = strawberry.field(description="Whether it may stay without a value.")
    approximate: bool = strawberry.field(
        description="Whether a formula over several numbers may still refuse some of what is offered."
    )
    quantity_use: QuantityUse = strawberry.field(description="Whether a value has a quantity beside it.")
    quantity_bounds: CharacteristicBounds | None = strawberry.field(description="Of the quantity.")
    assignment: CharacteristicAssignment | None = strawberry.field(description="Null: it has no value.")
    locked_by: strawberry.ID | None = strawberry.field(description="The package that sets it.")
    missing: bool = strawberry.field(description="Whether its value or quantity is what is missing.")

    @classmethod
    def of(cls, member: RevisionCharacteristic, category: str, step: Step, words: Words) -> Self:
        """One characteristic of a step."""
        name = member.characteristic
        known, offer = words.content.characteristics[name], step.offers.get(name, Offer())
        assignment, locked = step.assignments.get(name), step.locked.get(name)
        counts = known.quantity_use is not QuantityUse.NONE
        return cls(
            id=strawberry.ID(name),
            label=words.characteristic(name),
            category=strawberry.ID(category) if category else None,
            data_type=known.data_type,
            value_type=known.value_type,
            unit=known.unit or None,
            required=member.required,
            hidden=is_hidden(member, known),
            options=_options(member, offer, words),
            bounds=_bounds(known),
            ranges=[CharacteristicRange.of(one) for one in offer.ranges],
            any_text=offer.any_text,
            max_length=known.max_length if not known.has_options and known.data_type is DataType.TEXT else None,
            may_be_unset=offer.may_be_unset,
            approximate=offer.approximate,
            quantity_use=known.quantity_use,
            quantity_bounds=CharacteristicBounds.of(known.quantity_bounds) if counts else None,
            assignment=CharacteristicAssignment.of(name, assignment, words) if assignment else None,
            locked_by=strawberry.ID(locked) if locked else None,
            missing=name in step.missing or f"{name}.qty" in step.missing,
        )


def is_hidden(member: RevisionCharacteristic, known: Characteristic) -> bool:
    """Whether buyers are not shown it."""
    return member.hidden or known.hidden


def _options(member: RevisionCharacteristic, offer: Offer, words: Words) -> list[CharacteristicOption]:
    return [
        CharacteristicOption(
            id=strawberry.ID(option.id),
            label=words.value(member.characteristic, option.id) or "",
            number=decimal(option.number),
            possible=None if option.id in offer.unknown else option.id in offer.options,
        )
        for option in words.content.options(member)
    ]


def _bounds(known: Characteristic) -> CharacteristicBounds | None:
    typed = not known.has_options and known.data_type is DataType.NUMBER
    return CharacteristicBounds.of(known.bounds) if typed else None


@strawberry.type(description="Something a rule says about the choices.")
class ConfigurationMessage:
    rule: strawberry.ID = strawberry.field(description="Which one.")
    level: str = strawberry.field(description="INFO, WARN, or STOP: with it nothing is finalised.")
    text: str = strawberry.field(description="In the viewer's language.")

    @classmethod
    def of(cls, message: Message, words: Words) -> Self:
        """In the viewer's language."""
        level = message.level.name if message.level else "STOP"
        return cls(rule=strawberry.ID(message.rule), level=level, text=words.text(message.text))


@strawberry.type(description="Characteristics under one heading.")
class ConfigurationCategory:
    id: strawberry.ID | None = strawberry.field(description="Null: under none.")
    label: str | None = strawberry.field(description="In the viewer's language.")
    characteristics: list[ConfigurableCharacteristic] = strawberry.field(description="In their sequence.")
