"""Apollo's composition of subgraphs, by npm where node is there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.node_packages import node_home

_HERE = Path(__file__).parent / "composition"


@dataclass(frozen=True)
class Composed:
    """What came of it: the supergraph in the schema language, or errors; hints are lesser doubts."""

    errors: list[str]
    hints: list[str]
    supergraph: str | None


def compose(subgraphs: Mapping[str, str], urls: Mapping[str, str] | None = None) -> Composed:
    """Composes schemas by the subgraphs' names; skips the test where npm's packages cannot be had."""
    home, known = node_home(_HERE / "package.json"), urls or {}
    given = [
        {"name": name, "url": known.get(name, f"http://{name}/graphql"), "sdl": sdl} for name, sdl in subgraphs.items()
    ]
    command = ["node", str(_HERE / "compose.cjs")]
    done = subprocess.run(
        command, input=json.dumps(given).encode(), cwd=home, check=True, capture_output=True, timeout=60
    )
    return Composed(**json.loads(done.stdout))
