"""What the tests' container has once: the small disk, and the address at which names are asked for.

A test that uses one of them, or that depends on what another test does with it, has the mark of its
group, so that pytest-xdist makes the tests of the group one after the other."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
from pathlib import Path

import pytest

SMALL_DISK = Path("/arc-small")  # 12 MB, which scripts/in-container mounts
RESOLVER = ("127.0.0.53", 53)  # where scripts/in-container --resolver has names asked for


@contextlib.contextmanager
def small_disk():
    """The small disk, empty; emptied again at the end. Group "small-disk". Waits for another
    process that has it."""
    handle = os.open(SMALL_DISK, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _empty(SMALL_DISK)
        yield SMALL_DISK
        _empty(SMALL_DISK)
    finally:
        os.close(handle)


def _empty(directory):
    for entry in directory.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


@contextlib.contextmanager
def hung_mount(directory):
    """A file system that answers nothing: FUSE, of whose requests nobody reads one. Skips where
    none can be mounted (it takes CAP_SYS_ADMIN and /dev/fuse, which scripts/in-container does not
    give)."""
    directory.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        requests = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"/dev/fuse: {error.strerror}")
    try:
        options = f"fd={requests},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"hung", os.fsencode(directory), b"fuse", 0, options) != 0:
            pytest.skip(f"no mount can be made: {os.strerror(ctypes.get_errno())}")
        yield directory
        libc.umount2(os.fsencode(directory), 3)  # MNT_FORCE | MNT_DETACH: whoever is held is let go
    finally:
        os.close(requests)


class SilentResolver:
    """A resolver that takes every question and answers none."""

    def __init__(self, listener):
        self._listener = listener

    @property
    def asked(self):
        """Whether a question came since the last look."""
        with contextlib.suppress(BlockingIOError):
            return bool(self._listener.recv(512, socket.MSG_DONTWAIT))
        return False


@contextlib.contextmanager
def silent_resolver():
    """Group "resolver", as is each test that has a name resolved and would notice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(RESOLVER)
        yield SilentResolver(listener)
