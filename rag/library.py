"""The library of the page: what was uploaded, kept in one folder, and the index renewed while questions go on."""

from __future__ import annotations

import queue
import re
import shutil
import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.build import BuildReport
from index.errors import IndexBusy, SourceError, WenjuError
from rag.current import Current

# Sources, and who is told of each step (read, passages, sentences, keywords), done and total.
Build = Callable[[Sequence[Path], Callable[[str, int, int], None]], BuildReport]

LARGEST = 50 << 20  # bytes of one uploaded file
MOST = 2000  # files in one upload
# Stands for the slash between folders in the name of an uploaded file: what carries uploads drops folders, and every
# character of a name that is no letter. The page's script puts it in.
FOLDER = "\u318d"
ACCEPTED = (".txt", ".md", ".html", ".htm", ".pdf", ".docx", ".csv", ".xlsx")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\u202a-\u202e\u2066-\u2069\ud800-\udfff]')


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: a step (read, passages, sentences, keywords), done of total; or how it ended."""

    step: str = ""
    done: int = 0
    total: int = 0
    documents: int = 0
    passages: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of an upload: paths kept, and a line for every file that was not."""

    kept: tuple[str, ...]
    failures: tuple[str, ...]


class Library:
    """Uploads under `folder`, and one build at a time over them and the sources of the last build."""

    def __init__(self, folder: Path, current: Current, build: Build) -> None:
        self._folder = folder
        self._build_index = build
        self._current = current
        self._building = threading.Lock()

    def save(self, files: Sequence[tuple[Path, str]]) -> Saved:
        """Take over uploaded files, each with the name it had; one bad file stops no other.

        A file that was uploaded before is replaced; two of one name in one upload are both kept.
        """
        kept: list[str] = []
        failures = []
        for path, name in files[:MOST]:
            try:
                kept.append(self._save(path, _unlike(kept, safe_path(name.replace(FOLDER, "/")))))
            except WenjuError as error:
                failures.append(f"{PurePosixPath(name).name}：{error}")
        failures += [f"只收前 {MOST} 个文件，其余请分次上传"] * (len(files) > MOST)
        return Saved(tuple(kept), tuple(failures))

    def uploads(self) -> list[str]:
        """The paths of what was uploaded, sorted."""
        if not self._folder.is_dir():
            return []
        return sorted(path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file())

    def delete(self, paths: Sequence[str]) -> int:
        """Delete uploads; how many there were. Nothing outside the folder of uploads is ever touched."""
        mine = set(self.uploads()).intersection(paths)
        for path in mine:
            (self._folder / path).unlink(missing_ok=True)
        return len(mine)

    def rebuild(self) -> Iterator[Progress]:
        """Renew the index, telling how far it is; the old build answers until the new one is published."""
        if not self._building.acquire(blocking=False):
            yield Progress(error="正在更新索引：请等它完成")
            return
        told: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        threading.Thread(target=self._build, args=(told,), daemon=True).start()
        while (progress := told.get()) is not None:
            yield progress

    def _build(self, told: queue.SimpleQueue[Progress | None]) -> None:
        try:
            sources = self._sources()
            if not sources:
                raise SourceError("还没有文件：请先上传")
            report = self._build_index(sources, lambda *step: told.put(Progress(*step)))
            told.put(Progress(documents=report.manifest.documents, passages=report.manifest.passages))
        except WenjuError as error:
            told.put(Progress(error=str(error)))
        except Exception as error:
            told.put(Progress(error=f"更新索引时出错（{type(error).__name__}）：原来的索引仍可使用"))
            raise
        finally:
            self._building.release()
            told.put(None)

    def _sources(self) -> list[Path]:
        """The sources of the build that serves, and the folder of uploads where there is something in it."""
        try:
            known = [Path(source) for source in self._current.assistant().index.manifest.sources]
        except IndexBusy:
            raise
        except WenjuError:
            known = []
        sources = [source for source in known if source.exists() and source != self._folder.resolve()]
        return [*sources, *([self._folder] if self.uploads() else [])]

    def _save(self, path: Path, inside: str) -> str:
        if path.stat().st_size > LARGEST:
            raise SourceError(f"文件太大（上限 {LARGEST >> 20} MiB）：请拆成几个文件")
        target = self._folder / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.resolve().is_relative_to(self._folder.resolve()):
            raise SourceError("路径不对：请换个文件名")
        shutil.copyfile(path, target)
        return inside


def _unlike(taken: Sequence[str], inside: str) -> str:
    """`inside`, with a number where that path is taken.

    >>> _unlike(["a/总结.txt"], "a/总结.txt")
    'a/总结 (2).txt'
    """
    path, number, free = PurePosixPath(inside), 1, inside
    while free in taken:
        number += 1
        free = path.with_name(f"{path.stem} ({number}){path.suffix}").as_posix()
    return free


def safe_path(name: str) -> str:
    """The name under which an upload is kept: relative, without `..`, hidden parts or characters that mislead.

    >>> safe_path("../../报告/.x/2024 总结.txt")
    '报告/x/2024 总结.txt'

    Raises SourceError for a type that is not read.
    """
    parts = []
    for part in unicodedata.normalize("NFC", name.replace("\\", "/")).split("/"):
        clean = _UNSAFE.sub("_", part).strip().strip(".").strip()
        if clean:
            parts.append(
                clean[:120] if not clean.lower().endswith(ACCEPTED) else f"{Path(clean).stem[:110]}{Path(clean).suffix}"
            )
    if not parts or not parts[-1].lower().endswith(ACCEPTED):
        raise SourceError(f"这种文件不收：请存为 {'、'.join(ACCEPTED)}")
    return "/".join(parts[-6:])
