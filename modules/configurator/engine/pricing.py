"""What a configuration costs its buyer: base price, entries, packages, surcharge rules, overrides (section 8).

Every contribution is rounded half up to the currency's minor unit by itself, so that the lines add up to the price.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from modules.configurator.engine.possible import ONE
from modules.configurator.engine.scopes import Frame, Scope, known_of
from modules.configurator.model.breakdowns import Contribution, Override, PriceBreakdown, PriceKind
from modules.configurator.model.contents import Content
from modules.configurator.model.errors import NoBasePrice, OutOfRange, UnknownCharacteristic
from modules.configurator.model.prices import PriceEffect, PriceEntry
from modules.configurator.model.rules import FrontRule, Surcharge
from modules.configurator.model.sessions import Assignment
from modules.configurator.model.trees import Expression
from modules.kernel.errors import InvalidInput
from modules.kernel.money import MICROS, Money, divide, exponent

MOST_UNITS: Final = 1_000_000_000
"""Of the currency: no price is higher."""
_MILLION: Final = Decimal(MICROS)


@dataclass(frozen=True, slots=True)
class PriceQuestion:
    """A configuration, the entries of one price list and currency that hold at a moment, and the article's base price
    in millionths of the currency's unit; None: it has none."""

    content: Content
    assignments: Mapping[str, Assignment]
    currency: str
    base_micros: int | None
    entries: Sequence[PriceEntry] = ()


def price(question: PriceQuestion, overrides: Iterable[Override] = ()) -> PriceBreakdown:
    """The price of one unit.

    Raises NoBasePrice without a base, DivisionByZero, NoMatchingRow or Incomplete where an entry's or rule's expression
    has no result, OutOfRange where a line or the sum is more than any price, and what `override` raises.
    """
    if question.base_micros is None:
        part = question.content.part
        raise NoBasePrice(f"{part} has no base price in {question.currency}.", [part])
    found = override(_Pricer(question, question.base_micros).breakdown(), overrides)
    most = MOST_UNITS * 10 ** exponent(found.currency)
    if any(abs(minor) > most for minor in (found.minor, *(one.minor for one in found.contributions))):
        message = f"{question.content.part} would cost more than {MOST_UNITS:,} {found.currency}."
        raise OutOfRange(message, question.content.part)
    return found


def override(breakdown: PriceBreakdown, overrides: Iterable[Override]) -> PriceBreakdown:
    """With other amounts where entries allow it. Raises UnknownCharacteristic for what has no entry here, InvalidInput
    for what may not be changed or would be reduced too far."""
    for index, wish in enumerate(overrides):
        breakdown = _overridden(breakdown, wish, ("overrides", index))
    return breakdown


def _overridden(breakdown: PriceBreakdown, wish: Override, path: tuple[str | int, ...]) -> PriceBreakdown:
    at = next((i for i, one in enumerate(breakdown.contributions) if one.characteristic == wish.characteristic), None)
    if at is None or not wish.characteristic:
        names = [one.characteristic for one in breakdown.contributions if one.may_be_overridden]
        raise UnknownCharacteristic(wish.characteristic, names[:3], (*path, "characteristic"))
    found = breakdown.contributions[at]
    if not found.may_be_overridden:
        raise InvalidInput(f"The price of {wish.characteristic} may not be changed.", (*path, "characteristic"))
    if found.least is not None and wish.minor < found.least:
        least = Money(found.least, breakdown.currency).amount
        message = f"{wish.characteristic} costs {least} {breakdown.currency} at least."
        raise InvalidInput(message, (*path, "amount"), f"from {least}")
    changed = replace(found, minor=wish.minor, before=found.minor)
    return replace(
        breakdown, contributions=(*breakdown.contributions[:at], changed, *breakdown.contributions[at + 1 :])
    )


