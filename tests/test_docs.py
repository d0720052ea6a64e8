"""The documentation says what is true: its code runs, prints what stands below it, and its links lead somewhere."""

import contextlib
import doctest
import io
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from traitlets.config import Config

import tfkit
from tfkit.course.catalogue import APPENDICES, CATALOGUE
from tfkit.version import __version__

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
TOP = [ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "README", "SECURITY")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "notebooks" / "teaching").glob("*.md"))]
PYTHON = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?:\]\(|(?:href|src)=\")([^)\"\s]+)")
ADDRESS = re.compile(
    r"(?:github\.com|mybinder\.org/v2/gh)/([\w-]+/[\w-]+)|/github/([\w-]+/[\w-]+)|//([\w-]+)\.github\.io/([\w-]+)"
)
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]
LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def python_of(page: Path) -> list[tuple[str, str]]:
    """Return the pieces of Python of a page, each on its own lines of the page, with what it prints (or nothing)."""
    text = text_of(page)
    return [("\n" * text[: found.start(1)].count("\n") + found[1], found[2] or "") for found in PYTHON.finditer(text)]


@pytest.mark.parametrize("page", [page for page in PAGES if python_of(page)], ids=lambda page: page.stem)
def test_the_code_of_a_page_runs_and_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    space = {"__name__": "page", "get_config": Config}  # the last is what a file of settings finds
    for code, answer in python_of(page):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, page, "exec"), space)
        if answer:
            assert doctest.OutputChecker().check_output(answer, printed.getvalue(), LOOSELY), printed.getvalue()


def anchors(page: Path) -> set[str]:
    """Return what GitHub calls the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    blob = f"{OURS['Source']}/blob/main/"
    for link in LINK.findall(re.sub(r"^```.*?^```$", "", text_of(page), flags=re.MULTILINE | re.DOTALL)):
        if link.startswith(blob):
            target, _, anchor = link.removeprefix(blob).partition("#")
            place = ROOT / target
        elif link.startswith(("http", "mailto:")):
            continue
        else:
            target, _, anchor = link.partition("#")
            place = page.parent / target if target else page
        if place.parent == DOCS / "gallery":  # pages are made for the site, their pictures are here
            place = place.with_suffix(".svg")
        assert place.exists(), link
        assert not anchor or anchor in anchors(place), link


def test_the_address_of_the_project_is_everywhere_the_same():
    owner, name = OURS["Source"].removeprefix("https://github.com/").split("/")
    assert OURS["Documentation"] == f"https://{owner}.github.io/{name}/"
    others = {"keras-team/keras", "scikit-learn/scikit-learn", "YOU/COURSE"}
    files = [*PAGES, ROOT / "CITATION.cff", DOCS / "gallery.py"]
    for page in files:
        for first, second, site, part in ADDRESS.findall(text_of(page)):
            assert (first or second or f"{site}/{part}") in {f"{owner}/{name}", *others}, page


def test_the_citation_is_of_this_version():
    assert f"\nversion: {__version__}\n" in text_of(ROOT / "CITATION.cff")


@pytest.mark.parametrize("page", [README, DOCS / "lessons.md"], ids=lambda page: page.stem)
@pytest.mark.parametrize("name", [name for name, _ in [*CATALOGUE.values(), *APPENDICES.values()]])
def test_each_lesson_can_be_read_and_run_from(page, name):
    text = text_of(page)
    assert f"{OURS['Documentation']}lessons/{name}.html)" in text
    assert f"/blob/colab/{name}.ipynb)" in text
    assert f"notebooks/{name}.ipynb)" in text


def test_the_reference_has_each_public_name_once():
    told = re.findall(r"^\.\. auto(?:function|class):: (\w+)$", text_of(DOCS / "reference.md"), re.MULTILINE)
    assert sorted(told) == sorted(set(tfkit.__all__) - {"errors"})


def test_each_how_to_is_reached_from_both_doors():
    for page in (DOCS / "how_to").glob("*.md"):
        assert f"docs/how_to/{page.name})" in text_of(README)
        assert f"how_to/{page.stem}\n" in text_of(DOCS / "index.md")


def test_the_gallery_shows_what_is_built():
    gallery = runpy.run_path(str(DOCS / "gallery.py"))
    assert gallery["page"]() == text_of(DOCS / "gallery.md")
    assert sorted(f"{make.__name__}.svg" for make in gallery["GALLERY"]) == sorted(
        path.name for path in (DOCS / "gallery").iterdir()
    )


def test_the_picture_of_the_tour_is_drawn_by_tfkit():
    tour = runpy.run_path(str(DOCS / "tour.py"))
    assert tour["picture"]().to_svg() == text_of(DOCS / "pictures" / "tour.svg")
    rooms = [name for name, (sources, says, _) in tour["WAY"].items() if says]
    homes = [ROOT / "tfkit", ROOT / "widgets" / "src"]
    assert [room for room in rooms if not any([*home.glob(f"{room}*")] for home in homes)] == []


def test_the_rooms_of_the_tour_are_there():
    for name in re.findall(r"`([\w/]+\.(?:py|json))`", text_of(DOCS / "tour.md")):
        assert [*ROOT.glob(f"tfkit/**/{name}"), *ROOT.glob(name)], name
