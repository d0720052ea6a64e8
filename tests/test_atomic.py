import os
from pathlib import Path

import pytest

from tfkit.atomic import write_whole


def test_a_file_is_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("error", [OSError("no room"), KeyboardInterrupt()])
def test_whatever_goes_wrong_leaves_the_old_file_and_nothing_else(monkeypatch, tmp_path, error):
    def fail(*_):
        raise error

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(type(error)):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]
