"""What became of each promotion and each code, for programs and people (2.4, C-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from modules.kernel.basket import Consumed, PromotionOutcome, PromotionResult, Share
from modules.kernel.later import Later
from modules.kernel.money import Money
from modules.kernel.names import PromotionId
from modules.pricing.engine.book import PromotionBook
from modules.pricing.engine.case import CodeClaim, CodeResult, Gift, Lack, Promoted, Reduction
from modules.pricing.engine.combine import Choice, excludes
from modules.pricing.engine.entries import Entry
from modules.pricing.engine.evaluation import FREIGHT, Record, Run, Shares
from modules.pricing.engine.hints import Tongue, missing_of
from modules.pricing.engine.muster import Miss, Muster
from modules.pricing.engine.view import Case

_FARTHEST: Final = 1 << 62
_OF_CODES: Final = {
    PromotionResult.APPLIED: CodeResult.ACCEPTED,
    PromotionResult.EXCLUDED_BY: CodeResult.NOT_COMBINABLE,
    PromotionResult.UNITS_USED_BY: CodeResult.NOT_COMBINABLE,
    PromotionResult.LIMIT_REACHED: CodeResult.LIMIT_REACHED,
    PromotionResult.BUDGET_EXHAUSTED: CodeResult.LIMIT_REACHED,
}
"""What a promotion's outcome means for its code; any other one: its conditions are not met."""


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome, and how near a miss it is."""

    entry: Entry
    outcome: PromotionOutcome
    distance: int
    code_result: CodeResult

    @property
    def order(self) -> tuple[int, tuple[int, str]]:
        """The nearest misses first."""
        return self.distance, self.entry.rank


class Trace:
    """Tells the outcomes of one case."""

    def __init__(self, case: Case, muster: Muster, book: PromotionBook, rivals: Callable[[Entry, Entry], bool]) -> None:
        circumstances = case.circumstances
        self._rivals = rivals
        self._reduced: list[tuple[Entry, Shares]] = []
        self._case, self._muster, self._book = case, muster, book
        self._currency = circumstances.currency
        self._tongue = Tongue(circumstances.locale, circumstances.channel.market.zone, case.policies)

    def tell(
        self, choice: Choice[Run], contenders: Sequence[Entry], disputed: Sequence[Entry], watched: Callable[[], Run]
    ) -> Promoted:
        """The whole answer; applied promotions first in their order, then the nearest misses (2.4).

        `watched` is asked for the same evaluation with the watchers' records when outcomes are looked at: amounts need
        neither, and most who ask for a quote read only these.
        """
        run = choice.result
        self._reduced = _reduced(run)
        forced = frozenset(entry.id for entry in disputed) if choice.is_by_priority else frozenset()
        told = Later(lambda: self._all_told(watched(), contenders, forced))
        return Promoted(
            tuple(self._reductions()),
            tuple(self._gifts(run)),
            Later(lambda: self._outcomes(told)),
            tuple(self._claims(told)),
            self._until(),
            any(record.is_out_of_stock for record in run.records.values()),
        )

    def _all_told(self, run: Run, contenders: Sequence[Entry], forced: frozenset[PromotionId]) -> list[Told]:
        applied = {id: self._applied(run.records[id], forced) for id in _in_order(run)}
        records = [record for id, record in run.records.items() if id not in applied]
        missed = [self._missed(self._failed(record, forced)) for record in records]
        missed += [self._missed(self._lost(entry, run, forced)) for entry in contenders if entry.id not in run.records]
        missed += [self._missed(miss) for miss in self._muster.misses]
        return [*applied.values(), *sorted(missed, key=lambda one: one.order)]

    def _outcomes(self, told: Sequence[Told]) -> Iterator[PromotionOutcome]:
        for one in told:
            if one.outcome.outcome is PromotionResult.APPLIED or self._is_known(one.entry):
                yield one.outcome

    def _is_known(self, entry: Entry) -> bool:
        """Whether the customer may hear of it though it does not apply: it is public, or asked about by name."""
        return entry.promotion.public or entry.id in self._muster.named

    def _applied(self, record: Record, forced: frozenset[PromotionId]) -> Told:
        because = (*record.judgement.because, *record.because, *_choice(record.entry, forced))
        lacks = record.lacks
        return self._told(record.entry, PromotionResult.APPLIED, because, lacks, CodeResult.ACCEPTED, record)

    def _missed(self, miss: Miss) -> Told:
        code_result = miss.code_result or _OF_CODES.get(miss.result, CodeResult.CONDITIONS_NOT_MET)
        return self._told(miss.entry, miss.result, miss.because, miss.lacks, code_result)

    def _told(
        self,
        entry: Entry,
        result: PromotionResult,
        because: Iterable[str],
        lacks: Sequence[Lack],
        code_result: CodeResult,
        record: Record | None = None,
    ) -> Told:
        outcome = PromotionOutcome(
            promotion=(entry.id, entry.promotion.version),
            label=entry.promotion.label(self._tongue.locale),
            outcome=result,
            phase=entry.acts[0][0].name.lower(),
            amount=Money(record.granted if record else 0, self._currency),
            lines=tuple(self._shares(entry)) if record else (),
            units=tuple(self._consumed(record.consumed)) if record else (),
            because=tuple(dict.fromkeys(because)),
            missing=tuple(missing_of(lack, entry, self._tongue) for lack in lacks) if self._is_known(entry) else (),
        )
        distance = max((lack.distance for lack in lacks), default=_FARTHEST)
        return Told(entry, outcome, distance, code_result)

    def _failed(self, record: Record, forced: frozenset[PromotionId]) -> Miss:
        """A promotion that took part and gives nothing."""
        entry, judgement = record.entry, record.judgement
        if not judgement.met:
            return Miss(entry, PromotionResult.NOT_ELIGIBLE, judgement.because, judgement.lacks)
        because = (*record.because, *_choice(entry, forced))
        if record.is_exhausted:
            return Miss(entry, PromotionResult.BUDGET_EXHAUSTED, because)
        if record.blocked_by:
            kind, word = (PromotionResult.UNITS_USED_BY, "units")
            if record.is_excluded:
                kind, word = (PromotionResult.EXCLUDED_BY, "exclusive")
            return Miss(entry, kind, (*(f"{word}:{id}" for id in record.blocked_by), *because))
        if record.lacks:
            return Miss(entry, PromotionResult.NOT_ELIGIBLE, because, record.lacks)
        result = PromotionResult.NO_EFFECT
        if record.is_out_of_stock:
            result = PromotionResult.OUT_OF_STOCK
        elif record.is_at_floor:
            result = PromotionResult.FLOOR_REACHED
        return Miss(entry, result, because)

    def _lost(self, entry: Entry, run: Run, forced: frozenset[PromotionId]) -> Miss:
        """A promotion that others kept out (O-8)."""
        winners = [run.records[id].entry for id in _in_order(run)]
        near = [one for one in winners if not one.groups.isdisjoint(entry.groups)]
        over = [one for one in near if excludes(one, entry)]
        rivals = [one for one in near if self._rivals(one, entry)]
        if not over and rivals and not _shares_group(rivals[0], entry):
            return Miss(entry, PromotionResult.UNITS_USED_BY, (f"units:{rivals[0].id}", *_choice(entry, forced)))
        by = (f"exclusive:{one.id}" for one in (over or rivals or near)[:1])
        return Miss(entry, PromotionResult.EXCLUDED_BY, (*by, *_choice(entry, forced)))

    def _shares(self, entry: Entry) -> Iterator[Share]:
        shares: Shares = {}
        for one, taken in self._reduced:
            if one is entry:
                shares = _sum(shares, taken) if shares else taken
        wares, currency = self._case.wares, self._currency
        for line, minor in shares.items():
            yield Share(None if line == FREIGHT else wares[line].line, Money(minor, currency))

    def _consumed(self, consumed: Shares) -> Iterator[Consumed]:
        for line in sorted(consumed):
            yield Consumed(self._case.wares[line].line, consumed[line])

    def _reductions(self) -> Iterator[Reduction]:
        places, locale = self._case.origin, self._tongue.locale
        for entry, shares in self._reduced:
            parts = tuple([(None if line == FREIGHT else places[line], minor) for line, minor in shares.items()])
            rule = entry.id, entry.promotion.version
            yield Reduction(rule, entry.promotion.label(locale), parts, entry.is_article)

    def _gifts(self, run: Run) -> Iterator[Gift]:
        for record in run.records.values():
            promotion = record.entry.promotion
            for sku, quantity in record.gifts:
                yield Gift((promotion.id, promotion.version), promotion.label(self._tongue.locale), sku, quantity)

    def _claims(self, told: Iterable[Told]) -> Iterator[CodeClaim]:
        claims = self._case.circumstances.claims
        results = {one.entry.id: one.code_result for one in told} if claims else {}
        for claim in claims:
            if claim.result is not CodeResult.ACCEPTED or claim.promotion is None:
                yield claim
            else:
                yield replace(claim, result=results.get(claim.promotion) or self._absent(claim.promotion))

    def _absent(self, id: PromotionId) -> CodeResult:
        """What is not in the book was never considered."""
        return CodeResult.EXPIRED if self._book.has_left(id) else CodeResult.UNKNOWN

    def _until(self) -> int | None:
        at_us = self._case.circumstances.at_us
        waiting = (self._book.entry(id) for id in self._muster.named)
        windows = ((one.promotion.valid_from_us, one.promotion.valid_until_us) for one in waiting if one)
        codes = (claim.until_us for claim in self._case.circumstances.claims)
        theirs = (moment for window in windows for moment in window)
        known = [*self._muster.until_us, *self._case.until_us, *codes, *theirs]
        return min((moment for moment in known if moment is not None and moment > at_us), default=None)


def _reduced(run: Run) -> list[tuple[Entry, Shares]]:
    """What each promotion took off each line, in order; what one took in a row is one reduction."""
    found: list[tuple[Entry, Shares]] = []
    last: Entry | None = None
    for entry, lines, minors in run.taken:
        if entry is not last:
            shares: Shares = {}
            found.append((entry, shares))
            last = entry
        for line, minor in zip(lines, minors, strict=True):
            if minor:
                shares[line] = shares.get(line, 0) + minor
    return [(entry, dict(sorted(shares.items()))) for entry, shares in found if shares]


def _sum(one: Shares, other: Shares) -> Shares:
    return {line: one.get(line, 0) + other.get(line, 0) for line in sorted(one.keys() | other.keys())}


def _in_order(run: Run) -> list[PromotionId]:
    """The promotions that give something, in the order in which they first did."""
    reducing = (entry.id for entry, _, shares in run.taken if any(shares))
    giving = (id for id, record in run.records.items() if record.gifts)
    return list(dict.fromkeys([*reducing, *giving]))


def _choice(entry: Entry, forced: frozenset[PromotionId]) -> tuple[str, ...]:
    """Said where there were too many promotions in conflict to try all combinations (O-8)."""
    return ("choice:priority",) if entry.id in forced else ()


def _shares_group(one: Entry, other: Entry) -> bool:
    group = one.promotion.exclusion_group
    return bool(group) and group == other.promotion.exclusion_group
