"""The story of one cart on three touchpoints, replayed from its page command by command."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import ROOT, GatewayProcess

PAGE = (ROOT / "docs" / "carts.md").read_text(encoding="utf-8")
STORY = PAGE.partition("## One cart on the phone, in the web shop and at the till")[2].partition("\n## ")[0]
COMMANDS = re.findall(r"```sh\n(.*?)```", STORY, re.DOTALL)
SHOWN = [
    line for block in re.findall(r"```\n((?:in the|at home).*?)```", STORY, re.DOTALL) for line in block.splitlines()
]
FINAL = [("HAMMER-MESSING", "2"), ("DRIVER-SLOT-3", "3"), ("CHOC-ZAHNRAD-DARK", "1")]


async def replay(commands: str) -> str:
    """What a shell says to these commands."""
    process = await asyncio.create_subprocess_exec(
        *("bash", "-eu", "-c", commands), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    return output


@pytest.fixture
def room(tmp_path: Path, gateway: GatewayProcess) -> Path:
    """What `var/` is in a checkout."""
    (tmp_path / "operator.token").write_text(gateway.token())
    return tmp_path


@pytest.mark.skipif(not shutil.which("curl"), reason="the page asks with curl")
async def test_the_story_of_phone_web_and_till_goes_as_the_page_tells_it(gateway: GatewayProcess, room: Path) -> None:
    commands = "\n".join(COMMANDS).replace("http://127.0.0.1:8000", gateway.url).replace("var/", f"{room}/")
    await replay(commands)
    output = await replay(commands)  # by who has replayed it before
    assert len(SHOWN) == 3
    assert [line for line in SHOWN if line not in output.splitlines()] == []
    answers = {name: json.loads((room / f"{name}.json").read_text()) for name in ("web", "till", "history", "undone")}
    assert [name for name, answer in answers.items() if answer.get("errors")] == []
    history = [edge["node"] for edge in answers["history"]["data"]["cart"]["history"]["edges"]]
    assert [(done["by"], done["kind"]) for done in history] == [
        ("phone", "ADD_LINE"),
        ("web", "ADD_LINE"),
        ("till 3", "ADD_LINE"),
        ("till 3", "REMOVE_LINE"),
    ]
    assert skus(answers["till"]) == FINAL[1:]
    assert skus(answers["undone"]) == FINAL


def skus(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What the cart holds after a call."""
    lines = answer["data"]["applyCartOperations"]["cart"]["lines"]
    return [(line["product"]["sku"], line["quantity"]) for line in lines]
