"""The title of a page: its metadata's, else the first line that can be one; never an invented one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from index.fold import fold
from index.structure import numbering_depth
from index.times import find_dates
from index.types import Paragraph

LONGEST_TITLE = 60
LONGEST_METADATA = 300
SURE_TITLE = 10  # characters; a shorter line is a title only where its body follows at once
SHORTEST_ABOVE = 8  # characters
HEAD = 2000  # characters of a page above its body
TITLE_LINES = 8  # paragraphs among which the title is looked for

_PAPER = re.compile(
    "计划|要点|规划|方案|总结|报告|通知|公告|意见|办法|规定|简介|概况|纪要|决定|条例|须知|指南|手册|合同|协议|说明|制度|章程|守则|规则|细则|公示|启事|函$"
)
_FURNITURE = re.compile(
    r"^(?:查看原文|其他|其它|摘要|正文|目录|首页|分享|返回|来源|作者|编辑|记者|责编|发布|发表|日期|时间|点击|阅读|字号|打印|关闭|"
    r"当前位置|您的位置|新闻中心|通知公告|政务公开|信息公开|联系我们|关于我们|原创|本报|https?:|www\.|\d{3,4}-|[(])|"
    r"[>›»\t]| \| |浏览次数|发布日期|发布时间|(?:记者|通讯员|小编) ?[\u4e00-\u9fff]{2,4}|\.(?:txt|html?|docx?|pdf)$"
)
_SITE = re.compile(r"\s{0,8}[_|｜]\s{0,8}|\s{1,8}[-–—]{1,8}\s{1,8}")
_NAMELESS = re.compile(
    r"(?:首页|主页|无标题|未命名|untitled|index|home|document\d*|新建.{0,30}|文档\d*|幻灯片\d*)$", re.IGNORECASE
)
_FIELD = re.compile(r"[\u4e00-\u9fff()]{2,12}: ?(?:.{1,5}|[\d\-/. ]{1,30}|.{2,24}(?:公司|局|中心))")  # 出租方: 某某
_LABEL = r"[\u4e00-\u9fff()/]{1,8}"
# A label that no headline begins with, whatever its value: 求职意向:…, 采购人:…
_LABELLED = re.compile(
    r"[\u4e00-\u9fff()/]{0,6}(?:意向|名称|编号|代码|时间|地点|地址|电话|手机|邮箱|方式|对象|日期|范围|类别|期限|金额|职务|职业|专业"
    r"|学历|学校|籍贯|姓名|性别|年龄|住址|价格|型号|规格|用料|材料|产地|预算|[持系购标理录加席送办管责]人|名单|单位"
    r"|人员|问|答|[抄主]送): ?\S"
)
_FIELDS = re.compile(rf"{_LABEL}: ?[^:]{{1,80}}?[ ,;(]{_LABEL}:")  # two of them in one line
_LISTED = re.compile(rf"{_LABEL}:[^、]{{1,40}}、[^、]{{1,40}}、")  # 用料:番茄2个、鸡蛋3个、盐
_ASKED = re.compile(r"(?:问|答|[qa])\d{0,2}[:、.]")
_NAMED_PAPER = re.compile("[《〈]([^《》〈〉]{1,60})[》〉]")  # folded these look like the signs of a breadcrumb
_BOXES = "□☐☑○√"
MOST_COMMAS = 3
_ROW_OF_FIELDS = re.compile(rf"{_LABEL}: ?\S|[^|]{{1,20}}(?: \| [^|]{{1,30}}){{2,8}}$")
_SALUTATION = re.compile(r"[^,.;!?。]{2,30}:$")
_COPY = re.compile(r"\s{0,3}(?:[(（]\d{1,3}[)）]|-?\s?副本)$")
_WORDS = re.compile(r"[\u4e00-\u9fff]{2}|[A-Za-z]{3,20}[\W_]+[A-Za-z]{3}")  # a name says something
_LATIN_TITLE = re.compile(r"[A-Z][A-Za-z0-9 '’&,:()/–-]{5,90}[A-Za-z0-9)]")
_HANZI = re.compile("[\u3400-\u9fff]")
MOST_WORDS = 14
LONG_SENTENCE = 40  # characters
_OPEN_ENDS = ("。", "；", "，", ",", ";", "：", ":", ".")


def title_of(paragraphs: Sequence[Paragraph], metadata: str | None = None) -> str | None:
    """The title of a page, or None. `metadata` is what the format says, which may name the site too."""
    given = _SITE.split((metadata or "").strip()[:LONGEST_METADATA])[0].strip()
    if 2 <= len(given) <= 100 and not _NAMELESS.match(given):
        return given
    if latin := _latin_title([paragraph.text.strip() for paragraph in paragraphs[:TITLE_LINES]]):
        return latin
    first: str | None = None
    short: str | None = None  # the first short line; behind others a short line is one of a menu
    for number, paragraph in enumerate(paragraphs[:TITLE_LINES]):
        line = paragraph.text.strip()
        following = [after.text.strip() for after in paragraphs[number + 1 : number + 4]]
        if 0 < paragraph.level <= 2 and not numbering_depth(line) and following:
            return line
        if _is_body(line):
            break
        if number == 0 and following and _heads_a_form(line, following[0]):
            return line
        if not following or not _may_be(line):
            continue
        if len(line) >= SURE_TITLE:
            return line
        short = short or line
        if first is None and (_PAPER.search(fold(line)) or (short == line and _is_above_body(following))):
            first = line
    return first


def _latin_title(lines: Sequence[str]) -> str | None:
    """The first line of a page without hanzi, where it is a few words without a full stop above a sentence."""
    if len(lines) < 2 or not _LATIN_TITLE.fullmatch(lines[0]) or any(_HANZI.search(line) for line in lines):
        return None
    words = lines[0].split()
    capital = sum(word[0].isupper() for word in words)
    sentences = any(len(line) >= LONG_SENTENCE and line[-1] in ".!?" for line in lines[1:])
    return lines[0] if 2 <= len(words) <= MOST_WORDS and capital * 2 >= len(words) and sentences else None


def table_title(paragraphs: Sequence[Paragraph], path: str) -> tuple[str, bool] | None:
    """The title of a file that is nothing but tables, and whether it is the file's name; None for any other page.

    A first row of one cell above the names of the columns is the title; else the file's name without its ending.
    """
    rows = [paragraph for paragraph in paragraphs if not paragraph.level]
    if not any(row.header for row in rows[:2]):
        return None
    if sum(not row.header for row in rows) > max(len(paragraphs) - len(rows), not rows[0].header):  # a row a sheet
        return None
    if not rows[0].header:
        return (rows[0].text.strip(), False) if " | " not in rows[0].text else None
    name = _COPY.sub("", PurePosixPath(path).stem).strip()
    if rows[0].header != rows[0].text or _NAMELESS.match(name) or not _WORDS.search(name):
        return None
    return name, True


def title_above(page: str, paragraphs: Sequence[Paragraph]) -> str | None:
    """A title that was taken for furniture: a line above the body with the line of who and when below it."""
    if not paragraphs:
        return None
    body = page.find(paragraphs[0].text[:40])
    lines = [line.strip() for line in page[: max(body, 0)][:HEAD].split("\n") if line.strip()]
    for line, following in zip(lines, lines[1:], strict=False):
        if len(line) >= SHORTEST_ABOVE and not _is_body(line) and _may_be(line) and find_dates(following):
            return line
    return None


def _is_body(line: str) -> bool:
    return len(line) > LONGEST_TITLE or line.endswith(_OPEN_ENDS) or bool(numbering_depth(line))


def _may_be(line: str) -> bool:
    folded = _without_named(line)
    if _is_field(folded):
        return False
    hanzi = sum("\u4e00" <= character <= "\u9fff" for character in line)
    if hanzi < 3 or hanzi < len(line) * 0.5 or _FURNITURE.search(folded) or "。" in line:
        return False
    if folded.count(",") >= MOST_COMMAS or any(box in line for box in _BOXES):
        return False
    return not find_dates(folded) or bool(_PAPER.search(folded))


def _without_named(line: str) -> str:
    """A line folded without the brackets around the names of papers, which fold to < and >."""
    for _ in range(2):  # 《关于〈…〉的决定》
        line = _NAMED_PAPER.sub(r"\1", line)
    return fold(line)


def _is_field(folded: str) -> bool:
    """Whether a line is a label with its value, or a question with its sign."""
    if _LABELLED.match(folded) or _FIELDS.search(folded) or _LISTED.match(folded) or _ASKED.match(folded):
        return True
    return _FIELD.fullmatch(folded) is not None and not _PAPER.search(folded)


def _heads_a_form(line: str, following: str) -> bool:
    """Whether a short first line, hanzi alone, stands above fields: the name above what is said of a person."""
    name = line.replace(" ", "").replace("·", "")
    if not (2 <= len(name) < SURE_TITLE and all("\u3400" <= character <= "\u9fff" for character in name)):
        return False
    return _FURNITURE.search(fold(line)) is None and _ROW_OF_FIELDS.match(fold(following)) is not None


def _is_above_body(following: Sequence[str]) -> bool:
    """Whether sentences follow, at once or below a line that says who and when, or who is addressed."""
    for line in following:
        if line.endswith(("。", "！", "!")) or numbering_depth(line):
            return True
        if not _SALUTATION.match(fold(line)) and not find_dates(line) and not _FURNITURE.search(fold(line)):
            return False
    return False
