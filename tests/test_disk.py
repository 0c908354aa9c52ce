"""The one room that writes: whole files, counted steps, refusals in one line, locks that are released."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from index import disk as disk_room
from index.disk import Disk, explained, hold, writer_lock
from index.errors import DiskError, WenjuError
from tests.fake_models import RefusingDisk

ROOT = Path(__file__).parent.parent


def test_what_is_written_is_what_was_given(tmp_path: Path) -> None:
    disk = Disk()
    disk.write(tmp_path / "a", b"\x00data")
    disk.save(tmp_path / "b.npy", numpy.arange(6).reshape(2, 3))
    disk.write_json(tmp_path / "c.json", {"名": "值\udc80"})
    disk.replace(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert numpy.load(tmp_path / "b.npy", allow_pickle=False).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (tmp_path / "c.json").read_text("utf-8") == '{\n "名": "值\\udc80"\n}'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b.npy", "c.json"]


def test_objects_are_never_pickled(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow_pickle"):
        Disk().save(tmp_path / "a.npy", numpy.array([object()]))


def test_a_refused_replacement_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    counting = RefusingDisk()
    counting.replace(tmp_path / "other", b"new")
    for step in range(1, counting.steps):  # the last step syncs what is already in place
        with pytest.raises(DiskError, match="清出空间"):
            RefusingDisk(step).replace(tmp_path / "a", b"new")
        assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "清出空间"),
        (PermissionError(errno.EACCES, "Permission denied"), "没有写权限"),
        (OSError(errno.EIO, "Input/output error"), "磁盘与权限"),
        (sqlite3.OperationalError("database or disk is full"), "清出空间"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "空间与权限"),
    ],
)
def test_what_the_system_refuses_is_one_line(error: Exception, advice: str, tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=advice) as raised, explained(tmp_path / "file"):
        raise error
    assert isinstance(raised.value, WenjuError)
    assert "\n" not in str(raised.value) and "file" in str(raised.value)


def test_a_crash_comes_at_the_step_that_was_named(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from index.disk import Disk\n"
        "disk = Disk(int(sys.argv[2]))\n"
        "for number in range(3): disk.write(Path(sys.argv[1]) / str(number), b'x')"
    )
    for step, (code, files) in {
        1: (137, []),
        3: (137, ["0"]),
        6: (137, ["0", "1", "2"]),
        7: (0, ["0", "1", "2"]),
    }.items():
        folder = tmp_path / str(step)
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", program, str(folder), str(step)], cwd=ROOT)
        assert done.returncode == code
        assert sorted(path.name for path in folder.iterdir()) == files


def test_the_right_to_write_comes_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="stop"), writer_lock(tmp_path):
        raise RuntimeError("stop")
    with writer_lock(tmp_path):
        assert (tmp_path / "lock").read_text("ascii") == str(os.getpid())


def test_a_folder_that_is_held_is_not_removed(tmp_path: Path) -> None:
    build = tmp_path / "build"
    (build / "inner").mkdir(parents=True)
    handle = hold(build)
    Disk().remove(build)
    assert (build / "inner").is_dir()
    os.close(handle)
    Disk().remove(build)
    Disk().remove(build)  # what is gone is gone
    assert not build.exists()


def test_a_full_disk_is_one_line_and_leaves_the_old_index(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the system itself refuses the bytes."""
    from tests.corpora import fake_build, write_pages

    source = write_pages(tmp_path / "source")
    before = fake_build(source, tmp_path / "index").manifest
    program = (
        "import resource, signal, sys; from pathlib import Path; from index.errors import DiskError\n"
        "from tests.corpora import fake_build\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "try: fake_build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except DiskError as error: print(error); sys.exit(2)"
    )
    write_pages(source, {f"{n}.txt": f"第{n}页\n\n" + f"写着第{n}件很长的事。" * 60 for n in range(20)})
    command = [sys.executable, "-c", program, str(source), str(tmp_path / "index")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    said = done.stdout.decode("utf-8")
    assert (done.returncode, said.count("\n")) == (2, 1), done.stderr.decode("utf-8")
    assert "原来的索引仍可使用" in said
    from index.store import open_build

    index = open_build(tmp_path / "index")
    assert (index.manifest.hash, index.notice) == (before.hash, None)
    assert list((tmp_path / "index" / "builds").glob("new-*")) == []
    index.close()


def test_too_many_open_files_is_said_as_such(tmp_path: Path) -> None:
    from index.store import open_build
    from tests.corpora import fake_build, write_pages

    fake_build(write_pages(tmp_path / "source"), tmp_path / "index")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
    try:
        with pytest.raises(DiskError, match="ulimit -n"):
            open_build(tmp_path / "index")
        with pytest.raises(DiskError, match="ulimit -n"), writer_lock(tmp_path / "index"):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    index = open_build(tmp_path / "index")
    assert index.notice is None
    index.close()


def test_an_index_that_may_not_be_written_is_refused_and_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.store import open_build
    from tests.corpora import fake_build, write_pages

    source = write_pages(tmp_path / "source")
    fake_build(source, tmp_path / "index")
    real = os.open

    def read_only(path: object, flags: int, mode: int = 0o777, **options: object) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, flags, mode, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(disk_room.os, "open", read_only)
    with pytest.raises(DiskError, match="--index"):
        fake_build(source, tmp_path / "index")
    index = open_build(tmp_path / "index")
    assert index.manifest.documents == 3
    index.close()


@pytest.mark.slow
def test_a_disk_that_is_truly_full_or_read_only(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """However little room there is, the build before it serves; once there is enough, the new one does."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rm", "true"], capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed here; refused steps and limits above are the test")
    (tmp_path / "disk").mkdir()
    command = [unshare, "-rm", sys.executable, "-W", "error", "-m", "tests.small_disk", str(tmp_path / "disk")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    *refused, built, read_only = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(refused) >= 10 and built["told"] is None
    for each in (*refused, read_only):
        assert ("可写" if each["room"] is None else "清出空间") in each["told"] and "\n" not in each["told"]
        assert "原来的索引仍可使用" in each["told"] and (each["faults"], each["left"]) == ([], [])
    (old,) = {each["hash"] for each in refused}
    assert old != built["hash"] == read_only["hash"]
    record_property("trials", len(refused) + 1)
