"""The GraphQL edge: one schema over HTTP and WebSocket, within limits, and a page to try queries on.

It owns the two protocols, the limits against hostile documents and the form of errors. It knows no module and no
token: who asks is the context maker's answer.
"""

from gateway.edge.asking import ContextMaker
from gateway.edge.edge import Edge
from gateway.edge.limits import ANONYMOUS_LIMITS, KNOWN_LIMITS, Limits
from gateway.edge.settings import Bounds

__all__ = ["ANONYMOUS_LIMITS", "KNOWN_LIMITS", "Bounds", "ContextMaker", "Edge", "Limits"]
