"""How Sphinx makes the site: `make docs`.

The source folder is the root of the repository, so that a link between two files is right in both places, and which
page stands where is set here and not in the pages, because a code host shows them as well.
"""

import shutil
from pathlib import Path
from typing import Any, Final

from pgconn import __version__

project = "pgconn"
version = release = __version__
html_title = "pgconn"
html_show_copyright = False

extensions = ["myst_parser"]
myst_heading_anchors = 4
root_doc = "README"
include_patterns = ["README.md", "SECURITY.md", "docs/**.md", "tests/README.md"]
exclude_patterns = [".*", "build", "dist", "pgconn"]

html_theme = "alabaster"
html_theme_options = {
    "description": "Who holds the connection slots of a PostgreSQL server",
    "page_width": "70em",
    "show_powered_by": False,
}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_copy_source = False
html_use_index = False

NAVIGATION: Final = {
    "Tutorial": ["docs/tutorial"],
    "How to": ["docs/how-to/*"],
    "Reference": ["docs/contracts", "docs/reference/*", "docs/changelog", "SECURITY"],
    "Why": ["docs/why/*", "docs/architecture", "docs/decisions"],
    "Change it": ["docs/contributing", "docs/extending/*", "tests/README"],
}


def setup(app: Any) -> None:
    """Sphinx calls this when it has read the settings."""
    app.connect("source-read", _add_navigation)
    app.connect("build-finished", _begin_at_the_readme)


def _add_navigation(_app: Any, name: str, source: list[str]) -> None:
    if name == root_doc:
        source[0] += "".join(_tree(caption, pages) for caption, pages in NAVIGATION.items())


def _tree(caption: str, pages: list[str]) -> str:
    return f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n" + "\n".join(pages) + "\n```\n"


def _begin_at_the_readme(app: Any, failure: Exception | None) -> None:
    if failure is None and app.builder.format == "html":
        shutil.copyfile(Path(app.outdir, f"{root_doc}.html"), Path(app.outdir, "index.html"))
