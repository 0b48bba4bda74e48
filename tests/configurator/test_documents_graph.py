"""Documents of families over the graph of the demo shop: written out, reviewed in a dry run, taken in."""

from __future__ import annotations

from pathlib import Path

from gateway.settings import ROOT
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.demo_shop import OPERATOR, demo_shop

DOORS = (ROOT / "examples" / "demo" / "configurator" / "doors.yaml").read_text(encoding="utf-8")
TAKE = """mutation($text: String!, $dry: Boolean!) {
  takeModelDocument(input: { document: $text, dryRun: $dry, reason: "dearer" }) {
    family changed differences { did path before after } problems { code message path } } }"""


async def test_a_document_goes_out_and_comes_in(
    database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path
) -> None:
    async with demo_shop(database, redis, feed, tmp_path) as shop:

        async def document() -> object:
            return (await shop.ask('{ modelDocument(family: "doors") }', OPERATOR))["modelDocument"]

        assert await document() == DOORS
        dearer = DOORS.replace("amount: 320", "amount: 330")
        difference = {"did": "changed", "path": ["prices", "STEEL", "amount"], "before": "320", "after": "330"}
        for dry, after in ((True, DOORS), (False, dearer)):
            taken = (await shop.ask(TAKE, OPERATOR, text=dearer, dry=dry))["takeModelDocument"]
            assert taken == {"family": "DOORS", "changed": 1, "differences": [difference], "problems": []}
            assert await document() == after
        flawed = dearer.replace("scale: 2\ntables", "scal: 2\ntables")
        line = next(n for n, row in enumerate(flawed.splitlines(), 1) if "scal:" in row)
        (problem,) = (await shop.ask(TAKE, OPERATOR, text=flawed, dry=False))["takeModelDocument"]["problems"]
        assert (problem["code"], problem["path"]) == ("E_DOCUMENT", ["input", "document", "formulas", "0", "scal"])
        assert problem["message"].startswith(f"Line {line}: ")
        assert await document() == dearer
        assert (await shop.ask('{ modelDocument(family: "NONE") }', OPERATOR))["modelDocument"] is None
