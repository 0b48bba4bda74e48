"""What the documents tell a reader to ask is what the gateway answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("docs/*.md", "examples/*/*.md", "clients/*/README.md")
SCHEMA = build_schema((ROOT / "schema.graphql").read_text(), assume_valid_sdl=True)
DOCUMENTS = [ROOT / "README.md", *(path for place in PLACES for path in sorted(ROOT.glob(place)))]
_HERE_DOCUMENT = re.compile(r"<<END\n(.*?)\nEND\n", re.DOTALL)
_BLOCK = re.compile(r"```graphql\n(.*?)```", re.DOTALL)
_BODY = re.compile(r"-d '(\{\"query\".*?\})'", re.DOTALL)
_SHELL = re.compile(r"\$\(.*?\)|\$\w+")


def operations() -> list[tuple[str, str]]:
    """Every operation in the documents, with where it stands."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        bodies = [json.loads(body)["query"] for body in _BODY.findall(text)]
        here = [_SHELL.sub("x", document) for document in _HERE_DOCUMENT.findall(text)]
        found += [(path.name, document) for document in (*here, *_BLOCK.findall(text), *bodies)]
    return found


@pytest.mark.parametrize(("place", "document"), operations())
def test_an_operation_of_the_documents_fits_the_schema(place: str, document: str) -> None:
    errors = validate(SCHEMA, parse(document))
    assert not errors, f"{place}: {[error.message for error in errors]}"


def test_there_are_operations_to_hold() -> None:
    assert {"README.md", "getting-started.md", "operating.md"} <= {place for place, _ in operations()}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_of_the_documents_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []
