import importlib
import inspect
import pkgutil
import subprocess
import sys
import types

import pytest

import tfkit


def submodules() -> list[str]:
    return [found.name for found in pkgutil.walk_packages(tfkit.__path__, "tfkit.")]


def test_the_names_are_sorted_and_listed():
    assert tfkit.__all__ == sorted(set(tfkit.__all__))
    assert set(tfkit.__all__) <= set(dir(tfkit))


@pytest.mark.parametrize("name", sorted(set(tfkit.__all__) - {"errors"}))
def test_a_public_name_stays_itself_after_all_modules_are_loaded(name):
    for module in submodules():
        importlib.import_module(module)
    value = getattr(tfkit, name)
    assert not isinstance(value, types.ModuleType)
    assert inspect.getdoc(value)


@pytest.mark.parametrize("name", sorted(set(tfkit.__all__) - {"errors"}))
def test_a_public_name_has_an_example_that_runs_as_a_doctest(name):
    assert ">>> " in inspect.getdoc(getattr(tfkit, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'gizmo'"):
        tfkit.gizmo  # noqa: B018


def test_importing_tfkit_loads_nothing_heavy():
    code = "import sys, tfkit; print(*({'tensorflow', 'keras', 'matplotlib', 'anywidget', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""
