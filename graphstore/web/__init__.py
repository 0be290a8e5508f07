"""The HTTP server: pages for people, and what programs in any language send and ask over HTTP.

`Server` serves one store; ``graphstore serve --http`` runs it in a process of its own, and
``graphstore ui`` for oneself. Needs the extra ``http``: Starlette, which is small and maintained,
for routes; FastAPI on top of it, which describes the API by OpenAPI; Jinja for pages; uvicorn,
which speaks HTTP, TLS and ends gracefully; httptools, which reads requests faster than Python.
"""

from importlib import import_module

from graphstore.errors import MissingExtra

try:
    for _module in (
        *("starlette", "fastapi", "jinja2", "uvicorn"),
        *("httptools", "prometheus_client"),
    ):
        import_module(_module)
except ImportError as error:
    raise MissingExtra(
        "serving over HTTP", "http", (error.name or "starlette").replace("_", "-")
    ) from error

from graphstore.web.door import Proxies
from graphstore.web.server import Options, Server

__all__ = ["Options", "Proxies", "Server"]
