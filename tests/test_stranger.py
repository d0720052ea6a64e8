import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tfkit
from tfkit.stranger import find_stranger, message, warn_about_stranger


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site-packages"
    (folder / "tfkit-0.8.20.dist-info").mkdir(parents=True)
    return folder


def test_the_stranger_is_found_and_ours_is_not_taken_for_it(site, tmp_path):
    assert find_stranger([str(site)]).name == "tfkit-0.8.20.dist-info"
    ours = tmp_path / "other" / "site-packages"
    (ours / "tfkit_course-0.1.0.dist-info").mkdir(parents=True)
    assert find_stranger([str(ours), str(tmp_path), "", "/nowhere"]) is None


def test_the_message_names_it_and_both_commands(site):
    text = message(find_stranger([str(site)]))
    assert "'tfkit-0.8.20'" in text and str(site) in text
    assert "pip uninstall -y tfkit && pip install --force-reinstall --no-deps tfkit-course" in text


def test_the_first_import_warns(site):
    code = f"import sys; sys.path.append({str(site)!r}); import tfkit"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(tfkit.__file__).parents[1]
    )
    assert "unrelated package 'tfkit-0.8.20'" in found.stderr


def test_without_a_stranger_nothing_is_said(recwarn):
    warn_about_stranger()
    assert not recwarn.list


def test_the_doctor_names_it_even_where_it_has_replaced_our_init(site):
    shutil.copytree(Path(tfkit.__file__).parent, site / "tfkit", ignore=shutil.ignore_patterns("__pycache__"))
    (site / "tfkit" / "__init__.py").write_text("import tfkit.utility")
    (site / "tfkit" / "utility.py").write_text("")
    code = f"import sys; sys.path[:0] = [{str(site)!r}]; from tfkit.cli import main; sys.exit(main(['doctor']))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=site)
    assert found.returncode == 1
    assert "pip uninstall -y tfkit && pip install --force-reinstall --no-deps tfkit-course" in found.stdout
