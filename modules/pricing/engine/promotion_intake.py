"""From a document to a promotion and back; what its author may do with it when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from modules.kernel.intake import NAMES, check, check_list, window
from modules.kernel.moments import from_us
from modules.kernel.names import Locale, PromotionId, is_name
from modules.kernel.outcome import Path
from modules.pricing.engine.actions import ACTIONS
from modules.pricing.engine.conditions import CONDITIONS
from modules.pricing.engine.documents import Codec, write
from modules.pricing.engine.shapes import Record
from modules.pricing.model.prices import Span
from modules.pricing.model.promotions import (
    Action,
    Condition,
    Limits,
    Promotion,
    Stack,
    Trigger,
)

CODEC: Final = Codec({Condition: CONDITIONS, Action: ACTIONS})
"""Reads and writes all that promotions may consist of."""
MOST_ACTIONS: Final = 20
MOST_SPANS: Final = 100
MOST_PRIORITY: Final = 1_000_000
NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Label:
    """A name for people in a language."""

    DESCRIPTIONS: ClassVar[Mapping[str, str]] = {"locale": "Such as de or de-AT.", "text": "1 to 200 characters."}

    locale: Locale
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A promotion as its author states it: what documents, the graph and the versions hold."""

    DESCRIPTIONS: ClassVar[Mapping[str, str]] = {
        "id": "Of the promotion, made by its author: 1 to 64 of letters, digits, `.`, `_` and `-`.",
        "names": "What it is called, each language once; the first is the default.",
        "valid_from": "The first moment it may apply; null: from when it is activated.",
        "valid_until": "The first moment it applies no more; null: until it is ended.",
        "schedule": "Hours on weekdays by the market's clock within its window; none: always.",
        "priority": "Higher first, among promotions of the same phase.",
        "stack": "STACKABLE: others may apply beside it. EXCLUSIVE: no other of its phases does.",
        "exclusion_group": "At most one promotion of a group applies to the same units; empty: none.",
        "trigger": "AUTOMATIC: by itself. CODE: only with one of its codes.",
        "condition": "What must be so besides; null: nothing.",
        "actions": "What it does, in their order; 1 to 20.",
        "limits": "How often and how much; none by default.",
        "public": "Whether it is advertised to everybody: hints may speak of it, and its codes are no secret.",
        "applies_to_reduced": "Whether it applies to articles that are reduced already.",
        "announced_percent": "The whole percentage that is advertised, 1 to 100: held against the prior price.",
        "perishable": "Whether the goods are reduced and marked because they expire soon.",
        "returns_use": "Whether a cancelled order gives its use back; null: as the market has it.",
    }
    LEAST: ClassVar[Mapping[str, int]] = {"names": 1, "actions": 1, "announced_percent": 1}

    id: PromotionId
    names: tuple[Label, ...]
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    schedule: tuple[Span, ...] = ()
    priority: int = 0
    stack: Stack = Stack.STACKABLE
    exclusion_group: str = ""
    trigger: Trigger = Trigger.AUTOMATIC
    condition: Condition | None = None
    actions: tuple[Action, ...]
    limits: Limits = NO_LIMITS
    public: bool = True
    applies_to_reduced: bool = True
    announced_percent: int | None = None
    perishable: bool = False
    returns_use: bool | None = None

    @classmethod
    def of(cls, promotion: Promotion) -> Form:
        """What the author of this promotion stated."""
        same = {name: getattr(promotion, name) for name in _SAME}
        since, until = promotion.valid_from_us, promotion.valid_until_us
        return cls(
            names=tuple(Label(locale, text) for locale, text in promotion.names),
            valid_from=None if since is None else from_us(since),
            valid_until=None if until is None else from_us(until),
            **same,
        )


_SAME: Final = tuple(
    name for name in Form.__annotations__ if name in Promotion.__dataclass_fields__ and name != "names"
)
FORM: Final = Record(Form)


def promotion(given: object, path: Path) -> Promotion:
    """The promotion of a document, a draft in version 0; raises InvalidInput for the first thing that is not allowed.

    What it names need not exist, and it may contradict itself: see `contradictions`.
    """
    form: Form = CODEC.read(FORM, given, path)
    check_list([label.locale for label in form.names], bool, (*path, "names"), "each language once", most=MOST_SPANS)
    check(len(form.actions) <= MOST_ACTIONS, len(form.actions), (*path, "actions"), f"at most {MOST_ACTIONS}")
    check(len(form.schedule) <= MOST_SPANS, len(form.schedule), (*path, "schedule"), f"at most {MOST_SPANS}")
    group, percent = form.exclusion_group, form.announced_percent
    check(not group or is_name(group), group, (*path, "exclusionGroup"), NAMES)
    check(abs(form.priority) <= MOST_PRIORITY, form.priority, (*path, "priority"), f"at most {MOST_PRIORITY} in size")
    check(percent is None or percent <= 100, percent, (*path, "announcedPercent"), "1 to 100")
    since_us, until_us = window(form.valid_from, form.valid_until, path)
    same = {name: getattr(form, name) for name in _SAME}
    names = tuple((label.locale, label.text) for label in form.names)
    return Promotion(names=names, valid_from_us=since_us, valid_until_us=until_us, **same)


def document(promotion: Promotion) -> dict[str, Any]:
    """What its author stated, as JSON; `promotion` reads it back, but for state and version."""
    written: dict[str, Any] = write(FORM, Form.of(promotion))
    return written


def changed(found: Sequence[Promotion], held: Mapping[PromotionId, Promotion]) -> list[Promotion]:
    """Those that are not held so already, each in the state of the one it replaces and in the version after it;
    a new one is a draft in version 1."""
    written: list[Promotion] = []
    for item in found:
        before = held.get(item.id)
        if before is None:
            written.append(replace(item, version=1))
        elif replace(item, state=before.state, version=before.version) != before:
            written.append(replace(item, state=before.state, version=before.version + 1))
    return written
