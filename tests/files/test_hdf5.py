"""HDF5 by a process of its own: what becomes of a file that keeps the library for ever, or crashes it."""

import base64
import gzip
import subprocess
import sys

import keras
import pytest

import tfkit
from tfkit.errors import FileError
from tfkit.files import _hdf5

# A model in which some bytes are doubled (found by hypothesis): HDF5 1.14 never ends to read its attribute.
ENDLESS = (
    "ABzY8000000t4+^UrZcD7@xi4t_MN|qk*=zt`}^YNGNdFni}aD!JdX#(t<HIx(;{4-G*iNx_{_Fb7>P_YT|>BJQ(D~rZJlMP>qQx"
    "kTgc4Z^j26(I;Pg?;Fm}&g||icgHED#WFwA4D-!5-+VLkec#M{TRzT>zR}Tkv<<jOr9cbl1YvAZteoZRto=h;O0>L1%R4bfPms1A"
    "O7Eod<v8DQ^3vFtTiJ@hSA+^k0fB>v+}LXqZuu^64&dh)&o^fjkfvNiYO!QnA-l}}$8o!;y+-Z29ptF_9tKZitDHq9w3K;dTB@OA"
    "`VmPYJv)6JQk<V8L&hu-d0F~<ipZOW`B|hFc9hc=k`v?f>L7Bw^~f9gj9LUlFVIlli-|y9yn+92CcV1cr2nR#<@ZhCVEgX?J1>$v"
    "UjgYB!lj86&B3K@lobulV;kl@o7wBBCjB?p;?+w@=D#Is_wCqEdVmHOkg4c!4q2d~pGcDLYvD2x^20==-qO&&LDT-7Y%1=6rsK{b"
    "{O`i+7sn+)J4E>~GW~-u^$!N~Y@?-(_sKA4G~-$jEByF@aXp>apk<L2O`ns~m(f)R>9z{Bbf28|;t{4_PcsIKW3WxA>Tp_fn{3lT"
    "m{hPA%7}Eqmf(<<G?_gS$PG3+iCHHMP0cUV84W8A?aWZRiknSTR4p5ssPO7LcfVV|`9tO~lcYPE=CTm$urT3DbY5@jWyc<On<FDl"
    "LpxtmtP&(jUvVY%$;0o5CgLlBX;vAUmP?$0n&r;cgvBB%ga~Xv)g4gL*oa2i#v6|pjdE78x=|fRU7xD65CzuuXjVMB(2lO!?mB1i"
    "?=Wwx^U$51+h0?41j&>g3n|kov;sx3QaX+eD(;N!M_t5AQ$y?iP<xFjT+j^Du%~o&#xUn1ldurk3vUzY7QhO!0-E925n|(sx)a!?"
    "!tWu|uy{oqk4cvaGdLPF>8MnHqEF2h+6xb25gV~1ooY2)bs%=-MY4H{uO88(hJ9W_<5P94h8zR?$2{j?MVW`1gMz8*sEDUIj}%KY"
    "h&luP1FpU$6ImrgD|nP@)%E;oN7V|7XFl5^L$&H37XE<}ItUXHIy)$nI|SxKbpkqjNIgT#ApV{vqEEY<i|MVjy}KTtXCMB7yWT1;"
    "I|2d%0s;a80{;hGe*5C6MA8#9vDd;U1fmHPf!dHjyk^35;yB<E$vY)Xmt+u1-v}J^gekM9Z;tVN!F!DN*X*w1K-{;x+!0=Gnbto&"
    "#_Zd}#30XCq4lK<uYYBj=Ubum^)rvx{;|Y!biIPaa|cO0dkO6z^ZaiU&)uOQ(aPTQsUUVp<R@5vrWZIt<GkElJX+}$@kqp@ARaNl"
    "&&oU>%S-w9hCRNQY#is~N7Rl5>fK9f$AMJZtDov^E)G06DdK>L1KaN<xn7=+rG;r4d5`WTK^)k8o{s}jI~J%H2fY8#!4^)UpU|b4"
    "M_}I{*azKcJ&t$W<?NE5qir(iPJ!+lv^{}$$Ze0sJb@`{A#o{7zts;!G^*@_cW*2>&juRvGyD7Ng?+J|PknpuCu6ew=oR^D=+}|;"
    "x4vHOd*$<yp&ygyHy_-%xABKM^4ssFwVs=BExCAqb$KbXw(;fB)ekBs)`TbScg&9d^5<vE%W?F{xv7tC-#+=p-*=w8|M*Qa_?|4b"
    "TtGlT;9*=ly=x&$YsL5MnpvjT%=U-|xAxh3)c#D+Nz<Vv5Ppt>`hOQ8AfDr)=Qw+we4mNhn}>-#8kePyqG^8q?+>=8x4Y!?RL3kB"
    "egX_{QHN)7pjkh8`K<60f!+Jb=9!1%C(+Mbd+jIx0L<b4j>tCv00"
)


needs_limits = pytest.mark.skipif(
    sys.platform == "win32",
    reason="Windows neither limits a process as setrlimit(2) does nor has the signal that ends it",
)


def test_what_is_wrong_with_a_file_is_said(tmp_path):
    (tmp_path / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(FileError, match=r"cut\.h5.*open file"):
        tfkit.read_graph(tmp_path / "cut.h5")


def test_a_file_that_never_ends_is_refused(tmp_path):
    path = tmp_path / "endless.h5"
    path.write_bytes(gzip.decompress(base64.b85decode(ENDLESS)))
    with pytest.raises(FileError, match=r"endless\.h5"):
        tfkit.read_graph(path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "the process that read it ended"),
        ("raise SystemExit('no memory')", "the process that read it ended (no memory)"),
        ("print('{')", "cannot read"),
        ("import time; time.sleep(60)", "did not end within 1 seconds"),
        pytest.param(
            *("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "reading it does not end"), marks=needs_limits
        ),
    ],
)
def test_a_process_that_comes_to_nothing(tmp_path, monkeypatch, code, said):
    monkeypatch.setattr(_hdf5, "_COMMAND", (sys.executable, "-c", code))
    monkeypatch.setattr(_hdf5, "_TIMEOUT_S", 1 if "sleep" in code else 60)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")])
    model.save(tmp_path / "model.keras")
    assert "weights" not in tfkit.read_graph(tmp_path / "model.keras")["dense"].attributes  # the layers are there
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(FileError) as raised:
        tfkit.read_graph(tmp_path / "model.h5")
    assert "model.h5" in str(raised.value) and said in str(raised.value)


@needs_limits
def test_the_reader_takes_no_more_than_its_limits(tmp_path, monkeypatch):
    code = "from tfkit.files import hdf5_process as p; p._limit(__file__); n = 0\nwhile True: n += 1"
    script = tmp_path / "spin.py"
    script.write_text(code)
    monkeypatch.setattr(_hdf5, "_COMMAND", (sys.executable, str(script)))
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(FileError, match="reading it does not end"):
        tfkit.read_graph(tmp_path / "model.h5")


@needs_limits
def test_a_stricter_limit_of_the_system_stays():
    code = (
        "import resource as r; from tfkit.files import hdf5_process as p; r.setrlimit(r.RLIMIT_CPU, (2, 3));"
        "p._limit(p.__file__); print(r.getrlimit(r.RLIMIT_CPU))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(3, 3)"
