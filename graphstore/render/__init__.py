"""Pictures of boxes and arrows, as Mermaid, DOT or SVG; what they stand for is the caller's."""

from graphstore.render.dot import dot
from graphstore.render.mermaid import mermaid
from graphstore.render.picture import Arrow, Box, Picture
from graphstore.render.svg import svg

__all__ = ["Arrow", "Box", "Picture", "dot", "mermaid", "svg"]
