"""The page about the configurator is true: its family is taken in, its questions are asked of the demo shop in their
order, and the answers are those it shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gateway.process import operator
from modules.configurator.model import errors
from modules.configurator.model.errors import ConfiguratorRefusal, Fault
from modules.kernel.errors import CogwerkError
from modules.runtime.database import Database
from modules.runtime.feed import StreamFeed
from modules.runtime.redis import Redis
from tests.configurator.test_errors import kinds
from tests.contracts.test_pricing_page import ANYTHING, differences
from tests.demo_shop import OPERATOR, demo_shop

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "configurator.md").read_text(encoding="utf-8")
_PAIR = re.compile(r"```graphql\n(.*?)```\n(?:\n```json\n(.*?)```)?", re.DOTALL)
_WANTED = re.compile(r"\$(\w+): ")


def questions() -> list[tuple[str, str]]:
    """Every question of the page with its answer, which may be empty."""
    return _PAIR.findall(PAGE)


def family() -> str:
    """The document of the page."""
    (document,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    return str(document)


def learnt(data: dict[str, Any]) -> dict[str, str]:
    """What later questions are asked with."""
    if key := data.get("configure", {}).get("key"):
        return {"key": key}
    if "finaliseConfiguration" in data:
        return {"configuration": data["finaliseConfiguration"]["session"]["configuration"]["pinnedId"]}
    return {"cart": data["createCart"]["key"]} if "createCart" in data else {}


async def test_the_shop_answers_what_the_page_shows(
    database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path
) -> None:
    wrong: list[str] = []
    known: dict[str, str] = {}
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        taken = await shop.trade.configurator.documents.take_in(operator(), family())
        assert not taken.is_refused, (taken.flaws, taken.edited.problems)
        assert await shop.trade.configurator.documents.export(operator(), "SIGNS") == family()
        for number, (question, answer) in enumerate(questions(), 1):
            headers = {"accept-language": "en", **(OPERATOR if question.startswith("# Authorization") else {})}
            variables = {name: known[name] for name in _WANTED.findall(question)}
            found = await shop.ask(question, headers, **variables)
            assert not (found.get("setPrices") or {}).get("problems"), found
            known |= learnt(found)
            wrong += differences(json.loads(answer or f'"{ANYTHING}"'), found, f"question {number}")
    assert "\n".join(wrong) == ""


MAKE = """mutation { configure(input: { sku: "DOOR-INNER", choices: [{ characteristic: "HEIGHT", value: "20" },
    { characteristic: "COLOUR", value: "RED" }] }) { key } }"""
PRICE = "query($key: String!) { configurationMaking(key: $key) { price { amount { amount currency } } } }"


async def test_a_configuration_costs_something_in_every_currency_of_the_shop(
    database: Database, redis: Redis, feed: StreamFeed, tmp_path: Path
) -> None:
    async with demo_shop(database, redis, feed, tmp_path) as shop:
        key = (await shop.ask(MAKE))["configure"]["key"]
        asked = [{"cogwerk-channel": channel} for channel in ("web-de", "web-ch")]
        found = [(await shop.ask(PRICE, headers, key=key))["configurationMaking"]["price"] for headers in asked]
    assert [one["amount"] for one in found] == [
        {"amount": "840.00", "currency": "EUR"},
        {"amount": "890.00", "currency": "CHF"},
    ]


def test_the_page_has_questions_and_every_error_code() -> None:
    assert len([answer for _, answer in questions() if answer]) >= 7
    every = [*kinds(ConfiguratorRefusal), *kinds(Fault)]
    codes = {kind.code for kind in every if kind.code != CogwerkError.code and kind.code.startswith("E_")}
    assert sorted(codes - set(re.findall(r"`(E_\w+)`", PAGE))) == []
    assert errors.BadDocument.code in codes
