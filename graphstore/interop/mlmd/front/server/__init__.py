"""The gRPC server: ML Metadata's service for its clients in any language.

`Server` serves one store; ``graphstore serve`` runs it in a process of its own. Needs the extra
``mlmd``.
"""

from importlib import import_module

from graphstore.errors import MissingExtra

try:
    for _module in ("grpc", "grpc_health", "grpc_reflection", "prometheus_client"):
        import_module(_module)
except ImportError as error:
    raise MissingExtra(
        "serving ML Metadata's clients", "mlmd", (error.name or "grpcio").replace("_", "-")
    ) from error

from graphstore.interop.mlmd.front.server.server import Options, Server
from graphstore.serving import logs
from graphstore.serving.addresses import Address
from graphstore.serving.security import Security

__all__ = ["Address", "Options", "Security", "Server", "logs"]
