"""An import writes where the module is that keeps what it brings."""

from __future__ import annotations

import pytest

from gateway.importing import WrongMapping, require_home
from gateway.importing.homes import HOMES
from gateway.importing.targets import TARGETS
from gateway.parts import PARTS
from gateway.settings import ROOT

DEMO = ROOT / "examples" / "demo" / "mapping.toml"


def test_every_target_has_its_module() -> None:
    assert set(HOMES) == set(TARGETS)
    assert set(HOMES.values()) <= set(PARTS)


def test_a_mapping_into_a_module_of_another_process_is_refused_by_its_step() -> None:
    with pytest.raises(WrongMapping, match="tax_rules are imported where the database of the module pricing is"):
        require_home(DEMO, ["pricing", "inventory"])


def test_where_all_modules_are_here_every_mapping_may_be_carried_out() -> None:
    require_home(DEMO, [])
    require_home(DEMO, ["cart", "wishlists"])
