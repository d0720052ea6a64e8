"""A filter in front of the kernel: what a notebook needs of it passes, ways around the other walls do not.

With this module a process gives up, for itself and all that it will start, the calls of Linux that would let it make
itself a new root and memory without limit, reach what no namespace separates, or look into other processes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

# What is refused, or looked at more closely: clone and socket.
_CALLS = (
    *("clone", "socket", "clone3", "unshare", "setns"),
    *("memfd_create", "memfd_secret", "shmget", "io_uring_setup", "userfaultfd"),
    *("add_key", "request_key", "keyctl", "bpf", "perf_event_open"),
    *("ptrace", "process_vm_readv", "process_vm_writev"),
)
# By machine: what the kernel calls it (linux/audit.h), and the numbers of these calls (asm/unistd.h).
_MACHINES = {
    "x86_64": (0xC000003E, (56, 41, 435, 272, 308, 319, 447, 29, 425, 323, 248, 249, 250, 321, 298, 101, 310, 311)),
    "aarch64": (0xC00000B7, (220, 198, 435, 97, 268, 279, 447, 194, 425, 282, 217, 218, 219, 280, 241, 117, 270, 271)),
}
_FOREIGN_CALLS = 0x40000000  # from this number on they are those of x32, which have other numbers
# CLONE_NEWNS .. CLONE_NEWNET of linux/sched.h: in a user namespace of its own a process mounts memory without end.
_NEW_NAMESPACES = 0x7E020000
# Unix, IPv4, IPv6, netlink. No namespace separates vsock, for one: it leads to the host of a virtual machine.
_FAMILIES = (1, 2, 10, 16)

# Numbers of the kernel's interface: linux/bpf_common.h, linux/seccomp.h, linux/prctl.h.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_SET_SECCOMP, _FILTER = 22, 2

_Step = tuple[int, int, int, int]  # what to do, how many to skip if so and if not, and a number


def filter_calls() -> None:
    """Put the filter up for good. The process must have given up the gaining of rights before.

    Raises:
        OSError: If this machine is of another kind, or its kernel has no filter.
    """
    steps = b"".join(struct.pack("=HBBI", *step) for step in _program(platform.machine()))
    held = ctypes.create_string_buffer(steps, len(steps))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps) // 8, ctypes.addressof(held)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong)
    if libc.prctl(_SET_SECCOMP, _FILTER, ctypes.addressof(program), 0, 0) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"seccomp: {os.strerror(code)}")


def _program(machine: str) -> list[_Step]:
    """Return the filter for a machine, step by step."""
    if machine not in _MACHINES:
        raise OSError(errno.ENOSYS, f"the system calls of {machine} are not known")
    mark, numbers = _MACHINES[machine]
    calls = dict(zip(_CALLS, numbers, strict=True))
    refuse = _answer(errno.EPERM)
    steps: list[_Step] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, mark),
        refuse,
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _FOREIGN_CALLS),
        refuse,
    ]
    # What starts a thread tries clone3, whose arguments no filter sees, and falls back to clone if there is none.
    for name, number in calls.items():
        if name not in ("clone", "socket"):
            steps += [(_EQUAL, 0, 1, number), _answer(errno.ENOSYS) if name == "clone3" else refuse]
    steps += [
        (_EQUAL, 0, 4, calls["clone"]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
        (_EQUAL, 1, 0, calls["socket"]),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
    ]
    for family in _FAMILIES:
        steps += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    return [*steps, _answer(errno.EAFNOSUPPORT)]


def _answer(code: int) -> _Step:
    return (_RETURN, 0, 0, _REFUSE | code)
