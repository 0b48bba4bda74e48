"""Who may take part: the promotions that concern a case, and why the others of them do not (2.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from modules.kernel.basket import PromotionResult
from modules.kernel.moments import contains
from modules.kernel.names import PromotionId
from modules.pricing.engine.book import PromotionBook, claimed_of, is_open_to, of_customer
from modules.pricing.engine.case import CodeResult, Lack
from modules.pricing.engine.conditions.base import UNCONDITIONAL, Judge, Judgement
from modules.pricing.engine.entries import Entry
from modules.pricing.engine.ledger import Ledger
from modules.pricing.engine.schedule import is_open, next_change
from modules.pricing.engine.view import Case, View


@dataclass(frozen=True, slots=True)
class Miss:
    """A promotion that does not take part, and why."""

    entry: Entry
    result: PromotionResult
    because: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    code_result: CodeResult | None = None
    """What it means for its codes, where the result alone does not say it."""


@dataclass(slots=True)
class Muster:
    """The promotions of one case, sorted out."""

    case: Case
    of_place: dict[PromotionId, Judgement]
    """What conditions come to that ask for the place alone; what is found out is added."""
    claimed: frozenset[PromotionId]
    """Those whose codes were entered."""
    named: frozenset[PromotionId]
    """These and the drafts: they are spoken of, whatever keeps them away."""
    articles: list[Entry] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    watchers: list[Entry] = field(default_factory=list)
    """Those that fall short of a threshold: by how much is known only when it is their turn (O-7)."""
    judged: dict[PromotionId, Judgement] = field(default_factory=dict)
    until_us: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, case: Case, book: PromotionBook) -> Muster:
        """All that concern the case or are named, and are not out of their time, used up, or waiting for a code."""
        circumstances = case.circumstances
        there = of_customer(circumstances)
        there.update(case.places)
        index = book.index(circumstances)
        found, until = index.candidates(there, circumstances, case.worth)
        claimed = claimed_of(circumstances)
        muster = cls(case, index.judged, claimed, claimed | circumstances.drafts)
        muster.until_us += [] if until is None else [until]
        entries = {entry.id: entry for entry in found if is_open_to(entry, there)}
        entries |= {id: entry for id in muster.named if (entry := book.entry(id))}
        for entry in sorted(entries.values(), key=lambda entry: entry.rank):
            if entry.promotion.schedule or entry.id in muster.named or entry.id in circumstances.rooms:
                muster._admit(entry)
            else:  # it runs, as it was found among those that do
                (muster.articles if entry.is_article else muster.others).append(entry)
        return muster

    def contenders(self, ledger: Ledger) -> list[Entry]:
        """Those of the others whose conditions are met as things stand, or may be met later; by rank."""
        return [entry for entry in self.others if self._is_met(entry, ledger)]

    def in_articles(self, ledger: Ledger) -> list[Entry]:
        """The article promotions whose conditions are met; by rank."""
        return [entry for entry in self.articles if self._is_met(entry, ledger)]

    def _admit(self, entry: Entry) -> None:
        promotion, circumstances = entry.promotion, self.case.circumstances
        at_us, zone = circumstances.at_us, circumstances.channel.market.zone
        if not contains(promotion.valid_from_us, promotion.valid_until_us, at_us):
            self.misses.append(_out_of_window(entry, at_us))
            return
        if promotion.schedule:
            change = next_change(promotion.schedule, at_us, zone)
            self.until_us += [] if change is None or self._waits(entry) else [change]
            if not is_open(promotion.schedule, at_us, zone):
                lacks = () if change is None else (Lack("time", change, at_us),)
                self.misses.append(Miss(entry, PromotionResult.OUT_OF_SCHEDULE, (), lacks))
                return
        spent = self._spent(entry)
        if spent is not None:
            self.misses.append(Miss(entry, PromotionResult.LIMIT_REACHED, code_result=spent))
        else:
            (self.articles if entry.is_article else self.others).append(entry)

    def _waits(self, entry: Entry) -> bool:
        return entry.takes_code and entry.id not in self.claimed

    def _spent(self, entry: Entry) -> CodeResult | None:
        room = self.case.circumstances.rooms.get(entry.id)
        if room is None:
            return None
        if room.total is not None and room.total < 1:
            return CodeResult.LIMIT_REACHED
        return CodeResult.CUSTOMER_LIMIT_REACHED if room.customer is not None and room.customer < 1 else None

    def _is_met(self, entry: Entry, ledger: Ledger) -> bool:
        judgement, known = UNCONDITIONAL, len(self.case.until_us)
        if entry.condition is not None:
            judgement = self._judgement(entry, entry.condition, ledger)
        if self._waits(entry):
            # Without its code it changes no amount, and when it would is nobody's business (2.4).
            del self.case.until_us[known:]
            if judgement.met:
                self.misses.append(Miss(entry, PromotionResult.CODE_MISSING, (), (Lack("code"),)))
            return False
        self.judged[entry.id] = judgement
        if judgement.met or not entry.is_falling:
            return True
        if not judgement.is_secret and not entry.is_fixed:
            self.watchers.append(entry)
        elif not judgement.is_secret or entry.id in self.named:
            self.misses.append(Miss(entry, PromotionResult.NOT_ELIGIBLE, judgement.because, judgement.lacks))
        return False

    def _judgement(self, entry: Entry, condition: Judge, ledger: Ledger) -> Judgement:
        known = self.of_place.get(entry.id) if entry.is_of_place else None
        if known is None:
            known = condition.judge(View(self.case, ledger, entry.promotion))
            if entry.is_of_place:
                self.of_place[entry.id] = known
        return known


def _out_of_window(entry: Entry, at_us: int) -> Miss:
    begins = entry.promotion.valid_from_us
    if begins is None or begins <= at_us:
        return Miss(entry, PromotionResult.EXPIRED, code_result=CodeResult.EXPIRED)
    wait = (Lack("time", begins, at_us),)
    return Miss(entry, PromotionResult.NOT_STARTED, lacks=wait, code_result=CodeResult.NOT_STARTED)
