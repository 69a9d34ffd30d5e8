"""What a child gives up where no bubblewrap stands around it: by Landlock, files and TCP; by seccomp, calls of the kernel.

It imports nothing of the wallet: launcher.py loads it into a bounded child, which knows of no wallet, wallet/inspection/isolated.py into its own.
Run as a program (`python -I -S sandbox/confinement.py PATH:PATH…`) it confines itself, tries each thing that must be refused now,
and tells what came of it: so child.py learns whether this wall stands here.
Rule 1: everything is given up for good, and none of it needs a privilege. What this kernel lacks is told, and the rest done.
Rule 2: what holds is tried, not believed.

Sources: Linux, Documentation/userspace-api/landlock.rst and seccomp_filter.rst; capset(2), prctl(2), seccomp(2).
"""

import ctypes
import errno
import json
import os
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from signal import SIGKILL

Call = Callable[..., int]
"""A call of the kernel by its number: what it answers, or an error as a negative number."""
Step = tuple[int, int, int, int]
"""One of a filter: its code, steps to skip if so, if not, and a number."""
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""AUDIT_ARCH of the machines whose numbers we know: a call by another machine's numbers ends the process."""
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
"""The same number on every machine."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Which rights on files each version of Landlock added: 2 moving elsewhere, 3 truncating, 5 the ioctl of devices."""
TCP_RIGHTS = {4: 0b11}
"""To bind and to connect."""
SCOPES = {6: 0b11}
"""Abstract Unix sockets, and signals, of whoever is not confined with it."""
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
CAPABILITIES_VERSION = 0x20080522
CLONE_THREAD = 0x00010000
TO_SIGNAL = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: who is signalled, and how, when something can be read."""
TO_DRIVE = (0x8901, 0x8902, 0x5412, 0x541C)
"""FIOSETOWN and SIOCSPGRP, which do to a socket what F_SETOWN does; TIOCSTI and TIOCLINUX, which type for whoever sits there."""
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
LAST = 462
"""The newest call that was looked at for the table below; later ones do not exist in there."""
BY_NUMBER = {"x86_64": 0, "aarch64": 1}
# fmt: off
CALLS: dict[str, tuple[int | None, int | None]] = {
    # name: its number on x86_64 and on aarch64; None where the machine has no such call
    "prctl": (157, 167), "seccomp": (317, 277), "capset": (126, 91), "clone": (56, 220), "clone3": (435, 435),
    "ioctl": (16, 29), "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "prlimit64": (302, 261), "fcntl": (72, 25),
    # sockets
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # other processes, and itself as another program
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "kcmp": (312, 272), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "setpgid": (109, 154), "setsid": (112, 157), "setpriority": (141, 140),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "ioprio_set": (251, 30), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # what can be asked without opening: Landlock does not hold it
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "lchown": (94, None), "fchown": (93, 55), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "inotify_init": (253, None), "inotify_init1": (294, 26), "fanotify_init": (300, 262),
    # what changes a folder: Landlock holds it, where it is here
    "truncate": (76, 45), "creat": (85, None), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "link": (86, None), "linkat": (265, 37),
    "symlink": (88, None), "symlinkat": (266, 36), "unlink": (87, None), "unlinkat": (263, 35), "mknod": (133, None),
    "mknodat": (259, 33),
    # memory that others can reach, or that our limits do not count
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # parts of the kernel that no picture needs
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "personality": (135, 92), "modify_ldt": (154, None), "syslog": (103, 116),
}
# fmt: on
ALLOWED_IN_PART = {
    *("prctl", "seccomp", "capset", "clone", "clone3", "open", "openat", "openat2", "prlimit64", "fcntl", "ioctl"),
}
"""Not refused, or not always; the others are."""
LD, JEQ, JGE, JSET, RET = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Where a filter finds them (struct seccomp_data); both machines are little-endian, the low half comes first."""
ALLOW, KILL, ANSWER = 0x7FFF0000, 0x80000000, 0x00050000


