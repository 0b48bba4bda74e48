"""Why something has no result, or cannot be built, priced or costed; and faults of ours."""

from __future__ import annotations

from collections.abc import Sequence

from modules.configurator.model.errors.refusal import ConfiguratorRefusal, Path
from modules.configurator.model.explanations import Explanation
from modules.kernel.errors import CogwerkError


class Undefined(ConfiguratorRefusal):
    """Something needed has no result; `chain` leads to it from what needs it."""

    def __init__(self, message: str, chain: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(message, path)
        self.chain = tuple(chain)


class DivisionByZero(Undefined):
    """A formula divides by zero."""

    code = "E_DIV_ZERO"


class NoMatchingRow(Undefined):
    """No row of a table matches, and it has no default."""

    code = "E_TABLE_NO_MATCH"


class BadStructure(ConfiguratorRefusal):
    """It cannot be built, priced or costed; `node` leads to where in the tree: ids of parts from the root."""

    def __init__(self, message: str, node: Sequence[str] = (), path: Path = ()) -> None:
        super().__init__(message, path)
        self.node = tuple(node)


class NoAlternate(BadStructure):
    """No alternate's condition is true, and none is the default."""

    code = "E_NO_ALTERNATE"


class NegativeQuantity(BadStructure):
    """A line would need less than nothing."""

    code = "E_NEGATIVE_QTY"


class StructureCycle(BadStructure):
    """A configuration contains itself, or stands deeper than 50 levels."""

    code = "E_BOM_CYCLE"


class ChildIncomplete(BadStructure):
    """A sub-assembly lacks required values; `missing` names them."""

    code = "E_CHILD_INCOMPLETE"

    def __init__(self, node: Sequence[str], missing: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"{' / '.join(node)} lacks {', '.join(missing)}.", node, path)
        self.missing = tuple(missing)


class ChildConflict(BadStructure):
    """A sub-assembly cannot have the values it is given."""

    code = "E_CHILD_CONFLICT"

    def __init__(self, node: Sequence[str], explanation: Explanation, path: Path = ()) -> None:
        super().__init__(f"{' / '.join(node)} cannot have the values it is given.", node, path)
        self.explanation = explanation


class NoBasePrice(BadStructure):
    """The part has no base price in this list and currency."""

    code = "E_NO_BASE_PRICE"


class ZeroCost(BadStructure):
    """Costs are missing or zero; `paths` names the nodes that the caller did not accept."""

    code = "E_ZERO_COST"

    def __init__(self, paths: Sequence[str], path: Path = ()) -> None:
        super().__init__(f"Without cost: {', '.join(paths)}.", path=path)
        self.paths = tuple(paths)


class Fault(CogwerkError):
    """Ours, not the client's."""


class HashCollision(Fault):
    """Two different canonical texts have one hash."""

    code = "E_HASH_COLLISION"
