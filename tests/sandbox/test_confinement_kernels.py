"""Confinement on kernels and machines that are not this one: old and new Landlocks, and the filter step by step."""

import errno
import os
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from wallet.sandbox import confinement

pytestmark = pytest.mark.slow


class Kernel:
    """A kernel as old or as new as a test needs: it writes down what Landlock is asked, and answers as the real one."""

    def __init__(self, version: int, restricts: int = 0) -> None:
        self.version, self.restricts, self.handled, self.rules = version, restricts, b"", list[tuple[int, str]]()

    def __call__(self, number: int, *words: Any) -> int:
        if number == confinement.LANDLOCK_CREATE_RULESET:
            attribute, size, flags = words
            if attribute is None:
                assert (size, flags) == (0, 1)
                return self.version
            assert len(attribute) == size
            self.handled = attribute
            return os.open("/dev/null", os.O_RDONLY)
        if number == confinement.LANDLOCK_ADD_RULE:
            rights, place = struct.unpack("=Qi", words[2])
            self.rules.append((rights, str(Path(f"/proc/self/fd/{place}").readlink())))
            return 0
        assert number == confinement.LANDLOCK_RESTRICT_SELF
        return self.restricts


@pytest.mark.parametrize(
    ("version", "handled"),
    [
        (1, [0x1FFF]),
        (2, [0x3FFF]),
        (3, [0x7FFF]),
        (4, [0x7FFF, 3]),
        (5, [0xFFFF, 3]),
        (6, [0xFFFF, 3, 3]),
        (7, [0xFFFF, 3, 3]),
        (12, [0xFFFF, 3, 3]),  # one that is not written yet
    ],
)
def test_of_each_landlock_is_asked_all_that_it_knows_and_no_more(
    version: int, handled: list[int], tmp_path: Path
) -> None:
    """Source: Linux, Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h."""
    kernel, book = Kernel(version), tmp_path / "book"
    book.touch()

    assert confinement.restrict_files([str(tmp_path), str(book), "/nowhere"], [str(tmp_path.parent)], kernel)

    assert list(struct.unpack(f"={len(handled)}Q", kernel.handled)) == handled
    reads, lists = 4, 8
    assert kernel.rules == [(reads | lists, str(tmp_path)), (reads, str(book)), (lists, str(tmp_path.parent))]


@pytest.mark.parametrize(
    "kernel", [Kernel(-errno.ENOSYS), Kernel(-errno.EOPNOTSUPP), Kernel(7, restricts=-errno.E2BIG)]
)
def test_a_kernel_without_landlock_is_told_as_such(kernel: Kernel) -> None:
    assert not confinement.restrict_files(["/usr/lib"], [], kernel)


def decided(machine: str, called: int, *arguments: int, threaded: bool = False, by: str = "") -> int:
    """What the filter of *machine* says to a call, worked out step by step as the kernel does."""
    seen = {confinement.NUMBER: called, confinement.MACHINE: confinement.MACHINES.get(by or machine, 0x40000003)}
    for at, argument in enumerate(arguments):
        seen |= {16 + 8 * at: argument & 0xFFFFFFFF, 20 + 8 * at: argument >> 32}
    steps, at, held = list(confinement.filter_for(machine, threaded)), 0, 0
    while True:
        code, if_so, if_not, number = steps[at]
        at += 1
        match code:
            case confinement.LD:
                held = seen.get(number, 0)
            case confinement.RET:
                return number
            case confinement.JEQ:
                at += if_so if held == number else if_not
            case confinement.JGE:
                at += if_so if held >= number else if_not
            case confinement.JSET:
                at += if_so if held & number else if_not


NOT_PERMITTED, UNKNOWN = (confinement.ANSWER | number for number in (errno.EPERM, errno.ENOSYS))


@pytest.mark.parametrize("machine", confinement.MACHINES)
def test_the_filter_refuses_what_it_names_on_both_machines(machine: str) -> None:
    column = confinement.BY_NUMBER[machine]
    number = {name: numbers[column] for name, numbers in confinement.CALLS.items()}
    for name in confinement.CALLS.keys() - confinement.ALLOWED_IN_PART:
        if (called := number[name]) is not None:
            assert decided(machine, called) == NOT_PERMITTED, name
    reading, others = {"x86_64": 0, "aarch64": 63}[machine], {"x86_64": 3, "aarch64": 57}[machine]
    assert decided(machine, reading) == decided(machine, others) == confinement.ALLOW  # read, close
    assert decided(machine, 9_999) == decided(machine, 0x40000000) == UNKNOWN  # not written yet; x32
    assert decided(machine, 435) == decided(machine, 437) == UNKNOWN
    assert decided(machine, reading, by="i686") == confinement.KILL

    clone, opening, limits = number["clone"], number["openat"], number["prlimit64"]
    driving = number["ioctl"]
    assert driving
    for request in (0x8901, 0x8902, 0x5412, 0x541C):  # FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX
        assert decided(machine, driving, 3, request) == NOT_PERMITTED
        assert decided(machine, driving, 3, request | 1 << 40) == NOT_PERMITTED, "the kernel looks at 32 bits of it"
    assert decided(machine, driving, 0x8901, 0x541B) == confinement.ALLOW  # FIONREAD
    assert clone
    assert opening
    assert limits
    assert decided(machine, clone, 0x3D0F00, threaded=True) == confinement.ALLOW  # what pthread_create asks
    assert decided(machine, clone, 0x3D0F00) == NOT_PERMITTED
    assert decided(machine, clone, 17, threaded=True) == NOT_PERMITTED  # what fork asks
    assert decided(machine, clone, 0x4111, threaded=True) == NOT_PERMITTED  # vfork
    assert decided(machine, opening, 0, 0, os.O_RDONLY | os.O_CLOEXEC) == confinement.ALLOW
    for flags in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC):
        assert decided(machine, opening, 0, 0, flags) == confinement.ANSWER | errno.EACCES
    own = number["fcntl"]
    assert own
    assert [decided(machine, own, 0, command) for command in (8, 10, 15)] == [NOT_PERMITTED] * 3
    assert decided(machine, own, 0, 1030) == decided(machine, own, 8, 3) == confinement.ALLOW  # to duplicate, to ask
    assert decided(machine, limits, 0) == confinement.ALLOW
    assert decided(machine, limits, 1) == NOT_PERMITTED


@pytest.mark.parametrize(
    ("machine", "header"),
    [("x86_64", "x86_64-linux-gnu/asm/unistd_64.h"), ("aarch64", "asm-generic/unistd.h")],
)
def test_the_numbers_are_those_of_the_kernel(machine: str, header: str) -> None:
    path = Path("/usr/include") / header
    if not path.exists():
        pytest.skip(f"{path} (linux-libc-dev) is not here")
    told = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())
    numbers = {name: int(number) for name, number in told}
    known = {name: both[confinement.BY_NUMBER[machine]] for name, both in confinement.CALLS.items()}

    assert {name: numbers[name] for name in known.keys() & numbers.keys()} == {
        name: number for name, number in known.items() if name in numbers
    }
    assert not {name for name in known.keys() - numbers.keys() if known[name] is not None and known[name] <= 441}  # type: ignore[operator]
