"""Codes: what those entered are, and how codes are named, listed and withdrawn."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Final
from weakref import WeakValueDictionary

from modules.kernel.errors import InvalidInput
from modules.kernel.moments import to_us
from modules.kernel.names import PromotionId
from modules.kernel.network import network
from modules.kernel.outcome import Upserted, refuse_command, sift
from modules.kernel.viewer import ANONYMOUS, Permission, Viewer
from modules.pricing.engine import codes as engine
from modules.pricing.engine.case import CodeClaim
from modules.pricing.engine.codes import Found, Tries
from modules.pricing.model.codes import Code, CodeInput
from modules.pricing.service.batches import Promotions
from modules.pricing.store.codes import CodeStore, CodeWriting

MOST_TRIES: Final = 20
"""Unknown codes one asker may enter within an hour."""
_FORGET_ONE_IN: Final = 50


class CodeService:
    """One per process. `secret` hides codes and addresses of those who try: whoever reads the tables cannot tell
    them."""

    def __init__(self, store: CodeStore, promotions: Promotions, secret: bytes, most_tries: int = MOST_TRIES) -> None:
        self._store = store
        self._promotions = promotions
        self._secret = secret
        self._most_tries = most_tries
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def claims(self, codes: Sequence[str], viewer: Viewer, own: str = "") -> tuple[CodeClaim, ...]:
        """What each code is at the viewer's moment, in order, each form once (C-1, C-2); one statement, none for none.

        Uses that the cart or attempt `own` holds itself do not count. Unknown codes are limited: so many different ones
        per hour and asker, which is the customer, else the principal, else for strangers the network they ask from.
        Beyond that no code is looked up that was not known to the asker before: all others are TOO_MANY_TRIES,
        existing or not. Good codes are never counted. A cart remembers its own for a day, so that nobody's guesses
        from the same network can take them away; otherwise they cost a write only after a bad one. Whoever may read
        promotions is not limited: the codes are listed for him anyway.
        """
        typed = engine.entered(codes)
        if not any(typed):
            return engine.answer(typed, {}, {}, Tries(), to_us(viewer.now)).claims
        who = "" if viewer.may(Permission.PROMOTIONS_READ) else self._mark("who", _asker(viewer))
        cart = self._mark("cart", own) if who and own else ""
        marks = {code: self._mark("code", code) for code in typed if code}
        # HAZARD: questions that are read side by side would each have all tries left.
        async with self._turn(who):
            found, tries = await self._asked(marks, who, own, cart)
            if viewer.channel.market.policies.exact_codes:
                found = engine.exact(found, typed)
            answers = engine.answer(typed, marks, found, tries, to_us(viewer.now))
            tried = {who: (answers.unknown, answers.good)} if answers.unknown or answers.good else {}
            if cart and answers.fresh:
                tried[cart] = (), answers.fresh
            if tried:
                await self._store.remember(tried, forget=secrets.randbelow(_FORGET_ONE_IN) == 0)
        return answers.claims

    async def _asked(self, marks: Mapping[str, str], who: str, own: str, cart: str) -> tuple[dict[str, Found], Tries]:
        most = self._most_tries if who else None
        found, tries = await self._store.asked(list(marks), who, most, own, cart)
        if not tries.spent:
            return found, tries
        known = [code for code, mark in marks.items() if mark in tries.good]
        return (await self._store.asked(known, "", None, own))[0] if known else {}, tries

    def _turn(self, who: str) -> AbstractAsyncContextManager[object]:
        """One question of an asker at a time; those who are not limited wait for nobody."""
        return self._turns.setdefault(who, asyncio.Lock()) if who else nullcontext()

    def _mark(self, kind: str, text: str) -> str:
        return hmac.new(self._secret, f"{kind}\0{text}".encode(), hashlib.sha256).hexdigest()

    async def upsert_codes(self, viewer: Viewer, codes: Sequence[CodeInput], reason: str) -> Upserted:
        """Names codes, or changes how often and when they may be used; one that was withdrawn may be used again.

        Needs PROMOTIONS_WRITE. A code of another promotion is refused.
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        if problem := refuse_command("codes", codes, reason):
            return Upserted(0, 0, (problem,))
        known = await self._promotions.promotions(sorted({PromotionId(item.promotion) for item in codes}))
        names = sorted({engine.normalise(item.code) for item in codes} - {""})
        async with self._store.writing() as writing:
            await writing.lock("code", names)
            held = await writing.codes(names)
            good, refused = sift("codes", codes, lambda item, path: engine.read_code(item, path, known, held), "code")
            changed = [code for _, code in good if held.get(code.code) != code]
            await writing.save(changed, held, viewer.principal.id, reason)
        return Upserted(len(changed), len(good) - len(changed), tuple(refused))

    async def withdraw_codes(
        self, viewer: Viewer, reason: str, codes: Sequence[str] = (), batches: Sequence[str] = ()
    ) -> Upserted:
        """Lets nobody use these codes, nor any code of these batches, from now on; what is held may be confirmed.

        Needs PROMOTIONS_WRITE.
        """
        viewer.require(Permission.PROMOTIONS_WRITE)
        for name, items in (("codes", codes), ("batches", batches)):
            if problem := refuse_command(name, items, reason):
                return Upserted(0, 0, (problem,))
        by = viewer.principal.id
        async with self._store.writing() as writing:
            return await _withdraw(writing, codes, by, reason) + await _withdraw_batches(writing, batches, by, reason)

    async def page(
        self, viewer: Viewer, promotion: PromotionId, first: int, after: str = "", batch: str | None = None
    ) -> list[Code]:
        """Codes of a promotion, or of one of its batches, behind one in the order of their compared form, at most
        `first`. Needs PROMOTIONS_READ."""
        viewer.require_here(Permission.PROMOTIONS_READ)
        return await self._store.page(promotion, after, first, batch)


async def _withdraw(writing: CodeWriting, codes: Sequence[str], by: str, reason: str) -> Upserted:
    names = {engine.normalise(code): index for index, code in enumerate(codes)}
    held = await writing.codes(names.keys() - {""}) if names else {}
    unknown = tuple(
        InvalidInput(
            f"There is no code {codes[index][:100]!r}.", ("input", "codes", index), "a code as `codes` lists it"
        )
        for name, index in names.items()
        if name not in held
    )
    valid = [code for code in held.values() if code.withdrawn_us is None]
    if valid:
        await writing.withdraw(valid, by, reason)
    return Upserted(len(valid), len(held) - len(valid), unknown)


async def _withdraw_batches(writing: CodeWriting, ids: Sequence[str], by: str, reason: str) -> Upserted:
    done = Upserted(0, 0)
    # In one order always, or two who withdraw the same batches would wait for each other.
    for id, index in sorted((id, index) for index, id in enumerate(ids)):
        batch = await writing.batch(id)
        if batch is None:
            problem = InvalidInput(f"There is no batch {id[:100]!r}.", ("input", "batches", index), "the id of a batch")
            done += Upserted(0, 0, (problem,))
        elif batch.withdrawn_us is None:
            await writing.withdraw_batch(batch, by, reason)
            done += Upserted(1, 0)
        else:
            done += Upserted(0, 1)
    return done


def _asker(viewer: Viewer) -> str:
    """Whose tries are counted together."""
    if viewer.customer is not None:
        return f"customer:{viewer.customer.id}"
    if viewer.principal != ANONYMOUS:
        return f"principal:{viewer.principal.id}"
    return f"network:{network(viewer.address)}"
