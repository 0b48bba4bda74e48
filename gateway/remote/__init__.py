"""Modules of other processes: what modules ask one another, asked over GraphQL.

`ports` says what may be asked; its annotations are the wire's form, which `wire` writes and reads. `modules` are the
ports' other implementations, which ask through `link`. `answering` is the other end: a graph of its own at /internal,
for bearers of the scope `internal` alone and no part of the public one.
"""

from gateway.remote.answering import internal_routes
from gateway.remote.link import PATH, Link
from gateway.remote.modules import Elsewhere, Jobs, open_elsewhere
from gateway.remote.ports import PORTS

__all__ = ["PATH", "PORTS", "Elsewhere", "Jobs", "Link", "internal_routes", "open_elsewhere"]
