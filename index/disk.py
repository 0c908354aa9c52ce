"""The one room that writes: whatever reaches the disk of an index goes through here.

Every step (write, sync, rename, commit, removal) is counted, and a test can make the process end
or the disk refuse at any of them; so "old or new, never mixed" is tried at each point, not hoped for.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import DiskError, IndexBusy

DAMAGED = "DAMAGED"  # a file that says so of the build it lies in

_ADVICE = {
    errno.ENOSPC: "磁盘已满，请清出空间",
    errno.EDQUOT: "磁盘配额已满，请清出空间",
    errno.EROFS: "磁盘只读，请换一个可写的索引目录（--index）",
    errno.EACCES: "没有写权限，请检查目录权限或换一个索引目录（--index）",
    errno.EPERM: "没有写权限，请检查目录权限或换一个索引目录（--index）",
    errno.EMFILE: "打开的文件太多，请提高 ulimit -n",
    errno.ENFILE: "打开的文件太多，请关掉别的程序",
    errno.ENOTDIR: "这个位置是文件而不是目录，请换一个索引目录（--index）",
    errno.EEXIST: "这个位置是文件而不是目录，请换一个索引目录（--index）",
}


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
        with explained(path):
            self.step()
            with path.open("wb") as file:
                file.write(data)
                file.flush()
                self.step()
                os.fsync(file.fileno())

    def save(self, path: Path, array: NDArray[Any]) -> None:
        """Write an array as .npy, never pickled, and force it to the disk."""
        with explained(path):
            self.step()
            with path.open("wb") as file:
                numpy.save(file, array, allow_pickle=False)
                file.flush()
                self.step()
                os.fsync(file.fileno())

    def save_blocks(self, path: Path, shape: tuple[int, ...], dtype: str, blocks: Iterable[NDArray[Any]]) -> None:
        """Write an array of `shape` as .npy, block of rows after block, so that it never has to fit into memory."""
        with explained(path):
            self.step()
            with path.open("wb") as file:
                header = {"descr": numpy.dtype(dtype).str, "fortran_order": False, "shape": shape}
                numpy.lib.format.write_array_header_1_0(file, header)
                written = 0
                for block in blocks:
                    file.write(numpy.ascontiguousarray(block, dtype=dtype).data)
                    written += len(block)
                if written != shape[0]:
                    raise ValueError(f"{path.name}: {written} rows instead of {shape[0]}")
                file.flush()
                self.step()
                os.fsync(file.fileno())

    def write_json(self, path: Path, value: object) -> None:
        """Write JSON in UTF-8, readable by people."""
        self.write(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace"))

    def replace(self, path: Path, data: bytes) -> None:
        """Put `data` in the place of `path` at one stroke."""
        aside = path.with_name(path.name + ".new")
        self.write(aside, data)
        with explained(path):
            self.step()
            os.replace(aside, path)
            self.sync(path.parent)

    def rename(self, old: Path, new: Path) -> None:
        """Give a finished folder its name."""
        with explained(new):
            self.sync(old)
            self.step()
            os.rename(old, new)
            self.sync(new.parent)

    def sync(self, path: Path) -> None:
        """Force a folder's entries, or a file that somebody else wrote, to the disk."""
        with explained(path):
            self.step()
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def commit(self, connection: sqlite3.Connection, path: Path) -> None:
        """Commit a transaction on the database at `path`."""
        with explained(path):
            self.step()
            connection.commit()

    def make_folder(self, folder: Path) -> None:
        """Create a folder and its parents."""
        with explained(folder):
            self.step()
            folder.mkdir(parents=True, exist_ok=True)

    def remove(self, folder: Path) -> None:
        """Remove a folder that nothing points to any more, unless a reader still holds it."""
        with suppress(DiskError, OSError):  # what cannot be removed now is removed after the next build
            self.step()
            handle = _try_lock(folder, fcntl.LOCK_EX)
            if handle is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def hold(folder: Path) -> int:
    """A handle that keeps a build from being removed while it is open. Raises OSError where there is none."""
    handle = _try_lock(folder, fcntl.LOCK_SH)
    if handle is None:
        raise FileNotFoundError(errno.ENOENT, "being removed", str(folder))
    return handle


def mark_damaged(folder: Path) -> None:
    """Remember that a build proved damaged in use, so that nobody opens it again."""
    with suppress(OSError):  # where we may not write, the damage is found again
        (folder / DAMAGED).touch()


def _try_lock(folder: Path, kind: int) -> int | None:
    """An open handle on a folder with a lock of this kind, or None where another process's lock forbids it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the one right to write to an index; raises IndexBusy, naming the holder, where it is taken."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "未知"
            raise IndexBusy(f"另一个进程（{holder}）正在建索引：请等它完成后再试") from error
        with explained(folder / "lock"):
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the system or SQLite refuses into one line that says what to do."""
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "请检查磁盘与权限")
        raise DiskError(f"写不进 {path.name}（{error.strerror}）：{advice}；原来的索引仍可使用") from error
    except sqlite3.OperationalError as error:
        advice = _ADVICE[errno.ENOSPC] if "full" in str(error) else "请检查磁盘空间与权限"
        raise DiskError(f"写不进 {path.name}（{error}）：{advice}；原来的索引仍可使用") from error
