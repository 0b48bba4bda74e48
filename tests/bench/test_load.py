"""The benchmark's own parts: what it measures is proven right, and what it counts is what was done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.load import Script, WrongAnswer, load, request
from tests.bench.processes import bare_server, cpu_seconds

ANSWER = b'{"data":{}}'


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[tuple[int, int]]:
    (tmp_path / "listing").write_bytes(ANSWER)
    with bare_server(tmp_path) as (port, pid):
        yield port, pid


def script(port: int, path: str, most: int) -> Script:
    for _ in range(most):
        answer = yield request(port, path, b"{}" * 2000)
        if answer != ANSWER:
            raise WrongAnswer(answer.decode())


async def test_every_connection_plays_its_script_to_the_end(bare: tuple[int, int]) -> None:
    port, pid = bare
    before = cpu_seconds(pid)
    done = await load(port, [script(port, "/listing", 200) for _ in range(4)], seconds=30)
    assert len(done.latencies) == 800
    assert cpu_seconds(pid) > before


async def test_a_round_ends_when_its_time_is_over(bare: tuple[int, int]) -> None:
    port, _ = bare
    done = await load(port, [script(port, "/listing", 10**9)], seconds=0.2)
    assert 0.2 <= done.seconds < 5


async def test_an_answer_that_is_none_ends_the_run(bare: tuple[int, int]) -> None:
    port, _ = bare
    with pytest.raises(WrongAnswer, match="404"):
        await load(port, [script(port, "/elsewhere", 1)], seconds=30)
