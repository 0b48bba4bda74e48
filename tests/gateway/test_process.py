"""A process that cannot have what it needs says which setting is wrong, before it serves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.__main__ import main
from gateway.process import make_directory, open_process, open_trade
from gateway.settings import Settings, SettingsError, read_settings
from tests.gateway_process import free_port


def test_a_data_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    make_directory(tmp_path / "deep" / "data")
    assert (tmp_path / "deep" / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["/proc/nope", "a file"])
def test_a_data_directory_that_cannot_be_had_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(SettingsError, match=r"COGWERK_DATA.*can be written"):
        make_directory(tmp_path / place)


async def test_a_redis_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    settings = Settings(data=tmp_path, redis_url=f"redis://user:hunter2@{address}/0")
    with pytest.raises(SettingsError, match="REDIS_URL") as caught:
        async with open_process(settings):
            pass
    assert address in str(caught.value)
    assert "hunter2" not in str(caught.value)


async def test_one_node_of_a_cluster_is_not_taken_for_a_redis(tmp_path: Path, cluster_url: str) -> None:
    settings = Settings(data=tmp_path, redis_url=cluster_url.partition(",")[0])
    with pytest.raises(SettingsError, match=r"REDIS_URL.*nodes of that cluster"):
        async with open_process(settings):
            pass


def test_modules_of_other_processes_are_examined_before_the_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    monkeypatch.setenv("COGWERK_MODULES", f"catalog=http://127.0.0.1:{port},nothing=http://127.0.0.1:{port}")
    monkeypatch.setenv("COGWERK_MODULES_TOKEN", "t" * 32)
    assert main(["check", "--data", str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert "FAILED  module catalog: The module catalog does not answer" in said
    assert "FAILED  module nothing: COGWERK_MODULES" in said


async def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, database_url=f"postgresql://user:hunter2@127.0.0.1:{free_port()}/shop")
    with pytest.raises(Exception, match="DATABASE_URL") as caught:
        async with open_process(settings):
            pass
    assert "hunter2" not in str(caught.value)


async def test_the_grace_of_stale_configurations_is_the_settings(tmp_path: Path) -> None:
    settings = read_settings({"COGWERK_STALE_MINUTES": "10"}, data=str(tmp_path))
    async with open_trade(settings) as (_, trade):
        assert trade.configurator.finishing.grace == timedelta(minutes=10)
