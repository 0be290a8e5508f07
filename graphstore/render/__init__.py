"""Pictures of boxes and arrows, as text, SVG or a page; what they stand for is the caller's."""

from graphstore.render.dot import dot
from graphstore.render.mermaid import mermaid
from graphstore.render.page import page
from graphstore.render.picture import Arrow, Box, Picture
from graphstore.render.svg import svg

__all__ = ["Arrow", "Box", "Picture", "dot", "mermaid", "page", "svg"]
