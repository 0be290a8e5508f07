"""How Sphinx makes the site of `docs/`: `scripts/docs`.

The guides are the Markdown files of this folder, and stay readable where they are. The reference is
made of docstrings, of the command line's own help and of the headers of queries: `_sphinx/`.
"""

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_sphinx"))

from charts import with_charts  # noqa: E402  of the folder above

project = "graphstore"
author = "the graphstore authors"
version = release = installed("graphstore-ml")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "commands",
    "queries",
    "reference",
]
exclude_patterns = ["_sphinx"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# What is in single quotes is a link if it names something of the reference, and code otherwise.
default_role = "py:obj"
highlight_language = "none"  # many blocks are what a program prints
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"

autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_type_aliases = {
    f"{kind}Like": f"{kind}Like" for kind in ("Artifact", "Execution", "Context", "Node")
}
autodoc_default_options = {
    "members": True,
    "undoc-members": False,
    "exclude-members": "__init__, __new__, count, index",
}
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# The lexers know neither the dots for what is left out, nor the newest Cypher: that has no colour.
suppress_warnings = ["misc.highlighting_failure"]

myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

html_theme = "furo"
html_title = f"graphstore {version}"
html_show_sourcelink = html_copy_source = False
html_static_path = ["_sphinx/site.css"]
html_css_files = ["site.css"]

# Files of the project that the site shows as pages of its own, and folders that it has a page for.
PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "benchmarks/results.md": "project/results.md",
    "cypher/questions": "reference/queries.rst",
    "cypher/browse": "reference/queries.rst",
}
"""By path from the project's folder; the pages by path from this one."""
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def at_home(text: str, folder: Path) -> str:
    """Markdown of a file in this folder, its links those of the site.

    A link in the file leads to where that lies in the project; of what the site shows it has to
    lead to the page. A folder without a page is named, and no link; other files can be downloaded.
    """
    project_folder = HERE.parent

    def link(found: re.Match[str]) -> str:
        text, target, anchor = found.groups(default="")
        path = (folder / target).resolve()
        if not path.is_relative_to(project_folder):
            return found[0]
        inside = path.relative_to(project_folder).as_posix()
        if inside in PAGES:
            return f"[{text}](/{PAGES[inside]}{anchor})"
        if path.is_relative_to(HERE) and path.suffix == ".md":
            return f"[{text}](/{path.relative_to(HERE).as_posix()}{anchor})"
        return text if path.is_dir() else f"[{text}](/../{inside}{anchor})"

    return LINK.sub(link, text)


def setup(app):
    shown = {page: name for name, page in PAGES.items() if name.endswith(".md")}

    def read(app, docname, source):
        """The page of a file of the project is that file, and what the page itself has after it."""
        file = Path(app.env.doc2path(docname))
        if (name := shown.get(file.relative_to(HERE).as_posix())) is not None:
            project_file = HERE.parent / name
            app.env.note_dependency(str(project_file), docname=docname)
            text = at_home(project_file.read_text(encoding="utf-8"), project_file.parent)
            if name == "benchmarks/results.md":
                text = with_charts(text)
            source[0] = f"{text}\n{source[0]}"
        elif file.suffix == ".md":
            source[0] = at_home(source[0], file.parent)

    app.connect("source-read", read)
