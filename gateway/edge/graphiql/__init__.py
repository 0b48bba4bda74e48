"""GraphiQL as npm packs it, served from this folder: nothing from anywhere else.

`graphiql.min.js` and `.css` are graphiql 4.1.2, `react*.js` react and react-dom 18.3.1; their licences lie beside them,
and a test holds the files to what npm has. `start.js` joins them with the query page's own client.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.routing import BaseRoute

from gateway.edge.page import HEADERS, file_route

_FOLDER: Final = Path(__file__).parent
_FILES: Final = (
    "graphiql.min.css",
    "graphiql.min.js",
    "react.production.min.js",
    "react-dom.production.min.js",
    "start.css",
    "start.js",
    "LICENSE.graphiql",
    "LICENSE.react",
)
# GraphiQL brings its fonts inside its style sheet, and some of its parts make styles as they go.
_POLICY: Final = HEADERS["content-security-policy"].replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'; font-src data:"
)
_HEADERS: Final = {**HEADERS, "content-security-policy": _POLICY}


def graphiql_routes() -> list[BaseRoute]:
    """GraphiQL at /graphiql and its files below."""
    page = file_route("/graphiql", "index.html", (_FOLDER / "index.html").read_bytes(), _HEADERS)
    files = {name: (_FOLDER / name).read_bytes() for name in _FILES}
    return [page, *(file_route(f"/graphiql/{name}", name, body, _HEADERS) for name, body in files.items())]
