"""Furniture goes, the body stays: line by line, within lines, and on pages dressed by the damager."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from eval.damage.furniture import damage
from index.furniture import find_furniture
from index.types import Line

BODY = "今年以来，街道党工委组织开展夜校课程三十二期，参加的居民达到一千四百人次。"
CLEAN = sorted((Path(__file__).parent / "clean").glob("*.txt"))


def left(text: str) -> list[str]:
    """What is left of the lines when the furniture is out."""
    kept, done = [], 0
    for start, end in find_furniture(text):
        kept.append(text[done:start])
        done = end
    kept.append(text[done:])
    return [line.strip() for line in "".join(kept).split("\n") if line.strip()]


def paragraphs() -> list[str]:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS does not name the folder of the question sets")
    found = []
    for name in ("cmrc2018_dev.json", "drcd_dev.json"):
        for article in json.loads((Path(folder) / name).read_text(encoding="utf-8"))["data"]:
            found += [paragraph["context"] for paragraph in article["paragraphs"]]
    return found


@pytest.mark.parametrize(
    "line",
    [
        "首页 > 政务公开 > 规划计划",
        "首頁 > 政務公開 > 規劃計劃",
        "2024-03-05 14:45",
        "400-820-1234",
        "滨河晚报记者 赵小兰 钱大海",
        "新闻中心 分类",
        "来源：区政府办　发布时间：2023-11-02　浏览次数：87",
        "原创 孙小红 滨河发布 2023-11-02 09:30",
        "2023-11-02 09:30 发表于广东",
        "收录于合集 #滨河夜话 12个",
        "听新闻",
        "00:00 / 02:46",
        "新闻中心 > 滨河新闻",
        "网站首页 | 走进滨河 | 办事指南 | 互动交流",
        "↑点击上方“滨河发布”关注我们",
    ],
)
def test_above_the_body_goes(line: str) -> None:
    page = f"返回首页\n{line}\n街道夜校开课，居民晚间有了去处\n{BODY}"
    assert left(page) == ["街道夜校开课，居民晚间有了去处", BODY]


@pytest.mark.parametrize(
    "line",
    [
        "编辑 赵小兰 审读 钱大海 三审 孙小红",
        "责任编辑：赵小兰",
        "免责声明",
        "如需转载，请注明出处",
        "推荐阅读",
        "您可能也对以下帖子感兴趣",
        "来都来了，点个赞再走呗",
        "文章有问题？点此查看未经处理的缓存",
        "【打印本页】【关闭窗口】",
        "粤ICP备12345678号-1",
        "特别声明：以上内容为自媒体平台用户上传并发布，本平台仅提供信息存储服务。",
        "使用道具 举报",
        "您需要登录后才可以回帖 登录 | 立即注册",
        "快速回复 返回顶部 返回列表",
        "本文链接：http://www.example.com/news/123.html",
        "版权所有 © 2023 滨河区人民政府",
        "------分隔线------",
        "Copyright © 2024 滨河资讯网 版权所有",
    ],
)
def test_below_the_body_goes(line: str) -> None:
    assert left(f"{BODY}\n{line}") == [BODY]


@pytest.mark.parametrize("line", ["（2023年11月2日）", "同志们：", "各位居民代表：", "一、夜校概况", "春到滨河"])
def test_parts_of_the_body_stay_amid_furniture(line: str) -> None:
    assert left(f"首页 > 新闻\n{line}\n发布时间：2023-11-02 10:00\n{BODY}") == [line, BODY]


def test_the_day_under_a_signature_stays() -> None:
    assert left(f"{BODY}\n滨河街道办事处\n2023年11月2日\n责任编辑：赵小兰") == [BODY, "滨河街道办事处", "2023年11月2日"]


def test_what_other_articles_are_called_goes_with_their_heading() -> None:
    assert left(f"{BODY}\n\n往期回顾\n\n1、这条老街变样了\n\n2、周末去哪里玩") == [BODY]


def test_many_sentences_below_such_a_heading_are_body() -> None:
    assert left(f"{BODY}\n相关链接\n{BODY}\n{BODY}") in ([BODY, "相关链接", BODY, BODY], [BODY, BODY, BODY])


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("美好街区发布日期:2024-06-28 浏览次数:", "美好街区"),
        ("夜校开课 来源：区政府办 发布时间：2024-03-01 10:22:33 【字体：大 中 小】", "夜校开课"),
        (BODY + "（责任编辑：赵小兰）", BODY),
        (BODY + "【打印】【关闭】", BODY),
        (BODY + "点击查看全文", BODY),
        ("当前位置：首页 > 街道要闻 > 正文 夜校开课", "夜校开课"),
    ],
)
def test_furniture_within_a_line_goes(line: str, body: str) -> None:
    assert left(line) == [body]


@pytest.mark.parametrize("line", ["▽▽▽", "图源电视台", "效果图仅供参考，请以最终公示为准"])
def test_ornaments_and_credits_go_amid_the_body(line: str) -> None:
    assert left(f"{BODY}\n{line}\n{BODY}") == [BODY, BODY]


def test_short_lines_of_a_page_stay() -> None:
    lines = [
        "先行两周年！街区谱写新篇章",
        "一座座校园动工建设",
        "……",
        "01",
        "发展提质",
        BODY,
        "● 金融业总资产占全市三成；",
        "● 商贸业繁荣，不断迈进；",
        "立面改造效果图",
        BODY,
        "街道 | 企业数 | 年份",
        "永葆“闯”的精神",
    ]
    assert left("\n\n".join(lines)) == lines


NOTICE = """关于举办社区运动会的通知
各社区工作站：
为丰富居民生活，街道定于五月举办社区运动会，现将有关事项通知如下。
时间：2024年5月18日上午9:00
地点：街道文体中心
联系人：赵小兰
联系电话：0755-25551234
附件：1.报名表
街道办事处
2024年4月20日"""

OTHERS = [
    "春日\n作者：赵小兰\n小雨洗过长街，\n风从山的那边来。",
    "服务项目 价格 备注\n普通洗车 30元 约30分钟\n热线：400-800-1234",
    'def login(user):\n    # 登录\n    return home(user)\n\nprint("首页")\n# 返回',
    "Home is where the heart is.\nRead more about it below. Contact us today, or sign up.",
    "第一条 未经著作权人许可，任何单位和个人不得复制、转载其作品。\n第二条 转载网络作品应当注明作者和出处。",
    "问：怎样登录平台？\n答：点击首页右上角的登录按钮，输入手机号。\n问：忘记密码怎么办？\n答：点击“忘记密码”，按提示操作。",
    f"记者：您怎么看？\n局长：{BODY}\n记者：谢谢。\n编辑：好的。",
    "",
    "\n\n",
]


@pytest.mark.parametrize("page", [NOTICE, *OTHERS])
def test_pages_without_furniture_stay_whole(page: str) -> None:
    assert find_furniture(page) == []


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_the_clean_pages_stay_whole(path: Path) -> None:
    assert find_furniture(path.read_text(encoding="utf-8")) == []


def test_what_the_format_calls_furniture_is_furniture() -> None:
    assert find_furniture("菜单甲\n正文甲", [Line(furniture=True), Line()]) == [(0, 3)]


def test_what_the_format_calls_a_heading_stays_above_what_stays() -> None:
    page = ["滨河泵业简介", BODY, "联系方式", "地址：工业园区8号", "相关阅读", "水泵怎么选"]
    hints = [Line(level=1), Line(), Line(level=2), Line(), Line(level=2), Line()]
    gone = find_furniture("\n".join(page), hints)
    assert ["\n".join(page)[start:end] for start, end in gone] == ["相关阅读", "水泵怎么选"]


def test_spans_are_sorted_and_do_not_overlap() -> None:
    random = Random(3)
    for _ in range(20):
        text = damage("\n".join([BODY] * 4), random).data.decode("utf-8")
        spans = find_furniture(text)
        assert spans
        assert all(start < end for start, end in spans)
        assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))


def test_public_paragraphs_stay_whole() -> None:
    assert [text for text in paragraphs() if find_furniture(text)] == []


def test_dressed_pages_lose_their_furniture_and_keep_their_body() -> None:
    """120 pages: at least 0.95 of the furniture removed, at least 0.995 of the body kept (in characters)."""
    random = Random(20240628)
    source = [text.replace("\n", "") for text in paragraphs()]
    removed = furniture = kept = body = 0
    for _ in range(120):
        first = random.randrange(len(source) - 6)
        page = "\n".join(source[first : first + random.randint(2, 6)])
        dressed = damage(page, random)
        lines = Counter(left(dressed.data.decode("utf-8")))
        body += len(page.replace("\n", ""))
        kept += sum(len(line) for line in page.split("\n") if any(line in found for found in lines))
        rest = "\n".join((lines - Counter(page.split("\n"))).elements())
        furniture += sum(map(len, dressed.furniture))
        removed += sum(len(line) for line in dressed.furniture if line.strip() not in rest)
    assert removed / furniture >= 0.95
    assert kept / body >= 0.995


def test_long_hostile_lines_take_linear_time() -> None:
    for piece in ("首页>", "编辑 ", "来源:", "((((", "【编", "推荐阅读\n", "。 \n"):
        find_furniture(piece * (300_000 // len(piece)))


def test_the_pages_keep_their_paragraphs_and_lose_what_is_around_them() -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES does not name the folder of the pages")
    gone = {
        "000": ["14:45", "编辑 ", "免责声明", "推荐阅读", "首页"],
        "001": [],
        "002": ["400-123-4567", "新闻中心 分类", "浏览次数"],
        "003": ["查看原文", "▽", "图源", "往期", "来都来了", "缓存"],
        "004": ["首頁"],
    }
    for path in sorted(Path(folder).glob("00[0-4]_*.txt")):
        text = path.read_text(encoding="utf-8")
        lines = left(text)
        assert [mark for mark in gone[path.name[:3]] if any(mark in line for line in lines)] == []
        assert [line for line in text.split("\n") if len(line) > 60 and line.strip() not in lines] == []


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (
            "www.lxqt.gov.cn\n首页  政务要闻  信息公开  办事服务  政民互动  魅力青田\n"
            "您现在所在的位置 : 首页 > 信息公开 > 法定主动公开内容 > 计划总结",
            "【关闭】\n主办单位：临溪市青田区人民政府办公室 承办单位：临溪市青田区大数据中心\n您是第 1203345 位访问者",
        ),
        ("莲城日报数字报\n上一版 下一版\n上一篇 下一篇 放大 缩小 默认 朗读", "新闻排行榜\n1、清江地铁3号线试运行"),
        ("点击上方“青田微讯”可订阅哦！\n收录于合集 #民生实事 12个", "审核人：张强\n点分享\n点收藏\n点在看"),
    ],
)
def test_heads_and_tails_of_sites_go_whole(head: str, tail: str) -> None:
    title, sentence = "石桥街道加装电梯二十台", "石桥街道今年计划再装电梯二十台，涉及老旧小区五个，惠及居民一千二百户。"
    page = "\n".join((head, title, sentence, tail))
    assert left(page) == [title, sentence]


def test_a_line_that_goes_on_with_the_numbering_of_the_body_is_body() -> None:
    contact = [
        "九、联系方式",
        "采购人：青溪图书馆 联系人：赵小兰",
        "地址：人民东路199号",
        "邮编：226001",
        "2024年6月21日",
    ]
    assert left("\n".join(["首页 > 信息公开", "八、其他补充事宜：", BODY, *contact])) == [
        "八、其他补充事宜：",
        BODY,
        *contact,
    ]
    parts = [f"一、{BODY}", "二、举报电话", "举报电话：0755-25550000", "三、附件下载"]
    assert left("\n".join([*parts, "打印 关闭"])) == parts
    assert left(f"1. {BODY}\n2. {BODY}\n往期回顾\n1、这条老街变样了\n2、周末去哪里玩\n3、地铁开通") == [
        f"1. {BODY}",
        f"2. {BODY}",
    ]


def test_where_and_when_stay_beside_furniture() -> None:
    head = ["原创 孙小红 滨河发布 2023-11-02 09:30", "点击上方蓝字关注我们", "▼▼▼"]
    place = ["01 月亮湾营地", "📍 地址：江心洲东岸", "🕙 营业时间：9:00-21:00", BODY]
    assert left("\n".join(["周末去哪儿玩这五个营地", *head, *place])) == ["周末去哪儿玩这五个营地", *place]
    listed = ["1. 活动时间：周六上午", "2. 活动地点：江心洲"]
    assert left("\n".join(["返回首页", *listed, "分享到：", BODY])) == [*listed, BODY]
    tail = [BODY, "活动地址：江心洲东岸", "报名电话：0513-85330000"]
    assert left("\n".join([*tail, "扫码关注我们"])) == tail


def test_contacts_stay_above_the_foot_of_a_site() -> None:
    contacts = [BODY, "售后服务：0513-86660000", "微信预订：关注“滨河酒店”公众号", "地址：人民东路199号"]
    assert left("\n".join([*contacts, "版权所有 © 2023 滨河酒店"])) == contacts
    assert left(f"首页 > 活动\n点击蓝字关注我们\n01\n名家讲座\n时间：4月20日 14:00\n{BODY}")[:2] == ["01", "名家讲座"]


def test_semicolons_of_prose_make_no_program() -> None:
    page = [
        "滨河街道年度报告",
        "来源：区政府办　发布时间：2023-11-02　浏览次数：87",
        f"一是走访企业；{BODY}",
        f"二是办夜校；{BODY}",
    ]
    assert left("\n".join(page)) == [page[0], *page[2:]]


def test_figures_are_no_address_of_a_site() -> None:
    page = f"云平台扩建(2023.03-2023.12)\n{BODY}\n青溪公司（2019.07-2021.06）\n12.5\n{BODY}"
    assert left(page) == page.split("\n")
    assert left(f"{BODY}\nwww.example.com") == [BODY]
