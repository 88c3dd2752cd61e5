"""What the tests' container has once: the small disk, and the address at which names are asked for.

A test that uses one of them, or that depends on what another test does with it, has the mark of its
group, so that pytest-xdist makes the tests of the group one after the other."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import socket
import struct
import threading
import time
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

    def asked(self, name):
        """Whether somebody asked for the name since the last look. Another test's process may ask
        for other names."""
        wanted = b"".join(bytes([len(each)]) + each.encode() for each in name.split("."))
        found = False
        with contextlib.suppress(BlockingIOError):
            while True:
                found |= wanted in self._listener.recv(512, socket.MSG_DONTWAIT)
        return found


@contextlib.contextmanager
def silent_resolver():
    """Group "resolver", as is each test that has a name resolved and would notice."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(RESOLVER)
        yield SilentResolver(listener)


@contextlib.contextmanager
def publishing_resolver(seconds):
    """Knows no name; so many seconds after the first question it knows each, as 127.0.0.1. Group
    "resolver"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(RESOLVER)
        worker = threading.Thread(target=_publish, args=(listener, seconds))
        worker.start()
        try:
            yield
        finally:
            # An empty question ends it.
            listener.sendto(b"", RESOLVER)
            worker.join()


def _publish(listener, seconds):
    known = None
    while True:
        question, client = listener.recvfrom(512)
        if not question:
            return
        known = known or time.monotonic() + seconds
        listener.sendto(_answer(question, time.monotonic() >= known), client)


def _answer(question, known):
    """To a question with one name: NXDOMAIN, or its A record; no record of another type."""
    end = question.index(b"\0", 12) + 5
    is_a = question[end - 4 : end - 2] == b"\0\1"
    flags = b"\x81\x80" if known else b"\x81\x83"
    counts = struct.pack("!4H", 1, int(known and is_a), 0, 0)
    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if known and is_a else b""
    return question[:2] + flags + counts + question[12:end] + record
