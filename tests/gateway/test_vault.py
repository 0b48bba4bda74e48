"""The vault: secrets are made once, whole, and for their owner's eyes only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.vault import cart_secret, operator_token


def test_the_operators_token_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    token = operator_token(tmp_path)
    assert len(token) > 40
    assert (tmp_path / "operator.token").stat().st_mode & 0o777 == 0o600


def test_a_second_start_finds_the_same_secrets(tmp_path: Path) -> None:
    assert operator_token(tmp_path) == operator_token(tmp_path)
    assert cart_secret(tmp_path, "") == cart_secret(tmp_path, "")


def test_processes_that_start_together_agree_on_one_token(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: operator_token(tmp_path), range(32)))
    assert len(tokens) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["operator.token"]


def test_a_setting_stands_over_the_file(tmp_path: Path) -> None:
    assert cart_secret(tmp_path, "a" * 32) == b"a" * 32
    assert operator_token(tmp_path, "b" * 32) == "b" * 32
    assert list(tmp_path.iterdir()) == []
