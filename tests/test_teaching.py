"""The teacher's pages: one for each lesson, in one form, and true to the lesson's exercises."""

import ast
import re
from pathlib import Path

import pytest

import tfkit
from tests.lesson_code import NOTEBOOKS
from tests.test_lessons_lint import misspelt
from tfkit.course.catalogue import CATALOGUE

TEACHING = NOTEBOOKS / "teaching"
EXERCISES = NOTEBOOKS.parent / "tfkit" / "course" / "exercises"
HEADINGS = ["Time", "Goals", "Usual mistakes", "Board plan", "Slides it replaces"]
DECKS = ["TensorFlow / Keras", "Deep learning with TensorFlow", "TensorFlow", "TensorFlow Part 2"]
AUTHORS = ["Dinh", "Greenberg", "Payberah", "Phon-Amnuaisuk"]
WORDS = r"[A-Za-z0-9][\w'.-]*"


def page(number: str) -> str:
    return (TEACHING / f"{CATALOGUE[number][0]}.md").read_text(encoding="utf-8")


def sections(number: str) -> dict[str, str]:
    _, *parts = re.split(r"^## (.*)\n", page(number), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def squeezed(text: str) -> str:
    return " ".join(text.split())


def messages(number: str) -> list[str]:
    """Return all texts in a lesson's exercises; what a check says is among them."""
    tree = ast.parse((EXERCISES / f"lesson_{number}.py").read_text(encoding="utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [squeezed(text) for text in texts]


def is_said(quotation: str, texts: list[str]) -> bool:
    """Return whether a text contains it, or is it with its {placeholders} filled."""
    forms = [re.split(r"\{[^{}]*\}", text) for text in texts]
    forms = [form for form in forms if sum(map(len, form)) > 20]  # more than a placeholder, which would be anything
    filled = [".+".join(map(re.escape, form)) for form in forms]
    return any(quotation in text for text in texts) or any(re.fullmatch(form, quotation) for form in filled)


def links(path: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_lesson_has_its_page() -> None:
    pages = sorted(path.stem for path in TEACHING.glob("*.md"))
    assert pages == [*(name for name, _ in CATALOGUE.values()), "README"]


@pytest.mark.parametrize("number", CATALOGUE)
def test_form(number: str) -> None:
    name, title = CATALOGUE[number]
    assert page(number).startswith(f"# Lesson {number}: {title}\n\nFor the notebook [{name}](../{name}.ipynb).\n")
    assert list(sections(number)) == HEADINGS
    assert 150 <= len(re.findall(WORDS, page(number))) <= 500


@pytest.mark.parametrize("number", CATALOGUE)
def test_time_is_ninety_minutes_without_a_gap(number: str) -> None:
    spans = re.findall(r"^\| (\d+)-(\d+) \|", sections(number)["Time"], re.MULTILINE)
    assert [0, *(int(end) for _, end in spans)] == [*(int(begin) for begin, _ in spans), 90]


@pytest.mark.parametrize("number", CATALOGUE)
def test_every_exercise_is_named(number: str) -> None:
    names = [exercise.name for exercise in tfkit.lesson(number)]
    assert re.findall(r"^- \*\*(\d\d\.\w)\*\* ", sections(number)["Usual mistakes"], re.MULTILINE) == names
    named = re.findall(rf"\b{number}\.[a-z]\b", sections(number)["Time"])
    assert set(names) == set(named)


@pytest.mark.parametrize("number", CATALOGUE)
def test_quoted_messages_are_those_of_the_checks(number: str) -> None:
    prose = re.sub(r"^ *```.*?^ *```", "", page(number), flags=re.MULTILINE | re.DOTALL)
    quotations = re.findall(r'"([^"]+)"', prose)
    assert prose.count('"') == 2 * len(quotations)
    assert len(quotations) >= 3
    texts = messages(number)
    assert [text for text in map(squeezed, quotations) if not is_said(text, texts)] == []


def test_quotations_are_really_compared() -> None:
    texts = ["Entry {number} is {kind}. Give only {n:,.0f}.", "Leave out the root.", "{given}"]
    assert is_said("out the root", texts)
    assert is_said("Entry 2 is a text. Give only 7.", texts)
    assert not is_said("Entry 2 is a text. Take only 7.", texts)
    assert not is_said("Leave out the square root.", texts)


@pytest.mark.parametrize("number", CATALOGUE)
def test_slides_are_told_by_deck_and_author(number: str) -> None:
    told = re.findall(r"^- \*(.*)\* \((.*)\):", sections(number)["Slides it replaces"], re.MULTILINE)
    assert told
    assert set(told) <= set(zip(DECKS, AUTHORS, strict=True))


def test_the_readme_names_every_lesson_and_deck() -> None:
    text = (TEACHING / "README.md").read_text(encoding="utf-8")
    plan = text.split("## A term of fourteen weeks")[1].split("\n## ")[0]
    mapping = text.split("## From the slides to the lessons")[1].split("\n## ")[0]
    assert re.findall(r"^\| (\d+) \|", plan, re.MULTILINE) == [str(week) for week in range(1, 15)]
    for number, (name, title) in CATALOGUE.items():
        letters = " ".join(tfkit.lesson(number).exercises)
        assert f"| {title} | [{name}]({name}.md) | {letters} |" in text
        assert name in plan
        assert re.search(rf"^\|.*\b{number}\b[^|]*\|$", mapping, re.MULTILINE)
    for deck, author in zip(DECKS, AUTHORS, strict=True):
        assert re.search(rf"^\*{deck}\*, .*{author}", mapping, re.MULTILINE)


def test_a_deck_replaced_by_a_lesson_stands_in_the_mapping() -> None:
    text = (TEACHING / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^\*.*(Dinh|Greenberg|Payberah|Phon-Amnuaisuk).*$", text, flags=re.MULTILINE)
    mapped = {author: set(re.findall(r"\b[01]\d\b", table.split("\n## ")[0])) for author, table in
              zip(parts[1::2], parts[2::2], strict=True)}  # fmt: skip
    for number in CATALOGUE:
        for author in re.findall(r"^- \*.*\* \((.*)\):", sections(number)["Slides it replaces"], re.MULTILINE):
            assert number in mapped[author]


@pytest.mark.parametrize("path", sorted(TEACHING.glob("*.md")), ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    for link in links(path):
        place, _, anchor = link.partition("#")
        if not link.startswith("https://"):
            target = path.parent / place if place else path
            assert target.is_file(), link
            assert not anchor or anchor in anchors(target), link


def test_spelling() -> None:
    assert misspelt(TEACHING) == ""
