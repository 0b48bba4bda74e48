"""The samples for routers fit the subgraphs, and one another."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.parts import PARTS, export_schema
from tests.federation.subgraphs import APART
from tests.gateway_process import ROOT
from tests.node_packages import node_home

DEPLOY = ROOT / "deploy"
TOLD = {
    "authorization",
    "accept-language",
    "cogwerk-channel",
    "cogwerk-store",
    "cogwerk-currency",
    "cogwerk-customer",
    "x-request-id",
    "x-forwarded-for",
}
"""What the gateway reads of who asks, where and from where, and the id of the request."""


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def test_every_module_is_served_by_one_process_of_the_sample() -> None:
    assert sorted(module for modules in APART.values() for module in modules) == sorted(PARTS)


def test_routers_are_told_of_the_same_subgraphs() -> None:
    cosmo = {item["name"]: item["routing_url"] for item in read("cosmo/graph.yaml")["subgraphs"]}
    apollo = {name: item["routing_url"] for name, item in read("apollo-router/supergraph.yaml")["subgraphs"].items()}
    assert cosmo == apollo == {name: f"http://{name}:8000/graphql" for name in APART}


def test_every_router_forwards_who_asks_and_where() -> None:
    cosmo = {rule["named"].lower() for rule in read("cosmo/config.yaml")["headers"]["all"]["request"]}
    apollo = {rule["propagate"]["named"] for rule in read("apollo-router/router.yaml")["headers"]["all"]["request"]}
    hive = (DEPLOY / "hive-gateway" / "gateway.config.mjs").read_text(encoding="utf-8")
    assert cosmo == apollo == TOLD
    assert {name for name in TOLD if f'"{name}"' not in hive} == set()


@pytest.mark.slow
def test_cosmo_composes_its_sample(tmp_path: Path) -> None:
    packages = node_home(ROOT / "tests" / "federation" / "cosmo" / "package.json", seconds=400)
    shutil.copy(DEPLOY / "cosmo" / "graph.yaml", tmp_path)
    for name, modules in APART.items():
        (tmp_path / f"{name}.graphql").write_text(export_schema(modules))
    command = [str(packages / "node_modules" / ".bin" / "wgc"), "router", "compose", "--input", "graph.yaml"]
    done = subprocess.run([*command, "--out", "execution.json"], cwd=tmp_path, capture_output=True, timeout=200)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert (tmp_path / "execution.json").stat().st_size > 100_000
