"""The documentation's site: these pages, the reference from docstrings, the gallery and the lessons.

`.ci/site OUT` builds all of it.
"""

from tfkit.version import __version__

project = "tfkit"
author = "The tfkit founders"
html_show_copyright = False
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
myst_enable_extensions = ["html_image"]  # a picture with a width is copied, too

html_theme = "furo"
html_title = "tfkit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_extra_path = ["pages"]  # the gallery and the lessons: pages of their own, which Sphinx only copies

default_role = "py:obj"  # `Graph` in a docstring leads to it
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
