"""What runs on GitHub, as far as it can be told without it: nobody finds a slip there before the push that needs it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.iterdir())}
JOBS = {(file, name): job for file, workflow in WORKFLOWS.items() for name, job in workflow["jobs"].items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# An action as it must be named: by a commit, which nobody can move, and for people by the release that it is.
PINNED = re.compile(r"([\w.-]+/[\w./-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)")
OURS = "./.github/workflows/"
# Who may change something; everything else may read the repository, and release.yml how CI ended.
WRITERS = {
    ("nightly.yml", "report"): {"issues"},
    ("pages.yml", "deploy"): {"pages", "id-token"},
    ("release.yml", "release"): {"contents", "id-token", "attestations"},
    ("release.yml", "publish"): {"id-token"},
    ("release.yml", "colab"): {"contents"},
}


def commands(job: dict[str, Any]) -> str:
    """Return everything that a job types, one command a line."""
    return "\n".join(step.get("run", "") for step in job.get("steps", ())).replace("\\\n", " ")


def uses() -> list[str]:
    """Return what follows `uses:` in the files, with its comment."""
    return [
        line.partition("uses:")[2].strip()
        for path in sorted(FOLDER.iterdir())
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.match(r"\s*(- )?uses:", line)
    ]


def test_zizmor_finds_nothing():
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
    program = shutil.which("zizmor", path=os.pathsep.join(places))
    assert program, 'pip install -e ".[test]" brings zizmor'
    # A file that it cannot read is a warning to it, unless it is strict.
    command = [program, "--offline", "--no-progress", "--strict-collection", "--quiet", str(ROOT / ".github")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_a_commit_and_each_the_same_everywhere():
    found: dict[str, set[tuple[str, str]]] = {}
    for text in uses():
        if text.startswith(OURS):
            assert text.split()[0].removeprefix(OURS) in WORKFLOWS, text
            continue
        pinned = PINNED.fullmatch(text)
        assert pinned, f"{text}: name the commit, and the release in a comment"
        found.setdefault(pinned[1], set()).add((pinned[2], pinned[3]))
    assert "actions/checkout" in found
    assert {action: releases for action, releases in found.items() if len(releases) > 1} == {}


@pytest.mark.parametrize(("file", "name"), JOBS)
def test_every_job_ends(file: str, name: str):
    job = JOBS[file, name]
    if "uses" not in job:  # the jobs of what it calls have their own limits; here none may stand
        assert 0 < job["timeout-minutes"] <= 120
    needed = job.get("needs", [])
    for other in [needed] if isinstance(needed, str) else needed:
        assert (file, other) in JOBS


def test_only_these_may_write():
    assert [file for file, workflow in WORKFLOWS.items() if workflow["permissions"] != {"contents": "read"}] == []
    rights = {
        key: {what for what, how in job.get("permissions", {}).items() if how == "write"} for key, job in JOBS.items()
    }
    assert {key: right for key, right in rights.items() if right} == WRITERS


@pytest.mark.parametrize(("file", "name"), JOBS)
def test_no_job_types_what_somebody_else_may_have_written(file: str, name: str):
    assert "${{" not in commands(JOBS[file, name]), "put it into the environment, and quote it"


@pytest.mark.parametrize(("file", "name"), JOBS)
def test_everything_that_a_job_names_is_there(file: str, name: str):
    job = JOBS[file, name]
    typed = commands(job)
    for script in re.findall(r"(?:^|\s)(\.ci/\w+)(?=\s|$)", typed):
        assert os.access(ROOT / script, os.X_OK), script
    for extras in re.findall(r"\.\[([\w,-]+)\]", typed):
        assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys(), extras
    scripts = json.loads((ROOT / "widgets" / "package.json").read_text(encoding="utf-8"))["scripts"]
    for script in re.findall(r"npm (?:run )?(\w+)", typed):
        assert script in scripts or script in {"ci", "audit"}, f"npm {script}"
    tests = [shlex.split(line) for line in typed.splitlines() if line.startswith("pytest ")]
    for path in [word.removeprefix("--ignore=") for words in tests for word in words]:
        assert (ROOT / path).exists() or not re.match("(tests|tfkit|notebooks)(/|$)", path), path
    for lock in re.findall(r"-r ([\w./-]+)", typed):
        assert (ROOT / lock).is_file(), lock
    for lock in job.get("strategy", {}).get("matrix", {}).get("lock", ()):
        assert (ROOT / lock).is_file(), lock


def test_the_tests_run_on_every_python_and_on_the_oldest_tensorflow():
    tested = WORKFLOWS["ci.yml"]["jobs"]["python-tests"]["strategy"]["matrix"]["python"]
    first, *others = (int(version.removeprefix("3.")) for version in tested)
    assert others == list(range(first + 1, first + 1 + len(others)))
    assert SpecifierSet(PROJECT["requires-python"]) == SpecifierSet(f">=3.{first},<3.{first + len(tested)}")
    (tensorflow,) = (one for one in map(Requirement, PROJECT["dependencies"]) if one.name == "tensorflow")
    rows = WORKFLOWS["ci.yml"]["jobs"]["core-tests"]["strategy"]["matrix"]["include"]
    assert str(tensorflow.specifier) == f">={rows[0]['tensorflow']}"
