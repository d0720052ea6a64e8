"""A cache gives what was checked, or nothing."""

import hashlib
import os
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from tfkit.course import cache
from tfkit.course.cache import cache_folder, through_cache

IMAGES, LABELS = np.arange(24, dtype="uint8").reshape(2, 3, 4), np.array([3, 9], "uint8")


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(
        struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    ).hexdigest()


DIGESTS = [digest(IMAGES), digest(LABELS)]


class Loads:
    """Loads the two arrays through a cache, and counts how often it comes to the source."""

    def __init__(self, folder: Path) -> None:
        self.file, self.source, self.count = folder / "below" / "cache", folder / "source", 0
        self.source.write_text("packed")

    def __call__(self) -> list[np.ndarray]:
        return through_cache(self.file, [self.source], DIGESTS, self._load)

    def _load(self) -> list[np.ndarray]:
        self.count += 1
        return [IMAGES.copy(), LABELS.copy()]


@pytest.fixture
def load(tmp_path: Path) -> Loads:
    return Loads(tmp_path)


def test_the_second_time_the_source_is_not_read(load: Loads) -> None:
    for _ in range(3):
        images, labels = load()
        np.testing.assert_array_equal(images, IMAGES)
        np.testing.assert_array_equal(labels, LABELS)
    assert load.count == 1


def test_what_comes_back_is_an_array_that_nobody_can_change(load: Loads) -> None:
    load()
    for found, array in zip(load(), (IMAGES, LABELS), strict=True):
        assert (type(found), found.dtype, found.shape) == (np.ndarray, array.dtype, array.shape)
        assert found.flags.c_contiguous and not found.flags.writeable
        with pytest.raises(ValueError):
            found.setflags(write=True)


def test_it_stays_what_it_is_when_the_cache_is_replaced_or_removed(load: Loads) -> None:
    load()
    images, _ = load()
    load.source.write_text("a new source")
    load()
    load.file.unlink()
    np.testing.assert_array_equal(images, IMAGES)


@pytest.mark.parametrize("change", ["content", "time", "place"])
def test_a_changed_source_is_read_again(load: Loads, change: str) -> None:
    load()
    if change == "content":
        load.source.write_text("another size")
    elif change == "time":
        os.utime(load.source, ns=(0, load.source.stat().st_mtime_ns + 1))
    else:
        load.source = load.source.rename(load.source.with_name("elsewhere"))
    load()
    load()
    assert load.count == 2


WHOLE = 32 + 4 + 3 * 4 + 24 + 4 + 4 + 2


@pytest.mark.parametrize("length", [0, 1, 31, 32, 35, 36, 40, 50, WHOLE - 7, WHOLE - 1])
def test_a_cut_off_cache_is_made_anew(load: Loads, length: int) -> None:
    load()
    whole = load.file.read_bytes()
    assert len(whole) == WHOLE
    load.file.write_bytes(whole[:length])
    np.testing.assert_array_equal(load()[0], IMAGES)
    assert load.file.read_bytes() == whole and load.count == 2


@pytest.mark.parametrize("place", range(WHOLE))
def test_one_other_byte_anywhere_is_noticed(load: Loads, place: int) -> None:
    load()
    whole = bytearray(load.file.read_bytes())
    whole[place] ^= 0x80
    load.file.write_bytes(whole)
    np.testing.assert_array_equal(load()[1], LABELS)
    assert load.count == 2


def test_more_than_was_written_is_noticed(load: Loads) -> None:
    load()
    with load.file.open("ab") as file:
        file.write(b"!")
    load()
    assert load.count == 2


def test_arrays_with_another_sum_are_not_taken_even_under_the_right_key(load: Loads) -> None:
    load()
    key, forged = load.file.read_bytes()[:32], LABELS[::-1].copy()
    through_cache(load.file, [load.source], [digest(forged)], lambda: [forged])
    assert load.file.read_bytes()[:32] == key
    np.testing.assert_array_equal(load()[1], LABELS)


def test_a_file_of_another_user_is_not_mapped(load: Loads, monkeypatch: pytest.MonkeyPatch) -> None:
    load()
    monkeypatch.setattr(os, "geteuid", lambda: load.file.stat().st_uid + 1)
    load()
    assert load.count == 2


@pytest.mark.parametrize("obstacle", ["folder", "pipe", "link to nowhere"])
def test_what_is_no_file_counts_as_none(load: Loads, obstacle: str) -> None:
    load.file.parent.mkdir()
    if obstacle == "folder":
        load.file.mkdir()
    elif obstacle == "pipe":
        os.mkfifo(load.file)
    else:
        load.file.symlink_to("nowhere")
    np.testing.assert_array_equal(load()[0], IMAGES)


def test_where_nothing_can_be_written_everything_works_and_nothing_is_left(
    load: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    load.file.parent.write_text("a file where the folder should be")
    assert [len(load()), len(load()), load.count] == [2, 2, 2]
    load.file.parent.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert [len(load()), load.count] == [2, 3]
    assert list(load.file.parent.iterdir()) == []


def test_what_the_load_raises_is_raised_and_nothing_is_kept(load: Loads) -> None:
    def broken() -> list[np.ndarray]:
        raise LookupError("the source is broken")

    for source in (load.source, load.source.with_name("absent")):
        with pytest.raises(LookupError, match="the source is broken"):
            through_cache(load.file, [source], DIGESTS, broken)
    assert not load.file.exists()


HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("system", "variables", "folder"),
    [
        ("linux", {}, HOME / ".cache" / "tfkit"),
        ("linux", {"XDG_CACHE_HOME": "/fast"}, Path("/fast/tfkit")),
        ("linux", {"XDG_CACHE_HOME": "relative"}, None),
        ("darwin", {}, HOME / "Library" / "Caches" / "tfkit"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/tfkit/cache")),
        ("win32", {}, HOME / "AppData" / "Local" / "tfkit" / "cache"),
        ("linux", {"TFKIT_CACHE_DIR": "~/mine", "XDG_CACHE_HOME": "/fast"}, HOME / "mine"),
        ("linux", {"TFKIT_CACHE_DIR": ""}, None),
        ("linux", {"TFKIT_CACHE_DIR": "here"}, None),
    ],
)
def test_the_folder_is_the_users_own(
    monkeypatch: pytest.MonkeyPatch, system: str, variables: dict[str, str], folder: Path | None
) -> None:
    for name in ("TFKIT_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {**variables, "HOME": str(HOME)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    assert cache_folder() == folder


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFKIT_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(cache.os.path, "expanduser", lambda path: path)  # what it does for an unknown user
    assert cache_folder() is None
