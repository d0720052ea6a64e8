"""Fashion-MNIST: what is shipped, what is searched, what is refused, and the download."""

import gzip
import hashlib
import http.server
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tfkit
from tfkit.course import data, download
from tfkit.course.data import CLASS_NAMES, SMALL_FILE, FashionMnist, load_fashion_mnist, load_idx
from tfkit.course.download import FILES, IdxFile, default_folder, fetch_fashion_mnist
from tfkit.course.make_small_data import make_small_data
from tfkit.errors import DataError, FileError


def idx(array: np.ndarray, code: int = 8) -> bytes:
    """Return an array of bytes as an idx file."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


TINY = np.arange(24, dtype="uint8").reshape(2, 3, 4)


class TestLoadIdx:
    @pytest.mark.parametrize(
        ("code", "dtype"),
        [(0x08, "uint8"), (0x09, "int8"), (0x0B, "int16"), (0x0C, "int32"), (0x0D, "float32"), (0x0E, "float64")],
    )
    def test_every_type(self, tmp_path: Path, code: int, dtype: str) -> None:
        array = np.array([[1, 2, 100], [3, 4, 5]], dtype)
        file = tmp_path / "a"
        file.write_bytes(idx(array, code))
        loaded = load_idx(file)
        assert loaded.dtype == dtype
        assert loaded.dtype.isnative
        np.testing.assert_array_equal(loaded, array)

    def test_packed_whatever_its_name(self, tmp_path: Path) -> None:
        file = tmp_path / "images.idx"
        file.write_bytes(gzip.compress(idx(TINY)))
        np.testing.assert_array_equal(load_idx(str(file)), TINY)

    def test_no_images(self, tmp_path: Path) -> None:
        file = tmp_path / "a"
        file.write_bytes(idx(np.zeros((0, 28, 28), "uint8")))
        assert load_idx(file).shape == (0, 28, 28)

    @pytest.mark.parametrize("pack", [bytes, gzip.compress])
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "not an idx file"),
            (b"PK\x03\x04 something", "not an idx file"),
            (b"\x00\x00\x07\x01\x00\x00\x00\x00", "not an idx file"),
            (b"\x00\x00\x08\xff" + b"\x00" * 1020, "not an idx file"),
            (b"\x00\x00\x08\x03\x00\x00", "ends inside its header"),
            (idx(TINY)[:-1], "cut off"),
            (idx(TINY) + b"!", "too long"),
            (b"\x00\x00\x08\x02" + b"\xff" * 8, "cannot be whole"),
            (b"\x00\x00\x08\x04\x00\x00\x00\x00" + b"\xff" * 12, "impossible shape"),
        ],
    )
    def test_damaged(self, tmp_path: Path, pack, content: bytes, words: str) -> None:  # type: ignore[no-untyped-def]
        file = tmp_path / "broken.idx"
        file.write_bytes(pack(content))
        with pytest.raises(FileError, match=words) as caught:
            load_idx(file)
        assert "broken.idx" in str(caught.value)

    def test_damaged_gzip(self, tmp_path: Path) -> None:
        whole = gzip.compress(idx(TINY))
        for number, broken in enumerate([whole[:-4], whole[:20], whole[:-8] + b"\x00" * 8, b"\x1f\x8b" + b"x" * 30]):
            file = tmp_path / str(number)
            file.write_bytes(broken)
            with pytest.raises(FileError, match=r"damaged gzip|cut off"):
                load_idx(file)

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        """A packed file may hold a thousand times its size; what its header does not announce is left alone."""
        file = tmp_path / "bomb"
        file.write_bytes(gzip.compress(idx(TINY) + bytes(50_000_000)))
        assert file.stat().st_size < 100_000
        with pytest.raises(FileError, match="too long"):
            load_idx(file)

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path, words in [
            (tmp_path, "is a folder"),
            (tmp_path / "pipe", "not an ordinary file"),
            (tmp_path / "absent", "no file"),
            ("nul\x00byte", "cannot be read"),
            (7, "not int"),
        ]:
            with pytest.raises(FileError, match=words):
                load_idx(path)  # type: ignore[arg-type]


class TestSmall:
    def test_balanced_and_real(self) -> None:
        small = load_fashion_mnist()
        assert small.train_images.shape == (2000, 28, 28)
        assert small.test_images.shape == (500, 28, 28)
        assert np.bincount(small.train_labels).tolist() == [200] * 10
        assert np.bincount(small.test_labels).tolist() == [50] * 10
        assert small.train_labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
        assert small.class_names == CLASS_NAMES
        assert {array.dtype for array in (small.train_images, small.test_labels)} == {np.dtype("uint8")}

    def test_a_frozen_value(self) -> None:
        small = load_fashion_mnist("small")
        with pytest.raises(ValueError, match="read-only"):
            small.train_images[0, 0, 0] = 1
        with pytest.raises(AttributeError):
            small.source = "elsewhere"  # type: ignore[misc]

    def test_size_of_the_file_and_its_licence(self) -> None:
        assert 1_000_000 < SMALL_FILE.stat().st_size < 1_200_000
        licence = SMALL_FILE.with_name("fashion_mnist_small.LICENSE.txt").read_text(encoding="utf-8")
        assert "Copyright (c) 2017 Zalando SE" in licence
        assert "MIT License" in licence

    def test_unknown_size_or_needless_path(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match='"small" or "full"'):
            load_fashion_mnist("medium")
        with pytest.raises(DataError, match="shipped"):
            load_fashion_mnist("small", tmp_path)

    def test_damaged_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for content in (None, b"", SMALL_FILE.read_bytes()[:1000], b"PK\x05\x06" + bytes(18)):
            file = tmp_path / "small.npz"
            if content is not None:
                file.write_bytes(content)
            monkeypatch.setattr(data, "SMALL_FILE", file)
            with pytest.raises(DataError, match=r"small\.npz.*anew"):
                load_fashion_mnist()


class TestFull:
    def test_published_facts(self, full_data: FashionMnist) -> None:
        assert full_data.train_images.shape == (60000, 28, 28)
        assert np.bincount(full_data.train_labels).tolist() == [6000] * 10
        assert round(float(full_data.train_images.mean()) / 255, 6) == 0.286041
        assert round(float((full_data.train_images / 255).std()), 6) == 0.353024

    def test_small_is_made_from_it(self, full_data: FashionMnist, tmp_path: Path) -> None:
        again = [make_small_data(tmp_path / name).read_bytes() for name in "ab"]
        assert again[0] == again[1]
        with np.load(tmp_path / "a") as made, np.load(SMALL_FILE) as shipped:
            assert made.files == shipped.files
            for name in made.files:
                np.testing.assert_array_equal(made[name], shipped[name])


@pytest.fixture
def tiny_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, bytes]:
    """Stand four tiny files in for the published ones, and keep the machine's own data out of sight."""
    images, labels = np.arange(2 * 28 * 28, dtype="uint8").reshape(2, 28, 28), np.array([3, 9], "uint8")
    contents = [idx(images), idx(labels), idx(images[::-1]), idx(labels[::-1])]
    tiny = tuple(
        IdxFile(file.name, file.file_name, hashlib.sha256(content).hexdigest())
        for file, content in zip(FILES, contents, strict=True)
    )
    monkeypatch.setattr(data, "FILES", tiny)
    monkeypatch.setattr(download, "FILES", tiny)
    monkeypatch.setattr(data, "_DEBIAN_FOLDER", tmp_path / "debian")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("TFKIT_DATA_DIR", raising=False)
    return {
        f"{file.file_name}.gz": gzip.compress(content, mtime=0) for file, content in zip(FILES, contents, strict=True)
    }