def system_call(number: int, *words: object) -> int:
    """Call the kernel; an error comes back as a negative number."""
    answered: int = _libc().syscall(
        ctypes.c_long(number), *(ctypes.c_long(word) if isinstance(word, int) else word for word in words)
    )
    return -ctypes.get_errno() if answered == -1 else answered


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def machine() -> str:
    """This machine by its name in MACHINES; "" where it is another one, or runs as one of 32 bits."""
    name = os.uname().machine
    return name if name in MACHINES and sys.maxsize > 2**32 else ""


def confine(
    readable: Iterable[str], listed: Iterable[str] = (), *, threaded: bool, call: Call = system_call
) -> list[str]:
    """Give it all up; returns what this kernel lacks, by name: nothing where the wall stands.

    Below *readable* everything may be read, of *listed* only the names. *threaded*: whether threads may be started.
    """
    name = machine()
    if not name:
        return ["Landlock", "seccomp"]
    call(_number("prctl", name), PR_SET_PDEATHSIG, int(SIGKILL), 0, 0, 0)
    # Three sets of 64 capabilities each, in halves: none of them.
    call(_number("capset", name), struct.pack("=Ii", CAPABILITIES_VERSION, 0), struct.pack("=6I", 0, 0, 0, 0, 0, 0))
    call(_number("prctl", name), PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    lacks = [] if restrict_files(readable, listed, call) else ["Landlock"]
    return [*lacks, *([] if restrict_calls(name, threaded, call) else ["seccomp"])]


def restrict_files(readable: Iterable[str], listed: Iterable[str], call: Call) -> bool:
    """Whether Landlock is here and now keeps all files away, but those to be read; and TCP, where it knows of it."""
    version = call(LANDLOCK_CREATE_RULESET, None, 0, 1)
    if version < 1:  # not built in, or switched off at start
        return False
    handled = attributes(version)
    rules = call(LANDLOCK_CREATE_RULESET, handled, len(handled), 0)
    if rules < 0:
        return False
    for rights, paths in ((READ_FILE | READ_DIR, readable), (READ_DIR, listed)):
        for path in paths:
            with suppress(OSError):  # it is not here: nothing to allow
                _allow(rules, path, rights, call)
    is_restricted = call(LANDLOCK_RESTRICT_SELF, rules, 0) == 0
    with suppress(OSError):
        os.close(rules)
    return is_restricted


def attributes(version: int) -> bytes:
    """Which rights Landlock of *version* is to take away, all that it knows: struct landlock_ruleset_attr, as long as it knows."""
    words = [
        sum(right for since, right in rights.items() if since <= version)
        for rights in (FILE_RIGHTS, TCP_RIGHTS, SCOPES)
    ]
    known = 3 if version >= min(SCOPES) else 2 if version >= min(TCP_RIGHTS) else 1
    return struct.pack(f"={known}Q", *words[:known])


def _allow(rules: int, path: str, rights: int, call: Call) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not os.path.isdir(path):  # noqa: PTH112 — no pathlib in here: it takes longer than all the rest
            rights &= ~READ_DIR
        call(LANDLOCK_ADD_RULE, rules, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def restrict_calls(name: str, threaded: bool, call: Call) -> bool:
    """Whether seccomp is here and now refuses what no reading of a file needs."""
    program = b"".join(struct.pack("=HBBI", *step) for step in filter_for(name, threaded))
    held = ctypes.create_string_buffer(program, len(program))
    length_and_place = struct.pack("@HP", len(program) // 8, ctypes.addressof(held))
    return call(_number("seccomp", name), 1, 1, length_and_place) == 0  # SECCOMP_SET_MODE_FILTER, for all its threads


def filter_for(name: str, threaded: bool) -> Iterator[Step]:
    """The filter for the machine *name*, step by step."""
    yield LD, 0, 0, MACHINE
    yield from _unless_equal(MACHINES[name], KILL)
    yield LD, 0, 0, NUMBER
    yield from _when(JGE, LAST + 1, ANSWER | errno.ENOSYS)  # the calls of x32 too
    # Their flags lie in memory, where no filter sees them: who hears that they do not exist takes the older ones.
    for unseen in ("clone3", "openat2"):
        yield from _when(JEQ, _number(unseen, name), ANSWER | errno.ENOSYS)
    for refused in CALLS.keys() - ALLOWED_IN_PART:
        if CALLS[refused][BY_NUMBER[name]] is not None:
            yield from _when(JEQ, _number(refused, name), ANSWER | errno.EPERM)
    if threaded:
        yield from _with_argument("clone", name, 0, [(JSET, 1, 0, CLONE_THREAD), (RET, 0, 0, ANSWER | errno.EPERM)])
    else:
        yield from _when(JEQ, _number("clone", name), ANSWER | errno.EPERM)
    yield from _with_argument("prlimit64", name, 0, _unless_equal(0, ANSWER | errno.EPERM))  # of itself alone
    for called, requests in (("fcntl", TO_SIGNAL), ("ioctl", TO_DRIVE)):
        steps = [step for request in requests for step in _when(JEQ, request, ANSWER | errno.EPERM)]
        yield from _with_argument(called, name, 1, steps)
    for opening, flags in (("open", 1), ("openat", 2)):
        if CALLS[opening][BY_NUMBER[name]] is not None:
            yield from _with_argument(opening, name, flags, _when(JSET, TO_WRITE, ANSWER | errno.EACCES))
    yield RET, 0, 0, ALLOW


def _when(test: int, number: int, answer: int) -> list[Step]:
    return [(test, 0, 1, number), (RET, 0, 0, answer)]


def _unless_equal(number: int, answer: int) -> list[Step]:
    return [(JEQ, 1, 0, number), (RET, 0, 0, answer)]


def _with_argument(called: str, name: str, argument: int, steps: list[Step]) -> Iterator[Step]:
    """Of *called* alone: *steps* on the low half of that argument, and allowed where they say nothing."""
    yield JEQ, 0, len(steps) + 2, _number(called, name)
    yield LD, 0, 0, ARGUMENTS + 8 * argument
    yield from steps
    yield RET, 0, 0, ALLOW


def _number(called: str, name: str) -> int:
    number = CALLS[called][BY_NUMBER[name]]
    assert number is not None  # noqa: S101 — asked only of calls that both machines have, or after a look
    return number


def still_open(call: Call = system_call) -> list[str]:
    """What is not refused, of what must be: each is tried in a way that does no harm where it is allowed."""
    name = machine()
    # No such process, no such program: whoever answers so has looked for it.
    tried: dict[str, Callable[[], bool]] = {
        "files": _reads_its_own_source,
        "network": lambda: call(_number("socket", name), 1, 1, 0) != -errno.EPERM,
        "programs": lambda: call(_number("execve", name), b"/nowhere/at/all", None, None) != -errno.EPERM,
        "processes": _starts_another,
        "memory of others": lambda: call(_number("ptrace", name), 2, 0, 0, 0) != -errno.EPERM,
    }
    return [what for what, is_open in tried.items() if not name or is_open()]


def _reads_its_own_source() -> bool:
    try:
        with open(__file__, "rb"):  # noqa: PTH123 — as above
            return True
    except OSError:
        return False


def _starts_another() -> bool:
    try:
        child = os.fork()
    except OSError:
        return False
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


if __name__ == "__main__":
    lacking = confine(sys.argv[1].split(":"), threaded=False)
    import resource  # noqa: F401 — what is read and loaded behind the wall, as a child's program does
    import xml.parsers.expat  # noqa: F401

    print(json.dumps({"lacks": lacking, "open": still_open()}))  # noqa: T201 — it is its answer
