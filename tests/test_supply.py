"""What comes from others: no version with a known hole, every pin with its hash, no address but the registries'."""

import ast
import json
import re
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ADVISORIES = json.loads((ROOT / "tests" / "advisories.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = (".ci/requirements.txt", "binder/requirements.txt")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# They come with a package that is declared and have their versions from it.
BROUGHT = {
    "ipython": "ipywidgets",
    "traitlets": "ipywidgets",
    "nbformat": "nbconvert",
    "jinja2": "nbconvert",
    "pyzmq": "jupyter-client",
    "ml-dtypes": "keras",
}


def is_safe(found: Version, fixed: list[str]) -> bool:
    """Return whether a version is a fixed one: of its own series, or as new as the last of the fixed ones."""
    return any(found >= Version(one) and found.release[:2] == Version(one).release[:2] for one in fixed) or (
        found >= Version(fixed[-1])
    )


def requirements() -> list[Requirement]:
    extras = PROJECT["optional-dependencies"]
    return [Requirement(line) for line in [*PROJECT["dependencies"], *extras["lab"]]]


def pins(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Return what a lock file pins, each with its hashes."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [(Requirement(HASH.sub("", line)), HASH.findall(line)) for line in lines if line]


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda one: one["what"])
def test_no_version_with_a_known_hole(advisory: dict[str, object]) -> None:
    name, fixed = str(advisory["package"]), list(map(str, advisory["fixed"]))
    floors = [
        Version(spec.version)
        for one in requirements()
        if canonicalize_name(one.name) == name
        for spec in one.specifier
        if spec.operator == ">="
    ]
    assert not floors or is_safe(max(floors), fixed), "the floor in pyproject.toml lets it in"
    assert is_safe(Version(version(name)), fixed), "it is installed here"
    pinned = [next(iter(pin.specifier)).version for lock in LOCKS for pin, _ in pins(lock) if pin.name == name]
    assert pinned and [one for one in pinned if not is_safe(Version(one), fixed)] == []


def test_what_is_safe() -> None:
    assert is_safe(Version("5.29.6"), ["5.29.6", "6.33.5"]) and is_safe(Version("7.0"), ["5.29.6", "6.33.5"])
    assert not is_safe(Version("6.32"), ["5.29.6", "6.33.5"]) and not is_safe(Version("5.29.5"), ["5.29.6"])


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_file_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"^-.*|.*//.*", text, re.MULTILINE) == []  # no option of pip's, no address
    found = pins(lock)
    assert len(found) > 80
    for pin, hashes in found:
        assert [spec.operator for spec in pin.specifier] == ["=="] and hashes, pin


@pytest.mark.parametrize(("lock", "extras"), zip(LOCKS, (("lab", "test"), ("lab",)), strict=True))
def test_the_locks_are_of_this_pyproject(lock: str, extras: tuple[str, ...]) -> None:
    pinned = {canonicalize_name(pin.name): pin for pin, _ in pins(lock)}
    asked = [*PROJECT["dependencies"], *(line for extra in extras for line in PROJECT["optional-dependencies"][extra])]
    for requirement in map(Requirement, asked):
        if requirement.name != "tfkit-course":
            pin = pinned[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(next(iter(pin.specifier)).version), f"{requirement}: run .ci/lock"


def test_the_packages_of_the_front_end_have_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "widgets" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name and not entry.get("link")}
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_everything_that_is_imported_is_declared() -> None:
    declared = {canonicalize_name(one.name) for one in requirements()}
    distributions = packages_distributions()
    missing = {}
    for path in (ROOT / "tfkit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                made_by = {canonicalize_name(one) for one in distributions.get(name.partition(".")[0], [])}
                if name.startswith("google.protobuf"):
                    made_by = {"protobuf"}
                if made_by and not {BROUGHT.get(one, one) for one in made_by} & declared:
                    missing[name] = path.name
    assert missing.keys() <= {"tfkit", "jax", "jax.numpy"}, "jax is the learner's own: the recipe on another backend"
