"""The REST API: ``/api/v1/…``, the same answers as the commands' ``--json``, described by OpenAPI.

FastAPI describes the calls and checks what they are given; its own pages are off, since they load
from elsewhere, and its threads are not used: `graphstore.web.calls.Threads` asks the store.
"""

from graphstore.web.api.application import API, PREFIX

__all__ = ["API", "PREFIX"]
