"""The system calls that shut a process in, on Linux: a root of its own, and no rights to get out.

With this module a process that has its own namespaces (see `tfkit.course.grading.isolation`) can leave the file system
behind, but for a few folders that it may read, and give up every right for good.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

# What programs need of the system. Of /etc only this: the rest may hold secrets.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "passwd", "group", "hosts", "fonts", "alternatives")
_DEVICES = ("null", "zero", "full", "random", "urandom")
_OLD = "/.old-root"
_ROOT_SIZE = "size=1g,nr_inodes=100k,mode=755"

# Numbers of the kernel's interface: linux/mount.h, linux/prctl.h, linux/capability.h.
_NOSUID, _NODEV, _NOEXEC, _RDONLY, _BIND, _REC, _PRIVATE = 2, 4, 8, 1, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_SYS_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS = 1, 4, 24, 38
_CAPABILITY_VERSION = 0x20080522


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    text, number = ctypes.c_char_p, ctypes.c_ulong
    libc.mount.argtypes = (text, text, text, number, text)
    libc.syscall.argtypes = (ctypes.c_long, ctypes.c_int, text, ctypes.c_uint, ctypes.c_void_p, ctypes.c_size_t)
    libc.prctl.argtypes = (ctypes.c_int, number, number, number, number)
    return libc


def _require(done: int, what: str) -> None:
    if done < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    words = (word.encode() or None for word in (source, target, kind))
    done = _libc().mount(*words, flags, data.encode() or None)
    _require(done, f"mount {target}")


def _show(source: str, target: str, *, attributes: int = _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV) -> None:
    """Let a file or folder, and all that is mounted in it, be seen at another place, only to be read."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    if Path(source).is_dir():
        Path(target).mkdir(exist_ok=True)
    else:
        Path(target).touch()
    _mount(source, target, flags=_BIND | _REC)
    wanted = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    call = (_SYS_MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, wanted, ctypes.sizeof(wanted))
    _require(_libc().syscall(*call), f"mount_setattr {target} (it needs Linux 5.12 or newer)")


def enter_own_root(visible: Iterable[str], hidden: Iterable[str], own: Sequence[str]) -> None:
    """Leave the file system for an empty one in memory, in which a few folders of the old one can be read.

    Args:
        visible: Folders and files to be seen at the place where they are now, besides the system's.
        hidden: Folders that must be empty even if they lie in a visible one.
        own: Empty folders to be made, for the process to write in.

    Raises:
        OSError: If the system does not allow it.
    """
    wanted = [*_SYSTEM, *(f"/etc/{name}" for name in _ETC), *visible]
    places = {place: os.path.realpath(place) for place in wanted if os.path.exists(place)}
    links = {place: os.readlink(place) for place in _SYSTEM if os.path.islink(place)}
    _pivot("/tmp")
    for place, target in links.items():
        Path(place).symlink_to(target)
    shown = outermost({*places, *places.values()} - set(links))
    for place in shown:
        _show(f"{_OLD}{places.get(place, place)}", place)
    for place in hidden:
        if any(Path(place).is_relative_to(outer) for outer in shown) and Path(place).is_dir():
            _mount("none", place, "tmpfs", _NOSUID | _NODEV | _RDONLY, "size=4k")
    _make_devices()
    # Only to be read: where the process bears the number of the real root, it could change the whole system there.
    Path("/proc").mkdir(exist_ok=True)
    _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC | _RDONLY)
    for place in own:
        Path(place).mkdir(parents=True, exist_ok=True)
    _require(_libc().umount2(_OLD.encode(), _MNT_DETACH), "umount")
    Path(_OLD).rmdir()


def outermost(places: Iterable[str]) -> list[str]:
    """Return the places that lie in no other one.

    Example:
        >>> outermost(["/usr/lib", "/usr", "/usrlocal"])
        ['/usr', '/usrlocal']
    """
    kept: list[str] = []
    for place in sorted(places, key=lambda place: Path(place).parts):
        if not (kept and Path(place).is_relative_to(kept[-1])):
            kept.append(place)
    return kept


def _pivot(place: str) -> None:
    """Make an empty file system in memory the root; the old root stands in `_OLD`."""
    program = shutil.which("pivot_root", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is None:
        raise OSError(0, "the program pivot_root of util-linux is missing")
    _mount("none", "/", flags=_REC | _PRIVATE)
    _mount("none", place, "tmpfs", _NOSUID | _NODEV, _ROOT_SIZE)
    Path(f"{place}{_OLD}").mkdir()
    done = subprocess.run([program, ".", f".{_OLD}"], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(0, done.stderr.strip())
    os.chdir("/")


def _make_devices() -> None:
    for name in _DEVICES:
        _show(f"{_OLD}/dev/{name}", f"/dev/{name}", attributes=_ATTR_RDONLY | _ATTR_NOSUID)
    Path("/dev/shm").mkdir()
    Path("/dev/shm").chmod(0o1777)
    Path("/dev/fd").symlink_to("/proc/self/fd")


def give_up_rights(uid: int | None) -> None:
    """Give up every right for good, in this process and all that it will start.

    Args:
        uid: The user to become; None stays who it is.

    Raises:
        OSError: If the system does not allow it.
    """
    libc = _libc()
    right = 0
    while libc.prctl(_CAPBSET_DROP, right, 0, 0, 0) == 0:  # until there is no right of that number
        right += 1
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    none = (ctypes.c_uint32 * 6)()
    _require(libc.capset((ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), none), "capset")
    keep_rights_low()
    _require(libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "prctl")  # else it may not even list its own open files


def keep_rights_low() -> None:
    """Let no program that is started from here gain rights, and end with the parent. Not on Linux: nothing.

    Raises:
        OSError: If the system does not allow it.
    """
    if sys.platform == "linux":
        libc = _libc()
        _require(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")
        _require(libc.prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "prctl")
