"""The cart of a device."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Self

from .clock import HybridClock, wall_us, written
from .gateway import Gateway, Rejected, Unreachable, Unreadable
from .schema import (
    APPLY_CART_OPERATIONS,
    CART_CHANGED,
    CREATE_CART,
    AddLineInput,
    ApplyCartOperations,
    CartChanged,
    CartOperationInput,
    OperationEnvelope,
)
from .state import Queued, Refusal, State
from .storage import Storage
from .view import View

BATCH = 100
"""Operations a call; the shop takes no more."""


class Cart:
    """A cart that is always at hand. What is done counts at once in `view`, is saved before the method returns, and is
    handed over when the shop can be reached: each operation once, whatever happens on the way.

    `async with cart:` keeps it in step with the shop; outside of it the cart is offline and can be used all the same.
    One without a key makes a cart of its own when it is first online.
    """

    def __init__(
        self,
        url: str,
        storage: Storage,
        *,
        key: str | None = None,
        device: str | None = None,
        headers: Mapping[str, str] | None = None,
        wall: Callable[[], int] = wall_us,
        patience: float = 10.0,
        longest_pause: float = 30.0,
    ) -> None:
        self._url = url
        self._storage = storage
        self._state = State.load(storage)
        if key is not None and key != self._state.key:
            self._state.move(key)
        self._clock = HybridClock(self._state.clock_us, wall)
        self._device = device
        self._headers = headers or {}
        self._patience = patience
        self._longest_pause = longest_pause
        self._online = False
        self._failure: Rejected | None = None
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._failure = None
        self._work = asyncio.create_task(self._keep_in_step())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._work is not None
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work

    @property
    def key(self) -> str | None:
        """Whoever has it has the cart; None until the cart was made."""
        return self._state.key

    @property
    def view(self) -> View:
        """The cart as it stands now."""
        return View.of(self._state, online=self._online)

    async def views(self) -> AsyncIterator[View]:
        """The cart now and after every change. Raises Rejected when the shop does not want it any more."""
        while True:
            changed = self._changed
            yield self.view
            if self._failure:
                raise self._failure
            await changed.wait()

    async def settled(self) -> View:
        """Waits until the shop holds all that was done here and has shown the cart with it. Raises Rejected."""
        async for view in self.views():
            if not self._state.queue and self._state.cart:
                return view
        raise AssertionError("views do not end")

    def add(self, sku: str, quantity: str = "1", line: str | None = None) -> str:
        """More of a product; answers the operation's id, as every method does that changes the cart."""
        wish: AddLineInput = {"sku": sku, "quantity": quantity}
        return self.do({"addLine": {**wish, "lineId": line} if line else wish})

    def set_quantity(self, line: str, quantity: str) -> str:
        """Another quantity of a line; 0 takes it out."""
        return self.do({"setQuantity": {"lineId": line, "quantity": quantity}})

    def remove(self, line: str) -> str:
        """Takes a line out."""
        return self.do({"removeLine": {"lineId": line}})

    def do(self, operation: CartOperationInput) -> str:
        """Any operation that the schema has."""
        at = self._clock.tick()
        envelope: OperationEnvelope = {"id": uuid.uuid4().hex, "at": written(at), "operation": operation}
        self._state.queue.append(Queued(envelope))
        try:
            self._keep()
        except OSError:
            # What could not be saved was not done.
            self._state.queue.pop()
            raise
        return envelope["id"]

    def move_to(self, key: str) -> None:
        """To another cart, such as the customer's own after a claim; what is queued goes along."""
        self._state.move(key)
        self._keep()
        if self._work is not None and not self._work.done():
            self._work.cancel()
            self._work = asyncio.create_task(self._keep_in_step())

    def dismiss(self) -> None:
        """Forgets the refusals."""
        self._state.refused.clear()
        self._keep()

    def _keep(self) -> None:
        self._state.clock_us = self._clock.last_us
        self._state.save(self._storage)
        self._tell()

    def _go_offline(self) -> None:
        self._online = False
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _keep_in_step(self) -> None:
        gateway = Gateway(f"{self._url}/graphql", self._headers, self._patience)
        try:
            await self._insisting(lambda: self._make(gateway))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._insisting(lambda: self._hand_over(gateway)))
                group.create_task(self._insisting(lambda: self._follow(gateway)))
        except* Rejected as group_of_one:
            self._failure = _first(group_of_one)
        finally:
            self._go_offline()
            await gateway.close()

    async def _insisting(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Does it again and again, with pauses that grow and differ between devices (full jitter)."""
        tries = 0
        while True:
            before = self._state.cursor, len(self._state.waiting())
            try:
                return await work()
            except Unreachable:
                # What has got on in between was no failure.
                tries = 0 if before != (self._state.cursor, len(self._state.waiting())) else tries + 1
                await asyncio.sleep(random.uniform(0, min(self._longest_pause, 0.1 * 2**tries)))

    async def _make(self, gateway: Gateway) -> None:
        if self._state.key is not None:
            return
        made = (await gateway.run(CREATE_CART, {"idempotencyKey": self._state.creation}))["createCart"]
        if made["key"] is None:
            raise Rejected(made["problems"])
        self._state.move(made["key"])
        self._keep()

    async def _hand_over(self, gateway: Gateway) -> None:
        while True:
            changed, batch = self._changed, self._state.waiting()[:BATCH]
            if not batch:
                await changed.wait()
                continue
            await self._send(gateway, batch)

    async def _send(self, gateway: Gateway, batch: list[OperationEnvelope]) -> None:
        """What the shop cannot read is sent by halves, so that one operation keeps no other from it."""
        wish = {"key": self._state.key, "operations": batch, "device": self._device}
        try:
            self._take((await gateway.run(APPLY_CART_OPERATIONS, wish))["applyCartOperations"], batch)
        except Unreadable as error:
            if middle := len(batch) // 2:
                await self._send(gateway, batch[:middle])
                await self._send(gateway, batch[middle:])
            else:
                self._state.refuse(Refusal(batch[0], *error.reason))
                self._keep()

    def _take(self, answer: ApplyCartOperations, batch: list[OperationEnvelope]) -> None:
        if answer["cart"] is None:
            raise Rejected(answer["problems"])
        refused = [problem for problem in answer["problems"] if _place(problem["path"]) is not None]
        if not answer["applied"] and not refused:
            raise Rejected(answer["problems"])
        for problem in refused:
            place = _place(problem["path"])
            assert place is not None
            self._state.refuse(Refusal(batch[place], problem["code"], problem["message"]))
        self._state.acknowledge(answer["applied"], answer["cart"]["version"])
        self._keep()

    async def _follow(self, gateway: Gateway) -> None:
        after = self._state.cursor
        try:
            async for data in gateway.follow(CART_CHANGED, {"key": self._state.key, "after": after}):
                self._see(data["cartChanged"])
        except Rejected as error:
            if after is None:
                raise
            # The shop may have been set up anew, and the cursor mean nothing to it.
            self._state.cursor = None
            raise Unreachable(str(error)) from error
        finally:
            self._go_offline()

    def _see(self, event: CartChanged) -> None:
        self._online = True
        self._clock.observe(event["cart"]["changedAt"])
        # One that came without its quote is asked for as a whole again.
        self._state.see(event["cart"], event["cursor"] if event["cart"]["quote"] else None)
        self._keep()


def _place(path: list[str] | None) -> int | None:
    """Which operation of the call a problem is about; None when it is about the call."""
    return int(path[2]) if path and len(path) > 2 and path[:2] == ["input", "operations"] else None


def _first(error: BaseExceptionGroup[Rejected]) -> Rejected:
    found = error.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
