"""What a page is, and what each of its sentences speaks of."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from index.describe import Description, describe, iso_date, scope_of
from index.places import dictionary
from index.scope import reachable_years
from index.structure import find_levels, heading_paths
from index.types import Paragraph

GAZETTEER = dictionary().with_learnt(
    {"莲塘街道": "罗湖区", "南湖街道": "罗湖区", "东门街道": "罗湖区", "罗湖区": "深圳市"}
)
BODY = "辖区内的企业和居民共同参与，街道组织了多次活动，群众的反映很好，各项工作都有进展。"


def described(page: str, title: str | None = None, date: str | None = None) -> Description:
    """A page without furniture, as the repair room would hand it over."""
    lines = [line.strip() for line in page.split("\n") if line.strip()]
    levels = find_levels(lines)
    paragraphs, at = [], 0
    for line, level, path in zip(lines, levels, heading_paths(lines, levels), strict=True):
        paragraphs.append(Paragraph(line, at, at + len(line), at, level, path))
        at += len(line) + 1
    return describe(page, "\n".join(lines), paragraphs, "x.txt", title, date)


REPORT = (
    "2022年，青溪街道领导班子紧扣目标，全年引进企业三十家，完成投资二亿元，获评先进街道，累计走访企业八百家，同比增长一成。\n"
    "一、主要成效\n" + BODY + "\n二、下一步打算\n继续引进企业，力争完成投资三亿元。" + BODY
)
PLAN = "2025年，凤塘镇将紧紧围绕高质量发展目标，加快推进道路建设，力争建成学校两所，进一步做好服务。\n" + BODY
NEWS = (
    "凤塘镇：夜校开到家门口，居民学得欢\n"
    "凤塘日报记者 甲乙\n2023-05-06 09:30\n今年以来，凤塘镇开办夜校十二所。凤塘镇居民很高兴。" + BODY
)


def test_a_report_opens_with_its_year() -> None:
    page = described(REPORT)
    assert (page.title, page.date, page.years, page.place, page.kind) == (None, None, (2022,), "青溪街道", "report")


def test_a_plan_opens_with_what_will_be() -> None:
    page = described(PLAN)
    assert (page.title, page.years, page.place, page.kind) == (None, (2025,), "凤塘镇", "plan")


def test_a_news_page_has_title_day_and_place() -> None:
    page = described(NEWS)
    assert page.title == "凤塘镇：夜校开到家门口，居民学得欢"
    assert (page.date, page.years, page.place, page.kind) == ("2023-05-06", (2023,), "凤塘镇", "news")


@pytest.mark.parametrize(
    ("page", "date"),
    [
        ("标题十二个字的一篇新闻报道\n发布日期:2024-06-28 浏览次数:12\n" + BODY, "2024-06-28"),
        ("标题十二个字的一篇新闻报道\n发布时间：2024年6月28日\n" + BODY, "2024-06-28"),
        ("一篇通知\n" + BODY + "\n青溪街道办事处\n2024年1月15日", "2024-01-15"),
        ("一篇通知\n公开日期：2024-01-15\n" + BODY, "2024-01-15"),
        ("一篇招标公告\n" + BODY + "\n时间：2024年6月20日至2024年6月27日，每天上午", None),
        ("一篇招聘启事\n" + BODY + "\n报名时间：2024年5月21日至5月31日，逾期不候", None),
        ("一篇招聘启事\n" + BODY + "\n开标日期：2024年5月21日，地点在三楼的会议室里", None),
        ("一篇说明\n" + BODY + "\n这件事发生在2021年3月4日的下午，当时没有人注意到它后来的影响有多么大。", None),
        ("一篇说明\n" + BODY, None),
    ],
)
def test_the_day_of_publication(page: str, date: str | None) -> None:
    assert described(page).date == date


def test_metadata_wins_and_site_names_go() -> None:
    page = described(NEWS, title="夜校开到家门口 - 凤塘镇政府网", date="2023-05-07T08:00:00+08:00")
    assert (page.title, page.date) == ("夜校开到家门口", "2023-05-07")
    assert described(REPORT, title="无标题").title is None


@pytest.mark.parametrize(
    "first",
    [
        "首页 > 政务公开 > 计划总结",
        "查看原文",
        "发布日期：2024-01-02",
        "一、工作思路",
        "2023年，街道完成了全部任务，群众满意。",
        "https://example.org/page",
        "首页》政务公开》通知公告",
        "求职意向：仓储主管（期望薪资8K-10K，可到岗时间：两周内）",
        "采购人：青溪图书馆 联系人：赵工 电话：0513-85330000",
        "主持人：高峰（建设单位项目负责人）",
        "用料：番茄2个、鸡蛋3个、盐1/2茶匙、葱花少许",
        "问：为什么要出台这个文件？",
        "项目名称,负责人,开工日期,进度",
    ],
)
def test_lines_that_are_no_title(first: str) -> None:
    assert described(first + "\n" + BODY * 2).title is None


@pytest.mark.parametrize(
    "title",
    [
        "关于印发《青溪养犬管理办法》的通知",
        "《青溪促进高质量发展若干措施》政策解读",
        "关于废止《〈青溪条例〉实施细则》的决定",
        "一图读懂《云溪区教育发展规划》",
        "《边城》与《长河》的比较研究",
        "联系电话变更公告",
        "新华时评：让“远方”更近一点",
    ],
)
def test_a_title_may_name_a_paper_and_what_fields_name(title: str) -> None:
    assert described(title + "\n来源：某某网 2024-01-02\n" + BODY * 2).title == title


def test_the_title_of_an_english_page() -> None:
    sentence = "The minimum wholesale order is ten kilograms for each delivery to the city."
    assert (
        described("Harbour Tea - Wholesale FAQ\nUpdated 3 February\n" + sentence).title == "Harbour Tea - Wholesale FAQ"
    )
    assert described("We went to the harbour and had tea\n" + sentence).title is None
    assert described("Dear Ms Lind,\n" + sentence).title is None


def test_a_short_line_above_fields_or_a_salutation_is_the_title() -> None:
    person = (
        "陈一鸣\n男 | 1993年4月生 | 现居青溪\n电话：138-0000-0000\n求职意向：仓储主管（期望薪资8K-10K）\n教育背景\n"
    )
    assert described(person + BODY).title == "陈一鸣"
    assert (
        described("温 馨 提 示\n尊敬的各位业主：\n您好！现将几件事通知如下，敬请谅解！\n" + BODY).title == "温 馨 提 示"
    )
    assert described("登录\n注册\n用户名：陈一鸣\n" + BODY).title is None


def test_a_title_tells_year_place_and_kind() -> None:
    page = described("云溪区2024年民政工作要点\n" + BODY)
    assert (page.title, page.years, page.place, page.kind) == ("云溪区2024年民政工作要点", (2024,), "云溪区", "plan")
    page = described("凤塘镇2021年度工作总结\n" + BODY + "\n2022年1月10日")
    assert (page.years, page.date, page.kind) == ((2021,), "2022-01-10", "report")


def test_an_anniversary_dates_a_page_and_says_so() -> None:
    page = described(
        "试点两周年，凤塘镇交出成绩单\n2018年5月1日，关于支持试点建设的意见发布。凤塘镇开办夜校。凤塘镇居民满意。\n"
        + BODY
        + "\n凤塘日报 甲乙"
    )
    assert (page.years, page.derived) == ((2020,), ("years",))


def test_an_encyclopaedia_paragraph_claims_little() -> None:
    page = described(
        "1989年，某人出生于上海，后来移居香港，1995年加入球队，2003年退役。他在香港开了一家餐厅，2010年回到上海。"
    )
    assert page == Description(kind="other")


def test_a_paragraph_that_defines_a_place_is_about_it() -> None:
    assert described("石桥镇位于江州市的北边，以竹编出名，镇上有两座古桥。").place == "石桥镇"


def test_a_signature_tells_place_and_unit() -> None:
    page = described("关于开展督导工作的通知\n各部门：\n" + BODY + "\n罗湖区翠竹街道办事处\n2023年3月2日")
    assert (page.place, page.unit, page.date, page.kind) == ("翠竹街道", "翠竹街道办事处", "2023-03-02", "other")


def test_an_announced_report_tells_its_year() -> None:
    page = described(
        "现将我局2020年工作情况报告如下：\n云溪区全年完成全部任务，云溪区居民满意，云溪区的企业也满意。" + BODY
    )
    assert (page.years, page.place, page.kind) == ((2020,), "云溪区", "report")


def test_a_headline_about_a_plan_is_news() -> None:
    page = described(
        "凤塘镇“春雨计划”送课进村\n凤塘日报记者 甲乙\n2023-05-06\n近日，凤塘镇送课进村，凤塘镇居民很高兴。" + BODY
    )
    assert (page.kind, page.years) == ("news", (2023,))


def test_a_report_with_next_years_plan_keeps_the_two_years_apart() -> None:
    page = described("石岩街道2022年工作总结和2023年工作计划\n" + BODY)
    assert (page.kind, page.years) == ("report", (2022, 2023))
    assert scope_of("引进企业。", ("一、工作总结",), years=(2022, 2023), kind="report").years == (2022,)
    ahead = scope_of("引进企业。", ("二、下一步打算",), years=(2022, 2023), kind="report")
    assert (ahead.years, ahead.derived) == ((2023,), True)
    named = scope_of("引进企业。", ("二、2023年工作计划",), years=(2022, 2023), kind="report")
    assert (named.years, named.derived) == ((2023,), False)


def test_a_five_year_plan_beside_a_year_does_not_widen_it() -> None:
    assert scope_of("2021年是“十四五”开局之年。", years=(2021,), kind="report").years == (2021,)
    assert scope_of("“十四五”期间新建学校两所。", years=(2021,), kind="report").years == (2021, 2022, 2023, 2024, 2025)


@pytest.mark.parametrize(
    "opening",
    [
        "2022年，竹溪镇围着群众的需要转，重点抓了几件事。",
        "过去的2022年，竹溪镇各项工作按期交了账。",
        "竹溪镇党工委书记代表班子向居民代表报告2022年的工作。",
    ],
)
def test_a_plain_report_tells_its_year_in_its_first_sentence(opening: str) -> None:
    page = described(opening + "\n一、经济发展\n" + BODY + "竹溪镇的企业满意，竹溪镇的居民也满意。\n2023年1月18日")
    assert (page.years, page.date, page.place, page.kind) == ((2022,), "2023-01-18", "竹溪镇", "report")


def test_a_short_line_is_a_title_where_its_body_follows() -> None:
    assert (
        described("山里的冬天\n凤塘日报 2023-12-06\n本报讯　记者近日走访凤塘镇，看到不少变化。").title == "山里的冬天"
    )
    assert described("领导之窗\n网上办事\n互动交流\n" + BODY).title is None


def test_a_title_taken_for_furniture_is_still_the_title() -> None:
    page = "首页 > 信息公开\n竹溪镇2022年工作总结\n发布日期：2023-01-18\n" + BODY
    body = Paragraph(BODY, 0, len(BODY), 0)
    assert describe(page, BODY, [body], "x.txt").title == "竹溪镇2022年工作总结"


def test_a_chronicle_has_no_day_of_publication() -> None:
    assert described("大事记\n2018-01-02 成立\n2019-03-04 迁址\n2020-05-06 扩建\n" + BODY).date is None


def test_a_title_about_last_year_is_about_last_year() -> None:
    page = described("云溪区通报2022年工作数据\n来源：云溪区统计站　2023-03-13\n云溪区的数据经过复核。" + BODY)
    assert (page.years, page.date) == ((2022,), "2023-03-13")


def test_the_unit_is_named_as_the_page_names_it() -> None:
    assert described(NEWS.replace("今年以来，凤塘镇", "今年以来，凤塘镇党工委带领凤塘镇")).unit == "凤塘镇党工委"
    assert described("没有地名的一页纸\n" + BODY).unit is None


HEADER, ROWS = "社区 | 步道 | 负责人", ["甲社区 | 1200 | 赵小兰", "乙社区 | 850 | 钱大海"]


def table(path: str, *above: tuple[str, int]) -> Description:
    """A file of rows below a header, with lines and their levels above it."""
    lines = [(text, level, "") for text, level in above] + [(text, 0, HEADER) for text in (HEADER, *ROWS)]
    paragraphs = [Paragraph(text, 0, len(text), 0, level, (), header) for text, level, header in lines]
    text = "\n".join(text for text, _, _ in lines)
    return describe(text, text, paragraphs, path, gazetteer=GAZETTEER)


def test_a_table_is_called_by_its_file() -> None:
    assert table("表/社区设施统计.csv") == Description("社区设施统计", kind="other", derived=("title",))
    named = table("东门街道2023年社区名单(1).xlsx", ("名单", 1))
    assert (named.title, named.years, named.place) == ("东门街道2023年社区名单", (2023,), "东门街道")
    assert named.derived == ("title", "years", "place")


def test_a_table_with_its_own_title_or_a_file_without_a_name_is_not() -> None:
    own = table("附件.xlsx", ("一季度", 1), ("2024年社区设施表", 0))
    assert (own.title, own.years, own.derived) == ("2024年社区设施表", (2024,), ())
    assert table("003_f6793fc.csv").title is None
    assert table("新建 Microsoft Excel 工作表.xlsx", ("设施", 1)).title == "设施"
    prose = [Paragraph(text, 0, len(text), 0, 0, (), header) for text, header in ((HEADER, HEADER), (BODY, ""))]
    assert describe(HEADER + "\n" + BODY, HEADER + "\n" + BODY, prose, "名单.md").title is None


def test_an_empty_page_is_nothing() -> None:
    assert described("") == Description()


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024-06", "2024-06"),
        ("2024年6月8日", "2024-06-08"),
        ("2024", "2024"),
        ("2024-99-01", "2024"),
        ("x", None),
        (None, None),
    ],
)
def test_dates_of_metadata(written: str | None, iso: str | None) -> None:
    assert iso_date(written) == iso


@pytest.mark.parametrize(
    ("sentence", "heading", "years", "derived"),
    [
        ("全年引进企业30家。", (), (2023,), False),
        ("2022年引进企业30家。", (), (2022,), False),
        ("去年引进企业30家。", (), (2022,), False),
        ("今年以来引进企业30家。", (), (2023,), False),
        ("上半年引进企业30家。", (), (2023,), False),
        ("引进企业30家，比2022年增长5%。", (), (2023,), False),
        ("2023年引进企业30家，比2022年增长5%。", (), (2023,), False),
        ("外销占比由上年的46%下降到39%。", (), (2023,), False),
        ("失业率从去年末的5.2%回落至4.8%。", (), (2023,), False),
        ("门店由上年12家增加到18家。", (), (2023,), False),
        ("平均回款天数由2022年的97天压缩为80天。", (), (2023,), False),
        ("在上年基础上增长5%，高于2022年同期水平。", (), (2023,), False),
        ("收入是上年的1.5倍。", (), (2023,), False),
        ("投诉比上年同期减少5起，与去年同期相比下降一成。", (), (2023,), False),
        ("净利润较去年下降3.1%，同比少2起。", (), (2023,), False),
        ("去年同期为46%，今年为39%。", (), (2022, 2023), False),
        ("从去年5月开始，街道开办夜校。", (), (2022,), False),
        ("从去年起，占比下降到39%。", (), (2022,), False),
        ("由去年成立的公司负责建设。", (), (2022,), False),
        ("自2021年启动以来，共服务居民千人。", (), (2023, 2021), False),
        ("获评“2022年度优秀案例”。", (), (2023, 2022), False),
        ("制定《罗湖区2024年行动计划》。", (), (2023, 2024), False),
        ("项目将于2025年完工。", (), (2023, 2025), False),
        ("2015年-2017年，释放土地50公顷。", (), (2015, 2016, 2017), False),
        ("同年加入球队。", (), (), False),
        ("南湖街道 | 2021 | 140家", (), (2021,), False),
        ("引进企业50家。", ("一、2021年工作",), (2021,), False),
        ("引进企业50家。", ("二、目标与措施",), (2024,), True),
        ("引进企业50家。", ("三、下一步工作计划", "（一）招商"), (2024,), True),
        ("下一步，引进企业50家。", (), (2024,), True),
        ("今年引进企业50家。", ("二、目标与措施",), (2024,), True),
        ("引进企业50家。", ("一、工作思路与成效",), (2023,), False),
    ],
)
def test_the_year_of_a_sentence_in_a_report(
    sentence: str, heading: tuple[str, ...], years: tuple[int, ...], derived: bool
) -> None:
    scope = scope_of(sentence, heading, years=(2023,), place="南湖街道", kind="report", gazetteer=GAZETTEER)
    assert (scope.years, scope.derived) == (years, derived)


def test_years_that_sentences_can_reach() -> None:
    assert reachable_years((2023,), "2024-01-10") == (2021, 2022, 2023, 2024, 2025, 2026)
    assert reachable_years(()) == ()


def test_a_plan_of_its_year_does_not_look_further_ahead() -> None:
    assert scope_of("引进企业。", ("二、目标与措施",), years=(2024,), kind="plan").years == (2024,)


def test_relative_words_in_a_news_page_are_reckoned_from_its_day() -> None:
    assert scope_of("去年，完成改造。", date="2024-06-28", years=(2024,), kind="news").years == (2023,)
    assert scope_of("去年，完成改造。").years == ()


@pytest.mark.parametrize(
    ("sentence", "heading", "place", "places"),
    [
        ("引进企业30家。", (), "南湖街道", ("南湖街道",)),
        ("助力罗湖区的发展。", (), "南湖街道", ("南湖街道",)),
        ("东门街道引进企业30家。", (), "南湖街道", ("东门街道",)),
        ("其中，2023年东门街道引进企业30家。", (), "南湖街道", ("东门街道",)),
        ("与东门街道共建服务点。", (), "南湖街道", ("南湖街道", "东门街道")),
        ("对标东门街道，补齐短板。", (), "南湖街道", ("南湖街道",)),
        ("莲塘街道引进企业30家。", (), "罗湖区", ("莲塘街道",)),
        ("引进企业30家。", ("二、莲塘街道",), "罗湖区", ("莲塘街道",)),
        ("引进企业30家。", ("罗湖区莲塘街道的做法",), "罗湖区", ("莲塘街道",)),
        ("南湖街道引进140家，东门街道引进19家。", (), None, ("南湖街道", "东门街道")),
        ("有班轮通上海、宁波等地。", (), None, ()),
        ("引进企业30家。", (), None, ()),
    ],
)
def test_the_place_of_a_sentence(
    sentence: str, heading: tuple[str, ...], place: str | None, places: tuple[str, ...]
) -> None:
    assert scope_of(sentence, heading, years=(2023,), place=place, gazetteer=GAZETTEER).places == places


REAL = {
    "000": ("2024-08-25", (2024,), "东门街道", "news"),
    "001": (None, (2023,), "南湖街道", "report"),
    "002": ("2024-06-28", (2024,), "园岭街道", "news"),
    "003": (None, (2021,), "罗湖区", "news"),
    "004": (None, (2024,), "莲塘街道", "plan"),
}


@pytest.mark.parametrize("number", sorted(REAL))
def test_the_real_pages_as_they_are(number: str) -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES does not name the folder of real pages")
    page = described(next(Path(folder).glob(f"{number}_*.txt")).read_text("utf-8"))
    assert (page.date, page.years, page.place, page.kind) == REAL[number]


def test_description_takes_linear_time() -> None:
    page = NEWS + ("\n" + BODY) * 20_000
    started = time.process_time()
    assert described(page).place == "凤塘镇"
    assert time.process_time() - started < 5


@pytest.mark.parametrize("unit", ["(一)", "其中", "比如", "2023年", "东门街道", "“", "《", "因为", " "])
def test_hostile_sentences_take_linear_time(unit: str) -> None:
    started = time.process_time()
    scope_of(unit * (10_000 // len(unit)) + "东门街道", (), years=(2023,), place="南湖街道", gazetteer=GAZETTEER)
    assert time.process_time() - started < 5
