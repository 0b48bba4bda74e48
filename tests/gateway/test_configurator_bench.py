"""The bench of a model plays the same sessions for the same seed, and plays them again."""

from __future__ import annotations

from pathlib import Path

from gateway.configurator_bench import play, read_sessions, replay, write_sessions
from modules.configurator.engine.assembling import assemble
from modules.configurator.formats.drafts import read_family
from modules.configurator.model.contents import Content
from modules.kernel.names import Sku
from tests.bench.configurator_models import tabled

CARS = Path(__file__).resolve().parents[2] / "examples" / "demo" / "configurator" / "cars.yaml"


def sportscar() -> Content:
    bundle = read_family(CARS.read_text(encoding="utf-8")).bundle
    assert bundle is not None
    return assemble(bundle, Sku("SPORTSCAR"), 1)


def test_equal_seeds_play_equal_sessions() -> None:
    first, second, other = (play(sportscar(), 20, seed)[1] for seed in (7, 7, 8))
    assert first == second
    assert first != other
    assert all(move.choice.characteristic for session in first for move in session)


def test_choices_explanations_and_repairs_are_timed() -> None:
    times, sessions = play(tabled(60, 1_000, 20, 7), 20, 7)
    refused = sum(move.refused for session in sessions for move in session)
    assert len(times.choices) == sum(len(session) for session in sessions) - refused
    assert len(times.explanations) == len(times.repaired) == refused > 3
    figures = times.figures()
    assert 0 < figures["valid_p50_ms"] <= figures["valid_p99_ms"]
    assert 0 < figures["explain_p50_ms"] <= figures["explain_repairs_p99_ms"]


def test_sessions_are_kept_and_played_again(tmp_path: Path) -> None:
    times, sessions = play(sportscar(), 15, 7)
    write_sessions(tmp_path / "sessions.jsonl", sessions)
    assert read_sessions(tmp_path / "sessions.jsonl") == sessions
    again = replay(sportscar(), sessions)
    assert len(again.choices) == len(times.choices)
    assert len(again.explanations) == len(times.explanations)
