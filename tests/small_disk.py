"""Builds on a small disk that is truly full, or read-only: `python -m tests.small_disk FOLDER`. Used by test_disk.

Runs in a mount namespace of its own (`unshare -rm`), in which FOLDER becomes a disk of two mebibytes. Prints one JSON
line a build: how much room it had in bytes (none where the disk was read-only), what it was told, and what is left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from index.errors import DiskError
from index.store import open_build
from index.verify import verify
from tests.corpora import fake_build, write_pages

SIZE = 2 << 20
STEP = 8 << 10  # bytes more of room for each next build


def mounted(folder: Path, options: str) -> None:
    """Make `folder` a disk in memory, or change the one that it is."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def fill(folder: Path, room: int) -> None:
    """Write a file that leaves so many bytes free, as the system counts them."""
    filler = folder / "filler"
    filler.unlink(missing_ok=True)
    found = os.statvfs(folder)
    filler.write_bytes(bytes(max(0, found.f_bavail * found.f_frsize - room)))


def try_build(source: Path, place: Path) -> dict[str, object]:
    """One build: what it was told if it was refused, and the hash, faults and leftovers of what serves after it."""
    told = None
    try:
        fake_build(source, place)
    except DiskError as error:
        told = str(error)
    index = open_build(place)
    index.close()
    left = [path.name for path in (place / "builds").glob("new-*")]
    return {"told": told, "hash": index.manifest.hash, "faults": verify(place).faults, "left": left}


def main() -> None:
    """Give builds more and more room until one succeeds; then make the disk read-only."""
    folder = Path(sys.argv[1])
    source = write_pages(folder.with_name("source"))
    mounted(folder, f"size={SIZE}")
    place = folder / "index"
    fake_build(source, place)
    write_pages(source, {"new.txt": "新开的页面，写着一句话。"})
    for room in range(0, SIZE, STEP):
        fill(folder, room)
        result = try_build(source, place)
        print(json.dumps({"room": room, **result}), flush=True)
        if result["told"] is None:
            break
    write_pages(source, {"new.txt": "新开的页面，写着另一句话。"})
    mounted(folder, "remount,ro")
    print(json.dumps({"room": None, **try_build(source, place)}), flush=True)


if __name__ == "__main__":
    main()
