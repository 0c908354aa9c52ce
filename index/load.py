"""From a file to its reading: what kind of file it is, and which room reads it.

What cannot be read raises `SourceError`: one Chinese line with what is wrong and what to do. Text is read here;
formats with a parser behind them (HTML, PDF, DOCX, XLSX) are read in a child process with limits.
"""

from __future__ import annotations

import os
from pathlib import Path

from index import charset
from index.errors import SourceError
from index.sandbox import MAX_BYTES, Sandbox, parse
from index.types import Loaded, Reading
from index.wide import wide_part

_HTML = {".html", ".htm", ".xhtml", ".shtml"}
_MARKDOWN = {".md", ".markdown"}
_TABLES = {".csv", ".tsv"}
_PARSED = {".pdf": "pdf", ".docx": "docx", ".docm": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx"}
_ADVICE = {
    ("doc", "wps", "rtf", "odt", "dot"): "这种文档格式读不了：请另存为 docx",
    ("ofd",): "OFD 版式文件读不了：请另存为 docx 或 pdf",
    ("xls", "et", "ods"): "这种表格格式读不了：请另存为 xlsx",
    ("ppt", "pptx", "dps", "odp"): "演示文稿读不了：请另存为 pdf",
    (
        "png",
        "jpg",
        "jpeg",
        "tif",
        "tiff",
        "bmp",
        "gif",
        "webp",
        "heic",
    ): "这是图片：需要文字识别（OCR），识别后存为 txt",
    ("zip", "rar", "7z", "gz", "tar", "bz2", "xz"): "这是压缩包：请先解压",
    ("mht", "mhtml", "webarchive", "epub", "chm", "caj"): "这种格式读不了：请另存为 html 或 pdf",
    ("mp3", "mp4", "wav", "avi", "mov", "m4a"): "这是音视频：请先转成文字，存为 txt",
}
_REASONS = {f".{suffix}": reason for suffixes, reason in _ADVICE.items() for suffix in suffixes}
_SKIPPED_FOLDERS = {"__pycache__", "node_modules", "venv", "build", "dist"}
_LARGE_TEXT = 1 << 20  # bytes of Markdown or CSV beyond which its parsing, too, is given a limit of time
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .doc, .xls, .wps, and any Office file under a password
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HIGH_BYTES = bytes((*range(0x05), *range(0x20, 0x28), 0x30, *range(0x34, 0xA0), *range(0xAC, 0xE0), 0xFF))


def load(path: Path, sandbox: Sandbox | None = None) -> Loaded:
    """Read one file. With a `sandbox` its warm child serves; without one a child is started for this file alone.

    Raises SourceError: a type that cannot be read, empty, too big, encrypted, damaged, a scan without text.
    """
    data = _bytes(path)
    suffix = path.suffix.lower()
    if suffix in _REASONS:
        raise SourceError(_REASONS[suffix])
    if data.startswith(_OLE):
        raise SourceError(_ole_reason(data))
    if suffix in _PARSED or data.startswith(b"%PDF-"):
        return _parse(path, _parsed_format(suffix, data), None, "utf-8", sandbox)
    if _is_binary(data):
        raise SourceError("文件类型不明，不是文字：请另存为 txt、docx 或 pdf")
    return _load_text(path, suffix, data, sandbox)


def find_sources(source: Path) -> list[tuple[Path, str]]:
    """Every file under `source` (or the file itself) with its POSIX path relative to the source folder, sorted.

    Hidden files and build folders are left out. Links that lead out of the folder or nowhere, folders that may not be
    opened, and pipes are named, so that the ledger can say why they were not read. Raises SourceError where there is
    nothing at `source`.
    """
    if source.is_file():
        return [(source.resolve() if source.is_symlink() else source, source.name)]  # who names a link means its file
    if not source.is_dir():
        raise SourceError(f"找不到 {source}：请检查路径")
    root = source.resolve()
    found: list[tuple[Path, str]] = []
    closed: list[OSError] = []
    for folder, names, files in os.walk(source, onerror=closed.append):
        names[:] = sorted(name for name in names if not name.startswith(".") and not _is_build(Path(folder), name))
        paths = [Path(folder, name) for name in files if not name.startswith(".")]
        found += [(path, path.relative_to(source).as_posix()) for path in paths]
        outside = [path for name in names if leads_out(path := Path(folder, name), root)]
        found += [(path, path.relative_to(source).as_posix()) for path in outside]
    shut = [Path(error.filename) for error in closed]
    return sorted([*found, *((path, path.relative_to(source).as_posix()) for path in shut)], key=lambda pair: pair[1])


def leads_out(path: Path, root: Path) -> bool:
    """Whether `path` is a link to something outside the folder `root`."""
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(f"文件太大（{size >> 20} MiB，上限 {MAX_BYTES >> 20} MiB）：请拆成几个文件")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise SourceError(f"打不开文件（{type(error).__name__}）：请检查路径和权限") from error
    if not data.strip():
        raise SourceError("文件是空的：请检查来源")
    return data


def _load_text(path: Path, suffix: str, data: bytes, sandbox: Sandbox | None) -> Loaded:
    """Text of any kind, markup included, decoded by what its bytes say."""
    from index import html

    is_html = suffix in _HTML or (suffix not in _MARKDOWN | _TABLES | {".txt"} and html.looks_like(data))
    decoded = charset.decode(data, html.declared_charset(data) if is_html else None)
    if not decoded.text.strip():
        raise SourceError("文件里没有文字：请检查来源")
    if is_html:
        loaded = _parse(path, "html", decoded.text, decoded.encoding, sandbox)
        if not loaded.lines:
            raise SourceError("网页里没有文字，内容可能由脚本生成：请在浏览器里打开，另存为 pdf 或 txt")
        return loaded
    form = "markdown" if suffix in _MARKDOWN else "table" if suffix in _TABLES else None
    if form and len(data) > _LARGE_TEXT:
        return _parse(path, form, decoded.text, decoded.encoding, sandbox)
    if form:
        return parse(form, str(path), decoded.text, decoded.encoding)
    return Loaded(Reading.of(decoded.text), decoded.encoding)


def _parse(path: Path, form: str, text: str | None, encoding: str, sandbox: Sandbox | None) -> Loaded:
    if sandbox is not None:
        return sandbox.read(form, path, text, encoding)
    with Sandbox() as own:
        return own.read(form, path, text, encoding)


def _parsed_format(suffix: str, data: bytes) -> str:
    """The format by its first bytes, whatever the name says."""
    if data.lstrip()[:5] == b"%PDF-":
        return "pdf"
    form = _PARSED[suffix]
    if form == "pdf":
        raise SourceError("不是 PDF 文件，或文件已损坏：请重新下载或另存")
    if not data.startswith(b"PK"):
        raise SourceError(f"不是 {form} 文件，或文件已损坏：请用办公软件打开后另存为 {form}")
    return form


def _ole_reason(data: bytes) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "文件加了密码：请去掉密码后另存"
    return "这是旧版办公文档（doc、xls 或 wps）：请另存为 docx 或 xlsx"


def _is_binary(data: bytes) -> bool:
    """True where the bytes cannot be text: many control characters, and not UTF-16."""
    head = data[:65_536].strip(b"\x00")
    if data and not head:  # nothing but zeros
        return True
    if head.startswith(_WIDE_MARKS):
        return False
    controls = sum(head.count(code) for code in range(32) if code not in (8, 9, 10, 12, 13, 27))
    return controls > len(head) // 20 and not _is_wide(head) and wide_part(data[:65_536]) is None


def _is_wide(head: bytes) -> bool:
    """True for UTF-16 without a mark: one of the two columns has nothing but the high bytes of letters and hanzi."""
    columns = (column for column in (head[::2], head[1::2]) if column)
    return any(len(column.translate(None, _HIGH_BYTES)) * 20 <= len(column) for column in columns)


def _is_build(folder: Path, name: str) -> bool:
    """True for folders that programs make: caches, environments, and our own builds."""
    return name in _SKIPPED_FOLDERS or (folder / name / "CURRENT").is_file()
