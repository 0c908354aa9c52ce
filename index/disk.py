"""The one room that writes: whatever reaches the disk of an index goes through here.

Every step (write, sync, rename, commit, removal) is counted, and a test can make the process end
at any of them; so "old or new, never mixed" is tried at each point, not hoped for.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import IndexBusy, WenjuError


class DiskError(WenjuError):
    """The disk is full, read-only or otherwise refuses; nothing was published."""


class Disk:
    """Writes files so that a crash at any moment leaves the old state or the new one."""

    def __init__(self, crash_at: int | None = None) -> None:
        self._left = crash_at

    def step(self) -> None:
        """Count one step; end the process where the test asked for it."""
        if self._left is None:
            return
        self._left -= 1
        if self._left <= 0:
            os._exit(137)

    def write(self, path: Path, data: bytes) -> None:
        """Write a new file and force it to the disk."""
        with _explained(path):
            self.step()
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                self.step()
                os.fsync(file.fileno())

    def save(self, path: Path, array: NDArray[Any]) -> None:
        """Write an array as .npy, never pickled."""
        held = BytesIO()
        numpy.save(held, array, allow_pickle=False)
        self.write(path, held.getvalue())

    def write_json(self, path: Path, value: object) -> None:
        """Write JSON in UTF-8, readable by people."""
        self.write(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8"))

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` in the place of `path` at one stroke."""
        aside = path.with_name(path.name + ".new")
        self.write(aside, data)
        with _explained(path):
            self.step()
            os.replace(aside, path)
            self.sync_folder(path.parent)

    def sync_folder(self, folder: Path) -> None:
        """Force a folder's entries to the disk."""
        self.step()
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def commit(self, connection: sqlite3.Connection) -> None:
        """Commit a transaction."""
        self.step()
        try:
            connection.commit()
        except sqlite3.OperationalError as error:
            raise DiskError(f"磁盘写不进去（{error}）：请清出空间或检查权限后再建，原来的索引仍可使用") from error

    def rename(self, old: Path, new: Path) -> None:
        """Give a finished folder its name."""
        with _explained(new):
            self.sync_folder(old)
            self.step()
            os.rename(old, new)
            self.sync_folder(new.parent)

    def sync_file(self, path: Path) -> None:
        """Force a file that somebody else wrote to the disk."""
        with _explained(path):
            self.step()
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def make_folder(self, folder: Path) -> None:
        """Create a folder and its parents."""
        with _explained(folder):
            folder.mkdir(parents=True, exist_ok=True)

    def remove(self, folder: Path) -> None:
        """Remove a folder that nothing points to any more."""
        self.step()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the one right to write to an index; raises IndexBusy, naming the holder, where it is taken."""
    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "未知"
            raise IndexBusy(f"另一个进程（{holder}）正在建索引：请等它完成后再试") from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what the system refuses into one line that says what to do."""
    try:
        yield
    except OSError as error:
        advice = {
            errno.ENOSPC: "磁盘已满，请清出空间",
            errno.EROFS: "磁盘只读，请换一个可写的索引目录（--index）",
            errno.EACCES: "没有写权限，请检查目录权限或换一个索引目录（--index）",
            errno.EMFILE: "打开的文件太多，请提高 ulimit -n",
        }.get(error.errno or 0, "请检查磁盘与权限")
        raise DiskError(f"写不进 {path.name}（{error.strerror}）：{advice}；原来的索引仍可使用") from error
