"""The TypeScript client in a Node of its own, driven line by line; and how it is compiled where Node is there."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).resolve().parents[2] / "clients" / "typescript"
DRIVER = Path(__file__).with_name("driver.mjs")
_PATIENCE = 60.0


def why_not() -> str | None:
    """Why the client cannot run here; None when it can. Fetches the compiler the first time."""
    if not shutil.which("node"):
        return "there is no Node"
    if not _compiler().exists() and shutil.which("npm"):
        command = ["npm", "ci", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=CLIENT, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return "npm does not answer"
    return None if _compiler().exists() else "there is no TypeScript compiler: npm ci in clients/typescript fetches it"


def compile_into(directory: Path) -> Path:
    """The client's modules as Node runs them. Fails the test on what the type checker finds."""
    done = subprocess.run(
        [str(_compiler()), "--outDir", str(directory)], cwd=CLIENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    (directory / "package.json").write_text('{"type": "module"}')
    return directory


def _compiler() -> Path:
    return CLIENT / "node_modules" / ".bin" / "tsc"


class NodeCart:
    """A cart of the TypeScript client."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, command: str, *arguments: object) -> Any:
        """What the driver answers to a command."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([command, *arguments]).encode() + b"\n")
        async with asyncio.timeout(_PATIENCE):
            line = await self._process.stdout.readline()
        assert line, "Node has ended"
        return json.loads(line)


@asynccontextmanager
async def node_cart(modules: Path, url: str, key: str | None, file: Path) -> AsyncIterator[NodeCart]:
    """A cart in step with the shop at `url`; its state is kept in the file. Ends with kill -9."""
    arguments = [str(DRIVER), str(modules / "index.js"), url, key or "", str(file)]
    process = await asyncio.create_subprocess_exec(
        *("node", "--experimental-websocket", "--no-warnings", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield NodeCart(process)
    finally:
        process.kill()
        await process.wait()