class _Pricer:
    def __init__(self, question: PriceQuestion, base_micros: int) -> None:
        content = question.content
        self.question = question
        self.base = base_micros
        self.unit = MICROS // 10 ** exponent(question.currency)
        self.scope = Scope.of_root(Frame(content, known_of(content, question.assignments)))
        self.included = {
            one.component: one.package
            for one in content.components
            if one.package in question.assignments and question.assignments[one.package].value == one.option
        }

    def breakdown(self) -> PriceBreakdown:
        """All lines, before overrides."""
        base = Contribution(kind=PriceKind.BASE, minor=divide(self.base, self.unit))
        lines = [base, *self._characteristics(), *self._rules()]
        return PriceBreakdown(self.question.currency, tuple(lines))

    def _characteristics(self) -> Iterator[Contribution]:
        content = self.question.content
        for member in content.members:
            name = member.characteristic
            if name not in self.question.assignments or content.characteristics[name].informational:
                continue
            assignment = self.question.assignments[name]
            if name in self.included:
                yield Contribution(
                    kind=PriceKind.INCLUDED,
                    minor=0,
                    characteristic=name,
                    value=assignment.value,
                    quantity=assignment.quantity,
                    package=self.included[name],
                )
            elif entry := entry_for(name, assignment, self.question.entries, content):
                yield self._contribution(entry, assignment)

    def _contribution(self, entry: PriceEntry, assignment: Assignment) -> Contribution:
        minor = self._amount(entry, assignment)
        kept = MICROS - entry.max_reduction_micros
        return Contribution(
            kind=PriceKind.CHARACTERISTIC if entry.option is None else PriceKind.OPTION,
            minor=minor,
            characteristic=entry.characteristic,
            value=assignment.value,
            quantity=assignment.quantity,
            entry=entry.id,
            may_be_overridden=entry.may_be_overridden,
            least=-(-minor * kept // MICROS) if entry.may_be_overridden else None,
        )

    def _amount(self, entry: PriceEntry, assignment: Assignment) -> int:
        """Amount and percentage of the base, then the expression added or instead, then times the quantity."""
        micros = self._micros(entry.amount_micros, entry.percent_micros)
        if entry.expression is not None:
            told = self._told(entry.expression, f"price {entry.id}")
            micros = told if entry.effect is PriceEffect.REPLACE else micros + told
        times = assignment.quantity if entry.per_quantity and assignment.quantity is not None else ONE
        return self._minor(micros * times)

    def _micros(self, amount_micros: int, percent_micros: int) -> Decimal:
        return amount_micros + Decimal(self.base * percent_micros) / MICROS

    def _told(self, expression: Expression, needed_by: str) -> Decimal:
        return self.scope.number(expression, needed_by) * _MILLION

    def _minor(self, micros: Decimal) -> int:
        numerator, denominator = micros.as_integer_ratio()
        return divide(numerator, denominator * self.unit)

    def _rules(self) -> Iterator[Contribution]:
        rules = sorted(self.question.content.rules, key=lambda rule: rule.sequence)
        for rule in rules:
            charges = [action for action in rule.actions if isinstance(action, Surcharge)]
            if charges and not rule.disabled and self.scope.holds(rule.condition):
                yield from (self._surcharge(rule, charge) for charge in charges)

    def _surcharge(self, rule: FrontRule, charge: Surcharge) -> Contribution:
        micros = self._micros(charge.amount_micros or 0, charge.percent_micros or 0)
        if charge.expression is not None:
            micros += self._told(charge.expression, f"rule {rule.id}")
        text = charge.text or rule.descriptions
        return Contribution(kind=PriceKind.SURCHARGE, minor=self._minor(micros), entry=rule.id, text=text)


def entry_for(name: str, assignment: Assignment, entries: Iterable[PriceEntry], content: Content) -> PriceEntry | None:
    """The entry that holds: the part's before the family's, the revision's before that of all revisions, the option's
    before the characteristic's, the one that began last. The family's count only where the part has none."""
    fitting = [
        one
        for one in entries
        if one.characteristic == name
        and one.option in (None, assignment.value)
        and one.part in (None, content.part)
        and one.revision in (None, content.revision)
    ]
    return max(fitting, key=_rank, default=None)


def _rank(entry: PriceEntry) -> tuple[bool, bool, bool, int, str]:
    begin = -1 if entry.valid_from_us is None else entry.valid_from_us
    return entry.part is not None, entry.revision is not None, entry.option is not None, begin, entry.id
