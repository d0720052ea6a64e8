"""What somebody could hand in to get at something: code for the cells of notebooks.

Each notebook begins with `TOOLS` and with a cell that gives the names of what there is to get: `home`, `other`,
`results`, `package`, `library`, `tcp`, `udp`, `unix`, `abstract`, `secret`, `word`, and whether it `forks` without end.
"""

TOOLS = """
import ctypes, os, signal, socket, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)

def read(path):
    with open(path, "rb") as file:
        return file.read(100)

def write(path, flags=os.O_WRONLY | os.O_APPEND):
    return os.write(os.open(path, flags), b"OWNED") and True

def make(path):
    return write(path, os.O_WRONLY | os.O_CREAT)

def link(path, how):
    how(path, f"loot{len(os.listdir())}")
    return read(max(os.listdir(), key=lambda name: os.lstat(name).st_ctime_ns))

def call(name, *given):
    if getattr(libc, name)(*given) < 0:
        raise OSError(ctypes.get_errno(), name)
    return True

def connect(family, kind, address):
    with socket.socket(family, kind) as end:
        end.settimeout(2)
        end.connect(address)
        end.send(b"OWNED")
        return True

def won(attacks):
    "Run every attack, and return the names of those that got something."
    def got(code):
        try:
            return eval(code)
        except OSError:
            return False
    return [name for name, code in attacks.items() if got(code)]
"""

# Nothing below may do harm where nobody is shut in: only the process that watches has this number and this name.
GUARD = 'assert b"tfkit.course.grading.watch" in open("/proc/1/cmdline", "rb").read()\n'

# Expressions that raise OSError or give nothing. What they may do to no avail is looked for outside, afterwards.
REFUSED = {
    "read": {
        "the home": "os.listdir(home)",
        "a key in the home": "read(home + '/.ssh/id_rsa')",
        "a login in the home": "read(home + '/.netrc')",
        "the work of another": "read(other)",
        "its folder": "os.listdir(os.path.dirname(other))",
        "the results": "read(results)",
        "the solutions": "os.listdir(package + '/course/solutions')",
        "passwords": "read('/etc/shadow')",
        "by a symbolic link": "link(other, os.symlink)",
        "by a hard link": "link(other, os.link)",
        "by the root of the parent": "read('/proc/1/root' + other)",
        "by its own root": "read('/proc/self/root' + other)",
        "by the old root": "os.listdir('/.old-root')",
        "the parent's variables": "read('/proc/1/environ')",
        "the parent's memory": "read('/proc/1/mem')",
        "the parent's map": "read('/proc/1/maps')",
        "the parent's files": "[os.readlink(f'/proc/1/fd/{number}') for number in range(9)]",
        "the parent's input": "read('/proc/1/fd/0')",
        "the parent's command": "other.encode() in read('/proc/1/cmdline')",
        "a secret in the variables": "secret in str(os.environ)",
        "a secret in what it was started with": "secret.encode() in open('/proc/self/environ', 'rb').read()",
        "the grader among the processes": "len([n for n in os.listdir('/proc') if n.isdigit()]) > 2",
        "the disk": "read('/dev/vda') or read('/dev/sda')",
        "the memory of the machine": "read('/dev/mem') or read('/proc/kcore')",
        "the terminal": "read('/dev/tty')",
    },
    "network": {
        "TCP": "connect(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', tcp))",
        "TCP, as IPv6": "connect(socket.AF_INET6, socket.SOCK_STREAM, ('::ffff:127.0.0.1', tcp))",
        "UDP": "connect(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', udp))",
        "a socket in the file system": "connect(socket.AF_UNIX, socket.SOCK_STREAM, unix)",
        "a socket without a file": "connect(socket.AF_UNIX, socket.SOCK_STREAM, '\\0' + abstract)",
        "a name": "socket.getaddrinfo('example.com', 80)",
        "raw packets": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
        "raw IP": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
        "the host of this virtual machine": "socket.socket(40, socket.SOCK_STREAM)",
        "the kernel's own ciphers": "socket.socket(38, 5)",
        "a network to come into": "os.listdir('/proc/1/ns') and os.readlink('/proc/1/ns/net')",
    },
    "kernel": {
        "a root of its own": "call('unshare', 0x10000000 | 0x20000)",
        "a root of its own, when a process starts": "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) >= 0"
        " if os.uname().machine == 'x86_64' else None",
        "memory as a disk": "call('mount', b'none', b'/tmp', b'tmpfs', 0, b'size=99g')",
        "what hides the solutions": "call('umount2', (package + '/course/solutions').encode(), 2)",
        "tfkit to be written": "call('mount', None, package.encode(), None, 32 | 4096, None)",
        "a root further up": "os.chroot('/proc/1/root')",
        "a device": "os.mknod('disk', 0o60666, os.makedev(254, 0))",
        "the rights of root": "open('/proc/self/status').read().split('CapEff:')[1].split()[0].strip('0')",
        "to be root": "os.setuid(0) or os.setgroups([0])",
        "a program with the rights of root": "os.system('su -c true root || sudo -n true') == 0",
        "the name of the machine": "call('sethostname', b'owned', 5)",
        "to trace a process": "call('ptrace', 16, 1, 0, 0)",
        "to trace itself": "call('ptrace', 0, 0, 0, 0)",
        "the keys of the session": "any(libc.syscall(number, 0, -3, 0) > 0 for number in (219, 250))",
        "memory that nobody counts": "os.memfd_create('x') or call('shmget', 0, 99, 0o1600)",
        "calls that no filter sees": "any(libc.syscall(425, 8, bytes(200)) > 0 for _ in '1')",
    },
    "write": {
        "the checks": "write(package + '/course/check.py')",
        "a new module of tfkit": "make(package + '/owned.py')",
        "a package": "make(library + '/owned.py')",
        "what every Python starts with": "make(library + '/sitecustomize.py')",
        "what one user's Python starts with": "make(library + '/usercustomize.py')",
        "a path for every Python": "make(library + '/owned.pth')",
        "this Python": "write(os.path.realpath(sys.executable))",
        "the system": "make('/usr/owned')",
        "its users": "write('/etc/passwd')",
        "the kernel": "write('/proc/sys/kernel/core_pattern')",
        "who is killed first": "write('/proc/1/oom_score_adj')",
        "the parent's memory": "write('/proc/1/mem', os.O_WRONLY)",
        "the parent's output": "write('/proc/1/fd/1', os.O_WRONLY)",
        "the work of another": "write(other)",
        "the results": "write(results)",
        "a device": "write('/dev/sda', os.O_WRONLY) or write('/dev/vda', os.O_WRONLY)",
    },
}

