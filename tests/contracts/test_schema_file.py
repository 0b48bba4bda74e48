"""schema.graphql is what the gateway serves."""

from __future__ import annotations

from pathlib import Path

from gateway.parts import export_schema

FILE = Path(__file__).resolve().parents[2] / "schema.graphql"


def test_the_schema_file_is_what_the_gateway_serves() -> None:
    assert FILE.read_text(encoding="utf-8") == export_schema(), (
        "write it anew with `.venv/bin/python -m gateway schema > schema.graphql` and look at what changes for clients"
    )
