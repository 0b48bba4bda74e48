"""The cart as the user sees it."""

from __future__ import annotations

from dataclasses import dataclass

from .fold import Draft, Line
from .schema import CartChangedCartQuoteNotices
from .state import Refusal, State


@dataclass(frozen=True, slots=True)
class View:
    """What the shop told last, with everything on top that is queued here."""

    lines: tuple[Line, ...]
    codes: tuple[str, ...]
    version: int
    """Of the shop's cart; 0 before it was seen."""
    waiting: int
    """Operations that the shop does not yet hold."""
    total: tuple[str, str] | None
    """Amount with tax and currency; None while something is queued, or the shop does not say: it alone knows prices."""
    notices: tuple[CartChangedCartQuoteNotices, ...]
    """What the shop says of the cart it has."""
    refused: tuple[Refusal, ...]
    online: bool
    """Whether changes of others arrive now."""

    @classmethod
    def of(cls, state: State, *, online: bool) -> View:
        """The state as it is shown."""
        draft, quote = Draft(state.cart), state.cart["quote"] if state.cart else None
        for item in state.queue:
            draft.do(item.envelope["operation"])
        gross = quote["total"]["gross"] if quote and not state.queue else None
        return cls(
            lines=draft.lines,
            codes=draft.codes,
            version=state.cart["version"] if state.cart else 0,
            waiting=len(state.waiting()),
            total=(gross["amount"], gross["currency"]) if gross else None,
            notices=tuple(quote["notices"]) if quote else (),
            refused=tuple(state.refused),
            online=online,
        )
