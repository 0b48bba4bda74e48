"""What configurations add to their products' own prices: pricing's port."""

from __future__ import annotations

from collections.abc import Sequence

from modules.configurator.engine.labels import label
from modules.configurator.engine.pricing import PriceQuestion, price
from modules.configurator.model.breakdowns import PriceBreakdown
from modules.configurator.model.bundles import Bundle
from modules.configurator.model.errors import ConfiguratorRefusal
from modules.configurator.model.prices import PriceEntry
from modules.configurator.service.books import Books, entries_of
from modules.configurator.service.subjects import Subject, Subjects
from modules.configurator.store.specifications import SpecificationStore
from modules.kernel.configuration import Surcharge, SurchargeRequest, Surcharges, Unpriced, unpinned
from modules.kernel.moments import to_us
from modules.kernel.money import MICROS, exponent
from modules.kernel.viewer import Viewer

NOT_FOUND = Unpriced("CONFIGURATION_NOT_FOUND", "There is no such configuration.")


class SurchargeService:
    """One question for all configured lines of a basket; some five small statements, however many there are."""

    def __init__(self, specifications: SpecificationStore, subjects: Subjects, books: Books) -> None:
        self._specifications = specifications
        self._subjects = subjects
        self._books = books

    async def surcharges(self, requests: Sequence[SurchargeRequest], viewer: Viewer) -> list[Surcharges | Unpriced]:
        """Same length and order, at the viewer's moment, labels in his language: what each option, package and rule
        adds to one unit, nothing that adds nothing. Unpriced with the refusal's code where that cannot be said.

        Raises Unavailable where there is no solver.
        """
        found = await self._specifications.named([unpinned(one.configuration)[0] for one in requests])
        subjects = await self._subjects.of(found, viewer)
        families = await self._books.families(one.part for one in found if one)
        answers: list[Surcharges | Unpriced] = []
        for request, subject in zip(requests, subjects, strict=True):
            if isinstance(subject, ConfiguratorRefusal):
                answers.append(Unpriced(subject.code, subject.message))
            elif subject is None or subject.part != request.sku or subject.part not in families:
                answers.append(NOT_FOUND)
            else:
                answers.append(_answer(request, subject, families[subject.part][1], viewer))
        return answers


def _answer(request: SurchargeRequest, subject: Subject, bundle: Bundle, viewer: Viewer) -> Surcharges | Unpriced:
    at_us = to_us(viewer.now)
    entries, until_us = entries_of(bundle, subject.part, request.price_list, request.currency, at_us)
    question = PriceQuestion(subject.content, subject.assignments, request.currency, request.base_micros, entries)
    try:
        return Surcharges(_steps(price(question), entries, subject, viewer.locale), until_us)
    except ConfiguratorRefusal as refusal:
        return Unpriced(refusal.code, refusal.message)


def _steps(
    found: PriceBreakdown, entries: Sequence[PriceEntry], subject: Subject, locale: str
) -> tuple[Surcharge, ...]:
    unit = MICROS // 10 ** exponent(found.currency)
    versions = {entry.id: entry.version for entry in entries}
    return tuple(
        Surcharge(label(one, subject.content, locale), one.minor * unit, (one.entry, versions.get(one.entry, 0)))
        for one in found.surcharges
        if one.minor
    )
