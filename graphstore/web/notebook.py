"""The pages from a notebook: a server of this process, and what a cell shows of it.

A page of another site's is shown without its cookies (they are ``SameSite=Lax``), and a notebook is
another site: the pages refuse to be framed by it. So a cell shows the lineage as a page of its own,
which needs no server, and a link that opens the pages in a tab of theirs, once.
"""

from __future__ import annotations

import secrets
from html import escape
from typing import Any

from graphstore.errors import MissingExtra
from graphstore.graph.answer import LineageGraph
from graphstore.model.refs import NodeLike, reference
from graphstore.model.roles import RUN_TYPES
from graphstore.model.types import ContextType
from graphstore.printable import printable
from graphstore.serving.addresses import LOOPBACK, Address
from graphstore.store import Store
from graphstore.web.server import Options, Server

__all__ = ["Shown", "show"]

_NODES = 300
_HEIGHT = 520
"""Pixels of the picture in a cell."""


class Shown:
    """The pages of a store, served by this process: a link, and in a notebook a lineage."""

    def __init__(self, server: Server, graph: LineageGraph | None, path: str) -> None:
        """Pages by this server, of which one is at `path`, with a lineage to show."""
        self._server, self._graph, self._path = server, graph, path

    @property
    def url(self) -> str:
        """Where they are; whoever was let in by a `link` finds them there."""
        return f"{self._server.url}{self._path.lstrip('/')}"

    def link(self) -> str:
        """A new address that lets one in, once; the one before does not any more."""
        token = secrets.token_urlsafe(24)
        self._server.let_in_by(token)
        path = f"&to={self._path}" if self._path != "/" else ""
        return f"{self._server.url}login?token={token}{path}"

    def close(self) -> None:
        """End the server; to close the store does so, too."""
        self._server.stop(5)

    def __str__(self) -> str:
        return f"the pages of the store, once, and on this machine: {self.link()}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """A link, and the lineage as a page within the cell."""
        link = self.link()
        html = (
            f'<p><a href="{escape(link)}" target="_blank" rel="noopener">Open the pages of this'
            " store</a> (once, and in a browser on the machine that runs this notebook; run the"
            " cell again for another link)</p>"
        )
        if self._graph is None:
            html += "<p>Nothing was recorded yet.</p>"
        else:
            try:
                page = escape(self._graph.to_html())
            except MissingExtra as error:
                html += (
                    f"<pre>{escape(printable(f'{self._graph}'))}</pre><p>{escape(str(error))}</p>"
                )
            else:
                # Without the notebook's origin: its script can do nothing to the notebook.
                html += (
                    f'<iframe title="{escape(self._graph.title)}" sandbox="allow-scripts"'
                    f' srcdoc="{page}" style="width:100%;height:{_HEIGHT}px;border:1px solid'
                    ' #8888;border-radius:8px"></iframe>'
                )
        text = f"Open the pages of this store: {link}"
        return {"text/plain": text, "text/html": html}


def show(store: Store, of: NodeLike | None = None, *, port: int = 0) -> Shown:
    """Serve the pages of a store to this machine, from this process; see `Store.ui`."""
    server = Server(
        store,
        Options(address=Address(LOOPBACK, port), link=secrets.token_urlsafe(24), threads=8),
    )
    if of is not None:
        ref = reference(of)
        graph: LineageGraph | None = (
            store.lineage.run(ref, max_nodes=_NODES)
            if ref.kind == "context"
            else store.lineage.both(ref, max_nodes=_NODES)
        )
        path = f"/{ref.short}/lineage"
    else:
        graph, path = _newest_run(store), "/"
    server.start()
    return Shown(server, graph, path)


def _newest_run(store: Store) -> LineageGraph | None:
    """The last run that was recorded; None if there is none."""
    known = {one.name for one in store.types.list(ContextType)}
    runs = [
        run
        for type_ in RUN_TYPES
        if type_ in known
        for run in store.contexts.list(type=type_, descending=True, limit=1)
    ]
    if not runs:
        return None
    return store.lineage.run(max(runs, key=lambda run: run.id or 0), max_nodes=_NODES)
