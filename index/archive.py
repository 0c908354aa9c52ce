"""A look at a zip archive (which every DOCX and XLSX is) before a parser opens it."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from index.errors import SourceError

MAX_EXPANDED = 200 << 20  # bytes of all members together
MAX_RATIO = 200  # expanded to packed, of one member beyond a mebibyte
MAX_MEMBERS = 2_000
_TOO_LARGE = f"解压后超过 {MAX_EXPANDED >> 20} MiB：请拆成几个文件"
_XML = (".xml", ".rels", ".vml")
_DECLARATION = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)")  # in UTF-16 too


def check(path: Path) -> None:
    """Refuse archives that are built to harm: too many or too large members, overlapping ones, entity definitions.

    Python 3.11.7 reads members that overlap (CVE-2024-0450), so that is checked here. Raises SourceError.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise SourceError(f"压缩包里有 {len(members)} 个部分，超过上限 {MAX_MEMBERS}：请另存一份更简单的文件")
            if any(member.flag_bits & 1 for member in members):
                raise SourceError("文件加了密码：请去掉密码后另存")
            _check_overlap(members, file, archive.start_dir)
            _check_sizes(archive, members)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError, zlib.error) as error:
        raise SourceError("文件已损坏（压缩结构不完整）：请用办公软件打开后另存") from error


def _check_overlap(members: list[zipfile.ZipInfo], file: IO[bytes], directory: int) -> None:
    """Each member's header and data must end before the next one's begin."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    limits = [member.header_offset for member in ordered[1:]] + [directory]
    for member, limit in zip(ordered, limits, strict=True):
        file.seek(member.header_offset + 26)
        sizes = file.read(4)
        if len(sizes) < 4:
            raise zipfile.BadZipFile
        name_and_extra = int.from_bytes(sizes[:2], "little") + int.from_bytes(sizes[2:], "little")
        if member.header_offset + 30 + name_and_extra + member.compress_size > limit:
            raise SourceError("压缩结构有重叠，可能是恶意文件：请用办公软件打开后另存")


def _check_sizes(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """What the headers declare must be bearable, and so must be what really comes out."""
    if sum(member.file_size for member in members) > MAX_EXPANDED:
        raise SourceError(_TOO_LARGE)
    for member in members:
        if member.file_size > 1 << 20 and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise SourceError("压缩比过高，可能是恶意文件：请用办公软件打开后另存")
    total = 0
    for member in members:
        before = b""
        with archive.open(member) as stream:
            while part := stream.read(1 << 20):
                total += len(part)
                if total > MAX_EXPANDED:
                    raise SourceError(_TOO_LARGE)
                if member.filename.lower().endswith(_XML) and _DECLARATION.search(before + part):
                    raise SourceError("文件里有实体定义，可能是恶意文件：请用办公软件打开后另存")
                before = part[-32:]
