"""The query page: its own files only, under a strict policy, and samples that are whole."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from gateway.edge.limits import ANONYMOUS_LIMITS, Survey

ROOT = Path(__file__).resolve().parents[3]
FILES = ("page.css", "page.js", "docs.js", "client.js", "samples.json", "icon.svg")


def test_the_page_takes_nothing_from_anywhere_else(client: httpx.Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|https?:|\*", policy)
    texts = [answer.text, *(client.get(f"/page/{name}").text for name in FILES if name != "icon.svg")]
    assert not any(re.search(r"https?://|@import|innerHTML|eval\(", text) for text in texts)
    assert not re.search(r"<style|style=|<script>|\son\w+=", answer.text)


def test_every_file_the_page_names_is_served(client: httpx.Client) -> None:
    named = set(re.findall(r"/page/([\w.]+)", client.get("/").text + client.get("/page/page.js").text))
    imported = set(re.findall(r'from "\./([\w.]+)"', client.get("/page/page.js").text))
    assert named | imported <= set(FILES)
    for name in FILES:
        answer = client.get(f"/page/{name}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get(f"/page/{name}", headers={"if-none-match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_every_control_has_a_name(client: httpx.Client) -> None:
    page = client.get("/").text
    for control in re.findall(r"<(?:textarea|input)[^>]*>", page):
        (name,) = re.findall(r'\bid="([\w-]+)"', control)
        assert f'for="{name}"' in page
    assert '<html lang="en">' in page
    assert 'name="viewport"' in page


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
def test_the_samples_parse_and_show_every_kind_of_operation(client: httpx.Client, kind: str) -> None:
    samples = client.get("/page/samples.json").json()
    kinds = set()
    for sample in samples:
        assert sample["title"]
        assert sample["about"]
        (operation,) = parse("\n".join(sample["query"])).definitions
        assert isinstance(operation, OperationDefinitionNode)
        kinds.add(operation.operation.value)
        given = {item.variable.name.value for item in operation.variable_definitions or ()}
        assert set(sample.get("variables", {})) <= given
    assert kind in kinds


def test_the_samples_hold_against_the_schema_and_fit_the_limits_of_strangers(client: httpx.Client) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"), assume_valid_sdl=True)
    for sample in client.get("/page/samples.json").json():
        document = parse("\n".join(sample["query"]), max_tokens=ANONYMOUS_LIMITS.tokens)
        assert [error.message for error in validate(schema, document)] == []
        Survey(schema, document, ANONYMOUS_LIMITS).check_shape()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/contracts/clients").glob("*/*.graphql")), ids=lambda path: path.stem
)
def test_the_known_clients_operations_fit_the_limits_of_strangers(path: Path) -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"), assume_valid_sdl=True)
    document = parse(path.read_text(encoding="utf-8"), max_tokens=ANONYMOUS_LIMITS.tokens)
    survey = Survey(schema, document, ANONYMOUS_LIMITS)
    survey.check_shape()
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            survey.check_fields(definition)
