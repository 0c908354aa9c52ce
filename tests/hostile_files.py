"""Files made to harm whoever reads them, by name: what is in each, and what the ledger must say of it.

A reason is a stretch of the ledger's line; None means that the file is harmless to us and is read.
"""

from __future__ import annotations

import io
import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.test_office import overlapping
from tests.test_pdf import pdf_bytes

BODY = "街道办事处今年修缮楼道三十二处，新增车位一百零五个，居民都说好。"


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A name, the bytes, and what the ledger says."""

    name: str
    data: Callable[[], bytes]
    state: str
    reason: str | None = None
    is_slow: bool = False  # keeps its reader busy until the limit of time


def packed(members: dict[str, bytes]) -> bytes:
    """A zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def nested(depth: int) -> bytes:
    """A zip in a zip in a zip."""
    data = packed({"word/document.xml": bytes(2 << 20)})
    for _ in range(depth):
        data = packed({"word/embeddings/a.zip": data})
    return data


def laughs(wide: bytes = b"lol") -> bytes:
    """A billion laughs: entities of entities."""
    entities = b"".join(
        b'<!ENTITY l%d "%s">' % (number, b"&l%d;" % (number - 1) * 10 if number else wide) for number in range(10)
    )
    return b'<?xml version="1.0"?><!DOCTYPE x [' + entities + b"]><x>&l9;</x>"


