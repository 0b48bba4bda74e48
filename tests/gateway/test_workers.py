"""Processes on one socket share what comes, whoever is quicker."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from gateway.server import Doorman, bind
from gateway.workers import NOBODY, Board


class Door(asyncio.Protocol):
    """Counts who has come in."""

    def __init__(self, inside: list[asyncio.BaseTransport]) -> None:
        self.inside = inside

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.inside.append(transport)


async def test_connections_that_come_in_a_burst_are_shared_by_all_who_wait_for_them() -> None:
    listener = bind("127.0.0.1", 0)
    listener.listen(200)
    board = Board.make(3)
    inside: list[list[asyncio.BaseTransport]] = [[], [], []]
    clients = [socket.create_connection(listener.getsockname()) for _ in range(120)]

    def doorman(seat: int, socket: socket.socket) -> Doorman:
        def ahead() -> bool:
            board.note(seat, len(inside[seat]))
            return board.is_ahead(seat)

        return Doorman(socket, ahead, lambda: Door(inside[seat]))

    listeners = [listener.dup() for _ in range(3)]
    doormen = [doorman(seat, one) for seat, one in enumerate(listeners)]
    async with asyncio.timeout(10):
        while sum(map(len, inside)) < len(clients):  # noqa: ASYNC110 - whoever of them it is
            await asyncio.sleep(0.01)
    for one in doormen:
        one.close()
        await one.wait_closed()
    for client in (*clients, *listeners, listener):
        client.close()
    for transport in (transport for room in inside for transport in room):
        transport.close()
    assert min(map(len, inside)) >= 30


async def test_who_has_more_connections_lets_the_others_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.server._AFTER_YOU", 60.0)
    listener = bind("127.0.0.1", 0)
    listener.listen(10)
    rich, poor = list[asyncio.BaseTransport](), list[asyncio.BaseTransport]()
    listeners = [listener, listener.dup(), listener.dup()]
    # On both sides of the poor one, whichever the loop serves first.
    doormen = [
        Doorman(listeners[0], lambda: True, lambda: Door(rich)),
        Doorman(listeners[1], lambda: False, lambda: Door(poor)),
        Doorman(listeners[2], lambda: True, lambda: Door(rich)),
    ]
    for number in range(1, 11):
        with socket.create_connection(listener.getsockname()):
            async with asyncio.timeout(10):
                while len(rich) + len(poor) < number:  # noqa: ASYNC110 - whoever of them it is
                    await asyncio.sleep(0)
    for doorman, one in zip(doormen, listeners, strict=True):
        doorman.close()
        await doorman.wait_closed()
        one.close()
    for transport in (*rich, *poor):
        transport.close()
    assert len(poor) == 10


async def test_a_doorman_takes_what_nobody_with_fewer_takes() -> None:
    listener = bind("127.0.0.1", 0)
    listener.listen(10)
    inside: list[asyncio.BaseTransport] = []
    doorman = Doorman(listener, lambda: True, lambda: Door(inside))
    with socket.create_connection(listener.getsockname()):
        async with asyncio.timeout(10):
            while not inside:  # noqa: ASYNC110 - the protocol tells nobody
                await asyncio.sleep(0.01)
    doorman.close()
    await doorman.wait_closed()
    inside[0].close()
    listener.close()


def test_a_seat_without_a_worker_keeps_nobody_waiting() -> None:
    board = Board.make(2)
    board.note(0, 1_000)
    assert not board.is_ahead(0)
    board.note(1, 900)
    assert board.is_ahead(0)
    assert not board.is_ahead(1)
    board.note(1, NOBODY)
    assert not board.is_ahead(0)


def test_what_one_writes_on_the_board_the_others_read() -> None:
    board = Board.make(2)
    other = Board(os.dup(board.file), 2)
    other.note(1, 3)
    board.note(0, 100)
    assert board.is_ahead(0)
