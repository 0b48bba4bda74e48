"""Why something is not possible, and ways out, in plain language."""

from __future__ import annotations

from typing import Self

import strawberry

from modules.configurator.graph.words import Words, plain
from modules.configurator.model import explanations
from modules.configurator.model.sessions import Choice
from modules.configurator.service import reasons
from modules.configurator.service.reasons import Verdict
from modules.kernel.graph import Decimal

strawberry.enum(
    Verdict,
    name="ConfigurationVerdict",
    description="POSSIBLE: it leads to a whole configuration. FORCED: nothing else does. LOCKED: a package sets the "
    "characteristic. IMPOSSIBLE: choices or rules exclude it. UNKNOWN: not decided in the time there is.",
)


@strawberry.type(description="What somebody chose.")
class ConfigurationChoice:
    characteristic: strawberry.ID = strawberry.field(description="Its id.")
    label: str = strawberry.field(description="What it is called, in the viewer's language.")
    value: str = strawberry.field(description="An option's id, a number as a decimal string, or a text.")
    value_label: str = strawberry.field(description="The same for people.")
    quantity: Decimal | None = strawberry.field(description="Of what has one.")

    @classmethod
    def of(cls, choice: Choice, words: Words) -> Self:
        """In the viewer's language."""
        return cls(
            characteristic=strawberry.ID(choice.characteristic),
            label=words.characteristic(choice.characteristic),
            value=plain(choice.value) or "",
            value_label=words.value(choice.characteristic, choice.value) or "",
            quantity=Decimal(quantity) if (quantity := plain(choice.quantity)) else None,
        )


@strawberry.type(description="A rule of the model that takes part in a conflict.")
class ConfigurationRule:
    id: strawberry.ID = strawberry.field(description="As modellers know it.")
    text: str = strawberry.field(description="What it says, in the viewer's language.")


@strawberry.type(
    description="A minimal conflict: these choices and rules together exclude it, and no part of them does. "
    "Conflicts are not unique; older choices are preferred."
)
class ConfigurationExplanation:
    choices: list[ConfigurationChoice] = strawberry.field(
        description="Oldest first; none: it is never possible in this revision."
    )
    rules: list[ConfigurationRule] = strawberry.field(description="In their sequence.")
    exact: bool = strawberry.field(description="False: the conflict holds, but may be larger than need be.")

    @classmethod
    def of(cls, found: explanations.Explanation, words: Words) -> Self:
        """In the viewer's language."""
        return cls(
            choices=[ConfigurationChoice.of(choice, words) for choice in found.choices],
            rules=[ConfigurationRule(id=strawberry.ID(rule), text=words.rule(rule)) for rule in found.rules],
            exact=found.exact,
        )


@strawberry.type(description="A choice to give up, and what its characteristic could be instead.")
class ConfigurationDropped:
    choice: ConfigurationChoice = strawberry.field(description="What would go.")
    instead: str | None = strawberry.field(description="A value that would work; null: none.")
    instead_label: str | None = strawberry.field(description="The same for people.")

    @classmethod
    def of(cls, one: explanations.Dropped, words: Words) -> Self:
        """In the viewer's language."""
        name = one.choice.characteristic
        choice = ConfigurationChoice.of(one.choice, words)
        return cls(choice=choice, instead=plain(one.instead), instead_label=words.value(name, one.instead))


@strawberry.type(description="A way out: with these choices given up all others hold beside what is wanted.")
class ConfigurationRepair:
    dropped: list[ConfigurationDropped] = strawberry.field(description="Oldest first.")

    @classmethod
    def of(cls, repair: explanations.Repair, words: Words) -> Self:
        """In the viewer's language."""
        return cls(dropped=[ConfigurationDropped.of(one, words) for one in repair.dropped])


@strawberry.type(description="What is to be said of one value beside the other choices.")
class ConfigurationReasons:
    verdict: Verdict = strawberry.field(description="Whether it is possible.")
    explanation: ConfigurationExplanation | None = strawberry.field(
        description="Why it is impossible, or the only one; else null."
    )
    repairs: list[ConfigurationRepair] = strawberry.field(
        description="Up to three ways to get an impossible value, the preferred one first."
    )
    package: strawberry.ID | None = strawberry.field(description="Which package sets the characteristic, if one does.")

    @classmethod
    def of(cls, found: reasons.Reasons, words: Words) -> Self:
        """In the viewer's language."""
        return cls(
            verdict=found.verdict,
            explanation=ConfigurationExplanation.of(found.explanation, words) if found.explanation else None,
            repairs=[ConfigurationRepair.of(repair, words) for repair in found.repairs],
            package=strawberry.ID(found.package) if found.package else None,
        )
