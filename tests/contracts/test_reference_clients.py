"""The reference clients hold to the schema: types, documents and limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from clients.generate import DOCUMENTS, LANGUAGES, Language, generate
from gateway.edge.limits import ANONYMOUS_LIMITS, Survey

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"), assume_valid_sdl=True)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: type(language).__name__)
def test_the_types_are_those_of_the_schema(language: Language) -> None:
    """`python -m clients.generate` writes them anew."""
    assert language.target.read_text(encoding="utf-8") == generate(SCHEMA, language)


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.graphql")), ids=lambda path: path.stem)
def test_a_document_is_valid_and_within_the_limits_of_strangers(path: Path) -> None:
    tree = parse(path.read_text(encoding="utf-8"))
    assert [error.message for error in validate(SCHEMA, tree)] == []
    survey = Survey(SCHEMA, tree, ANONYMOUS_LIMITS)
    survey.check_shape()
    for definition in tree.definitions:
        assert isinstance(definition, OperationDefinitionNode)
        survey.check_fields(definition)
