"""The document that hands a configuration over: JSON values with a schema version and a key (section 7.7).

Numbers are decimal strings, money is minor units or millionths as the name says, dates are ISO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from modules.configurator.model.assemblies import Explosion, Made, Node, Operation, Parameter, Skipped, path_of
from modules.configurator.model.breakdowns import Contribution, CostGap, CostResult, NodeCost, PriceBreakdown
from modules.configurator.model.handing import SCHEMA, HandOver
from modules.configurator.model.leadtimes import LeadTime
from modules.configurator.model.masters import Texts
from modules.configurator.model.sessions import Assignment

Document = dict[str, Any]


def document_of(given: HandOver, number: int) -> Document:
    """The whole document, with its number among those of its line; a later one supersedes it."""
    root = given.explosion.root
    made = root.configured
    assert made
    return {
        "schema": SCHEMA,
        "key": given.key,
        "line": given.line,
        "number": number,
        "supersedes": number - 1 or None,
        "part": root.part,
        "configuration": made.id,
        "revision": made.revision,
        "contentVersion": made.content_version,
        "quantity": plain(root.quantity),
        "needDate": given.need_date.isoformat(),
        "site": given.site,
        "values": _values(made.assignments),
        "tree": tree(root),
        "skipped": [_skipped(one) for one in given.explosion.skipped],
        "price": None if given.price is None else price_document(given.price),
        "cost": None if given.cost is None else cost_document(given.cost),
        "leadTime": lead_time_document(given.lead_time),
        **_gathered(given.explosion),
    }


def _skipped(one: Skipped) -> Document:
    return {"path": path_of(one.path), "line": one.line, "part": one.component}


def plain(value: str | Decimal | bool) -> str | bool:
    """Numbers without exponent."""
    return f"{value:f}" if isinstance(value, Decimal) else value


def _values(assignments: Mapping[str, Assignment]) -> list[Document]:
    return [
        {
            "characteristic": name,
            "value": plain(one.value),
            "quantity": None if one.quantity is None else plain(one.quantity),
            "provenance": one.provenance.name.lower(),
        }
        for name, one in assignments.items()
    ]


def tree(node: Node) -> Document:
    """A node with all below it."""
    made = node.configured
    return {
        "step": node.step,
        "part": node.part,
        "quantity": plain(node.quantity),
        "unit": node.unit,
        "freeIssue": node.free_issue,
        "configuration": made.id if made else None,
        "hash": made.hash if made else None,
        "values": _values(made.assignments) if made else [],
        "structure": _made(node.structure),
        "routing": _made(node.routing),
        "operations": [_operation(one) for one in node.operations],
        "parameters": [_parameter(one) for one in node.parameters],
        "documents": list(node.documents),
        "children": [tree(child) for child in node.children],
    }


def _made(made: Made | None) -> Document | None:
    return None if made is None else {"revision": made.revision, "alternate": made.alternate}


def _operation(one: Operation) -> Document:
    hours = {"setup": plain(one.setup), "run": plain(one.run), "hours": plain(one.hours)}
    return {
        "id": one.id,
        "workCentre": one.work_centre,
        **hours,
        "tools": [{"id": tool.id, "quantity": plain(tool.quantity)} for tool in one.tools],
        "texts": [_texts(text) for text in one.texts],
        "parameters": [_parameter(parameter) for parameter in one.parameters],
        "documents": list(one.documents),
    }


def _parameter(one: Parameter) -> Document:
    return {"key": one.key, "value": plain(one.value), "unit": one.unit}


def _texts(texts: Texts) -> dict[str, str]:
    return {str(locale): text for locale, text in texts}


def price_document(price: PriceBreakdown) -> Document:
    """Of one unit, in minor units of the currency."""
    return {
        "currency": price.currency,
        "minor": price.minor,
        "lines": [_contribution(one) for one in price.contributions],
    }


def _contribution(one: Contribution) -> Document:
    return {
        "kind": one.kind.value,
        "minor": one.minor,
        "characteristic": one.characteristic or None,
        "value": None if one.value is None else plain(one.value),
        "quantity": None if one.quantity is None else plain(one.quantity),
        "entry": one.entry or None,
        "package": one.package or None,
        "before": one.before,
    }


def cost_document(cost: CostResult) -> Document:
    """Of the whole order, in millionths of the currency's unit, with the hash of what came into it."""
    nodes = [_cost(one) for one in cost.nodes]
    return {"currency": cost.currency, "inputs": cost.inputs, "nodes": nodes, "gaps": [_gap(one) for one in cost.gaps]}


def _cost(one: NodeCost) -> Document:
    amounts = {name: getattr(one, name) for name in ("material", "operations", "overhead", "total")}
    return {"path": one.path, **amounts, "perUnit": one.per_unit}


def _gap(one: CostGap) -> Document:
    return {"path": one.path, "reason": one.reason.value, "detail": one.detail}


def lead_time_document(found: LeadTime) -> Document:
    """Days; null where part of it is unknown."""
    return {
        "begin": found.begin.isoformat(),
        "finish": found.finish.isoformat() if found.finish else None,
        "days": found.days,
        "critical": [{"path": path, "days": days} for path, days in found.critical],
        "sumDays": found.sum_days,
        "warnings": list(found.warnings),
    }


def _gathered(explosion: Explosion) -> Document:
    """Parameters, text blocks and references to documents of the whole tree, each with the path it belongs to."""
    operations = list(_operations(explosion.root))
    named = {document for _, node in explosion.root.walk() for document in node.documents}
    named |= {document for _, one in operations for document in one.documents}
    return {
        "parameters": [{"path": path, **_parameter(one)} for path, one in _parameters(explosion.root)],
        "texts": [{"path": path, "text": _texts(text)} for path, one in operations for text in one.texts],
        "documents": sorted(named),
    }


def _operations(root: Node) -> Iterator[tuple[str, Operation]]:
    for path, node in root.walk():
        yield from ((path_of((*path, one.id)), one) for one in node.operations)


def _parameters(root: Node) -> Iterator[tuple[str, Parameter]]:
    for path, node in root.walk():
        yield from ((path_of(path), one) for one in node.parameters)
    for place, operation in _operations(root):
        yield from ((place, one) for one in operation.parameters)
