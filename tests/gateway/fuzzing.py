"""Random values for the schema's own scalars, and what schemathesis is to hold against each answer.

Schemathesis loads this as its hooks.
"""

from __future__ import annotations

from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

FAULTS: Final = {"INTERNAL_SERVER_ERROR", "TIMEOUT", None}
"""Codes of what is our fault."""
KNOWN: Final = ["web-de", "tills-de", "DE", "EUR", "SPORTSCAR", "berlin", ""]
"""What the demo shop knows, so that not all ends at the first look."""
MOMENTS: Final = ["2026-11-30T10:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-13-01", "now"]

texts = st.sampled_from(KNOWN) | st.text(max_size=12)
SCALARS: Final = {
    name: strategy.map(nodes.String)
    for name, strategy in {
        "Decimal": st.decimals(allow_nan=True, allow_infinity=True).map(str) | texts,
        "DateTime": st.sampled_from(MOMENTS) | texts,
        "Date": st.sampled_from([*MOMENTS, "2026-11-30", "2024-02-30"]) | texts,
        "JSON": texts,
        "_Any": texts,
    }.items()
}

for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)


def no_fault(context: Any, response: Any, case: Any) -> None:
    """Its own check takes every refusal for a fault."""
    assert response.status_code < 500
    codes = {error["extensions"].get("code") for error in response.json().get("errors", [])}
    assert codes.isdisjoint(FAULTS), codes


schemathesis.check(no_fault)
