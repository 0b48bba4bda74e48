"""What is kept of an edit's outcome under its idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modules.configurator.model.changes import Key, Kind, RevisionKey
from modules.configurator.model.outcomes import Edited, Notice
from modules.kernel.names import Sku
from modules.kernel.outcome import recall_problem, record_problem


def told(outcome: Edited) -> dict[str, Any]:
    """JSON values of which `replayed` makes the same outcome."""
    return {
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "problems": [record_problem(problem) for problem in outcome.problems],
        "notices": [[[*one.revision], one.kind, one.about, one.rules, one.is_error] for one in outcome.notices],
        "written": [[key.kind, key.id, key.within] for key in outcome.written],
        "revisions": [[*key] for key in outcome.revisions],
    }


def replayed(record: Mapping[str, Any]) -> Edited:
    """The outcome of a record."""
    return Edited(
        changed=record["changed"],
        unchanged=record["unchanged"],
        problems=tuple(map(recall_problem, record["problems"])),
        notices=tuple(
            Notice(_revision(of), kind, tuple(about), tuple(rules), is_error)
            for of, kind, about, rules, is_error in record["notices"]
        ),
        written=tuple(Key(Kind(kind), id, within) for kind, id, within in record["written"]),
        revisions=tuple(map(_revision, record["revisions"])),
    )


def _revision(record: list[Any]) -> RevisionKey:
    return RevisionKey(Sku(record[0]), record[1])