def put(folder: Path, files: dict[str, bytes], *, unpacked: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        if unpacked:
            (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


class TestSearch:
    def test_order(self, tiny_files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert data.find_fashion_mnist() is None
        keras = put(tmp_path / "keras" / "datasets" / "fashion-mnist", tiny_files)
        assert data.find_fashion_mnist() == keras
        assert load_fashion_mnist("full").source == str(keras)
        debian = put(tmp_path / "debian", tiny_files)
        assert load_fashion_mnist("full").source == str(debian)
        chosen = put(tmp_path / "chosen", tiny_files, unpacked=True)
        monkeypatch.setenv("TFKIT_DATA_DIR", str(chosen))
        assert load_fashion_mnist("full").source == str(chosen)
        below = put(chosen / "fashion-mnist", tiny_files)
        assert load_fashion_mnist("full").source == str(below)
        named = put(tmp_path / "named", tiny_files)
        assert load_fashion_mnist("full", path=named).source == str(named)

    def test_absent_names_three_cures(self, tiny_files: dict[str, bytes], tmp_path: Path) -> None:
        put(tmp_path / "debian", dict(list(tiny_files.items())[:3]))
        for path in (None, tmp_path / "debian", tmp_path / "nowhere", "nul\x00byte"):
            with pytest.raises(DataError) as caught:
                load_fashion_mnist("full", path=path)
            for cure in ("tfkit data fetch", "apt install dataset-fashion-mnist", "TFKIT_DATA_DIR"):
                assert cure in str(caught.value)

    def test_a_named_folder_is_the_only_one(self, tiny_files: dict[str, bytes], tmp_path: Path) -> None:
        put(tmp_path / "debian", tiny_files)
        with pytest.raises(DataError, match="nowhere"):
            load_fashion_mnist("full", path=tmp_path / "nowhere")

    def test_other_bytes_are_refused(self, tiny_files: dict[str, bytes], tmp_path: Path) -> None:
        folder = put(tmp_path / "debian", tiny_files)
        name = next(iter(tiny_files))
        (folder / name).write_bytes(gzip.compress(idx(np.zeros((2, 28, 28), "uint8"))))
        with pytest.raises(DataError, match=f"{name}.*published"):
            load_fashion_mnist("full")


class TestCache:
    @pytest.fixture(autouse=True)
    def _cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TFKIT_CACHE_DIR", str(tmp_path / "cache"))

    def test_the_second_time_nothing_is_unpacked(
        self, tiny_files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = put(tmp_path / "debian", tiny_files)
        first = load_fashion_mnist("full")
        monkeypatch.setattr(data, "read_idx", None)
        for again in (load_fashion_mnist("full"), load_fashion_mnist("full", path=folder)):
            np.testing.assert_array_equal(again.train_images, first.train_images)
            assert (again.test_labels.tolist(), again.source) == ([9, 3], str(folder))
            assert not again.train_images.flags.writeable
        assert os.listdir(tmp_path / "cache") == ["fashion-mnist.idx"]

    def test_a_file_that_breaks_later_is_named_all_the_same(self, tiny_files: dict[str, bytes], tmp_path: Path) -> None:
        folder = put(tmp_path / "debian", tiny_files)
        load_fashion_mnist("full")
        name = next(iter(tiny_files))
        (folder / name).write_bytes(gzip.compress(idx(np.zeros((2, 28, 28), "uint8"))))
        for path in (None, folder):
            with pytest.raises(DataError, match=f"{name}.*published.*SHA-256"):
                load_fashion_mnist("full", path=path)


class Web(http.server.ThreadingHTTPServer):
    """A web server on this machine; `cuts` are the bytes after which it breaks off an answer."""

    files: dict[str, bytes]
    cuts: list[int]
    ranges: bool
    asked: list[tuple[str, str | None]]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        name, asked = self.path.removeprefix("/"), self.headers["Range"]
        self.server.asked.append((name, asked))
        whole = self.server.files.get(name)
        if whole is None:
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start and start >= len(whole):
            self.send_error(416)
            return
        body = whole[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cuts.pop()] if self.server.cuts else body)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def web(tiny_files: dict[str, bytes]) -> Iterator[Web]:
    server = Web(("127.0.0.1", 0), _Handler)
    server.files, server.cuts, server.ranges, server.asked = dict(tiny_files), [], True, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _address(web: Web) -> str:
    return f"http://127.0.0.1:{web.server_port}"


class TestFetch:
    def test_fetched_data_are_found(self, web: Web, tmp_path: Path) -> None:
        calls: list[tuple[str, int, int | None]] = []
        folder = fetch_fashion_mnist(progress=lambda *call: calls.append(call), address=_address(web))
        assert folder == default_folder() == tmp_path / "keras" / "datasets" / "fashion-mnist"
        assert load_fashion_mnist("full").test_labels.tolist() == [9, 3]
        assert [name for name, done, total in calls if done == total] == list(web.files)
        assert not list(folder.glob("*.part"))

    def test_whole_files_are_not_asked_for_again(self, web: Web, tmp_path: Path) -> None:
        fetch_fashion_mnist(tmp_path / "here", address=_address(web))
        web.asked.clear()
        fetch_fashion_mnist(tmp_path / "here", address=_address(web))
        assert web.asked == []

    def test_goes_on_after_a_cut(self, web: Web, tmp_path: Path) -> None:
        web.cuts = [50]
        fetch_fashion_mnist(tmp_path, address=_address(web))
        first = next(iter(web.files))
        assert [asked for name, asked in web.asked if name == first] == [None, "bytes=50-"]
        assert (tmp_path / first).read_bytes() == web.files[first]

    def test_goes_on_in_a_later_call(self, web: Web, tmp_path: Path) -> None:
        web.cuts = [0, 0, 0, 50]
        with pytest.raises(DataError, match="goes on where it stopped"):
            fetch_fashion_mnist(tmp_path, address=_address(web))
        first = next(iter(web.files))
        assert not (tmp_path / first).exists()
        assert (tmp_path / f"{first}.part").stat().st_size == 50
        fetch_fashion_mnist(tmp_path, address=_address(web))
        assert load_fashion_mnist("full", path=tmp_path).train_labels.tolist() == [3, 9]

    def test_a_server_without_ranges(self, web: Web, tmp_path: Path) -> None:
        web.cuts, web.ranges = [50], False
        fetch_fashion_mnist(tmp_path, address=_address(web))
        assert load_fashion_mnist("full", path=tmp_path).train_labels.tolist() == [3, 9]

    @pytest.mark.parametrize("left_over", [b"other bytes", b"x" * 100_000])
    def test_a_strange_part_is_thrown_away(self, web: Web, tmp_path: Path, left_over: bytes) -> None:
        first = next(iter(web.files))
        (tmp_path / f"{first}.part").write_bytes(left_over)
        fetch_fashion_mnist(tmp_path, address=_address(web))
        assert (tmp_path / first).read_bytes() == web.files[first]

    def test_wrong_bytes(self, web: Web, tmp_path: Path) -> None:
        first = next(iter(web.files))
        web.files[first] = gzip.compress(idx(TINY))
        with pytest.raises(DataError, match="not the published file"):
            fetch_fashion_mnist(tmp_path, address=_address(web))
        assert not list(tmp_path.glob("train*"))

    def test_not_there(self, web: Web, tmp_path: Path) -> None:
        web.files.clear()
        with pytest.raises(DataError, match="404"):
            fetch_fashion_mnist(tmp_path, address=_address(web))

    def test_endless_answer(self, web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(download, "_LARGEST_FILE_BYTES", 10)
        with pytest.raises(DataError, match="more than 10 bytes"):
            fetch_fashion_mnist(tmp_path, address=_address(web))

    def test_a_folder_that_cannot_be(self, web: Web, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(FileError, match="file"):
            fetch_fashion_mnist(tmp_path / "file", address=_address(web))


def test_iris() -> None:
    iris = tfkit.load_iris()
    assert iris.features.shape == (150, 4) and iris.features.dtype == np.float32
    assert np.bincount(iris.labels).tolist() == [50, 50, 50]
    assert iris.class_names == ("setosa", "versicolor", "virginica")
    assert iris.features.mean(0).round(2).tolist() == pytest.approx([5.84, 3.06, 3.76, 1.2], abs=1e-5)
    assert iris.features[[34, 37], 3].tolist() == pytest.approx([0.2, 0.1])  # where the copy at UCI is wrong
