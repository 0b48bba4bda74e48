"""A page in a headless Chromium, driven over its debugging protocol."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import websockets

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-port=0"
).split()
_PATIENCE = 20.0


class Page:
    """One open page."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._calls = 0

    async def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        self._calls += 1
        params = {"expression": script, "awaitPromise": True, "returnByValue": True}
        await self._socket.send(json.dumps({"id": self._calls, "method": "Runtime.evaluate", "params": params}))
        while True:
            message = json.loads(await self._socket.recv())
            if message.get("id") == self._calls:
                if "error" in message:  # the page is just being loaded, and has no context yet
                    return None
                assert "exceptionDetails" not in message["result"], message["result"]
                return message["result"]["result"].get("value")

    async def until(self, script: str) -> Any:
        """Waits until the expression is true, and answers it."""
        async with asyncio.timeout(_PATIENCE):
            while not (value := await self.evaluate(script)):  # noqa: ASYNC110 - the page lives in another process
                await asyncio.sleep(0.05)
        return value


@asynccontextmanager
async def page(url: str) -> AsyncIterator[Page]:
    """Opens the address in a browser of its own, and closes both."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        nothing = subprocess.DEVNULL
        browser = await asyncio.create_subprocess_exec(
            PROGRAM, *_FLAGS, f"--user-data-dir={profile}", url, stdout=nothing, stderr=nothing
        )
        try:
            async with websockets.connect(await _debugger(Path(profile)), max_size=None) as socket:
                yield Page(socket)
        finally:
            browser.terminate()
            await browser.wait()


async def _debugger(profile: Path) -> str:
    """The page's debugging address, when the browser is up."""
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(_PATIENCE), httpx.AsyncClient() as client:
        while True:
            if file.exists() and (lines := file.read_text().split()):
                targets = (await client.get(f"http://127.0.0.1:{lines[0]}/json/list")).json()
                for target in targets:
                    if target["type"] == "page" and target["url"].startswith("http"):
                        address: str = target["webSocketDebuggerUrl"]
                        return address
            await asyncio.sleep(0.05)