# What ends badly for the notebook, each with a word of the sentence about it, or none where it goes on.
ENDS = {
    "kills all it can": (
        """
for number in range(1, 65):
    for target in (os.getppid(), 1, -1):
        try:
            if number not in (signal.SIGCHLD, signal.SIGCONT): os.kill(target, number)
        except OSError:
            pass
""",
        None,
    ),
    "never ends": (
        """
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def write_without_end():
    while True:
        os.write(1, bytes(4096)); os.write(2, bytes(4096))
threading.Thread(target=write_without_end, daemon=True).start()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execlp("sh", "sh", "-c", f"sleep 600; true {word}")
while True:
    try:
        forks and os.fork()
    except OSError:
        pass
    time.sleep(0.1)
""",
        "had not finished",
    ),
    "takes memory in many processes": (
        """
for _ in range(4):
    if os.fork() == 0:
        taken = bytearray(b"x") * 2**28
        time.sleep(600)
time.sleep(600)
""",
        "memory",
    ),
    "takes memory that is shared": (
        """
import mmap
taken = mmap.mmap(-1, 2**31)
for place in range(0, 2**31, 2**20):
    taken[place : place + 2**20] = b"x" * 2**20
""",
        "memory",
    ),
    "sends cards to all that is open": (
        """
import json
card = {f"02.{letter}": {"status": "right", "message": "Well done."} for letter in "abcd"}
for reply in (card, {"end": "done", "said": card}, {"token": "", "end": "done", "said": card}):
    print(json.dumps(reply), flush=True)
    for number in os.listdir("/proc/self/fd"):
        try:
            os.write(int(number), json.dumps(reply).encode() + b"\\n")
        except OSError:
            pass
os._exit(0)
""",
        "cannot be read",
    ),
    "leaves traps for the next": (
        """
for place in ("~/.bashrc", "~/.ipython/profile_default/startup/0.py", "~/.jupyter/jupyter_config.py",
              "$TMPDIR/sitecustomize.py", "$IPYTHONDIR/profile_default/startup/0.py",
              "~/.local/lib/python3/site-packages/usercustomize.py", "~/.tfkit/cache", "/dev/shm/owned", "tfkit.py",
              "numpy.py", home + "/.bashrc", other, results):
    place = os.path.expanduser(os.path.expandvars(place))
    try:
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        make(place)
    except OSError:
        pass
assert os.path.exists("/dev/shm/owned")
made = True
""",
        None,
    ),
}

# Right only if it has come to an end of what there is to be filled.
FILLS = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
full = []
def fill(action):
    try:
        for number in range(200_000):
            action(number)
    except OSError as error:
        full.append(error.errno)
fill(lambda number: os.truncate(os.open("sparse", os.O_CREAT | os.O_WRONLY), 2**40))
fill(lambda number: os.posix_fallocate(os.open(f"big{number}", os.O_CREAT | os.O_WRONLY), 0, 2**27))
os.remove("big0")
fill(lambda number: os.mkdir(f"small{number}"))
filled = full == [27, 28, 28]  # too large, no room, no room
"""

# Answers that are not right, but look as if they were to a check that believes them.
LIARS = {
    "equal to everything": "class Yes:\n    __eq__ = lambda self, other: True\n    __hash__ = lambda self: 0\n"
    "table = Yes()",
    "a list that is one by name": "class Yes(list):\n    __eq__ = lambda self, other: True\n"
    "    __class__ = property(lambda self: list)\ntable = Yes([[2, 1], [7, 8], [9, 6]])",
    "an array with methods of its own": "import numpy as np\nclass Yes(np.ndarray):\n"
    "    ravel = lambda self: np.array([1, 2, 6, 7, 8, 9])\n    __eq__ = lambda self, other: True\n"
    "table = np.array([[2, 1], [7, 8], [9, 6]]).view(Yes)",
    "an end of everything": "class Yes:\n    def __array__(self, *given, **named): raise SystemExit(0)\ntable = Yes()",
    "an interrupt": "class Yes:\n    def __len__(self): raise KeyboardInterrupt\ntable = Yes()",
    "every verdict": "import gc\nfor one in gc.get_objects():\n    if type(one).__name__ == 'Task':\n"
    "        object.__setattr__(one, 'check', print)\ntable = 0",
    "another True": "import builtins\nbuiltins.isinstance = builtins.all = builtins.any = lambda *given: True\n"
    "builtins.len = lambda given: 6\nbuiltins.str = builtins.print = None\ntable = 0",
    "at the end": "import atexit, threading\natexit.register(print, 'right')\n"
    "threading.Thread(target=lambda: [setattr(lesson.c.task, 'praise', 1)]).start()\ntable = 0",
}
