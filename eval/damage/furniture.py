"""Put the furniture of web pages around a body, between its paragraphs and into its lines.

Five kinds of site: a government site, a newspaper's app, an official WeChat account, a mirror of a forum and
an aggregator. Every text is put together from parts, so that no two pages have the same.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from eval.damage import Damaged

Lines = list[str]

FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文晓雪峰宇浩然子涵"
CITIES = ("江州", "云岭", "滨海", "清河", "石门", "东湖", "南浦", "临江")
SUBJECTS = (
    "春季植树活动",
    "老旧小区改造",
    "社区养老服务",
    "校园安全检查",
    "垃圾分类工作",
    "夜间经济",
    "智慧停车",
    "防汛演练",
    "招商推介会",
    "文明城市创建",
    "阅读推广",
    "青年人才公寓",
    "河道清淤",
    "食品安全抽检",
    "就业援助",
)
VERBS = ("启动", "有了新进展", "获市民点赞", "迎来升级", "这样做", "圆满收官", "取得实效", "再添新举措", "提上日程")


def damage(body: str, random: Random) -> Damaged:
    """Dress `body` (a paragraph a line) as a page of one kind of site."""
    dress = random.choice((_government, _newspaper, _wechat, _forum, _aggregator))
    lines = body.split("\n")
    head, tail = dress(random)
    furniture = [line for line in head + tail if line.strip()]
    if random.random() < 0.3 and len(lines) > 2:
        between = _between(random)
        lines.insert(random.randint(1, len(lines) - 1), between)
        furniture.append(between)
    if random.random() < 0.35:
        run_in = _run_in(random)
        lines[-1] += run_in
        furniture.append(run_in)
    gap = random.choice(("\n", "\n\n"))
    page = gap.join([*head, *lines, *tail])
    return Damaged(page.encode("utf-8"), body, (), tuple(furniture))


def _government(random: Random) -> tuple[Lines, Lines]:
    city = random.choice(CITIES)
    trail = random.choice((" > ", " >> ", "＞", " / ", " › ")).join(
        [
            "首页",
            random.choice(("政务公开", "新闻中心", "走进" + city)),
            random.choice(("工作动态", "规划计划", "街道要闻", "部门信息")),
        ]
    )
    head = [random.choice(("", "当前位置：", "您所在的位置：", "您现在的位置是：")) + trail]
    if random.random() < 0.5:
        head = _menu(random, city) + head
    head.append(
        f"来源：{city}区政府办公室 发布时间：{_day(random)}{_clock(random)} 字体：【大 中 小】"
        if random.random() < 0.5
        else f"发布日期：{_day(random)}　来源：本网　浏览次数：{random.randint(3, 9000)}次"
    )
    tail = [
        random.choice(("【打印本页】【关闭窗口】", "分享到：", "打印 关闭", "扫一扫在手机打开当前页")),
        f"主办：{city}市人民政府办公室　承办：{city}市政务服务和数据管理局",
        f"{random.choice('粤浙苏闽')}ICP备{random.randint(10**7, 10**8)}号-{random.randint(1, 9)} "
        f"网站标识码：{random.randint(10**9, 10**10 - 1)}",
        "网站地图 | 联系我们 | 法律声明",
    ]
    return head, tail[: random.randint(1, 4)]


def _newspaper(random: Random) -> tuple[Lines, Lines]:
    city = random.choice(CITIES)
    head = [f"{city}日报记者 {_person(random)} {_person(random)}", f"{_day(random)} {_clock(random)}", f"{city}日报"]
    random.shuffle(head)
    roles = random.sample(("编辑", "审读", "二审", "三审", "校对", "责编", "审核"), random.randint(2, 4))
    joint = random.choice((" ", "：", ":"))
    tail = [" ".join(f"{role}{joint}{_person(random)}" for role in roles)]
    if random.random() < 0.6:
        tail += ["免责声明", f"本文由{city}客户端原创发布，未经授权不得转载，违者将追究法律责任"]
    tail += [random.choice(("推荐阅读", "相关新闻", "热门推荐", "延伸阅读")), *_titles(random, random.randint(2, 6))]
    if random.random() < 0.5:
        tail += ["视频", "热榜", "我的"]
    return head, tail


def _wechat(random: Random) -> tuple[Lines, Lines]:
    city = random.choice(CITIES)
    head = [f"{random.choice(('原创 ', ''))}{_person(random)} {city}发布 {_day(random)} {_clock(random)}"]
    if random.random() < 0.6:
        head = [random.choice((f"点击上方蓝字关注“{city}发布”", "点击蓝字 关注我们", "↑点击上方关注，设为星标不迷路↑"))]
    tail = [
        f"来源：{city}发布",
        random.choice(
            (
                f"编辑：{_person(random)}",
                f"文字 | {_person(random)}　图片 | {_person(random)}",
                f"审核：{_person(random)}",
            )
        ),
        random.choice(("如需转载，请注明出处", "转载请联系本公众号授权", "图文来源网络，侵权请联系删除")),
        random.choice(("往期回顾", "往期精彩", "▼ 往期推荐 ▼", "更多精彩推荐")),
        *[f"{number}、{title}" for number, title in enumerate(_titles(random, random.randint(2, 5)), 1)],
        random.choice(
            (
                "喜欢就点个在看吧",
                "觉得不错，点个赞再走吧~",
                "分享、点赞、在看，一键三连",
                "长按识别二维码关注我们",
                "戳“阅读原文”了解更多",
            )
        ),
    ]
    return head, tail


def _forum(random: Random) -> tuple[Lines, Lines]:
    head = (
        ["查看原文", "其他"]
        if random.random() < 0.5
        else [f"楼主：{_person(random)}　发表于 {_day(random)} {_clock(random)}"]
    )
    tail = [
        random.choice(("您可能还对以下帖子感兴趣", "猜你喜欢", "相关帖子", "看过本文的人还看了")),
        *_titles(random, random.randint(0, 5)),
        random.choice(
            ("本页面为缓存，点击查看最新版本", "文章有误？点此反馈", "快照时间：" + _day(random) + " " + _clock(random))
        ),
    ]
    return head, tail


def _aggregator(random: Random) -> tuple[Lines, Lines]:
    head = [
        random.choice(
            (
                f"400-{random.randint(100, 999)}-{random.randint(1000, 9999)}",
                f"全国服务热线：0{random.randint(20, 29)}-{random.randint(60000000, 89999999)}",
            )
        ),
        random.choice(
            ("网站首页 关于我们 产品中心 新闻资讯 联系我们", "首页|资讯|行情|企业|展会|论坛", "新闻中心 分类")
        ),
        f"时间：{_day(random)} 作者：admin 点击：{random.randint(2, 999)}次",
    ]
    tail = [
        f"上一篇：{_titles(random, 1)[0]}",
        f"下一篇：{random.choice((_titles(random, 1)[0], '没有了'))}",
        random.choice(
            (
                "声明：本文内容来自网络，版权归原作者所有，不代表本站立场",
                "本站部分信息来源于互联网，如有侵权请及时联系我们删除",
            )
        ),
        f"Copyright © {random.randint(2008, 2024)} {random.choice(CITIES)}资讯网 版权所有",
    ]
    return random.sample(head, random.randint(1, 3)), tail[random.randint(0, 1) :]


def _menu(random: Random, city: str) -> Lines:
    entries = ["首页", f"走进{city}", "政务公开", "政务服务", "互动交流", "数据开放", "新闻中心"]
    return entries if random.random() < 0.5 else [random.choice((" ", " | ", "　")).join(entries)]


def _between(random: Random) -> str:
    return random.choice(
        (
            "▽▽▽",
            "▼▼▼",
            "图源：视频截图",
            "图片来源：" + random.choice(CITIES) + "日报",
            "效果图仅供参考，以实际建成为准",
            "点击图片查看大图",
            "（左右滑动查看更多）",
            "向上滑动阅览",
        )
    )


def _run_in(random: Random) -> str:
    return random.choice(
        (
            f"（责任编辑：{_person(random)}）",
            f"[责编：{_person(random)}]",
            "【打印】【关闭】",
            "点击查看全文",
            f"责任编辑：{_person(random)} 审核：{_person(random)}",
            f"发布时间：{_day(random)} 浏览：{random.randint(9, 999)}次",
        )
    )


def _titles(random: Random, count: int) -> Lines:
    return [f"{random.choice(CITIES)}{random.choice(SUBJECTS)}{random.choice(VERBS)}" for _ in range(count)]


def _person(random: Random) -> str:
    return random.choice(FAMILY) + "".join(random.sample(GIVEN, random.randint(1, 2)))


def _day(random: Random) -> str:
    year, month, day = random.randint(2012, 2025), random.randint(1, 12), random.randint(1, 28)
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"{year}-{month:02}-{day:02}",
        lambda: f"{year}/{month}/{day}",
        lambda: f"{year}年{month}月{day}日",
        lambda: f"{year}.{month:02}.{day:02}",
    )
    return random.choice(forms)()


def _clock(random: Random) -> str:
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}"
