"""A seccomp filter for `preexec`: system calls that fail as a container's profile makes them
fail."""

import ctypes
import errno
import os
import struct

# By name, of x86_64 and aarch64. What an architecture does not have cannot be called there.
NUMBERS = {
    "x86_64": {
        "faccessat2": 439,
        "faccessat": 269,
        "access": 21,
        "newfstatat": 262,
        "statx": 332,
        "getdents64": 217,
        "statfs": 137,
        "socket": 41,
        "bind": 49,
        "fcntl": 72,
        "readlink": 89,
        "readlinkat": 267,
    },
    "aarch64": {
        "faccessat2": 439,
        "faccessat": 48,
        "newfstatat": 79,
        "statx": 291,
        "getdents64": 61,
        "statfs": 43,
        "socket": 198,
        "bind": 200,
        "fcntl": 25,
        "readlinkat": 78,
    },
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
RET_ALLOW, RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
FLAGS, AT_EMPTY_PATH = 16 + 3 * 8, 0x1000  # where the fourth argument is


def _instruction(code, jump_true, jump_false, value):
    return struct.pack("HBBI", code, jump_true, jump_false, value)


def deny(*names, error=errno.EPERM):
    """For `preexec_fn`: these calls of the process and of its children fail with `error`, and do
    nothing."""
    table = NUMBERS[os.uname().machine]
    numbers = [table[name] for name in names if name in table]

    def apply():
        program = _instruction(LOAD, 0, 0, 0)
        for number in numbers:
            # Of a descriptor the loader of a dynamic program must be told.
            by_descriptor = number == table["newfstatat"]
            refused = _instruction(RETURN, 0, 0, RET_ERRNO | error)
            exempt = (
                _instruction(LOAD, 0, 0, FLAGS) + _instruction(JUMP_EQUAL, 1, 0, AT_EMPTY_PATH)
                if by_descriptor
                else b""
            )
            allowed = _instruction(RETURN, 0, 0, RET_ALLOW) if by_descriptor else b""
            program += (
                _instruction(JUMP_EQUAL, 0, len(exempt + refused + allowed) // 8, number)
                + exempt
                + refused
                + allowed
            )
        program += _instruction(RETURN, 0, 0, RET_ALLOW)
        buffer = ctypes.create_string_buffer(program)
        header = struct.pack("HP", len(program) // 8, ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        assert libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0) == 0, os.strerror(
            ctypes.get_errno()
        )

    return apply