def pdf_objects(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of them the catalogue; without a table of offsets, as damaged ones are."""
    body = b"".join(b"%d 0 obj%sendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R/Size 9>>\n%%EOF"


def cyclic() -> bytes:
    """Pages that are their own parents and children."""
    return pdf_objects(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>")


def a_million_pages(said: int) -> bytes:
    """A thousand times the same thousand pages, by a head that says how many it has."""
    return pdf_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (said, b"3 0 R " * 1000),
        b"<</Type/Pages/Count 1000/Parent 2 0 R/Kids[%s]>>" % (b"4 0 R " * 1000),
        b"<</Type/Page/Parent 3 0 R/MediaBox[0 0 99 99]>>",
    )


def cyclic_form() -> bytes:
    """A page that draws a form that draws itself, twice."""
    form = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 4 0 R>>>>/Length 12>>stream\n"
    return pdf_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 5 0 R/Resources<</XObject<</F 4 0 R>>>>>>",
        form + b"/F Do /F Do \nendstream ",
        b"<</Length 12>>stream\n/F Do /F Do \nendstream ",
    )


def dense_pdf() -> bytes:
    """A page whose content unfolds to a gigabyte of nothing."""
    import zlib

    packer = zlib.compressobj(9)
    content = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1 << 10)) + packer.flush()
    return pdf_objects(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n" % len(content) + content + b"\nendstream ",
    )


def text(middle: str) -> Callable[[], bytes]:
    """A page with something odd in its middle."""
    return lambda: f"{BODY}\n\n{middle}\n\n第二段，{BODY}".encode("utf-8", "surrogatepass")


HOSTILE_FILES = (
    HostileFile("overlap.xlsx", lambda: overlapping(b"a" * 100_000, 200), "failed", "重叠"),
    HostileFile("ratio.docx", lambda: packed({"word/document.xml": bytes(60 << 20)}), "failed", "压缩比过高"),
    HostileFile("members.docx", lambda: packed({f"{n}.xml": b"" for n in range(3_000)}), "failed", "3000 个部分"),
    HostileFile("nested.docx", lambda: nested(20), "failed", "已损坏或格式不合规"),
    HostileFile("laughs.docx", lambda: packed({"word/document.xml": laughs()}), "failed", "实体定义"),
    HostileFile("laughs.xlsx", lambda: packed({"xl/workbook.xml": laughs(b"x" * 99)}), "failed", "实体定义"),
    HostileFile("laughs.xhtml", laughs, "indexed"),  # entities stay names
    HostileFile("escape.docx", lambda: packed({"../../escape.txt": b"x"}), "failed", "已损坏或格式不合规"),
    HostileFile("empty.docx", lambda: packed({}), "failed", "压缩结构不完整"),
    HostileFile("million.pdf", lambda: pdf_bytes([[]]).replace(b"/Count 1", b"/Count 1000000"), "failed", "1000000 页"),
    HostileFile("thousands.pdf", lambda: a_million_pages(1_000_000), "failed", "1000000 页"),
    HostileFile("liar.pdf", lambda: a_million_pages(3), "failed", "没有文字"),
    HostileFile("cyclic.pdf", cyclic, "failed", "已损坏"),
    HostileFile("form.pdf", cyclic_form, "failed", "时间或内存上限", is_slow=True),
    HostileFile("dense.pdf", dense_pdf, "failed", "时间或内存上限", is_slow=True),
    HostileFile("cut.pdf", lambda: pdf_bytes([[]])[:200], "failed", "PDF"),
    HostileFile("deep.html", lambda: b"<div>" * 100_000 + "甲乙丙"[0].encode() + BODY.encode(), "indexed"),
    HostileFile("deep.svg", lambda: b"<svg>" + b"<g>" * 100_000 + b"</svg>", "indexed"),
    HostileFile(
        "attributes.html", lambda: b"<p " + b"a=1 " * 100_000 + b">" + "甲乙丙"[1].encode() + BODY.encode(), "indexed"
    ),
    HostileFile("unclosed.html", lambda: b"<p>" + "甲乙丙"[2].encode() + BODY.encode() + b"<!--" * 50_000, "indexed"),
    HostileFile("script.html", lambda: b"<script>" + b"a" * 500_000, "failed", "没有文字"),
    HostileFile("surrogates.txt", text("孤立\ud800的\udfff代理"), "indexed"),
    HostileFile("surrogates.html", lambda: f"<p>{BODY}&#xD800;&#xDFFF;和代理</p>".encode(), "indexed"),
    HostileFile("nul.txt", text("中间\0有\0零"), "indexed"),
    HostileFile("only-nul.txt", lambda: bytes(5000), "failed", "不是文字"),
    HostileFile("bidi.txt", text("\u202e倒过来的字\u202c，\u2066隔离\u2069"), "indexed"),
    HostileFile("zero-width.txt", text("零\u200b宽\u200c字\u200d符\ufeff在\u2060此"), "indexed"),
    HostileFile("tags.txt", text("旗\U000e0041\U000e0042\U000e007f子"), "indexed"),
    HostileFile("zalgo.txt", text("字" + "\u0301" * 5000), "indexed"),
    HostileFile("private.txt", text("\ue000\uf8ff\U000f0000 私用"), "indexed"),
    HostileFile("escape-codes.txt", text("\x1b[2J\x1b]0;标题\x07"), "indexed"),
    HostileFile("digits.txt", lambda: b"1" * 300_000, "indexed"),
    HostileFile("spaces.txt", lambda: BODY.encode() + b" " * 300_000 + BODY.encode(), "indexed"),
    HostileFile("brackets.txt", lambda: BODY.encode() + "（".encode() * 100_000, "indexed"),
    HostileFile("two\nlines.txt", text("名字里有换行"), "indexed"),
    HostileFile("-dash.txt", text("名字像选项"), "indexed"),
    HostileFile("quote'\"`$(x).txt", text("名字像命令"), "indexed"),
    HostileFile("<img src=x onerror=alert(1)>.txt", text("名字像标签"), "indexed"),
    HostileFile("\u202egpj.txt", text("名字倒着写"), "indexed"),
)


def write_hostile_files(folder: Path, slow_ones: bool) -> Iterator[HostileFile]:
    """Write them, with links that lead out among them."""
    folder.mkdir()
    for each in HOSTILE_FILES:
        if each.is_slow and not slow_ones:
            continue
        (folder / each.name).write_bytes(each.data())
        yield each
    (folder.parent / "secret.txt").write_text("外面的秘密文件，不该被读到。" + BODY, "utf-8")
    for name, target in (("secret-link.txt", folder.parent / "secret.txt"), ("passwd.txt", Path("/etc/passwd"))):
        (folder / name).symlink_to(target)
        yield HostileFile(name, bytes, "failed", "链接指向资料文件夹之外")
    (folder / "outside").symlink_to(folder.parent)
    yield HostileFile("outside", bytes, "failed", "链接指向资料文件夹之外")
    os.mkfifo(folder / "pipe.txt")
    (folder / "pipe-link.txt").symlink_to("pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(folder / "socket.txt"))  # a path as long as a test's would be refused
    for name in ("pipe.txt", "pipe-link.txt", "socket.txt"):
        yield HostileFile(name, bytes, "failed", "不是文件，而是管道、套接字或设备")
    (folder / "self.txt").symlink_to("self.txt")
    yield HostileFile("self.txt", bytes, "failed", "打不开")
